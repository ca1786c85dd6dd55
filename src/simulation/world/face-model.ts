import { llrAt } from '../../faces/compare.ts';
import type { Calibration, QualityBin } from '../../faces/model-card.ts';
import { DomainError } from '../../platform/errors.ts';
import type { CityParameters } from './parameters.ts';

/**
 * How faces must lie for their scores to follow a model card.
 *
 * A portrait is √m·e + √(1−m)·f: what all faces have in common, and the face. A picture of quality bin b is
 * (A/√m)·e + (B/√(1−m))·h + noise. Then a stranger's score is A + B·ρ with ρ = f·h, and ρ of two unrelated people is the
 * cosine of random directions in `identityDimensions`, shifted where sex or age band are the same. A and B are chosen per
 * bin so that the card's 1e-2 and 1e-3 thresholds hold exactly; the number of dimensions sets how well 1e-4 and the lower
 * side fit. Genuine scores are drawn from the density that the card's likelihood ratios imply for that law of ρ.
 */
export interface FaceModel {
  readonly dimension: number;
  readonly identityDimensions: number;
  /** What all faces have in common, squared: m above. */
  readonly common: number;
  readonly sexShare: number;
  readonly ageShare: number;
  readonly bins: readonly FaceBin[];
}

export interface FaceBin {
  readonly name: QualityBin['name'];
  readonly minQuality: number;
  readonly a: number;
  readonly b: number;
  /** Amplitude of the noise that has nothing to do with faces. */
  readonly noise: number;
  /** Genuine score at a standard normal z, from the lowest. */
  readonly genuine: (z: number) => number;
}

/** Shares of the people by age band, for how often two of them are of one band. */
export type AgeBandShares = readonly number[];

const GRID = 40_001;

/** Throws `config_invalid` where no such faces exist: the card's thresholds are too far apart for so few dimensions. */
export function fitFaceModel(
  calibration: Calibration,
  faces: CityParameters['faces'],
  ageBands: AgeBandShares,
): FaceModel {
  const law = lawOfUnrelated(faces, ageBands);
  const [at2, at3] = [law.quantile(1e-2), law.quantile(1e-3)];
  const affine = calibration.bins.map((bin) => {
    const b = (bin.thresholds['1e-3'] - bin.thresholds['1e-2']) / (at3 - at2);
    return { bin, a: bin.thresholds['1e-2'] - b * at2, b };
  });
  const common = affine.reduce((sum, { a, b }) => sum + a / (a + b), 0) / affine.length;
  const bins = affine.map(({ bin, a, b }): FaceBin => {
    const left = 1 - (a * a) / common - (b * b) / (1 - common);
    if (!(a > 0 && b > 0 && left >= 0)) {
      throw new DomainError(
        'config_invalid',
        `No faces have the scores of quality bin ${bin.name} of this model card.`,
        {
          remedy: 'Choose fewer faces.identityDimensions.',
        },
      );
    }
    return {
      name: bin.name,
      minQuality: bin.minQuality,
      a,
      b,
      noise: Math.sqrt(left),
      genuine: genuineScores(bin, { a, b }, law, calibration.mismatchFnmr * faces.genuineTailShare),
    };
  });
  return {
    dimension: faces.dimension,
    identityDimensions: faces.identityDimensions,
    common,
    sexShare: faces.sexShare,
    ageShare: faces.ageShare,
    bins,
  };
}

export const binOf = (model: FaceModel, quality: number): FaceBin => {
  const bin = model.bins.findLast(({ minQuality }) => quality >= minQuality) ?? model.bins[0];
  if (!bin) throw new RangeError('A face model without quality bins.');
  return bin;
};

interface Law {
  /** Share of unrelated pairs above `rho`. */
  readonly above: (rho: number) => number;
  readonly quantile: (share: number) => number;
  readonly density: (rho: number) => number;
}

