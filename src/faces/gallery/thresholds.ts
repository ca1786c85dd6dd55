import type { ModelCard, QualityBin } from '../model-card.ts';

/** Share of searches for somebody who is not in the gallery that show a stranger at or above the threshold. */
export const SEARCH_FPIR = 0.05;

/** A false-match rate counts as measured from so many false matches on (Doddington's rule of 30: within a third, 90 %). */
export const LEAST_FALSE_MATCHES = 30;
/** Pairs of photographs of a few people are no independent pairs: pairs of people must reach the rate too (rule of three). */
const LEAST_OF_PEOPLE = 3;

/** The score from which on a search's find is worth a look, for faces of one quality. */
export interface SearchThreshold {
  readonly bin: QualityBin['name'];
  readonly minQuality: number;
  readonly score: number;
  /** The false-match rate at that score, as the card has it. */
  readonly fmr: number;
}

export type GalleryThresholds =
  | {
      readonly calibrated: true;
      readonly size: number;
      readonly fpir: number;
      readonly calibrationId: string;
      /** Rising quality. Faces below the first are never more than a hint. */
      readonly bins: readonly SearchThreshold[];
    }
  | {
      readonly calibrated: false;
      readonly reason: 'uncalibrated_model' | 'not_calibrated_for_size';
      readonly size: number;
      readonly fpir: number;
      /** The largest gallery that this card does for. */
      readonly largest: number;
      readonly zh: string;
      readonly en: string;
    };

/**
 * The thresholds of a gallery of `size` people. Of N comparisons with strangers one in 1/FPIR may come to the threshold, so
 * each may at a rate of 1 − (1 − FPIR)^(1/N); the card's one-to-one thresholds say at which score that is, if its pairs can
 * prove so small a rate. Between two rates of the table the smaller is taken. Where the table ends before, there is no
 * threshold: a guess beyond the data would be a bare number.
 */
export function galleryThresholds(
  { calibration }: Pick<ModelCard, 'calibration'>,
  size: number,
  fpir: number = SEARCH_FPIR,
): GalleryThresholds {
  if (calibration === null)
    return {
      calibrated: false,
      reason: 'uncalibrated_model',
      size,
      fpir,
      largest: 0,
      zh: '人脸模型未标定，不能检索',
      en: 'The face model has no calibration: nothing can be said of a search.',
    };
  const allowed = rateFor(size, fpir);
  const bins = calibration.bins.flatMap((bin): SearchThreshold[] => {
    const [fit] = provenRates(bin, calibration.people).filter(({ fmr }) => fmr <= allowed);
    return fit === undefined ? [] : [{ bin: bin.name, minQuality: bin.minQuality, ...fit }];
  });
  const best = calibration.bins.at(-1);
  if (best !== undefined && bins.some(({ bin }) => bin === best.name))
    return { calibrated: true, size, fpir, calibrationId: calibration.id, bins };
  const smallest = best === undefined ? undefined : provenRates(best, calibration.people).at(-1);
  const largest = smallest === undefined ? 0 : sizeFor(smallest.fmr, fpir);
  return {
    calibrated: false,
    reason: 'not_calibrated_for_size',
    size,
    fpir,
    largest,
    zh: `人脸库有 ${size} 人，当前模型的标定只够 ${largest} 人`,
    en: `The gallery has ${size} people; this model's calibration (${calibration.people} people) does for ${largest}.`,
  };
}

/**
 * The strictest thresholds that the card can prove, whatever the size: for what is asked of everybody without anybody's asking,
 * so that few are troubled for nothing.
 */
export const strictestThresholds = ({ calibration }: Pick<ModelCard, 'calibration'>): SearchThreshold[] =>
  (calibration?.bins ?? []).flatMap((bin) => {
    const strictest = provenRates(bin, calibration?.people ?? 0).at(-1);
    return strictest === undefined ? [] : [{ bin: bin.name, minQuality: bin.minQuality, ...strictest }];
  });

/** What one comparison may err so that a search of `size` errs at most at `fpir`. */
const rateFor = (size: number, fpir: number): number => -Math.expm1(Math.log1p(-fpir) / Math.max(1, size));

function sizeFor(fmr: number, fpir: number): number {
  const size = Math.floor(Math.log1p(-fpir) / Math.log1p(-fmr));
  return rateFor(size, fpir) >= fmr ? size : size - 1;
}

/** The table's rates that the data can prove, falling. */
function provenRates(bin: QualityBin, people: number): { readonly fmr: number; readonly score: number }[] {
  const pairsOfPeople = (people * (people - 1)) / 2;
  return Object.entries(bin.thresholds)
    .map(([fmr, score]) => ({ fmr: Number(fmr), score }))
    .filter(
      ({ fmr }) => fmr > 0 && bin.impostorPairs * fmr >= LEAST_FALSE_MATCHES && pairsOfPeople * fmr >= LEAST_OF_PEOPLE,
    )
    .sort((a, b) => b.fmr - a.fmr);
}

/** The threshold for a face of this quality; undefined: too poor for one. */
export const thresholdFor = (bins: readonly SearchThreshold[], quality: number): SearchThreshold | undefined =>
  bins.findLast(({ minQuality }) => quality >= minQuality);
