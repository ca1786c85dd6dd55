import { PassThrough, type Readable } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import type { FfmpegJob } from './arguments.ts';
import { createGuardian } from './guardian.ts';
import type { FfmpegBinary } from './locate.ts';

/** A running ffmpeg. The only place that knows fluent-ffmpeg, which is archived: another runner needs only this shape. */
export interface RunningFfmpeg {
  /** What the job's `pipe` output writes; ends with the process. Reading slowly holds the process back. */
  readonly stdout: Readable;
  /** The log's last lines, oldest first. */
  readonly log: readonly string[];
  /** Resolves when the process has ended, never rejects. `ok` only for exit code 0. */
  readonly done: Promise<{ readonly ok: boolean }>;
  /** Asks the process to finish its files; kills it if it does not within three seconds. */
  stop(): void;
  kill(): void;
}

export type RunFfmpeg = (job: FfmpegJob) => RunningFfmpeg;

const LOG_LINES = 80;
const STOP_GRACE_MS = 3_000;
const PIPE_BUFFER_BYTES = 4 * 1024 * 1024;

export function createFfmpegRunner(binary: FfmpegBinary): RunFfmpeg {
  const guardian = createGuardian();
  return (job) => {
    const stdout = new PassThrough({ highWaterMark: PIPE_BUFFER_BYTES });
    const log: string[] = [];
    let started = false;
    let pid: number | undefined;
    let ended = false;
    let wish: NodeJS.Signals | undefined;

    const command = ffmpeg({ logger: undefined })
      .setFfmpegPath(binary.path)
      .input(job.input.from ?? job.input.url);
    command.inputOptions(['-hide_banner', '-nostdin', ...job.input.before]);
    for (const output of job.outputs) {
      // Spread: fluent-ffmpeg splits the words of an array's elements at blanks, which file names may have.
      const [first = '', second = '', ...rest] = output.options;
      if (output.target === 'pipe') command.output(stdout, { end: true });
      else command.output(output.target.path);
      (command.outputOptions as (...options: string[]) => void)(first, second, ...rest);
    }
    const done = new Promise<{ ok: boolean }>((resolve) => {
      const finish = (ok: boolean): void => {
        if (pid !== undefined && !ended) guardian.over(pid);
        ended = true;
        stdout.end();
        resolve({ ok });
      };
      command.on('start', () => {
        started = true;
        // The library tells nobody whose child it is; its field is the only way, and its types leave it out.
        pid = (command as unknown as { ffmpegProc?: { pid?: number } }).ffmpegProc?.pid;
        if (pid !== undefined) guardian.watch(pid);
        if (wish) command.kill(wish);
      });
      command.on('stderr', (line: string) => {
        log.push(line);
        if (log.length > LOG_LINES) log.shift();
        job.heard?.(line);
      });
      command.on('end', () => finish(true));
      command.on('error', (error: Error) => {
        if (log.length === 0) log.push(error.message);
        finish(false);
      });
    });
    // Who hands pictures over does not wait for a process that is gone.
    void done.then(() => job.input.from?.destroy());
    // A reader that goes away closes the stream; what is still in the pipe is nobody's then.
    stdout.on('error', () => undefined);
    const signal = (name: NodeJS.Signals): void => {
      if (ended) return;
      wish = name;
      if (started) command.kill(name);
    };
    command.run();
    return {
      stdout,
      log,
      done,
      stop: () => {
        signal('SIGTERM');
        stdout.resume(); // a process that waits for its reader hears no signal
        const timer = setTimeout(() => signal('SIGKILL'), STOP_GRACE_MS);
        void done.then(() => clearTimeout(timer));
      },
      kill: () => {
        signal('SIGKILL');
        stdout.resume();
      },
    };
  };
}
