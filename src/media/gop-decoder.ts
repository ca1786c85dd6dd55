import { PassThrough } from 'node:stream';
import { type FrameSize, frameOutput, pipedInput } from './ffmpeg/arguments.ts';
import type { VideoInfo } from './ffmpeg/probe-output.ts';
import type { Gop, RingFile } from './gop-ring.ts';
import { parsePgmStream, type RawFrame } from './pgm-stream.ts';
import type { MediaTools } from './probe.ts';

/** Decodes groups of pictures of one file, as they are handed over: pictures come on a time grid from the first group on. */
export interface GopDecoder {
  readonly file: RingFile;
  /** Device time up to which groups were handed over. */
  readonly fedTo: number;
  feed(gop: Gop): Promise<void>;
  /** Nothing more will be handed over: what is left comes, then the end. */
  end(): void;
  /** Null: no more. */
  next(): Promise<{ readonly at: number; readonly raw: RawFrame } | null>;
  kill(): void;
}

/** @throws what reading the file throws, when it is gone */
export async function openGopDecoder(options: {
  readonly tools: MediaTools;
  readonly first: Gop;
  readonly video: VideoInfo;
  readonly size: FrameSize;
  readonly fps: number;
}): Promise<GopDecoder> {
  const { first, size, fps, video } = options;
  const { file } = first;
  const head = await file.reader.head();
  if (head === null) throw new Error('a group of pictures without what decodes it');
  const stdin = new PassThrough();
  stdin.on('error', () => undefined);
  const running = options.tools.run({
    input: pipedInput(stdin),
    outputs: [frameOutput({ size, fps, sampling: 'grid', pixelAspect: video.pixelAspect })],
  });
  stdin.write(head);
  const pictures = parsePgmStream(running.stdout);
  let n = 0;
  let fedTo = first.from;
  return {
    file,
    get fedTo() {
      return fedTo;
    },
    async feed(gop) {
      fedTo = gop.to;
      stdin.write(await file.reader.read(gop));
    },
    end: () => void stdin.end(),
    async next() {
      const step = await pictures.next();
      return step.done ? null : { at: Math.round(first.from + (n++ * 1000) / fps), raw: step.value };
    },
    kill: () => {
      running.kill();
      stdin.destroy();
    },
  };
}
