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
  return {
    card: {
      modelVersion: `${card.templateVersion}#${card.calibration?.id ?? 'uncalibrated'}`,
      calibrated: card.calibration !== null,
      siteCalibrated: card.siteCalibrated,
    },
    comparable,
    compare(seen, portrait, portraitAgeYears = 0) {
      if (!comparable(seen) || !comparable(portrait)) return null;
      const judged = judge(
        {
          cosine: cosineOf(seen, portrait),
          quality: seen.quality,
          portraitQuality: portrait.quality,
          portraitAgeYears,
        },
        card,
      );
      return {
        score: rounded(judged.score),
        llr: rounded(judged.llr / Math.LN10),
        zone: judged.zone,
        qualityBin: judged.qualityBin ?? 'none',
      };
    },
    matches: (a, b) => comparable(a) && comparable(b) && isMatch(cosineOf(a, b), a.quality, b.quality, card),
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

/**
 * Numbers equal faces equally: single link over zone `match`. Samples must be in a fixed order (time, id), so that the
 * numbers are the same whenever they are given out. null stays null.
 */
export function clusterFaces(judge: FaceJudge, samples: readonly (FaceSample | null)[]): (number | null)[] {
  const parent = samples.map((_, i) => i);
  const rootOf = (i: number): number => {
    let at = i;
    while (parent[at] !== undefined && parent[at] !== at) at = parent[at] ?? at;
    return at;
  };
  samples.forEach((a, i) => {
    if (a === null) return;
    for (let j = 0; j < i; j++) {
      const b = samples[j];
      if (b == null || rootOf(i) === rootOf(j)) continue;
      if (!judge.matches(a, b)) continue;
      const [one, other] = [rootOf(i), rootOf(j)];
      parent[Math.max(one, other)] = Math.min(one, other);
    }
  });
  const numbers = new Map<number, number>();
  return samples.map((sample, i) => {
    if (sample === null || !judge.comparable(sample)) return null;
    const root = rootOf(i);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
}
