import { lookingOf } from './entry.ts';
import type { ScoreEntryRow } from './tables.ts';

/**
 * What the clinics of an installation have in common: how often counters see nobody, and faces look like somebody else's,
 * when an honest visit stands behind it. Cities differ, so what was assumed of them gives way to what they show. Pure.
 */

/** A clinic's settlements of some weeks, counted: those that no filing explains, while a camera looked at the counter. */
export interface SightCounts {
  /** Of visits that the national terminal confirmed: how often a camera looked, and saw nobody who could have been the visitor. */
  readonly looks: number;
  readonly lookMisses: number;
  /** The national terminal confirmed the visit; and nobody was seen at the counter, nor the visitor elsewhere. */
  readonly confirmed: number;
  readonly confirmedMissed: number;
  /** It confirmed nothing; and nobody was seen at the counter. */
  readonly open: number;
  readonly openMissed: number;
  /** Confirmed visits of a kind for which one comes oneself, with faces that could be compared; and what they looked like. */
  readonly compared: number;
  readonly strange: number;
  readonly doubtful: number;
  readonly kin: number;
}

/** A share, and of how many visits. */
export interface Rate {
  readonly visits: number;
  readonly share: number;
}

export interface Population {
  /** How often one camera misses a visitor. */
  readonly missed: Rate;
  /** Confirmed visits with nobody seen at the counter: what all cameras together miss. */
  readonly unseen: Rate;
  /** Other visits with nobody seen there beyond what cameras miss: where one was treated elsewhere, and nobody filed it. */
  readonly away: Rate;
  /** Looks of confirmed visits. */
  readonly strange: Rate;
  readonly doubtful: Rate;
  readonly kin: Rate;
}

/** How a visit looks, by the faces that came for it. */
export type Look = 'kin' | 'strange' | 'doubtful' | 'like';

export interface LookLimits {
  /** Claim types (beginnings of `med_type`) for which nobody is sent. */
  readonly ownMedTypes: readonly string[];
  /** log10 likelihood ratios: nobody who came is more like the insured person than these. */
  readonly strangeBelow: number;
  readonly doubtfulBelow: number;
  /** Doubtful or strange, and somebody at the counter is so like another member of the household: kin. */
  readonly kinFrom: number;
  /** With so many other settlements near it others crowd the counter, and who came for it cannot be told. */
  readonly crowdFrom: number;
}

interface Faces {
  readonly sight: string;
  readonly medType: string | null;
  readonly bestLlr: number | null;
  readonly kinLlr?: number | null;
  readonly near?: number;
}

/** Of a visit at which faces could be compared; null: of another. */
export function lookOf({ sight, medType, bestLlr, kinLlr, near = 0 }: Faces, limits: LookLimits): Look | null {
  if (near >= limits.crowdFrom) return null;
  if (!limits.ownMedTypes.some((type) => medType?.startsWith(type))) return null;
  if (sight === 'present') return 'like';
  if (sight !== 'counter' || bestLlr === null) return null;
  if (bestLlr >= limits.doubtfulBelow) return 'like';
  if (kinLlr != null && kinLlr >= limits.kinFrom) return 'kin';
  return bestLlr < limits.strangeBelow ? 'strange' : 'doubtful';
}

export const openCounts = (body: string): SightCounts => JSON.parse(body) as SightCounts;
export const openPopulation = (body: string): Population => JSON.parse(body) as Population;

/** Among how the counties stand, the scope of what all clinics show (periods/tables.ts). */
export const POPULATION = '*sights';

const UNSEEN: ReadonlySet<string> = new Set(['absent', 'elsewhere']);

const NEAR_MS = 10 * 60_000;

/** Of each settlement of a clinic, in order of time: how many others were made within ten minutes of it. */
export function nearOf(rows: readonly { readonly at: number }[]): number[] {
  let [first, last] = [0, 0];
  return rows.map(({ at }) => {
    while ((rows[first] as { at: number }).at < at - NEAR_MS) first += 1;
    while (last < rows.length && (rows[last] as { at: number }).at <= at + NEAR_MS) last += 1;
    return last - first - 1;
  });
}

