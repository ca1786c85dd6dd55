import { portraitAgeYears } from '../../reconcile/portraits.ts';
import type { Who } from '../alert-detail.schemas.ts';
import type { Bilingual } from './bilingual.ts';
import { duration } from './format.ts';

/** Words for what stands on the time axis, on stills and on shots. */

const WHO: Readonly<Record<Who, Bilingual>> = {
  claimed: { zh: '参保人本人', en: 'the insured person' },
  staff: { zh: '医务人员', en: 'staff' },
  proxy: { zh: '已登记的代办人', en: 'a registered proxy' },
  household: { zh: '疑似同户家属', en: 'looks like one of the household' },
  other: { zh: '其他人', en: 'someone else' },
  unknown: { zh: '未能辨认', en: 'not recognised' },
};
export const whoWords = (who: Who): Bilingual => WHO[who];

const STATES: Readonly<Record<string, Bilingual>> = {
  ok: { zh: '正常', en: 'ok' },
  offline: { zh: '离线', en: 'offline' },
  dark: { zh: '画面全黑', en: 'dark' },
  frozen: { zh: '画面静止', en: 'frozen' },
  covered: { zh: '被遮挡', en: 'covered' },
  moved: { zh: '被移动', en: 'moved' },
  defocused: { zh: '画面失焦', en: 'out of focus' },
  low_bit_rate: { zh: '码率过低', en: 'bit rate too low' },
  gaps: { zh: '码流断续', en: 'stream with gaps' },
  unknown: { zh: '未知', en: 'unknown' },
};
export const deviceWords = (state: string): Bilingual => STATES[state] ?? { zh: state, en: state };

const CLAIM_KINDS: Readonly<Record<string, Bilingual>> = {
  identity: { zh: '读取身份', en: 'identity read' },
  registration: { zh: '挂号', en: 'registration' },
  registration_cancel: { zh: '挂号撤销', en: 'registration cancelled' },
  diagnosis: { zh: '诊断上传', en: 'diagnosis' },
  fee_lines: { zh: '费用明细', en: 'fee lines' },
  fee_cancel: { zh: '明细撤销', en: 'fee lines cancelled' },
  trial_settlement: { zh: '预结算', en: 'trial settlement' },
  settlement: { zh: '结算', en: 'settlement' },
  settlement_reversal: { zh: '结算撤销', en: 'settlement reversed' },
  technical_reversal: { zh: '冲正', en: 'technical reversal' },
};
export const claimKindWords = (kind: string): Bilingual => CLAIM_KINDS[kind] ?? { zh: kind, en: kind };

export function qualityWords(quality: number): Bilingual {
  if (quality >= 0.6) return { zh: '清晰', en: 'clear' };
  if (quality >= 0.3) return { zh: '一般', en: 'fair' };
  return { zh: '模糊', en: 'poor' };
}

const MISSED: Readonly<Record<string, Bilingual>> = {
  camera_offline: { zh: '当时摄像机离线', en: 'the camera was offline' },
  camera_not_ready: { zh: '当时摄像机画面异常', en: 'the camera showed no usable picture' },
  no_frame: { zh: '当时没有画面', en: 'there was no frame at that moment' },
  footage_gone: { zh: '录像已被覆盖', en: 'the footage had been overwritten' },
  expired: { zh: '已按保存期限删除', en: 'deleted when its time was over' },
};

/** A still: when it was meant, when it was taken, by which clock. */
export function stillWords(still: {
  readonly state: 'pending' | 'taken' | 'missed';
  readonly reason: string | null;
  readonly plannedAt: number;
  readonly actualAt: number | null;
  readonly clockOffsetMs: number | null;
}): Bilingual {
  const clock = clockWords(still.clockOffsetMs);
  if (still.state === 'pending') return { zh: `等待抓拍。${clock.zh}`, en: `Waiting to be taken. ${clock.en}` };
  if (still.state === 'missed' || still.actualAt === null) {
    const why = MISSED[still.reason ?? ''] ?? { zh: still.reason ?? '原因不明', en: still.reason ?? 'reason unknown' };
    return { zh: `未能抓拍：${why.zh}。${clock.zh}`, en: `Not taken: ${why.en}. ${clock.en}` };
  }
  const off = still.actualAt - still.plannedAt;
  const apart = duration(off);
  const when: Bilingual =
    Math.abs(off) < 1000
      ? { zh: '与计划时刻一致。', en: 'Taken at the planned moment.' }
      : off > 0
        ? { zh: `比计划时刻晚 ${apart.zh}。`, en: `Taken ${apart.en} after the planned moment.` }
        : { zh: `比计划时刻早 ${apart.zh}。`, en: `Taken ${apart.en} before the planned moment.` };
  return { zh: `${when.zh}${clock.zh}`, en: `${when.en} ${clock.en}` };
}

function clockWords(offsetMs: number | null): Bilingual {
  if (offsetMs === null) return { zh: '摄像机时钟未校准。', en: 'The camera’s clock has not been measured.' };
  if (Math.abs(offsetMs) < 1000) return { zh: '摄像机时钟准确。', en: 'The camera’s clock is right.' };
  const by = duration(offsetMs);
  return offsetMs > 0
    ? { zh: `摄像机时钟快 ${by.zh}，时间已校正。`, en: `The camera’s clock is ${by.en} fast; times are corrected.` }
    : { zh: `摄像机时钟慢 ${by.zh}，时间已校正。`, en: `The camera’s clock is ${by.en} slow; times are corrected.` };
}

/** To a tenth: nobody knows the day to the hour. */
const yearsOf = (years: number): number => Math.round(years * 10) / 10;

/** @param at the moment that it is looked at for: how old it was then */
export function portraitWords(
  portrait: { readonly quality: number | null; readonly takenOn: string | null },
  at: number,
): Bilingual {
  const years = portrait.takenOn === null ? 0 : yearsOf(portraitAgeYears(portrait.takenOn, at));
  const taken: Bilingual =
    portrait.takenOn === null
      ? { zh: '拍摄日期不详', en: 'date unknown' }
      : {
          zh: `拍摄于 ${portrait.takenOn}（事发前 ${years} 年）`,
          en: `taken on ${portrait.takenOn} (${years} years before)`,
        };
  if (portrait.quality === null) return { zh: `${taken.zh}。`, en: `${taken.en}.` };
  const quality = qualityWords(portrait.quality);
  return { zh: `${taken.zh}，${quality.zh}。`, en: `${taken.en}, ${quality.en}.` };
}
