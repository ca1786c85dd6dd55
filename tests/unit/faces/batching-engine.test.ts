import { describe, expect, it } from 'vitest';
import { createBatchingEngine } from '../../../src/faces/engine/batching-engine.ts';
import type { FaceEngine } from '../../../src/faces/engine/engine.ts';
import type { RgbImage } from '../../../src/media/image.ts';

const chip = (value: number): RgbImage => ({ width: 1, height: 1, data: new Uint8Array([value, 0, 0]) });

function scripted(): { engine: FaceEngine; batches: number[][]; atOnce: () => number } {
  const batches: number[][] = [];
  let running = 0;
  let most = 0;
  const work = async (chips: readonly RgbImage[]): Promise<Float32Array[]> => {
    running++;
    most = Math.max(most, running);
    const values = chips.map(({ data }) => data[0] ?? 0);
    batches.push(values);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (values.includes(13)) throw new Error('a bad chip');
    return values.map((value) => new Float32Array([value]));
  };
  const none = async () => [];
  return {
    batches,
    atOnce: () => most,
    engine: {
      name: 'onnx',
      version: '0',
      detectSsd: none,
      detectTiny: none,
      landmarks: work,
      describe: work,
      close: async () => undefined,
    },
  };
}

describe('chips of many cameras', () => {
  it('are described together, each caller gets his own, and never two inferences at once', async () => {
    const { engine, batches, atOnce } = scripted();
    const batching = createBatchingEngine(engine, { maxBatch: 4 });
    const answers = await Promise.all(
      [[1, 2], [3], [], [4, 5, 6], [7]].map((each) => batching.describe(each.map(chip))),
    );
    expect(answers.map((each) => each.map(([value]) => value))).toEqual([[1, 2], [3], [], [4, 5, 6], [7]]);
    expect(batches).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7],
    ]);
    expect(atOnce()).toBe(1);
  });

  it('that cannot be described are their own caller’s error only', async () => {
    const batching = createBatchingEngine(scripted().engine);
    const answers = await Promise.allSettled([13, 2].map((value) => batching.describe([chip(value)])));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(await batching.describe([chip(3)])).toEqual([new Float32Array([3])]);
  });
});