/** Law of ρ for two unrelated people: a mixture over same or other sex and age band. */
function lawOfUnrelated(faces: CityParameters['faces'], ageBands: AgeBandShares): Law {
  const isotropic = isotropicAbove(faces.identityDimensions);
  const own = 1 - faces.sexShare - faces.ageShare;
  const total = ageBands.reduce((sum, share) => sum + share, 0) || 1;
  const sameAge = ageBands.reduce((sum, share) => sum + (share / total) ** 2, 0);
  const parts = [1, -1].flatMap((sex) => [
    { weight: 0.5 * sameAge, shift: sex * faces.sexShare + faces.ageShare },
    { weight: 0.5 * (1 - sameAge), shift: sex * faces.sexShare },
  ]);
  const above = (rho: number): number =>
    parts.reduce((sum, { weight, shift }) => sum + weight * isotropic((rho - shift) / own), 0);
  const quantile = (share: number): number => {
    let [low, high] = [-1, 1];
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (above(middle) > share) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  const step = 1e-3;
  return { above, quantile, density: (rho) => (above(rho - step) - above(rho + step)) / (2 * step) };
}

/** P(cosine of two random directions in n dimensions > r); its density is (1 − r²)^((n−3)/2). */
function isotropicAbove(n: number): (r: number) => number {
  const above = new Float64Array(GRID);
  const width = 2 / (GRID - 1);
  let sum = 0;
  // From the top, so that the small tail is not lost beside the large rest.
  for (let i = GRID - 2; i >= 0; i--) {
    const r = -1 + (i + 0.5) * width;
    sum += (1 - r * r) ** ((n - 3) / 2);
    above[i] = sum;
  }
  return (r) => {
    const at = Math.min(GRID - 1, Math.max(0, (r + 1) / width));
    const i = Math.floor(at);
    const low = above[i] ?? 0;
    return (low + ((above[i + 1] ?? low) - low) * (at - i)) / sum;
  };
}

const Z_MAX = 5;
const Z_STEP = 0.01;

/**
 * Genuine scores of a bin. Below the match cut their density is the impostors' times the card's likelihood ratio, fitted
 * to the card's share below the match cut and, in the tail, to `tail` below the mismatch cut; above it they run out
 * smoothly towards the highest score that these faces can have.
 */
function genuineScores(
  bin: QualityBin,
  { a, b }: { readonly a: number; readonly b: number },
  law: Law,
  tail: number,
): (z: number) => number {
  const highest = a + b * 0.985;
  const points = 2000;
  const lowest = Math.min(bin.mismatchCut - 0.08, a - b * 0.5);
  const width = (bin.matchCut - lowest) / points;
  const scores = new Float64Array(points + 1);
  const raw = new Float64Array(points + 1);
  let density = 0;
  for (let i = 0; i <= points; i++) {
    const score = lowest + i * width;
    density = (law.density((score - a) / b) / b) * Math.exp(llrAt(bin, score));
    scores[i] = score;
    raw[i] = (raw[i - 1] ?? 0) + density * width;
  }
  const cut = Math.min(points, Math.max(1, Math.round((bin.mismatchCut - lowest) / width)));
  const below = Math.min(raw[cut] ?? 0, tail);
  const [atCut, atMatch] = [raw[cut] || 1, raw[points] || 1];
  const share = (i: number): number =>
    i <= cut
      ? ((raw[i] ?? 0) / atCut) * below
      : below + (((raw[i] ?? 0) - atCut) / (atMatch - atCut)) * (bin.fnmrAtMatchCut - below);
  // Continues the density at the match cut: (1 - fnmr) / (span * k) = density.
  const span = Math.max(1e-4, highest - bin.matchCut);
  const k = Math.min(6, Math.max(0.3, (1 - bin.fnmrAtMatchCut) / (span * Math.max(density, 1e-9))));
  const quantile = (p: number): number => {
    if (p >= bin.fnmrAtMatchCut) {
      const rest = (p - bin.fnmrAtMatchCut) / (1 - bin.fnmrAtMatchCut);
      return bin.matchCut + span * (1 - (1 - rest) ** k);
    }
    let [low, high] = [0, points];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (share(middle) <= p) low = middle;
      else high = middle;
    }
    const [from, to] = [share(low), share(high)];
    return (scores[low] ?? lowest) + width * (to > from ? Math.min(1, Math.max(0, (p - from) / (to - from))) : 0);
  };
  const table = Float64Array.from({ length: (2 * Z_MAX) / Z_STEP + 1 }, (_, i) =>
    quantile(normalBelow(-Z_MAX + i * Z_STEP)),
  );
  return (z) => {
    const at = Math.min(table.length - 1.000_001, Math.max(0, (z + Z_MAX) / Z_STEP));
    const i = Math.floor(at);
    const low = table[i] ?? lowest;
    return low + ((table[i + 1] ?? low) - low) * (at - i);
  };
}

/** Standard normal distribution function (Abramowitz and Stegun 26.2.17 is too coarse for tails: continued fraction). */
function normalBelow(z: number): number {
  const x = Math.abs(z);
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  let upper: number;
  if (x < 3) {
    let [sum, term] = [x, x];
    for (let i = 1; i < 80; i++) {
      term *= (x * x) / (2 * i + 1);
      sum += term;
    }
    upper = 0.5 - density * sum;
  } else {
    let fraction = 0;
    for (let i = 60; i > 0; i--) fraction = i / (x + fraction);
    upper = density / (x + fraction);
  }
  return z > 0 ? 1 - upper : upper;
}
