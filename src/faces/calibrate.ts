import type { CalibrationSample } from './calibration-samples.ts';
import { seededRandom } from './degrade.ts';
import type { Calibration, QualityBin } from './model-card.ts';
import {
  addScore,
  emptyHistogram,
  isotonicLlr,
  type LlrPoint,
  quantileBelow,
  type ScoreHistogram,
  shareAtOrAbove,
  thresholdForShareAbove,
} from './score-histogram.ts';
import { dotProduct } from './template.ts';

/** How a calibration is made. Every number of it can be read in the card. */
export interface CalibrationRules {
  /** Lowest quality of each bin; below the lowest nothing is said about a face. */
  readonly binFloors: Readonly<Record<QualityBin['name'], number>>;
  /** Portraits below this do not pass the gate and are left out. */
  readonly minPortraitQuality: number;
  /** False-match rate at the match cut. */
  readonly matchFmr: number;
  /** Share of the right people's scores that may lie below the mismatch cut. */
  readonly mismatchFnmr: number;
  /** How sure the mismatch cut is to hold for other people: share of bootstrap samples with a higher cut. */
  readonly confidence: number;
  readonly bootstrapRounds: number;
  readonly maxPortraitAgeYears: number;
}

export const defaultCalibrationRules: CalibrationRules = {
  binFloors: { low: 0.2, medium: 0.45, high: 0.65 },
  minPortraitQuality: 0.45,
  matchFmr: 1e-4,
  mismatchFnmr: 1e-3,
  confidence: 0.95,
  bootstrapRounds: 300,
  maxPortraitAgeYears: 10,
};

/** A score of the right person; `weight` so that a much photographed person does not decide alone. */
interface GenuineScore {
  readonly person: string;
  readonly score: number;
  readonly weight: number;
}
interface BinScores {
  readonly genuine: GenuineScore[];
  readonly impostor: ScoreHistogram;
}

const BIN_NAMES = ['low', 'medium', 'high'] as const;

/**
 * Calibrates scores of portraits against appearances: likelihood ratios, false-match thresholds, match and mismatch cuts per
 * quality bin. Compares every portrait with every probe of another photograph. About 15 seconds for 6,400 photographs.
 */
export function calibrate(
  samples: readonly CalibrationSample[],
  rules: CalibrationRules = defaultCalibrationRules,
): Pick<
  Calibration,
  | 'bins'
  | 'llrCap'
  | 'llrFloor'
  | 'genuinePairs'
  | 'impostorPairs'
  | 'matchFmr'
  | 'mismatchFnmr'
  | 'mismatchRule'
  | 'maxPortraitAgeYears'
> {
  const scores = scoreAllPairs(samples, rules);
  const people = new Set(samples.map(({ person }) => person)).size;
  const peopleWithPairs = new Set(BIN_NAMES.flatMap((name) => scores[name].genuine.map(({ person }) => person))).size;
  const llrCap = ruleOfThree(people);
  const llrFloor = -ruleOfThree(peopleWithPairs);
  const bins = BIN_NAMES.filter((name) => scores[name].genuine.length > 0 && scores[name].impostor.total > 0).map(
    (name) => calibrateBin(name, scores[name], rules, { cap: llrCap, floor: llrFloor }),
  );
  return {
    llrCap,
    llrFloor,
    genuinePairs: bins.reduce((sum, bin) => sum + bin.genuinePairs, 0),
    impostorPairs: bins.reduce((sum, bin) => sum + bin.impostorPairs, 0),
    matchFmr: rules.matchFmr,
    mismatchFnmr: rules.mismatchFnmr,
    mismatchRule: describeMismatchRule(rules),
    maxPortraitAgeYears: rules.maxPortraitAgeYears,
    bins,
  };
}

/**
 * What n people without an exception can prove: with 95 % confidence the rate is below 3/n (Hanley & Lippman-Hand, 1983).
 * A likelihood ratio beyond n/3 would claim more than the data hold.
 */
const ruleOfThree = (people: number): number => round(Math.log(Math.max(3.1, people) / 3), 2);

const describeMismatchRule = (rules: CalibrationRules): string =>
  `Largest cut below which at most ${rules.mismatchFnmr} of the right people's scores lie (each photograph weighs the same), ` +
  `in at least ${rules.confidence * 100} % of ${rules.bootstrapRounds} bootstrap samples of people; ` +
  'never above the cut of a better quality bin.';

