import { VERDICT_WORDS } from '../../reconcile/words.ts';
import type { Bilingual } from './bilingual.ts';

export type Verdict = 'match' | 'mismatch' | 'cannot_tell';

const HEADS: Readonly<Record<Verdict, Bilingual>> = {
  match: { zh: '与本人相符。', en: 'It is the insured person.' },
  mismatch: { zh: '与本人不符。', en: 'It does not look like the insured person.' },
  cannot_tell: { zh: '无法判定。', en: 'Cannot tell.' },
};

const REASONS: Readonly<Record<string, Bilingual>> = VERDICT_WORDS;

/** The verdict and its reason in a sentence each; a reason that is not known here is shown as its code. */
export function verdictWords(verdict: Verdict, reason: string): Bilingual {
  const why = REASONS[reason] ?? { zh: `原因代码 ${reason}。`, en: `Reason code ${reason}.` };
  return { zh: `${HEADS[verdict].zh}${why.zh}`, en: `${HEADS[verdict].en} ${why.en}` };
}

/**
 * A log10 likelihood ratio in words: how many times likelier what was seen is if it was the insured person than if it
 * was someone else. It says nothing about guilt.
 */
export function llrWords(llr: number): Bilingual {
  const strength = Math.abs(llr);
  if (strength < 0.5) {
    return { zh: '相似度没有倾向。', en: 'The likeness points neither way.' };
  }
  const times = timesOf(strength);
  const degree: Bilingual =
    strength >= 3
      ? { zh: '非常明显', en: 'very strongly' }
      : strength >= 1.5
        ? { zh: '明显', en: 'strongly' }
        : { zh: '略微', en: 'slightly' };
  return llr > 0
    ? {
        zh: `相似度${degree.zh}支持是本人：这样的相似度，是本人时出现的可能约为不是本人时的 ${times} 倍。`,
        en: `The likeness ${degree.en} supports the insured person: about ${times} times likelier to be seen if it is that person than if it is not.`,
      }
    : {
        zh: `相似度${degree.zh}支持不是本人：这样的相似度，不是本人时出现的可能约为是本人时的 ${times} 倍。`,
        en: `The likeness ${degree.en} supports someone else: about ${times} times likelier to be seen if it is not the insured person than if it is.`,
      };
}

/** More than one leading digit is more than a calibration can promise. */
function timesOf(log10: number): string {
  const times = 10 ** log10;
  if (times < 10) return String(Math.round(times));
  const scale = 10 ** Math.floor(Math.log10(times));
  return (Math.round(times / scale) * scale).toLocaleString('en-US');
}

/** How old the portrait was at the visit, and whether it was too old to prove a mismatch. */
export function portraitAgeWords(years: number, most: number | null): Bilingual {
  const tooOld = most !== null && years > most;
  return {
    zh: `参保人照片拍摄于就诊前 ${years} 年${tooOld ? `，超过 ${most} 年，面容可能已经变化，不能据此判定不符` : ''}。`,
    en: `The portrait was taken ${years} years before the visit${tooOld ? `, more than ${most}: a face changes, so it cannot prove a mismatch` : ''}.`,
  };
}

/** Share of the window in which a required camera really saw. */
export function coverageWords(coverage: number, least: number | null): Bilingual {
  const percent = Math.floor(coverage * 100);
  const enough = least === null ? null : coverage >= least;
  const zhTail =
    least === null ? '' : `（要求 ${Math.round(least * 100)}%，${enough ? '足够' : '不足，不能据此认定'}）`;
  const enTail =
    least === null
      ? ''
      : ` (${Math.round(least * 100)} % is required: ${enough ? 'enough' : 'too little to conclude anything'})`;
  return {
    zh: `该时段摄像机有效覆盖 ${percent}%${zhTail}。`,
    en: `The cameras covered ${percent} % of that time${enTail}.`,
  };
}