/** Counts a clinic's entries, in order of time; `void`, `blind` and explained ones tell nothing. */
export function countSights(rows: readonly ScoreEntryRow[], limits: LookLimits): SightCounts {
  const counts = {
    looks: 0,
    lookMisses: 0,
    confirmed: 0,
    confirmedMissed: 0,
    open: 0,
    openMissed: 0,
    compared: 0,
    strange: 0,
    doubtful: 0,
    kin: 0,
  };
  const near = nearOf(rows);
  for (const [i, row] of rows.entries()) {
    if (row.sight === 'void' || row.sight === 'blind' || row.sight === 'explained') continue;
    const cameras = lookingOf(row.looking);
    if (!cameras.some(({ counter }) => counter)) continue;
    if (row.confirmed) {
      counts.looks += cameras.length;
      counts.lookMisses += cameras.filter(({ saw }) => !saw).length;
    }
    counts[row.confirmed ? 'confirmed' : 'open'] += 1;
    if (UNSEEN.has(row.sight)) counts[row.confirmed ? 'confirmedMissed' : 'openMissed'] += 1;
    const look = row.confirmed
      ? lookOf(
          { sight: row.sight, medType: row.med_type, bestLlr: row.best_llr, kinLlr: row.kin_llr, near: near[i] ?? 0 },
          limits,
        )
      : null;
    if (look === null) continue;
    counts.compared += 1;
    if (look !== 'like') counts[look] += 1;
  }
  return counts;
}

/** Clinics that stand out most are left out: they are what is looked for, or a camera that was turned away. */
const LEFT_OUT = 0.05;
/** What the pooled rate is worth beside a clinic's own confirmed visits. */
const POOLED_VISITS = 20;

export function populationOf(clinics: readonly SightCounts[]): Population {
  const witnesses = usual(clinics, ({ looks, lookMisses }) => outlying(lookMisses, looks, 0.05));
  const confirmed = sum(witnesses, (of) => of.confirmed);
  const confirmedMissed = sum(witnesses, (of) => of.confirmedMissed);
  const pooled = confirmed === 0 ? 0 : confirmedMissed / confirmed;
  const expected = (of: SightCounts): number =>
    of.open * ((of.confirmedMissed + pooled * POOLED_VISITS) / (of.confirmed + POOLED_VISITS));
  const quiet = usual(clinics, (of) => outlying(of.openMissed - expected(of), of.open, pooled + 0.02));
  const open = sum(quiet, (of) => of.open);
  const beyond = Math.max(
    0,
    sum(quiet, (of) => of.openMissed - expected(of)),
  );
  const compared = sum(clinics, (of) => of.compared);
  const rate = (visits: number, count: number): Rate => ({
    visits,
    share: visits === 0 ? 0 : Math.round((count / visits) * 1e5) / 1e5,
  });
  return {
    missed: rate(
      sum(witnesses, (of) => of.looks),
      sum(witnesses, (of) => of.lookMisses),
    ),
    unseen: rate(confirmed, confirmedMissed),
    // Without witnesses nobody can say what the cameras missed.
    away: rate(confirmed === 0 ? 0 : open, beyond),
    strange: rate(
      compared,
      sum(clinics, (of) => of.strange),
    ),
    doubtful: rate(
      compared,
      sum(clinics, (of) => of.doubtful),
    ),
    kin: rate(
      compared,
      sum(clinics, (of) => of.kin),
    ),
  };
}

/** What was assumed, worth so many visits, with what was seen. */
export const learned = (assumed: number, rate: Rate | undefined, worth: number): number =>
  rate === undefined ? assumed : (assumed * worth + rate.share * rate.visits) / (worth + rate.visits);

const sum = (clinics: readonly SightCounts[], of: (counts: SightCounts) => number): number =>
  clinics.reduce((total, counts) => total + of(counts), 0);

/** How far a count lies above what is usual, in standard deviations. */
const outlying = (count: number, visits: number, share: number): number =>
  visits === 0 ? 0 : (count - visits * share) / Math.sqrt(visits * share * (1 - share));

/** All but those that lie farthest above. */
function usual(clinics: readonly SightCounts[], how: (counts: SightCounts) => number): SightCounts[] {
  const sorted = clinics.map((counts) => ({ counts, how: how(counts) })).sort((a, b) => a.how - b.how);
  return sorted.slice(0, sorted.length - Math.floor(LEFT_OUT * sorted.length)).map(({ counts }) => counts);
}
