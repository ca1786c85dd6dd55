import { binFor, llrAt } from './compare.ts';
import type { Apparent } from './engine/apparent.ts';
import { areAlike } from './look-alikes.ts';
import type { ModelCard } from './model-card.ts';
import {
  addScore,
  costOfLlr,
  emptyHistogram,
  equalErrorRate,
  lowerEdgeOfStep,
  mergeHistograms,
  minimumCostOfLlr,
  type ScoreHistogram,
  shareAtOrAbove,
  thresholdForShareAbove,
} from './score-histogram.ts';
import { compareTemplates, type FaceTemplate, poolTemplates } from './template.ts';

/** A photograph as measured: without a template where no face was found. */
export interface EvaluatedPhoto {
  readonly person: string;
  readonly template: FaceTemplate | null;
  readonly quality: number;
  /** What the face looks like; null where nobody looked. */
  readonly apparent: Apparent | null;
}

/** Two photographs by their places in the list. `fold` 0..9 for the ten-fold accuracy. */
export interface PhotoPair {
  readonly a: number;
  readonly b: number;
  readonly fold: number;
}

/** The figures of DESIGN.md's `face-eval`. Rates are shares 0..1; a photograph without a template is a miss. */
export interface FaceEvalFigures {
  readonly people: number;
  readonly photos: number;
  readonly genuine: number;
  readonly impostor: number;
  /** Photographs without a template (failures to acquire). */
  readonly fta: number;
  readonly eer: number;
  readonly tar: { readonly '1e-2': number; readonly '1e-3': number; readonly '1e-4': number };
  readonly accuracy: number;
  /** Share of impostors at or above the card's thresholds for 1e-3. Null for a card without a calibration. */
  readonly realisedFmr: number | null;
  /** Of the card's likelihood ratios, against random strangers. */
  readonly cllr: number | null;
  readonly minCllr: number;
  /** Strangers of the same apparent sex and age; null where there is no such pair. */
  readonly lookAlikes: {
    readonly pairs: number;
    /** How often they reach the thresholds at which this share of random strangers passes. */
    readonly fmr: { readonly '1e-2': number; readonly '1e-3': number; readonly '1e-4': number };
    /** Share of them at or above the card's thresholds for 1e-3. */
    readonly realisedFmr: number | null;
    readonly cllr: number | null;
    readonly minCllr: number;
  } | null;
  /** Among people with four photographs or more, at FMR 1e-3: one photograph against one … */
  readonly fnmrSingle: number | null;
  /** … and against a template of all their others. */
  readonly fnmrTemplate: number | null;
}

const FOLDS = 10;
const TEMPLATE_MIN_PHOTOS = 4;
const NO_BIN = 'none';

interface BinScores {
  readonly genuine: ScoreHistogram;
  readonly impostor: ScoreHistogram;
  /** Those of the impostors who look alike. */
  readonly lookAlike: ScoreHistogram;
}

interface Scores {
  readonly folds: readonly {
    genuine: ScoreHistogram;
    impostor: ScoreHistogram;
    genuineFailed: number;
    impostorFailed: number;
  }[];
  /** By the card's quality bin. */
  readonly bins: Map<string, BinScores>;
}

/** All pairs of photographs, folds dealt out in turn. */
export function* allPairs(count: number): Generator<PhotoPair> {
  for (let a = 0; a < count; a++) for (let b = 0; b < a; b++) yield { a, b, fold: (a + b) % FOLDS };
}

