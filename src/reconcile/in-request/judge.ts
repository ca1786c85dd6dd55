import type { RequestFace } from '../../ledgers/claims/request-face.ts';
import { bestOf, type FaceJudge, type FaceSample, type Portrait } from '../face-judge.ts';
import type { WindowParameters } from '../parameters.ts';

/**
 * What a picture of one face says of the claimed person. As with cameras, only a face beyond the tail of the right people's
 * own scores `differs`, and only where nobody entitled to stand there explains it.
 */
export function judgeRequestFace(
  judge: FaceJudge,
  from: {
    readonly seen: FaceSample;
    readonly sha256: string;
    readonly at: number;
    readonly ageYears: number | null;
    readonly claimed: Portrait | null;
    /** Whose face the portrait shows is an open question. */
    readonly disputed?: boolean;
    readonly proxies: readonly Portrait[];
    readonly household: readonly Portrait[];
    /** A registered proxy has no portrait: the face may be his. */
    readonly proxyUnseen: boolean;
    readonly limits: Pick<WindowParameters, 'portraitQualityMin' | 'portraitMaxAgeYears' | 'minAgeYears' | 'llrCap'>;
  },
): RequestFace {
  const { seen, limits } = from;
  const claimed = from.disputed === true ? null : from.claimed;
  const compared = claimed && judge.compare(seen, claimed, claimed.ageYears);
  const matches = (portraits: readonly Portrait[]): boolean => bestOf(judge, seen, portraits)?.zone === 'match';
  const reason = (): string => {
    if (!judge.card.calibrated) return 'uncalibrated_model';
    if (from.disputed === true) return 'portrait_disputed';
    if (compared?.zone === 'match') return 'matched';
    if (matches(from.proxies)) return 'proxy_registered';
    if (claimed === null || compared === null) return 'no_portrait';
    // Time moves a face away from its portrait: an old one explains every likeness short of a match.
    if (claimed.ageYears > Math.min(limits.portraitMaxAgeYears, judge.maxPortraitAgeYears)) return 'portrait_too_old';
    if (compared.zone === 'uncertain') return 'between';
    if (claimed.quality < limits.portraitQualityMin) return 'portrait_poor';
    if (from.ageYears !== null && from.ageYears < limits.minAgeYears) return 'too_young';
    if (from.proxyUnseen) return 'proxy_registered';
    return matches(from.household) ? 'household_member' : 'differs';
  };
  const llr = compared === null || !judge.card.calibrated ? null : compared.llr;
  return {
    sha256: from.sha256,
    reason: reason(),
    zone: compared?.zone ?? null,
    llr: llr === null ? null : Math.max(-limits.llrCap, Math.min(limits.llrCap, llr)),
    quality: Math.round(seen.quality * 10_000) / 10_000,
    modelVersion: compared === null ? null : (compared.modelVersion ?? judge.card.modelVersion),
    siteCalibrated: judge.card.siteCalibrated,
  };
}
