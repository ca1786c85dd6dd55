import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGopDecoder } from '../../../src/media/gop-decoder.ts';
import { openGopRing } from '../../../src/media/gop-ring.ts';
import { probeVideo } from '../../../src/media/probe.ts';
import { clearRingLeftovers } from '../../../src/media/ring-leftovers.ts';
import { makeFootage } from '../../support/footage.ts';
import { mediaTools } from '../../support/media-tools.ts';

const tools = mediaTools();
let dir: string;
let film: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'claimsight-gops-'));
  film = await makeFootage(join(dir, 'film.mp4'), { seconds: 12, size: [320, 240], fps: 10, keyframeSeconds: 2 });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the ring of a live stream', () => {
  it('finds its groups of pictures, decodes them on a grid, hands whole files over and forgets', async () => {
    const ring = await openGopRing({ seconds: 4, parent: dir });
    const running = tools.run({ input: { before: [], url: `file:${film}` }, outputs: [ring.output] });
    running.stdout.resume();
    expect(await running.done).toEqual({ ok: true });
    await ring.scan(100_000);
    expect(ring.gops.map(({ from, to }) => [from, to])).toEqual(
      [88_000, 90_000, 92_000, 94_000, 96_000, 98_000].map((from) => [from, from + 2_000]),
    );
    expect(ring.gopMs).toBe(2_000);

    const video = await probeVideo(tools, `file:${film}`);
    const [first, second] = ring.gops;
    if (!first || !second) throw new Error('no groups');
    const decoder = await openGopDecoder({ tools, first: second, video, size: { width: 320, height: 240 }, fps: 4 });
    await decoder.feed(second);
    decoder.end();
    const times: number[] = [];
    for (let next = await decoder.next(); next !== null; next = await decoder.next()) times.push(next.at);
    expect(times).toEqual([90_000, 90_250, 90_500, 90_750, 91_000, 91_250, 91_500, 91_750]);

    const segments = await ring.finished(true);
    expect(segments.map(({ from, to }) => [from, to])).toEqual([
      [88_000, 92_000],
      [92_000, 96_000],
      [96_000, 100_000],
    ]);
    const [segment] = segments;
    expect((await probeVideo(tools, `file:${segment?.path}`)).durationMs).toBeCloseTo(4_000, -2);
    expect(ring.fileAt(93_000)).toMatchObject({ from: 92_000 });
    await ring.forget(95_000);
    expect(ring.gops.map(({ from }) => from)).toEqual([94_000, 96_000, 98_000]);
    expect(ring.fileAt(89_000)).toBeNull();
    await ring.remove();
  });

  it('of a worker that was killed is removed, one that lives keeps its own', async () => {
    const parent = join(dir, 'leftovers');
    const dead = spawn('true');
    await once(dead, 'exit');
    const names = [`claimsight-ring-${dead.pid}-abc`, `claimsight-ring-${process.pid}-abc`, 'something-else'];
    for (const name of names) {
      await mkdir(join(parent, name), { recursive: true });
      await utimes(join(parent, name), 1_000, 1_000);
    }
    expect(await clearRingLeftovers(Date.now(), parent)).toBe(1);
    expect((await readdir(parent)).sort()).toEqual(names.slice(1).sort());
  });
});
