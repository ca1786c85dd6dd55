import type { CalibrationSample } from './calibration-samples.ts';
import { seededRandom } from './degrade.ts';
import { LEAST_FALSE_MATCHES } from './gallery/thresholds.ts';
import { chooseLlr, type LlrLimits } from './llr-models.ts';
import { areAlike } from './look-alikes.ts';
import type { Calibration, QualityBin } from './model-card.ts';
import {
  addScore,
  emptyHistogram,
  type LlrPoint,
  mergeHistograms,
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
  /** False-match rate at the match cut: of look-alikes, where enough are known. */
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
  matchFmr: 5e-5,
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
  /** By groups of people, dealt out in turn. */
  readonly folds: readonly {
    readonly genuine: ScoreHistogram;
    readonly impostor: ScoreHistogram;
    /** Those of the impostors who look alike: of one apparent sex and age. */
    readonly lookAlike: ScoreHistogram;
  }[];
}

const BIN_NAMES = ['low', 'medium', 'high'] as const;
/** Groups of people, each in its turn left out to see what a likelihood ratio is worth for others. */
const FOLDS = 5;
/** Rates of false matches that are written where so many of them were seen. */
const SMALL_RATES = ['1e-6', '1e-7', '1e-8'] as const;
/** Fewer pairs of look-alikes say nothing about one in ten thousand. */
const MIN_LOOK_ALIKE_PAIRS = 10_000;

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
  const llrCap = oneMoreMightDiffer(people);
  const llrFloor = -oneMoreMightDiffer(peopleWithPairs);
  const bins: QualityBin[] = [];
  for (const name of BIN_NAMES.toReversed()) {
    const own = scores[name];
    if (own.genuine.length === 0 || own.folds.every(({ impostor }) => impostor.total === 0)) continue;
    // A worse picture scatters more: what is doubted of a good one is not certain of a bad one, however few are known.
    const mismatchBelow = bins[0]?.mismatchCut ?? 1;
    bins.unshift(calibrateBin(name, own, rules, { cap: llrCap, floor: llrFloor, mismatchBelow }));
  }
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
 * Where evidence stops: n people without an exception might have been n + 1 with one, so that no likelihood ratio goes beyond
 * n + 1 (after Vergeer et al., Numerical likelihood ratios outputted by LR systems are often based on extrapolation, 2016).
 */
const oneMoreMightDiffer = (people: number): number => round(Math.log(people + 1), 2);

const describeMismatchRule = (rules: CalibrationRules): string =>
  `Largest cut below which at most ${rules.mismatchFnmr} of the right people's scores lie (each photograph weighs the same), ` +
  `in at least ${rules.confidence * 100} % of ${rules.bootstrapRounds} bootstrap samples of people; ` +
  'never where the likelihood ratio still speaks for the right person, never above the cut of a better quality bin.';

const noScores = (): BinScores => ({
  genuine: [],
  folds: Array.from({ length: FOLDS }, () => ({
    genuine: emptyHistogram(),
    impostor: emptyHistogram(),
    lookAlike: emptyHistogram(),
  })),
});

function scoreAllPairs(
  samples: readonly CalibrationSample[],
  rules: CalibrationRules,
): Record<QualityBin['name'], BinScores> {
  const scores = { low: noScores(), medium: noScores(), high: noScores() };
  const photosOf = countBy(samples.map(({ person }) => person));
  const foldOf = new Map([...photosOf.keys()].map((person, i) => [person, i % FOLDS]));
  const portraits = samples.flatMap(({ portrait }, i) => (portrait.quality >= rules.minPortraitQuality ? [i] : []));
  for (let j = 0; j < samples.length; j++) {
    const sample = samples[j];
    if (!sample) continue;
    const weight = 1 / Math.max(1, (photosOf.get(sample.person) ?? 1) - 1);
    for (const probe of sample.probes) {
      const bin = BIN_NAMES.findLast((name) => probe.quality >= rules.binFloors[name]);
      const fold = bin && scores[bin].folds[foldOf.get(sample.person) ?? 0];
      if (!bin || !fold) continue;
      for (const i of portraits) {
        const other = samples[i];
        if (!other || i === j) continue;
        const score = dotProduct(other.portrait.vector, probe.vector);
        if (other.person === sample.person) {
          scores[bin].genuine.push({ person: sample.person, score, weight });
          addScore(fold.genuine, score, weight);
        } else {
          addScore(fold.impostor, score);
          if (areAlike(other.apparent, sample.apparent)) addScore(fold.lookAlike, score);
        }
      }
    }
  }
  return scores;
}

