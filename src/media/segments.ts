import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FfmpegOutput } from './ffmpeg/arguments.ts';
import { containerFor, inputOf, SEGMENT_LIST, segmentOutput } from './ffmpeg/arguments.ts';
import type { RecordedSegment } from './frame.ts';
import type { MediaTools } from './probe.ts';

export interface ListedSegment {
  readonly file: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Reads ffmpeg's segment list (`name,start,end` in seconds); a last line that is not finished yet is left out. */
export function parseSegmentList(text: string): ListedSegment[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .flatMap((line) => {
      const match = /^"?([^",]+)"?,(-?[\d.]+),(-?[\d.]+)\s*$/.exec(line);
      if (!match?.[1]) return [];
      return [
        { file: match[1], startMs: Math.round(Number(match[2]) * 1000), endMs: Math.round(Number(match[3]) * 1000) },
      ];
    });
}

/** A folder of its own into which ffmpeg writes segments, read as they are finished. */
export interface SegmentFolder {
  readonly output: FfmpegOutput;
  /** The segments that were finished since the last call; `anchor` is the device time of the stream's start. */
  finished(anchor: number): Promise<RecordedSegment[]>;
  remove(): Promise<void>;
}

export async function openSegmentFolder(options: {
  readonly codec: string;
  readonly seconds: number;
  readonly parent?: string;
  /** How many of the newest the list keeps, for a stream without end; left out: all. */
  readonly listed?: number;
}): Promise<SegmentFolder> {
  const directory = await mkdtemp(join(options.parent ?? tmpdir(), `claimsight-ring-${process.pid}-`));
  const container = containerFor(options.codec);
  // Names count upwards in equal length.
  let last = '';
  return {
    output: segmentOutput({
      directory: directory.replaceAll('%', '%%'),
      seconds: options.seconds,
      container,
      ...(options.listed === undefined ? {} : { listed: options.listed }),
    }),
    async finished(anchor) {
      const text = await readFile(join(directory, SEGMENT_LIST), 'utf8').catch(() => '');
      const fresh = parseSegmentList(text).filter(({ file }) => file > last);
      last = fresh.at(-1)?.file ?? last;
      return fresh
        .filter((segment) => segment.endMs > segment.startMs)
        .map((segment) => ({
          from: anchor + segment.startMs,
          to: anchor + segment.endMs,
          path: join(directory, segment.file),
          mediaType: container === 'mp4' ? 'video/mp4' : 'video/x-matroska',
        }));
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Cuts a whole recorded file into segments by copying. Resolves when they lie in the folder. */
export async function segmentFile(
  tools: MediaTools,
  url: string,
  folder: SegmentFolder,
  signal: AbortSignal,
): Promise<void> {
  const running = tools.run({ input: inputOf(url), outputs: [folder.output] });
  running.stdout.resume();
  const abort = (): void => running.kill();
  signal.addEventListener('abort', abort, { once: true });
  await running.done;
  signal.removeEventListener('abort', abort);
}
