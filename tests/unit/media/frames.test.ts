import { describe, expect, it } from 'vitest';
import { createDroppingQueue, pauseBeforeAttempt } from '../../../src/media/bounded-queue.ts';
import { parseFootageIndex, placeAt } from '../../../src/media/footage-index.ts';
import { parsePgmStream } from '../../../src/media/pgm-stream.ts';
import { parseSegmentList } from '../../../src/media/segments.ts';
import { evenRect, fromRgb, lumaGrid, toRgb, toRgbHalf, toRgbSmaller } from '../../../src/media/yuv.ts';
import { DomainError } from '../../../src/platform/errors.ts';

const picture = (width: number, height: number, value: number): Buffer =>
  Buffer.concat([
    Buffer.from(`P5\n${width} ${(height * 3) / 2}\n255\n`),
    Buffer.alloc((width * height * 3) / 2, value),
  ]);

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('the stream of frames', () => {
  it('is cut at the pictures wherever the pipe cut it', async () => {
    const bytes = Buffer.concat([picture(4, 2, 1), picture(2, 4, 2), picture(4, 2, 10)]);
    for (const size of [1, 3, 7, 1000]) {
      const frames = await collect(parsePgmStream(inPieces(bytes, size)));
      expect(frames.map(({ width, height, data }) => [width, height, data.length, data[0]])).toEqual([
        [4, 2, 12, 1],
        [2, 4, 12, 2],
        [4, 2, 12, 10],
      ]);
    }
  });

  it('leaves out a picture that a dying process did not finish', async () => {
    expect(await collect(parsePgmStream(inPieces(picture(4, 2, 1).subarray(0, 20), 5)))).toEqual([]);
  });

  it('refuses what is no picture instead of allocating gigabytes', async () => {
    for (const text of [
      '<html>hello, this is a page, not a stream</html>',
      'P5\n99999 99999\n255\n',
      'P5\n4 4\n255\n',
    ]) {
      await expect(collect(parsePgmStream(inPieces(Buffer.from(text), 10)))).rejects.toThrow(DomainError);
    }
  });
});

describe('a source that does not wait', () => {
  it('loses its oldest frames to a slow reader, counted, and no other event', async () => {
    const queue = createDroppingQueue<string>(3, (item) => item.startsWith('frame'));
    for (const item of ['connected', 'frame1', 'frame2', 'frame3', 'segment', 'frame4']) queue.push(item);
    queue.close();
    const got: string[] = [];
    for (let item = await queue.take(); item !== null; item = await queue.take()) got.push(item);
    expect(got).toContain('connected');
    expect(got).toContain('segment');
    expect(got.filter((item) => item.startsWith('frame'))).toEqual(
      ['frame3', 'frame4'].slice(-got.filter((i) => i.startsWith('frame')).length),
    );
    expect(queue.dropped).toBe(4 - got.filter((item) => item.startsWith('frame')).length);
    expect(queue.dropped).toBeGreaterThan(0);
  });

  it('wakes a reader that came first', async () => {
    const queue = createDroppingQueue<number>(2);
    const taken = queue.take();
    queue.push(7);
    expect(await taken).toBe(7);
  });

  it('is tried again at growing intervals with an end to the growth', () => {
    expect([1, 2, 3, 4, 50].map((n) => pauseBeforeAttempt(n))).toEqual([1_000, 2_000, 4_000, 8_000, 60_000]);
  });
});

describe('colours', () => {
  const rgb = { width: 4, height: 4, data: new Uint8Array(48).map((_, i) => [200, 120, 60][i % 3] as number) };

  it('survive the way through a frame', () => {
    const yuv = fromRgb(rgb);
    const whole = { x: 0, y: 0, width: 4, height: 4 };
    for (const image of [toRgb(yuv), toRgbHalf(yuv), toRgbSmaller(yuv, 3, 3, whole)]) {
      for (let i = 0; i < image.data.length; i++)
        expect(Math.abs((image.data[i] as number) - [200, 120, 60][i % 3]!)).toBeLessThan(5);
    }
    expect(toRgbHalf(yuv)).toMatchObject({ width: 2, height: 2 });
    // Beyond the frame there is nothing to see.
    const beside = toRgbSmaller(yuv, 2, 2, { x: 2, y: 0, width: 4, height: 4 });
    expect([...beside.data.subarray(3, 6)]).toEqual([0, 0, 0]);
    expect(Math.abs((beside.data[0] as number) - 200)).toBeLessThan(5);
  });

  it('are cut out where the frame has them, at its edge too', () => {
    expect(evenRect({ x: -5, y: 1, width: 8, height: 9 }, { width: 4, height: 4 })).toEqual({
      x: 0,
      y: 0,
      width: 4,
      height: 4,
    });
    expect(toRgb(fromRgb(rgb), { x: 3, y: 3, width: 50, height: 50 })).toMatchObject({ width: 2, height: 2 });
  });

  it('are averaged by blocks', () => {
    const grid = lumaGrid(fromRgb(rgb), 2, 2);
    expect(grid.length).toBe(4);
    expect(new Set(grid).size).toBe(1);
  });
});

describe('a footage index', () => {
  const index = parseFootageIndex(
    JSON.stringify({
      startsAt: '2026-03-17T08:00:00+08:00',
      segments: [
        { startsAt: '2026-03-17T08:10:00+08:00', file: 'b.mp4' },
        { startsAt: '2026-03-17T08:00:00+08:00', file: 'a.mp4' },
      ],
    }),
    '/footage',
  );
  const start = Date.parse('2026-03-17T00:00:00Z');

  it('says which file shows a moment, and where the camera had no power', () => {
    const lengths = [120_000, 60_000];
    expect(placeAt(index, lengths, start + 5_000)).toMatchObject({
      kind: 'file',
      file: '/footage/a.mp4',
      endsAt: start + 120_000,
    });
    expect(placeAt(index, lengths, start + 300_000)).toEqual({ kind: 'nothing', until: start + 600_000 });
    expect(placeAt(index, lengths, start + 600_000)).toMatchObject({ kind: 'file', file: '/footage/b.mp4' });
    expect(placeAt(index, lengths, start + 660_000)).toEqual({ kind: 'nothing', until: null });
    expect(placeAt(index, [900_000, null], start + 601_000)).toMatchObject({ file: '/footage/b.mp4' });
  });

  it('is refused with its fault when it is not one', () => {
    for (const text of [
      '{',
      '{}',
      '{"startsAt":"2026-03-17T08:00:00","segments":[]}',
      '{"startsAt":"x","segments":[{"file":1}]}',
    ]) {
      expect(() => parseFootageIndex(text, '/')).toThrow(DomainError);
    }
  });
});

it('reads only finished lines of the list of segments', () => {
  expect(parseSegmentList('000000.mp4,0.000000,11.733333\n"000001.mp4",11.733333,21.4\n000002.mp4,21.4,3')).toEqual([
    { file: '000000.mp4', startMs: 0, endMs: 11_733 },
    { file: '000001.mp4', startMs: 11_733, endMs: 21_400 },
  ]);
});
