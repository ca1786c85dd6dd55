import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import cliProgress from 'cli-progress';
import { type ModelCard, parseModelCard } from '../../faces/model-card.ts';
import { PROGRAM_DIR } from '../../platform/config.ts';
import { DomainError } from '../../platform/errors.ts';
import type { FeedKind, FeedMeta, FraudScheme, TruthRow } from '../feed/feed-line.ts';
import { writeCity } from './city-feed.ts';
import { endOfFeed } from './city-shard.ts';
import { writeCityInThreads } from './city-threads.ts';
import { isoMs, TIME_ZONE } from './city-time.ts';
import { openFeedFolder } from './feed-folder.ts';
import { type CityOptions, makeCity } from './make-city.ts';
import { type CityOverrides, loadCityParameters } from './parameters.ts';

export interface SimulateOptions {
  readonly seed: number;
  readonly clinics: number;
  readonly days: number;
  /** Folder of the feed. */
  readonly emit: string;
  /** Share of settlements that is fraud. */
  readonly fraud?: number;
  /** YAML with parameters that differ. */
  readonly params?: string;
  /** Parameters that differ, over both files. */
  readonly overrides?: CityOverrides;
  /** How many threads share the clinics; the bytes are the same. Default: as many as there are processors. */
  readonly threads?: number;
  readonly quiet?: boolean;
}

export interface SimulateResult {
  readonly ok: true;
  readonly dir: string;
  readonly seed: number;
  readonly clinics: number;
  readonly days: number;
  readonly settlements: number;
  readonly fraudSettlements: number;
  readonly fraudByScheme: Readonly<Partial<Record<FraudScheme, number>>>;
  readonly lines: number;
  readonly counts: Readonly<Partial<Record<FeedKind, number>>>;
  readonly bytes: number;
  readonly seconds: number;
  readonly settlementsPerSecond: number;
}

/** Clinic-days below which starting threads takes longer than they save. */
const WORTH_THREADS = 30_000;
const MOST_THREADS = 8;
const CARD = 'models/cards/faceapi-dlib-128.json';

/** Writes a city as a feed. The same options give the same bytes. */
export async function runSimulate(options: SimulateOptions): Promise<SimulateResult> {
  const { seed, clinics, days } = options;
  assertWhole('--seed', seed, 0, Number.MAX_SAFE_INTEGER);
  assertWhole('--clinics', clinics, 1, 20_000);
  assertWhole('--days', days, 1, 1500);
  const started = performance.now();
  const parameters = await loadCityParameters({
    ...(options.params === undefined ? {} : { paramsFile: options.params }),
    overrides: {
      ...options.overrides,
      ...(options.fraud === undefined
        ? {}
        : { fraud: { ...(options.overrides?.fraud as CityOverrides | undefined), share: options.fraud } }),
    },
  });
  const card = await readCard();
  const { calibration } = card;
  if (!calibration) throw uncalibrated();
  const cityOptions: CityOptions = { seed, clinics, days, parameters, calibration };
  const city = await makeCity(cityOptions);
  const threads =
    options.threads ?? (clinics * days < WORTH_THREADS ? 1 : Math.min(MOST_THREADS, availableParallelism()));
  assertWhole('--threads', threads, 1, 64);
  const folder = await openFeedFolder(options.emit);
  const bar = progressBar(days, options.quiet ?? false);
  const fraudByScheme: Partial<Record<FraudScheme, number>> = {};
  let settlements = 0;
  let fraudSettlements = 0;
  const count = (row: TruthRow): void => {
    if (row.row === 'clinic') return;
    if (row.row === 'settlement') settlements++;
    if (row.row === 'settlement' && row.kind === 'fraud') fraudSettlements++;
    if (row.scheme) fraudByScheme[row.scheme] = (fraudByScheme[row.scheme] ?? 0) + 1;
  };
  try {
    const writer = {
      line: folder.line,
      lineBytes: folder.lineBytes,
      truth: (row: TruthRow) => {
        count(row);
        folder.truth(row);
      },
      get full() {
        return folder.full;
      },
      drain: folder.drain,
    };
    const onDay = (done: number): void => bar.update(done, { settlements });
    if (threads === 1) await writeCity(city, writer, onDay);
    else await writeCityInThreads(city, cityOptions, Math.min(threads, clinics), writer, onDay);
    await folder.finish({
      format: 'claimsight-feed/1',
      seed,
      parameters: { clinicCount: clinics, days, ...parameters },
      timeZone: TIME_ZONE,
      from: isoMs(city.from),
      to: isoMs(endOfFeed(city)),
      dimension: parameters.faces.dimension,
      templateVersion: card.templateVersion,
      calibration,
    } satisfies FeedMeta);
  } catch (error) {
    await folder.abandon();
    throw error;
  } finally {
    bar.stop();
  }
  const seconds = (performance.now() - started) / 1000;
  return {
    ok: true,
    dir: options.emit,
    seed,
    clinics,
    days,
    settlements,
    fraudSettlements,
    fraudByScheme,
    lines: Object.values(folder.counts).reduce((sum, lines) => sum + lines, 0),
    counts: folder.counts,
    bytes: folder.bytes(),
    seconds: Math.round(seconds * 100) / 100,
    settlementsPerSecond: Math.round(settlements / seconds),
  };
}

async function readCard(): Promise<ModelCard> {
  return parseModelCard(JSON.parse(await readFile(join(PROGRAM_DIR, CARD), 'utf8')), CARD);
}

const uncalibrated = (): DomainError =>
  new DomainError('config_invalid', `The model card ${CARD} is not calibrated: no faces can follow it.`, {
    remedy: 'Use the card that came with this version.',
  });

function assertWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new DomainError('invalid_input', `${name} must be a whole number from ${least} to ${most}.`, {
    remedy: 'For example: claimsight simulate --seed 1 --clinics 20 --days 5 --emit ./city',
  });
}

function progressBar(days: number, quiet: boolean): Pick<cliProgress.SingleBar, 'update' | 'stop'> {
  if (quiet) return { update: () => {}, stop: () => {} };
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    format: 'simulating {bar} {value} of {total} days, {settlements} settlements, {eta_formatted} left',
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 5000,
  });
  bar.start(days, 0, { settlements: 0 });
  return bar;
}
