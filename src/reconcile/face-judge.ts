import { isMatch, judge } from '../faces/compare.ts';
import type { ModelCard } from '../faces/model-card.ts';
import { dotProduct } from '../faces/template.ts';
import type { BestComparison, CardFacts, Comparison } from './facts.ts';

/** A template with what a judgement needs of its origin. */
export interface FaceSample {
  /** Unit length. */
  readonly template: Float32Array;
  readonly modelVersion: string;
  /** 0..1 */
  readonly quality: number;
}

/** Compares faces under one model card. The only place of this room where templates are looked at. */
export interface FaceJudge {
  readonly card: CardFacts;
  /** Made by the model in use: others cannot be compared. */
  comparable(sample: { readonly modelVersion: string }): boolean;
  /** @returns null when one of the two was made by another model */
  compare(seen: FaceSample, portrait: FaceSample, portraitAgeYears?: number): Comparison | null;
  /** Whether `compare` of the two would come to the zone `match`. */
  matches(a: FaceSample, b: FaceSample): boolean;
}

/** The judge of a model card. Its natural logarithms become log10 here, as facts, verdicts and people read them. */
export function createFaceJudge(card: ModelCard): FaceJudge {
  const comparable = (sample: { readonly modelVersion: string }): boolean =>
    sample.modelVersion === card.templateVersion;
  const comparisons = createComparisons();
  return {
    card: {
      modelVersion: `${card.templateVersion}#${card.calibration?.id ?? 'uncalibrated'}`,
      calibrated: card.calibration !== null,
      siteCalibrated: card.siteCalibrated,
    },
    comparable,
    compare(seen, portrait, portraitAgeYears = 0) {
      if (!comparable(seen) || !comparable(portrait)) return null;
      const isOld = card.calibration !== null && portraitAgeYears > card.calibration.maxPortraitAgeYears;
      const made = comparisons.of(seen, portrait, isOld);
      if (made !== undefined) return made;
      const judged = judge(
        {
          cosine: cosineOf(seen, portrait),
          quality: seen.quality,
          portraitQuality: portrait.quality,
          portraitAgeYears,
        },
        card,
      );
      const comparison: Comparison = {
        score: rounded(judged.score),
        llr: rounded(judged.llr / Math.LN10),
        zone: judged.zone,
        qualityBin: judged.qualityBin ?? 'none',
      };
      comparisons.keep(seen, portrait, isOld, comparison);
      return comparison;
    },
    matches: (a, b) => comparable(a) && comparable(b) && isMatch(cosineOf(a, b), a.quality, b.quality, card),
  };
}

interface Made {
  readonly quality: number;
  readonly portraitQuality: number;
  readonly isOld: boolean;
  readonly comparison: Comparison;
}

const MOST_COMPARISONS = 200_000;

/** Comparisons made before, of templates that are still at hand: windows that overlap hold the same faces, and each is looked at more than once. */
function createComparisons() {
  let made = new WeakMap<Float32Array, Map<Float32Array, Made>>();
  let kept = 0;
  return {
    of(seen: FaceSample, portrait: FaceSample, isOld: boolean): Comparison | undefined {
      const found = made.get(seen.template)?.get(portrait.template);
      return found !== undefined &&
        found.isOld === isOld &&
        found.quality === seen.quality &&
        found.portraitQuality === portrait.quality
        ? found.comparison
        : undefined;
    },
    keep(seen: FaceSample, portrait: FaceSample, isOld: boolean, comparison: Comparison): void {
      kept += 1;
      if (kept > MOST_COMPARISONS) {
        made = new WeakMap();
        kept = 1;
      }
      const { quality } = seen;
      const ofSeen = made.get(seen.template);
      const entry: Made = { quality, portraitQuality: portrait.quality, isOld, comparison };
      if (ofSeen === undefined) made.set(seen.template, new Map([[portrait.template, entry]]));
      else ofSeen.set(portrait.template, entry);
    },
  };
}

const cosineOf = (a: FaceSample, b: FaceSample): number =>
  Math.min(1, Math.max(-1, dotProduct(a.template, b.template)));

/** Four decimals: as much as means something, and the same on every machine. */
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

export interface Portrait extends FaceSample {
  readonly ref: string;
  readonly ageYears: number;
}

