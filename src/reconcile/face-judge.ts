import { isMatch, judge } from '../faces/compare.ts';
import type { ModelCard } from '../faces/model-card.ts';
import { dotProduct } from '../faces/template.ts';
import type { BestComparison, Comparison } from './appearance-facts.ts';
import type { CardFacts } from './facts.ts';

/** A template with what a judgement needs of its origin. */
export interface FaceSample {
  /** Unit length. */
  readonly template: Float32Array;
  readonly modelVersion: string;
  /** 0..1 */
  readonly quality: number;
  /** The same face by other models, while one takes another's place. */
  readonly also?: readonly { readonly template: Float32Array; readonly modelVersion: string }[];
}

/** Compares faces under one model card. The only place of this room where templates are looked at. */
export interface FaceJudge {
  readonly card: CardFacts;
  /** An older portrait proves no mismatch: the calibration has seen none. Infinite where there is no calibration. */
  readonly maxPortraitAgeYears: number;
  /** Made by a model that serves: others cannot be compared. */
  comparable(sample: Pick<FaceSample, 'modelVersion' | 'also'>): boolean;
  /** @returns null when no model that serves made both */
  compare(seen: FaceSample, portrait: FaceSample, portraitAgeYears?: number): Comparison | null;
  /** Whether `compare` of the two would come to the zone `match`. */
  matches(a: FaceSample, b: FaceSample): boolean;
}

/**
 * The judge of the models that serve: the one in use, and beside it the one whose place it takes. Two faces are compared by a
 * model that made templates of both, a calibrated one first, then the one in use. Natural logarithms of a card become log10
 * here, as facts, verdicts and people read them.
 */
export function createFaceJudge(card: ModelCard, before: ModelCard | null = null): FaceJudge {
  const cards = before === null || before.templateVersion === card.templateVersion ? [card] : [card, before];
  const order = cards.toSorted((a, b) => Number(b.calibration !== null) - Number(a.calibration !== null));
  const [first = card] = order;
  const served = new Set(order.map(({ templateVersion }) => templateVersion));
  const comparisons = createComparisons();
  const pairOf = (seen: FaceSample, portrait: FaceSample): Pair | null => {
    // Nearly always there is one model, and both are of it.
    if (seen.modelVersion === first.templateVersion && portrait.modelVersion === first.templateVersion)
      return { card: first, cosine: cosineOf(seen.template, portrait.template) };
    for (const each of order) {
      const [a, b] = [byModel(seen, each.templateVersion), byModel(portrait, each.templateVersion)];
      if (a !== null && b !== null) return { card: each, cosine: cosineOf(a, b) };
    }
    return null;
  };
  return {
    card: {
      modelVersion: nameOf(first),
      calibrated: first.calibration !== null,
      // Whatever judges beside it may decide too.
      siteCalibrated:
        order.every(({ calibration, siteCalibrated }) => calibration === null || siteCalibrated) &&
        first.siteCalibrated,
    },
    maxPortraitAgeYears: Math.min(
      ...order.map(({ calibration }) => calibration?.maxPortraitAgeYears ?? Number.POSITIVE_INFINITY),
    ),
    comparable: ({ modelVersion, also }) =>
      served.has(modelVersion) || also?.some((other) => served.has(other.modelVersion)) === true,
    compare(seen, portrait, portraitAgeYears = 0) {
      const pair = pairOf(seen, portrait);
      if (pair === null) return null;
      const { calibration } = pair.card;
      const isOld = calibration !== null && portraitAgeYears > calibration.maxPortraitAgeYears;
      const made = comparisons.of(seen, portrait, isOld);
      if (made !== undefined) return made;
      const judged = judge(
        { cosine: pair.cosine, quality: seen.quality, portraitQuality: portrait.quality, portraitAgeYears },
        pair.card,
      );
      const comparison: Comparison = {
        score: rounded(judged.score),
        llr: rounded(judged.llr / Math.LN10),
        zone: judged.zone,
        qualityBin: judged.qualityBin ?? 'none',
        ...(pair.card !== first && { modelVersion: nameOf(pair.card) }),
      };
      comparisons.keep(seen, portrait, isOld, comparison);
      return comparison;
    },
    matches(a, b) {
      const pair = pairOf(a, b);
      return pair !== null && isMatch(pair.cosine, a.quality, b.quality, pair.card);
    },
  };
}

interface Pair {
  readonly card: ModelCard;
  readonly cosine: number;
}

const byModel = ({ template, modelVersion, also }: FaceSample, wanted: string): Float32Array | null =>
  modelVersion === wanted ? template : (also?.find((other) => other.modelVersion === wanted)?.template ?? null);

/** Model and calibration, as they are kept with what was compared. */
const nameOf = ({ templateVersion, calibration }: ModelCard): string =>
  `${templateVersion}#${calibration?.id ?? 'uncalibrated'}`;

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

const cosineOf = (a: Float32Array, b: Float32Array): number => Math.min(1, Math.max(-1, dotProduct(a, b)));

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