export function measure(
  photos: readonly EvaluatedPhoto[],
  pairs: Iterable<PhotoPair>,
  card: Pick<ModelCard, 'calibration'>,
): FaceEvalFigures {
  const scores = scorePairs(photos, pairs, card);
  const genuine = mergeHistograms(scores.folds.map((fold) => fold.genuine));
  const impostor = mergeHistograms(scores.folds.map((fold) => fold.impostor));
  const genuineFailed = sum(scores.folds.map((fold) => fold.genuineFailed));
  const impostorFailed = sum(scores.folds.map((fold) => fold.impostorFailed));
  const tarAt = (fmr: number) =>
    (shareAtOrAbove(genuine, thresholdForShareAbove(impostor, fmr)) * genuine.total) / (genuine.total + genuineFailed);
  return {
    people: new Set(photos.map(({ person }) => person)).size,
    photos: photos.length,
    genuine: genuine.total + genuineFailed,
    impostor: impostor.total + impostorFailed,
    fta: photos.filter(({ template }) => !template).length,
    eer: equalErrorRate(genuine, impostor, genuineFailed),
    tar: { '1e-2': tarAt(1e-2), '1e-3': tarAt(1e-3), '1e-4': tarAt(1e-4) },
    accuracy: tenFoldAccuracy(scores.folds),
    ...cardFigures(scores, card, 'impostor'),
    minCllr: minimumCostOfLlr(genuine, impostor),
    lookAlikes: lookAlikeFigures(scores, card, genuine, (fmr) => thresholdForShareAbove(impostor, fmr)),
    ...templateGain(photos, thresholdForShareAbove(impostor, 1e-3)),
  };
}

function scorePairs(
  photos: readonly EvaluatedPhoto[],
  pairs: Iterable<PhotoPair>,
  { calibration }: Pick<ModelCard, 'calibration'>,
): Scores {
  const histograms = () => ({ genuine: emptyHistogram(), impostor: emptyHistogram() });
  const folds = Array.from({ length: FOLDS }, () => ({ ...histograms(), genuineFailed: 0, impostorFailed: 0 }));
  const bins: Scores['bins'] = new Map();
  for (const pair of pairs) {
    const [a, b, fold] = [photos[pair.a], photos[pair.b], folds[pair.fold]];
    if (!a || !b || !fold) continue;
    const kind = a.person === b.person ? 'genuine' : 'impostor';
    if (!a.template || !b.template) {
      fold[`${kind}Failed`] += 1;
      continue;
    }
    const score = compareTemplates(a.template, b.template);
    addScore(fold[kind], score);
    const name = (calibration && binFor(calibration, Math.min(a.quality, b.quality))?.name) ?? NO_BIN;
    const bin = bins.get(name) ?? { ...histograms(), lookAlike: emptyHistogram() };
    bins.set(name, bin);
    addScore(bin[kind], score);
    if (kind === 'impostor' && areAlike(a.apparent, b.apparent)) addScore(bin.lookAlike, score);
  }
  return { folds, bins };
}

/** LFW's protocol: the threshold that is best on nine folds, tried on the tenth; both kinds count half. */
function tenFoldAccuracy(folds: Scores['folds']): number {
  const used = folds.filter(({ genuine, impostor }) => genuine.total > 0 && impostor.total > 0);
  const accuracies = used.map((fold) => {
    const others = used.length > 1 ? used.filter((other) => other !== fold) : used;
    const threshold = bestThreshold(
      mergeHistograms(others.map(({ genuine }) => genuine)),
      mergeHistograms(others.map(({ impostor }) => impostor)),
    );
    const accepted = shareAtOrAbove(fold.genuine, threshold) * fold.genuine.total;
    const refused = (1 - shareAtOrAbove(fold.impostor, threshold)) * fold.impostor.total;
    return (
      (accepted / (fold.genuine.total + fold.genuineFailed) + refused / (fold.impostor.total + fold.impostorFailed)) / 2
    );
  });
  return sum(accuracies) / accuracies.length;
}

function bestThreshold(genuine: ScoreHistogram, impostor: ScoreHistogram): number {
  let [best, bestAt] = [-1, 0];
  let accepted = 1;
  let refused = 0;
  for (let step = 0; step < genuine.counts.length; step++) {
    if (accepted + refused > best) [best, bestAt] = [accepted + refused, step];
    accepted -= (genuine.counts[step] ?? 0) / genuine.total;
    refused += (impostor.counts[step] ?? 0) / impostor.total;
  }
  return lowerEdgeOfStep(bestAt);
}

