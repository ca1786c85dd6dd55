import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { loadConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/log.ts';
import { openRuntime } from '../../platform/runtime.ts';
import { candidateRuleSet } from '../../reconcile/rule-sets/rule-set-file.ts';
import { openFeed } from '../feed/read-feed.ts';
import { type DriveCounts, driveFeed } from './drive.ts';
import { createFeedClock } from './feed-clock.ts';
import { openFreshDatabase } from './fresh-database.ts';
import { alertRows, answerRows, decisionRows, type GivenAnswer, type OutcomeRow, verdictRows } from './outcome.ts';
import { openBulkProduct } from './product.ts';
import { keysOf, readInThread } from './reading/read-in-thread.ts';
import { createRunProgress } from './run-progress.ts';

export interface RunFeedOptions {
  readonly dir: string;
  readonly out: string;
  /** A candidate rule set: a folder, or a file of changes to config/rules. */
  readonly rules?: string;
  /** Folder in which the run stays as an installation; left out: all of it is thrown away. */
  readonly keep?: string;
  /** Says nothing on stderr while it runs. */
  readonly quiet?: boolean;
}

/** What the last line of stdout says. */
export interface RunFeedResult {
  readonly settlements: number;
  readonly settlementsPerSecond: number;
  readonly seconds: number;
  readonly lines: number;
  readonly messages: { readonly accepted: number; readonly duplicate: number; readonly quarantined: number };
  readonly quarantined: Readonly<Record<string, number>>;
  /** Lines that were left out, senseless or about what nobody had told of: what was wrong, how often, where first. */
  readonly refusedLines: readonly { readonly what: string; readonly n: number; readonly first: string }[];
  readonly warnings: readonly { readonly what: string; readonly n: number }[];
  readonly failures: Readonly<Record<string, number>>;
  readonly alerts: Readonly<Record<string, number>>;
  readonly decisions: Readonly<Record<string, number>>;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly peakMemoryMb: number;
  /** Resident memory when a quarter, a half, three quarters and all of the feed had been read. */
  readonly memoryMbByQuarter: readonly number[];
  readonly rowsWritten: number;
  /** Seconds by what they went into, the longest first. */
  readonly profile: readonly { readonly name: string; readonly seconds: number; readonly times: number }[];
}

/**
 * Plays a feed through the product on a database of its own, on simulated time, and writes what people and clinics would
 * have seen of it. @throws DomainError naming the line for a feed that cannot be read
 */
export async function runFeed(options: RunFeedOptions): Promise<RunFeedResult> {
  const config = loadConfig(process.env);
  const log = createLogger({ process: 'run-feed', level: options.quiet ? 'error' : 'warn' });
  const feed = await openFeed(resolve(options.dir));
  const out = resolve(options.out);
  await mkdir(dirname(out), { recursive: true });
  const startedAt = performance.now();
  const memory = watchMemory();
  const database = await openFreshDatabase(config, log, options.keep);
  const release = closeOnSignal(() => database.close());
  try {
    const clock = createFeedClock(feed.meta.from ?? 0);
    const runtime = await openRuntime({
      config: { ...config, DATABASE_URL: database.connectionString, dataDir: database.dataDir },
      process: 'run-feed',
      clock,
    });
    try {
      const product = await openBulkProduct({
        runtime,
        clock,
        card: feed.meta.card,
        span: feed.meta,
        timeZone: feed.meta.timeZone,
        ...(options.rules === undefined ? {} : { ruleSet: await candidateRuleSet(options.rules, config.RULES_DIR) }),
      });
      const answersFile = join(database.dataDir, 'answers.ndjson');
      const answers = createWriteStream(answersFile);
      const reading = readInThread({ dir: feed.dir, ...keysOf(runtime) });
      const progress = createRunProgress({ ...feed, progress: reading.progress }, options.quiet === true);
      const drivenAt = performance.now();
      const { counts, stopwatch } = await driveFeed({
        batches: reading.batches(),
        product,
        clock,
        keyring: runtime.keyring,
        log,
        modelVersion: feed.meta.card.templateVersion,
        onAnswer: (answer) => void answers.write(`${JSON.stringify(answer)}\n`),
        onProgress: (at, so) => {
          progress.show(at, so);
          memory.note(reading.progress.bytesRead / Math.max(1, feed.bytes));
        },
      }).finally(async () => {
        progress.stop();
        await reading.close();
        await product.close();
      });
      const drivenSeconds = (performance.now() - drivenAt) / 1000;
      await ended(answers);
      const rowsWritten = product.workingSet.stats.rowsWritten;
      const seen = await writeOutcome(out, [
        alertRows(runtime.db),
        answerRows(runtime.db, readLines<GivenAnswer>(answersFile)),
        decisionRows(runtime.db),
        verdictRows(runtime.db),
      ]);
      return {
        settlements: counts.settlements,
        settlementsPerSecond: Math.round(counts.settlements / drivenSeconds),
        seconds: Math.round((performance.now() - startedAt) / 100) / 10,
        ...tellCounts(counts),
        refusedLines: [...reading.refused, ...counts.refused]
          .slice(0, MOST_REFUSALS_TOLD)
          .map(([what, { n, first }]) => ({ what, n, first })),
        warnings: [...reading.warnings].map(([what, n]) => ({ what, n })),
        ...seen,
        peakMemoryMb: memory.peakMb(),
        memoryMbByQuarter: memory.byQuarter,
        rowsWritten,
        profile: stopwatch
          .readings()
          .map(({ name, ms, times }) => ({ name, seconds: Math.round(ms / 100) / 10, times })),
      };
    } finally {
      await runtime.close();
    }
  } finally {
    release();
    memory.stop();
    await database.close();
  }
}

/** Whoever ends a run by hand must not leave its database running. @returns takes the watch away */
function closeOnSignal(close: () => Promise<void>): () => void {
  const end = (signal: NodeJS.Signals): void => {
    release();
    process.stderr.write(`\n${signal}: the run is given up; nothing was written to the outcome file\n`);
    void close().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  const release = (): void => {
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  return release;
}

const MOST_REFUSALS_TOLD = 50;

const tellCounts = (counts: DriveCounts) => ({
  lines: counts.lines,
  messages: {
    accepted: counts.accepted,
    duplicate: counts.duplicates,
    quarantined: [...counts.quarantined.values()].reduce((sum, n) => sum + n, 0),
  },
  quarantined: Object.fromEntries(counts.quarantined),
  failures: Object.fromEntries(counts.failed),
});

/** Writes rows to a file that appears when it is whole. @returns how many of each */
async function writeOutcome(
  path: string,
  sources: readonly AsyncIterable<OutcomeRow>[],
): Promise<Pick<RunFeedResult, 'alerts' | 'decisions' | 'verdicts'>> {
  const counts = { alerts: {}, decisions: {}, verdicts: {} } as Record<string, Record<string, number>>;
  const count = (what: string, key: string): void => {
    const of = counts[what] as Record<string, number>;
    of[key] = (of[key] ?? 0) + 1;
  };
  const unfinished = `${path}.part`;
  const file = createWriteStream(unfinished);
  try {
    for (const source of sources) {
      for await (const row of source) {
        if (row.kind === 'alert') count('alerts', row.class);
        else if (row.kind === 'decision') count('decisions', row.decision);
        else count('verdicts', row.verdict);
        if (!file.write(`${JSON.stringify(row)}\n`))
          await new Promise<void>((done) => file.once('drain', () => done()));
      }
    }
    await ended(file);
    await rename(unfinished, path);
  } catch (error) {
    file.destroy();
    await rm(unfinished, { force: true });
    throw error;
  }
  return counts as unknown as Pick<RunFeedResult, 'alerts' | 'decisions' | 'verdicts'>;
}

async function ended(file: WriteStream): Promise<void> {
  file.end();
  await finished(file);
}

async function* readLines<T>(path: string): AsyncGenerator<T> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }))
    yield JSON.parse(line) as T;
}

const MEMORY_EVERY_MS = 1_000;

interface MemoryWatch {
  readonly byQuarter: number[];
  peakMb(): number;
  /** @param share of the work that is done */
  note(share: number): void;
  stop(): void;
}

function watchMemory(): MemoryWatch {
  let peak = 0;
  const byQuarter: number[] = [];
  const look = (): number => {
    const now = process.memoryUsage.rss();
    peak = Math.max(peak, now);
    return Math.round(now / 2 ** 20);
  };
  const timer = setInterval(look, MEMORY_EVERY_MS);
  timer.unref();
  return {
    byQuarter,
    peakMb: () => {
      look();
      return Math.round(peak / 2 ** 20);
    },
    note: (share) => {
      const now = look();
      while (byQuarter.length < 4 && share >= (byQuarter.length + 1) / 4) byQuarter.push(now);
    },
    stop: () => clearInterval(timer),
  };
}
