import { createRequire } from 'node:module';
import { createFfmpegRunner } from '../../src/media/ffmpeg/fluent-adapter.ts';
import { type FfmpegBinary, locateFfmpeg } from '../../src/media/ffmpeg/locate.ts';
import type { SourceEvent, VideoSource } from '../../src/media/frame.ts';
import type { MediaTools } from '../../src/media/probe.ts';
import { systemClock } from '../../src/platform/clock.ts';

const toolsOf = (binary: FfmpegBinary): MediaTools => ({ binary, run: createFfmpegRunner(binary), timer: systemClock });

export const mediaTools = (): MediaTools => toolsOf(locateFfmpeg(process.env));

/** The ffmpeg builds that everything must work with: the machine's, if there is one, and the npm package's of 2018. */
export function everyFfmpeg(): [string, MediaTools][] {
  const npm = (createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string }).path;
  const system = locateFfmpeg(process.env);
  return [
    ...(system.localOnly ? [] : [[`${system.origin}`, toolsOf(system)] as [string, MediaTools]]),
    ['npm, 2018', toolsOf({ path: npm, origin: 'npm', localOnly: true })],
  ];
}

/** Reads a source until `enough` says so, or its end. */
export async function readUntil(
  source: VideoSource,
  stop: AbortController,
  enough: (event: SourceEvent) => boolean,
): Promise<SourceEvent[]> {
  const events: SourceEvent[] = [];
  for await (const event of source.events()) {
    events.push(event);
    if (!stop.signal.aborted && enough(event)) stop.abort();
  }
  return events;
}
