import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSimulatedTime } from '../../../src/demo/simulated-time.ts';
import { fileClock, simulatedNow } from '../../../src/platform/clock.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'claimsight-clock-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const time = (slowest: () => Promise<number>) =>
  createSimulatedTime({
    path: join(dir, 'clock.json'),
    startsAt: 1_000_000,
    speed: 1_000_000,
    leadMs: 5_000,
    settleMs: 500,
    patienceMs: 50,
    slowest,
  });

it('halts exactly where it was told to, for every process that shares the clock', async () => {
  const demo = time(async () => 1_060_000);
  await demo.runTo(1_060_000, new AbortController().signal);
  expect(demo.now()).toBe(1_060_000);
  expect(fileClock(join(dir, 'clock.json')).now()).toBe(1_060_000);
});

it('never runs further ahead of the slowest camera than the lead, so that a slow machine has the same morning', async () => {
  let watermark = 1_000_000;
  let furthest = 0;
  const demo = time(async () => {
    furthest = Math.max(furthest, demo.now() - watermark);
    watermark = Math.min(1_030_000, watermark + 1_000);
    return watermark;
  });
  await demo.runTo(1_030_000, new AbortController().signal);
  expect(demo.now()).toBe(1_030_000);
  expect(furthest).toBeLessThanOrEqual(5_000);
});

it('does not run backwards and stands at its halt', () => {
  const anchor = { real: 0, simulated: 100, speed: 10, until: 150 };
  expect(simulatedNow(anchor, -5)).toBe(100);
  expect(simulatedNow(anchor, 3)).toBe(130);
  expect(simulatedNow(anchor, 50)).toBe(150);
});

it('ends at once when it is stopped', async () => {
  const stopped = new AbortController();
  const demo = time(async () => {
    stopped.abort(new Error('stopped'));
    return 1_000_000;
  });
  await expect(demo.runTo(2_000_000, stopped.signal)).rejects.toThrow('stopped');
});