/** How the card's promises hold on these photographs, against these strangers. */
function cardFigures(
  { bins }: Scores,
  { calibration }: Pick<ModelCard, 'calibration'>,
  strangers: 'impostor' | 'lookAlike',
): Pick<FaceEvalFigures, 'realisedFmr' | 'cllr'> {
  if (!calibration) return { realisedFmr: null, cllr: null };
  const genuineTotal = sum([...bins.values()].map(({ genuine }) => genuine.total));
  const impostorTotal = sum([...bins.values()].map((bin) => bin[strangers].total));
  let falseMatches = 0;
  let cost = 0;
  for (const [name, { genuine, ...others }] of bins) {
    const impostor = others[strangers];
    const bin = calibration.bins.find((candidate) => candidate.name === name);
    if (bin) falseMatches += shareAtOrAbove(impostor, bin.thresholds['1e-3']) * impostor.total;
    const llrOf = (score: number) => (bin ? llrAt(bin, score) : 0);
    cost += costOfLlr(genuine, impostor, llrOf, { genuineTotal, impostorTotal });
  }
  return { realisedFmr: falseMatches / impostorTotal, cllr: cost };
}

function lookAlikeFigures(
  scores: Scores,
  card: Pick<ModelCard, 'calibration'>,
  genuine: ScoreHistogram,
  thresholdAt: (fmr: number) => number,
): FaceEvalFigures['lookAlikes'] {
  const alike = mergeHistograms([...scores.bins.values()].map(({ lookAlike }) => lookAlike));
  if (alike.total === 0) return null;
  const fmrAt = (fmr: number) => shareAtOrAbove(alike, thresholdAt(fmr));
  return {
    pairs: alike.total,
    fmr: { '1e-2': fmrAt(1e-2), '1e-3': fmrAt(1e-3), '1e-4': fmrAt(1e-4) },
    ...cardFigures(scores, card, 'lookAlike'),
    minCllr: minimumCostOfLlr(genuine, alike),
  };
}

/** What a template of several photographs is worth against one of them. */
function templateGain(
  photos: readonly EvaluatedPhoto[],
  threshold: number,
): Pick<FaceEvalFigures, 'fnmrSingle' | 'fnmrTemplate'> {
  const people = [...groupByPerson(photos).values()].filter((own) => own.length >= TEMPLATE_MIN_PHOTOS);
  if (people.length === 0) return { fnmrSingle: null, fnmrTemplate: null };
  const poolOf = (own: readonly EvaluatedPhoto[]) => {
    const shots = own.flatMap(({ template, quality }) => (template ? [{ template, weight: quality }] : []));
    return shots.length > 0 ? poolTemplates(shots) : null;
  };
  const pools = people.map(poolOf);
  const impostor = emptyHistogram();
  people.forEach((own, i) => {
    for (const { template } of own)
      pools.forEach((pool, j) => {
        if (i !== j && pool && template) addScore(impostor, compareTemplates(pool, template));
      });
  });
  const pooledThreshold = impostor.total > 0 ? thresholdForShareAbove(impostor, 1e-3) : threshold;
  const single = { missed: 0, total: 0 };
  const pooled = { missed: 0, total: 0 };
  const count = (
    into: { missed: number; total: number },
    a: FaceTemplate | null,
    b: FaceTemplate | null,
    limit: number,
  ) => {
    into.total += 1;
    if (!a || !b || compareTemplates(a, b) < limit) into.missed += 1;
  };
  for (const own of people) {
    own.forEach((photo, i) => {
      for (const other of own.slice(0, i)) count(single, photo.template, other.template, threshold);
      count(pooled, photo.template, poolOf(own.filter((other) => other !== photo)), pooledThreshold);
    });
  }
  return { fnmrSingle: single.missed / single.total, fnmrTemplate: pooled.missed / pooled.total };
}

function groupByPerson(photos: readonly EvaluatedPhoto[]): Map<string, EvaluatedPhoto[]> {
  const groups = new Map<string, EvaluatedPhoto[]>();
  for (const photo of photos) {
    const own = groups.get(photo.person);
    if (own) own.push(photo);
    else groups.set(photo.person, [photo]);
  }
  return groups;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
