import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/platform/config.ts';
import { createLogger } from '../src/platform/log.ts';
import { openRuntime } from '../src/platform/runtime.ts';
import { openFeed } from '../src/simulation/feed/read-feed.ts';
import { createFeedClock } from '../src/simulation/run-feed/feed-clock.ts';
import { openFreshDatabase } from '../src/simulation/run-feed/fresh-database.ts';
import { type RunFeedResult, runFeed } from '../src/simulation/run-feed/run-feed.ts';
import { runSimulate } from '../src/simulation/world/simulate.ts';
import { playLive } from './support/live-feed.ts';

export interface ReplayOptions {
  readonly clinics: number;
  readonly days: number;
  readonly seed: number;
  readonly feed?: string;
}

/** The living installation takes this much of the same city. */
const LIVE_CLINICS = 8;
const LIVE_DAYS = 1;

/**
 * Settlements per second of `run-feed` over a large feed (ours), and of the living installation that gets a small one over
 * HTTP, message by message, in this process (baseline).
 */
export async function benchReplay(options: ReplayOptions): Promise<object> {
  const dir = await mkdtemp(join(tmpdir(), 'claimsight-bench-'));
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  try {
    const small = join(dir, 'small');
    say(`making a city of ${LIVE_CLINICS} clinics and ${LIVE_DAYS} day for the baseline`);
    const { settlements } = await runSimulate({
      seed: options.seed,
      clinics: LIVE_CLINICS,
      days: LIVE_DAYS,
      emit: small,
      quiet: true,
    });
    say('playing it to the living installation');
    const baseline = settlements / (await secondsLive(small, dir));

    const large = options.feed ?? join(dir, 'large');
    if (options.feed === undefined) {
      say(`making a city of ${options.clinics} clinics and ${options.days} days`);
      await runSimulate({ seed: options.seed, clinics: options.clinics, days: options.days, emit: large });
    }
    say('replaying it');
    const run: RunFeedResult = await runFeed({ dir: large, out: join(dir, 'outcome.ndjson') });
    return {
      name: 'replay',
      ours: run.settlementsPerSecond,
      baseline: Math.round(baseline * 10) / 10,
      ratio: Math.round((run.settlementsPerSecond / baseline) * 10) / 10,
      settlementsPerSecond: run.settlementsPerSecond,
      settlements: run.settlements,
      lines: run.lines,
      rowsWritten: run.rowsWritten,
      memoryMbByQuarter: run.memoryMbByQuarter,
      profile: run.profile,
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function secondsLive(feedDir: string, dir: string): Promise<number> {
  const feed = await openFeed(feedDir);
  const card = join(dir, 'card.json');
  await writeFile(card, JSON.stringify(feed.meta.card));
  const config = { ...loadConfig(process.env), MODEL_CARD: card, TIME_ZONE: feed.meta.timeZone };
  const log = createLogger({ process: 'bench', level: 'error' });
  const database = await openFreshDatabase(config, log);
  try {
    const clock = createFeedClock(feed.meta.from ?? 0);
    const runtime = await openRuntime({
      config: {
        ...config,
        LOG_LEVEL: 'error',
        DATABASE_URL: database.connectionString,
        dataDir: database.dataDir,
      },
      process: 'bench',
      clock,
    });
    try {
      const from = performance.now();
      await playLive({ ...runtime, clock }, feed, 0);
      return (performance.now() - from) / 1000;
    } finally {
      await runtime.close();
    }
  } finally {
    await database.close();
  }
}