function calibrateBin(
  name: QualityBin['name'],
  { genuine, folds }: BinScores,
  rules: CalibrationRules,
  limits: LlrLimits & { readonly mismatchBelow: number },
): QualityBin {
  const right = mergeHistograms(folds.map((fold) => fold.genuine));
  const impostor = mergeHistograms(folds.map((fold) => fold.impostor));
  const lookAlike = mergeHistograms(folds.map((fold) => fold.lookAlike));
  const threshold = (fmr: number) => round(thresholdForShareAbove(impostor, fmr), 4);
  const thresholds = {
    '1e-2': threshold(1e-2),
    '1e-3': threshold(1e-3),
    '1e-4': threshold(1e-4),
    '1e-5': threshold(1e-5),
    // Searches of many people need smaller rates, where the data hold them.
    ...Object.fromEntries(
      SMALL_RATES.filter((rate) => impostor.total * Number(rate) >= LEAST_FALSE_MATCHES).map((rate) => [
        rate,
        threshold(Number(rate)),
      ]),
    ),
  };
  // What a score is worth against the people it will be mistaken for, wherever enough of them are known.
  const harder = lookAlike.total >= MIN_LOOK_ALIKE_PAIRS;
  const matchCut = round(thresholdForShareAbove(harder ? lookAlike : impostor, rules.matchFmr), 4);
  const llr = chooseLlr(
    harder ? folds.map((fold) => ({ genuine: fold.genuine, impostor: fold.lookAlike })) : folds,
    limits,
  );
  const mismatchCut = Math.min(
    mismatchCutOf(genuine, rules),
    matchCut - 0.001,
    speaksAgainstBelow(llr.points),
    limits.mismatchBelow,
  );
  return {
    name,
    minQuality: rules.binFloors[name],
    genuinePeople: new Set(genuine.map(({ person }) => person)).size,
    genuinePairs: genuine.length,
    impostorPairs: impostor.total,
    llr: [...llr.points],
    llrModel: llr.model,
    llrImpostors: harder ? 'look-alike' : 'random',
    cllr: round(llr.cllr, 4),
    minCllr: round(llr.minCllr, 4),
    ...(harder && {
      lookAlikes: {
        pairs: lookAlike.total,
        fmr: {
          '1e-2': round(shareAtOrAbove(lookAlike, thresholds['1e-2']), 5),
          '1e-3': round(shareAtOrAbove(lookAlike, thresholds['1e-3']), 6),
          '1e-4': round(shareAtOrAbove(lookAlike, thresholds['1e-4']), 7),
        },
      },
    }),
    thresholds,
    matchCut,
    fnmrAtMatchCut: round(1 - shareAtOrAbove(right, matchCut), 4),
    mismatchCut: round(mismatchCut, 4),
    impostorsBelowMismatchCut: round(1 - shareAtOrAbove(impostor, mismatchCut), 4),
  };
}

/** The score under which the likelihood ratio speaks against the right person. A mismatch rests on nothing else. */
function speaksAgainstBelow(points: readonly LlrPoint[]): number {
  const after = points.findIndex(({ llr }) => llr >= 0);
  const [lower, upper] = [points[after - 1], points[after]];
  if (!upper) return points.at(-1)?.score ?? -1;
  if (!lower) return upper.score - 0.001;
  return lower.score + ((upper.score - lower.score) * -lower.llr) / (upper.llr - lower.llr);
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

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