const ZONE_ORDER = { match: 2, uncertain: 1, beyond_genuine_tail: 0 } as const;

/** The best of several portraits for one face; null when there is none to compare. */
export function bestOf(judge: FaceJudge, seen: FaceSample, portraits: readonly Portrait[]): BestComparison | null {
  let best: Comparison | null = null;
  let ref = '';
  for (const portrait of portraits) {
    const compared = judge.compare(seen, portrait, portrait.ageYears);
    if (compared === null || (best !== null && !isBetter(compared, best))) continue;
    best = compared;
    ref = portrait.ref;
  }
  return best && { ...best, ref };
}

const isBetter = (a: Comparison, b: Comparison): boolean =>
  ZONE_ORDER[a.zone] !== ZONE_ORDER[b.zone]
    ? ZONE_ORDER[a.zone] > ZONE_ORDER[b.zone]
    : a.llr !== b.llr
      ? a.llr > b.llr
      : a.score > b.score;

/** What was found of many faces, so that when some more have come only those are compared. */
export interface ClusterMemory {
  recall(first: FaceSample): ReadonlyMap<FaceSample, number> | undefined;
  keep(first: FaceSample, clusters: ReadonlyMap<FaceSample, number>): void;
}

const MOST_REMEMBERED = 5_000;

/** Of lists of faces that grow, each known by its first face. */
export function createClusterMemory(): ClusterMemory {
  let known = new WeakMap<FaceSample, ReadonlyMap<FaceSample, number>>();
  let kept = 0;
  return {
    recall: (first) => known.get(first),
    keep(first, clusters) {
      kept += 1;
      if (kept > MOST_REMEMBERED) {
        known = new WeakMap();
        kept = 1;
      }
      known.set(first, clusters);
    },
  };
}

/**
 * Numbers equal faces equally: single link over zone `match`. Samples must be in a fixed order (time, id), so that the
 * numbers are the same whenever they are given out. null stays null.
 * @param memory of this judge alone
 */
export function clusterFaces(
  judge: FaceJudge,
  samples: readonly (FaceSample | null)[],
  memory?: ClusterMemory,
): (number | null)[] {
  const parent = samples.map((_, i) => i);
  const rootOf = (i: number): number => {
    let at = i;
    while (parent[at] !== undefined && parent[at] !== at) at = parent[at] ?? at;
    return at;
  };
  const join = (i: number, j: number): void => {
    const [one, other] = [rootOf(i), rootOf(j)];
    parent[Math.max(one, other)] = Math.min(one, other);
  };
  const first = samples.find((sample) => sample !== null) ?? null;
  const before = first === null ? undefined : memory?.recall(first);
  const compared = before === undefined ? null : joinKnown(before, samples, join);
  samples.forEach((a, i) => {
    if (a === null) return;
    const wasCompared = compared?.has(i) === true;
    for (let j = 0; j < i; j++) {
      const b = samples[j];
      if (b == null || (wasCompared && compared?.has(j)) || rootOf(i) === rootOf(j)) continue;
      if (judge.matches(a, b)) join(i, j);
    }
  });
  if (memory !== undefined && first !== null && compared?.size !== samples.length) {
    memory.keep(
      first,
      new Map(samples.flatMap((sample, i) => (sample === null ? [] : [[sample, rootOf(i)] as const]))),
    );
  }
  const numbers = new Map<number, number>();
  return samples.map((sample, i) => {
    if (sample === null || !judge.comparable(sample)) return null;
    const root = rootOf(i);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
}

/** Joins what was joined before. @returns which of the samples were compared with each other; null: some of them are gone */
function joinKnown(
  known: ReadonlyMap<FaceSample, number>,
  samples: readonly (FaceSample | null)[],
  join: (i: number, j: number) => void,
): ReadonlySet<number> | null {
  const places = new Map<FaceSample, number>();
  samples.forEach((sample, i) => {
    if (sample !== null && known.has(sample) && !places.has(sample)) places.set(sample, i);
  });
  if (places.size < known.size) return null;
  const firstOf = new Map<number, number>();
  for (const [sample, place] of places) {
    const cluster = known.get(sample) as number;
    const other = firstOf.get(cluster);
    if (other === undefined) firstOf.set(cluster, place);
    else join(place, other);
  }
  return new Set(places.values());
}
