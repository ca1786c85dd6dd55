import { createFeedClock } from '../feed/feed-time.ts';
import { type ReadMeta, readMeta } from '../feed/meta.ts';
import { cameraCoverage } from './camera-coverage.ts';
import { cameraMiss } from './camera-miss.ts';
import { createCityCalendar } from './city-calendar.ts';
import type { CameraMiss } from './clinics.ts';
import { readOutcome } from './outcome-table.ts';
import { FIGURES, type Score, score } from './score.ts';
import { clinicsToCover, type ScoreInput } from './score-input.ts';
import { settlementFacts } from './settlement-facts.ts';
import { readTruth, truthPath } from './truth-table.ts';
import { type Progress, watchFeed } from './watch-feed.ts';

export interface ScoreOptions {
  /** Rounds of the bootstrap. */
  readonly bootstrap?: number;
  readonly seed?: number;
  readonly progress?: (what: string) => Progress;
}

export interface ScoredCity {
  readonly meta: ReadMeta;
  readonly input: ScoreInput;
  readonly score: Score;
  readonly misses: ReadonlyMap<string, CameraMiss>;
}

export const DEFAULT_ROUNDS = 2_000;

/** Marks what run-feed wrote about a city against its truth. @throws DomainError `not_found`, `invalid_input` */
export async function scoreCity(dir: string, outcomeFile: string, options: ScoreOptions = {}): Promise<ScoredCity> {
  const meta = await readMeta(dir);
  const clock = createFeedClock(meta.timeZone);
  const truth = await readTruth(await truthPath(dir), clock);
  const outcome = await readOutcome(outcomeFile, clock, truth);
  const coverage = cameraCoverage(clinicsToCover(truth, outcome));
  const gathered = settlementFacts(truth, outcome);
  await watchFeed(dir, [gathered.watcher, coverage.watcher], options.progress?.('settlements and cameras'));
  const input: ScoreInput = {
    ...{ truth, outcome, facts: gathered.facts(), cameras: coverage.book },
    calendar: createCityCalendar(meta.timeZone),
    rounds: options.bootstrap ?? DEFAULT_ROUNDS,
    seed: options.seed ?? 1,
  };
  const first = score(input);
  const misses = await missesOf(dir, meta, input, first, options);
  return { meta, input, score: misses.size > 0 ? score(input, (code) => misses.get(code)) : first, misses };
}

/** What the cameras of the clinics with many ghosts miss: a second look at the feed, for these few only. */
async function missesOf(
  dir: string,
  meta: ReadMeta,
  input: ScoreInput,
  first: Score,
  options: ScoreOptions,
): Promise<ReadonlyMap<string, CameraMiss>> {
  const clinics = new Set(first.fraudClinics.filter(({ large }) => large).map(({ code }) => code));
  if (clinics.size === 0) return new Map();
  const coverage = cameraCoverage(clinics);
  const miss = cameraMiss(input, clinics, meta.card);
  await watchFeed(dir, [coverage.watcher, miss.watcher], options.progress?.('cameras of fraudulent clinics'));
  return miss.misses(coverage.book);
}

/** The flat object that `claimsight score` prints: figures under their names, what stands behind them beside. */
export function scoreJson({ input, score: result }: ScoredCity): Record<string, unknown> {
  const { truth, outcome, facts } = input;
  const values = Object.fromEntries(FIGURES.map((name) => [name, result.figures[name].value]));
  let fundsKnown = 0;
  let frauds = 0;
  for (let i = 0; i < truth.count; i++) {
    if ((facts.fundFen[i] ?? -1) >= 0) fundsKnown++;
    if (truth.fraud[i] === 1) frauds++;
  }
  return {
    ...values,
    recallByScheme: Object.fromEntries([...result.recallByScheme].map(([scheme, { value }]) => [scheme, value])),
    settlements: truth.count,
    frauds,
    clinics: Math.max(truth.clinics.length, facts.clinics.size),
    days: result.days,
    details: {
      ...Object.fromEntries(FIGURES.map((name) => [name, result.figures[name]])),
      recallByScheme: Object.fromEntries(result.recallByScheme),
      recallByConcentratedScheme: Object.fromEntries(result.recallByConcentratedScheme),
      read: { ...outcome.rows, unknownSettlements: outcome.unknownSettlements, settlementsWithFund: fundsKnown },
    },
  };
}

/** `claimsight score DIR FILE`: marks, and writes the report where one is asked for. */
export async function runScore(
  dir: string,
  outcomeFile: string,
  options: { readonly report?: string; readonly bootstrap?: number } = {},
): Promise<Record<string, unknown>> {
  const progress = (what: string): Progress => {
    let shown = -1;
    return (read, of) => {
      const tenth = of === 0 ? 10 : Math.floor((read / of) * 10);
      if (tenth === shown) return;
      shown = tenth;
      process.stderr.write(`${what}: ${tenth * 10} %\n`);
    };
  };
  const city = await scoreCity(dir, outcomeFile, {
    ...(options.bootstrap === undefined ? {} : { bootstrap: Math.max(1, Math.round(options.bootstrap)) }),
    progress,
  });
  for (const warning of city.meta.warnings) process.stderr.write(`${warning}\n`);
  if (options.report !== undefined) {
    const { writeReport } = await import('./report/write-report.ts');
    const paths = { dir, truth: await truthPath(dir), outcome: outcomeFile, report: options.report };
    await writeReport(city, paths, progress('what happened around mistakes'));
    process.stderr.write(`report: ${options.report}\n`);
  }
  return { ...scoreJson(city), ...(options.report === undefined ? {} : { report: options.report }) };
}
