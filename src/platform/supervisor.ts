import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from './log.ts';

export interface ChildSpec {
  readonly name: string;
  /** Program file. */
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where its log goes; default: this process's stderr. */
  readonly logFile?: string;
}

export interface Supervisor {
  /** Resolves with what each child said when it was ready for the first time. */
  readonly ready: Promise<Map<string, Record<string, unknown>>>;
  readonly restarts: () => number;
  /** Stops all, in reverse order. */
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const SOUND_AFTER_MS = 30_000;
const KILL_AFTER_MS = 12_000;

/** Runs child processes and starts those that end again, faster at first than later. */
export function supervise(options: { readonly children: readonly ChildSpec[]; readonly log: Logger }): Supervisor {
  const { log } = options;
  let stopping = false;
  let restarts = 0;
  const running = new Map<string, ChildProcess>();
  const loops: Promise<void>[] = [];
  const heard = new Map<string, Record<string, unknown>>();
  let allReady: (said: Map<string, Record<string, unknown>>) => void;
  const ready = new Promise<Map<string, Record<string, unknown>>>((resolve) => {
    allReady = resolve;
  });

  const keepAlive = async (spec: ChildSpec): Promise<void> => {
    let pause = FIRST_PAUSE_MS;
    while (!stopping) {
      const startedAt = Date.now();
      const out = spec.logFile === undefined ? 'inherit' : openSync(spec.logFile, 'a');
      const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), spec.file], {
        env: spec.env,
        stdio: ['ignore', out, out, 'ipc'],
      });
      running.set(spec.name, child);
      child.on('message', (message: { ready?: boolean } & Record<string, unknown>) => {
        if (!message.ready || heard.has(spec.name)) return;
        heard.set(spec.name, message);
        if (heard.size === options.children.length) allReady(heard);
      });
      const ended = await new Promise<string>((resolve) => {
        child.once('error', (error) => resolve(error.message));
        child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
      });
      if (stopping) return;
      restarts++;
      if (Date.now() - startedAt > SOUND_AFTER_MS) pause = FIRST_PAUSE_MS;
      log.warn({ child: spec.name, ended, restartInMs: pause }, 'a process ended; starting it again');
      await delay(pause);
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  };
  for (const spec of options.children) loops.push(keepAlive(spec));

  return {
    ready,
    restarts: () => restarts,
    async stop() {
      stopping = true;
      for (const spec of [...options.children].reverse()) {
        const child = running.get(spec.name);
        if (!child || child.exitCode !== null || child.signalCode !== null) continue;
        const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
        await gone;
        clearTimeout(timer);
      }
    },
  };
}
