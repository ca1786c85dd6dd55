/** Pure: what kind of error a device's clock has. Offsets are device less true time, in ms. */

export type ClockClass =
  /** Within what GB 50348 asks of a device (5 s) and what the measurement can tell. */
  | 'ok'
  /** Wrong by something that has no name. */
  | 'off'
  /** Wrong by whole hours: local time taken for UTC or the other way round. */
  | 'zone'
  /** Fallen back to the time it was made with: its battery or its time server is gone. */
  | 'reset'
  /** Nobody could measure it. */
  | 'unknown';

const HOUR_MS = 3_600_000;
const GOOD_MS = 5_000;
/** A clock in another zone drifts like any other. */
const ZONE_SLACK_MS = 3 * 60_000;
const WIDEST_ZONE_H = 14;
/** Cameras start at 1970 or 2000 and some at the year of their firmware: before this nobody had a working ClaimSight. */
const RESET_BEFORE = Date.UTC(2015, 0, 1);

export interface ClockJudgement {
  readonly class: ClockClass;
  /** Whole hours, for `zone`. */
  readonly hours: number | null;
}

/** Judges one measurement. @param uncertaintyMs how far it may be off */
export function classifyClock(deviceMs: number, trueMs: number, uncertaintyMs: number): ClockJudgement {
  const offset = deviceMs - trueMs;
  if (deviceMs < RESET_BEFORE && trueMs >= RESET_BEFORE) return { class: 'reset', hours: null };
  if (Math.abs(offset) <= GOOD_MS + uncertaintyMs) return { class: 'ok', hours: null };
  const hours = Math.round(offset / HOUR_MS);
  if (
    hours !== 0 &&
    Math.abs(hours) <= WIDEST_ZONE_H &&
    Math.abs(offset - hours * HOUR_MS) <= ZONE_SLACK_MS + uncertaintyMs
  )
    return { class: 'zone', hours };
  return { class: 'off', hours: null };
}

const span = (ms: number): { zh: string; en: string } => {
  const s = Math.round(Math.abs(ms) / 1000);
  if (s < 120) return { zh: `${s} 秒`, en: `${s} s` };
  if (s < 7_200) return { zh: `${Math.round(s / 60)} 分钟`, en: `${Math.round(s / 60)} min` };
  if (s < 172_800) return { zh: `${Math.round(s / 3600)} 小时`, en: `${Math.round(s / 3600)} h` };
  return { zh: `${Math.round(s / 86_400)} 天`, en: `${Math.round(s / 86_400)} days` };
};

/** The error in plain words. */
export function clockWords(offsetMs: number, judgement: ClockJudgement): { readonly zh: string; readonly en: string } {
  const { zh, en } = span(offsetMs);
  const way = offsetMs > 0 ? { zh: '快', en: 'fast' } : { zh: '慢', en: 'slow' };
  if (judgement.class === 'ok') return { zh: '时钟准确', en: 'the clock is right' };
  if (judgement.class === 'reset')
    return { zh: '时钟已复位（回到出厂日期）', en: 'the clock has fallen back to the day it was made' };
  if (judgement.class === 'zone') {
    const hours = Math.abs(judgement.hours ?? 0);
    return {
      zh: `时钟${way.zh} ${hours} 小时：时区错误`,
      en: `the clock is ${hours} h ${way.en}: a wrong time zone`,
    };
  }
  return { zh: `时钟${way.zh} ${zh}`, en: `the clock is ${en} ${way.en}` };
}
