import type { RgbImage } from '../../media/image.ts';
import type { FaceEngine } from './engine.ts';

/**
 * Joins the chips of callers that ask at the same time, of many cameras, into one inference: while one runs, the next ones
 * gather. Nobody waits for company, and one inference of each network runs at a time, so that a process keeps to the threads
 * it was given. The engine stays the caller's to close.
 */
export function createBatchingEngine(engine: FaceEngine, options: { readonly maxBatch?: number } = {}): FaceEngine {
  const maxBatch = options.maxBatch ?? 8;
  const ssd = oneByOne();
  const tiny = oneByOne();
  return {
    name: engine.name,
    version: engine.version,
    detectSsd: (picture, detect) => ssd(() => engine.detectSsd(picture, detect)),
    detectTiny: (picture, detect) => tiny(() => engine.detectTiny(picture, detect)),
    landmarks: gatherer((chips) => engine.landmarks(chips), maxBatch),
    describe: gatherer((chips) => engine.describe(chips), maxBatch),
    close: () => engine.close(),
  };
}

/** Runs one piece of work after the other, in the order of asking. */
function oneByOne(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

interface Waiting {
  readonly chip: RgbImage;
  resolve(values: Float32Array): void;
  reject(error: unknown): void;
}

/** Runs chips that are asked for at the same time together, up to `maxBatch`, one inference at a time. */
export function gatherer(
  run: (chips: readonly RgbImage[]) => Promise<Float32Array[]>,
  maxBatch: number,
): (chips: readonly RgbImage[]) => Promise<Float32Array[]> {
  const waiting: Waiting[] = [];
  let running = false;
  const pump = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, maxBatch);
      try {
        const values = await run(batch.map(({ chip }) => chip));
        batch.forEach((each, i) => {
          const mine = values[i];
          if (mine) each.resolve(mine);
          else each.reject(new Error('The engine gave fewer answers than chips.'));
        });
      } catch (error) {
        if (batch.length === 1) batch[0]?.reject(error);
        // One bad chip must not be everybody's misfortune.
        else
          for (const each of batch)
            await run([each.chip]).then(([v]) => (v ? each.resolve(v) : each.reject(error)), each.reject);
      }
    }
    running = false;
  };
  return (chips) => {
    const answers = chips.map(
      (chip) => new Promise<Float32Array>((resolve, reject) => void waiting.push({ chip, resolve, reject })),
    );
    // Not before everybody who asks in this turn has asked.
    if (!running && waiting.length > 0) {
      running = true;
      queueMicrotask(() => void pump());
    }
    return Promise.all(answers);
  };
}
