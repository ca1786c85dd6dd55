import { llrBetween } from './llr-models.ts';
import type { Calibration, ModelCard, QualityBin } from './model-card.ts';

export { compareTemplates } from './template.ts';

export interface ComparedFaces {
  /** From `compareTemplates`, −1..1. */
  readonly cosine: number;
  /** Quality of the appearance's template, 0..1. */
  readonly quality: number;
  readonly portraitQuality?: number;
  readonly portraitAgeYears?: number;
}

/** `match`: as near as impostors hardly ever are. `beyond_genuine_tail`: as far as the right person hardly ever is. */
export type Zone = 'match' | 'uncertain' | 'beyond_genuine_tail';

export type JudgementReason =
  | 'above_match_cut'
  | 'below_mismatch_cut'
  | 'between_cuts'
  | 'quality_too_low'
  | 'portrait_too_old'
  | 'not_calibrated';

export interface Judgement {
  /** The cosine as compared. */
  readonly score: number;
  /** Natural logarithm of the likelihood ratio same : different person, capped. 0 says nothing. */
  readonly llr: number;
  readonly zone: Zone;
  readonly reason: JudgementReason;
  /** The calibration's quality bin; null where none applies. */
  readonly qualityBin: QualityBin['name'] | null;
  /** The calibration that was used; null where there is none. */
  readonly calibrationId: string | null;
}

/**
 * What a comparison is worth, by the model card. "Below the match cut" is not a mismatch: only beyond the tail of the
 * right people's own scores is. Without a calibration, with too poor a picture, or against an old portrait the zone stays
 * `uncertain`; time moves a face away from its portrait, and only away, so an old portrait can still match.
 */
export function judge(compared: ComparedFaces, card: Pick<ModelCard, 'calibration'>): Judgement {
  const { cosine, quality, portraitQuality = 1, portraitAgeYears = 0 } = compared;
  const { calibration } = card;
  if (!calibration) return uncertain(cosine, 'not_calibrated', null);
  const bin = binFor(calibration, Math.min(quality, portraitQuality));
  if (!bin || !Number.isFinite(cosine)) return uncertain(cosine, 'quality_too_low', calibration.id);

  const llr = llrAt(bin, cosine);
  const told = { cosine, bin: bin.name, calibrationId: calibration.id };
  if (cosine >= bin.matchCut) return judged(told, llr, 'match', 'above_match_cut');
  if (portraitAgeYears > calibration.maxPortraitAgeYears)
    return judged(told, Math.max(0, llr), 'uncertain', 'portrait_too_old');
  if (cosine < bin.mismatchCut) return judged(told, llr, 'beyond_genuine_tail', 'below_mismatch_cut');
  return judged(told, llr, 'uncertain', 'between_cuts');
}

/** Whether `judge` would say `match`: the same question with nothing told, for where many faces are compared with many. */
export function isMatch(
  cosine: number,
  quality: number,
  portraitQuality: number,
  { calibration }: Pick<ModelCard, 'calibration'>,
): boolean {
  const bin = calibration ? binFor(calibration, Math.min(quality, portraitQuality)) : undefined;
  return bin !== undefined && cosine >= bin.matchCut;
}

interface Told {
  readonly cosine: number;
  readonly bin: QualityBin['name'] | null;
  readonly calibrationId: string | null;
}

const judged = (told: Told, llr: number, zone: Zone, reason: JudgementReason): Judgement => ({
  score: told.cosine,
  llr,
  zone,
  reason,
  qualityBin: told.bin,
  calibrationId: told.calibrationId,
});

const uncertain = (cosine: number, reason: JudgementReason, calibrationId: string | null): Judgement =>
  judged({ cosine, bin: null, calibrationId }, 0, 'uncertain', reason);

/** The best bin whose floor the quality reaches; undefined below the lowest. */
export function binFor({ bins }: Pick<Calibration, 'bins'>, quality: number): QualityBin | undefined {
  for (let i = bins.length - 1; i >= 0; i--) {
    const bin = bins[i];
    if (bin !== undefined && quality >= bin.minQuality) return bin;
  }
  return undefined;
}

/** The log-likelihood ratio at a score: straight between the table's points, level beyond its ends. */
export const llrAt = ({ llr: points }: Pick<QualityBin, 'llr'>, score: number): number => llrBetween(points, score);
