import { Readable } from 'node:stream';
import sharp from 'sharp';
import { lastWords } from '../../media/ffmpeg/failure.ts';
import type { RunFfmpeg } from '../../media/ffmpeg/fluent-adapter.ts';
import { DomainError } from '../../platform/errors.ts';
import type { figureOf } from './cutouts.ts';
import { createLivelyFace, expressionAt } from './lively.ts';

/** Of somebody who waits at a counter: looks about a little, blinks, speaks now and then. */
const LIVELINESS = 0.35;

/** Films a figure alone, with what is around it transparent: a person, not a photograph that is pushed through the room. */
export async function filmFigure(
  run: RunFfmpeg,
  figure: Pick<Awaited<ReturnType<typeof figureOf>>, 'png' | 'landmarks'>,
  film: { readonly fps: number; readonly seconds: number; readonly seed: number; readonly path: string },
): Promise<void> {
  const { data, info } = await sharp(figure.png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const draw = createLivelyFace({ width, height, channels: 4, data: new Uint8Array(data) }, figure.landmarks);
  function* frames(): Generator<Buffer> {
    for (let i = 0; i < film.seconds * film.fps; i++)
      yield Buffer.from(draw(expressionAt(film.seed, i / film.fps, LIVELINESS)).data);
  }
  const running = run({
    input: {
      before: `-f rawvideo -pix_fmt rgba -s ${width}x${height} -framerate ${film.fps}`.split(' '),
      url: 'pipe:0',
      from: Readable.from(frames(), { objectMode: false }),
    },
    outputs: [
      {
        options: '-an -c:v ffv1 -level 3 -pix_fmt yuva420p -threads 1 -f matroska'.split(' '),
        target: { path: film.path },
      },
    ],
  });
  running.stdout.resume();
  const { ok } = await running.done;
  if (!ok)
    throw new DomainError('internal', `ffmpeg could not film somebody: ${lastWords(running.log, 8)}`, {
      remedy: 'Set FFMPEG_PATH to an ffmpeg that encodes FFV1.',
    });
}