function scoreAllPairs(
  samples: readonly CalibrationSample[],
  rules: CalibrationRules,
): Record<QualityBin['name'], BinScores> {
  const scores = Object.fromEntries(
    BIN_NAMES.map((name) => [name, { genuine: [], impostor: emptyHistogram() } satisfies BinScores]),
  ) as unknown as Record<QualityBin['name'], BinScores>;
  const photosOf = countBy(samples.map(({ person }) => person));
  const portraits = samples.flatMap(({ portrait }, i) => (portrait.quality >= rules.minPortraitQuality ? [i] : []));
  for (let j = 0; j < samples.length; j++) {
    const sample = samples[j];
    if (!sample) continue;
    const weight = 1 / Math.max(1, (photosOf.get(sample.person) ?? 1) - 1);
    for (const probe of sample.probes) {
      const bin = BIN_NAMES.findLast((name) => probe.quality >= rules.binFloors[name]);
      if (!bin) continue;
      for (const i of portraits) {
        const other = samples[i];
        if (!other || i === j) continue;
        const score = dotProduct(other.portrait.vector, probe.vector);
        if (other.person === sample.person) scores[bin].genuine.push({ person: sample.person, score, weight });
        else addScore(scores[bin].impostor, score);
      }
    }
  }
  return scores;
}

function calibrateBin(
  name: QualityBin['name'],
  { genuine, impostor }: BinScores,
  rules: CalibrationRules,
  limits: { cap: number; floor: number },
): QualityBin {
  const histogram = histogramOf(genuine);
  const threshold = (fmr: number) => round(thresholdForShareAbove(impostor, fmr), 4);
  const matchCut = threshold(rules.matchFmr);
  const mismatchCut = Math.min(mismatchCutOf(genuine, rules), matchCut - 0.001);
  return {
    name,
    minQuality: rules.binFloors[name],
    genuinePeople: new Set(genuine.map(({ person }) => person)).size,
    genuinePairs: genuine.length,
    impostorPairs: impostor.total,
    llr: llrTable(isotonicLlr(histogram, impostor), limits),
    thresholds: { '1e-2': threshold(1e-2), '1e-3': threshold(1e-3), '1e-4': threshold(1e-4), '1e-5': threshold(1e-5) },
    matchCut,
    fnmrAtMatchCut: round(1 - shareAtOrAbove(histogram, matchCut), 4),
    mismatchCut: round(mismatchCut, 4),
    impostorsBelowMismatchCut: round(1 - shareAtOrAbove(impostor, mismatchCut), 4),
  };
}

/** The lower end of what bootstrap samples of people say about the genuine tail. */
function mismatchCutOf(genuine: readonly GenuineScore[], rules: CalibrationRules): number {
  const byPerson = groupByPerson(genuine);
  const random = seededRandom(byPerson.length);
  const cuts = Array.from({ length: rules.bootstrapRounds }, () => {
    const drawn = emptyHistogram();
    for (let k = 0; k < byPerson.length; k++)
      for (const { score, weight } of byPerson[Math.floor(random() * byPerson.length)] ?? [])
        addScore(drawn, score, weight);
    return quantileBelow(drawn, rules.mismatchFnmr);
  });
  return cuts.sort((a, b) => a - b)[Math.floor((1 - rules.confidence) * cuts.length)] ?? -1;
}

function groupByPerson(genuine: readonly GenuineScore[]): GenuineScore[][] {
  const groups = new Map<string, GenuineScore[]>();
  for (const score of genuine) {
    const group = groups.get(score.person);
    if (group) group.push(score);
    else groups.set(score.person, [score]);
  }
  return [...groups.values()];
}

function histogramOf(genuine: readonly GenuineScore[]): ScoreHistogram {
  const histogram = emptyHistogram();
  for (const { score, weight } of genuine) addScore(histogram, score, weight);
  return histogram;
}

/** A table of few points: capped, and thinned to steps of a tenth in the likelihood ratio. */
function llrTable(points: readonly LlrPoint[], { cap, floor }: { cap: number; floor: number }): LlrPoint[] {
  const table: LlrPoint[] = [];
  for (const { score, llr } of points) {
    const point = { score: round(score, 4), llr: round(Math.min(cap, Math.max(floor, llr)), 2) };
    const last = table.at(-1);
    if (!last || (point.score > last.score && point.llr >= last.llr + 0.1)) table.push(point);
  }
  return table;
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
