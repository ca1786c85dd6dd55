import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import type { Clock } from '../../src/platform/clock.ts';
import { type Config, loadConfig } from '../../src/platform/config.ts';
import { newId } from '../../src/platform/ids.ts';
import { openRuntime, type Runtime } from '../../src/platform/runtime.ts';

/** A clock that stands still until the test moves it. Sleepers wake when it passes them. */
export interface ManualClock extends Clock {
  set(ms: number): void;
  advance(ms: number): void;
}

export function manualClock(startMs: number): ManualClock {
  let now = startMs;
  let sleepers: { at: number; wake: () => void }[] = [];
  const wakeDue = (): void => {
    const due = sleepers.filter((sleeper) => sleeper.at <= now);
    sleepers = sleepers.filter((sleeper) => sleeper.at > now);
    for (const sleeper of due) sleeper.wake();
  };
  const clock: ManualClock = {
    now: () => now,
    sleepUntil: (at, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        sleepers.push({ at, wake: resolve });
        wakeDue();
      }),
    sleep: (ms, signal) => clock.sleepUntil(now + ms, signal),
    set: (ms) => {
      now = Math.max(now, ms);
      wakeDue();
    },
    advance: (ms) => clock.set(now + ms),
  };
  return clock;
}

export interface TestRuntime extends Runtime {
  readonly clock: ManualClock;
}

/** 2026-03-17 09:00 in Zhoukou. */
export const TEST_NOW = Date.parse('2026-03-17T09:00:00+08:00');

/** A fresh, migrated database, data folder and keys, on a clock that the test moves. Close it in `afterAll`. */
export async function createTestRuntime(
  options: { env?: Record<string, string>; now?: number } = {},
): Promise<TestRuntime> {
  const name = `t_${newId().replaceAll('-', '')}`;
  const base = inject('postgresUrl');
  const admin = new pg.Client({ connectionString: `${base}postgres` });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const dataDir = await mkdtemp(join(tmpdir(), 'claimsight-test-'));
  const config: Config = loadConfig({
    LOG_LEVEL: 'silent',
    ...options.env,
    DATABASE_URL: `${base}${name}`,
    CLAIMSIGHT_DATA_DIR: dataDir,
  });
  const clock = manualClock(options.now ?? TEST_NOW);
  const runtime = await openRuntime({ config, process: 'test', clock });
  return {
    ...runtime,
    clock,
    close: async () => {
      await runtime.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
