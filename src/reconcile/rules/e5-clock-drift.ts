import { Type } from 'typebox';
import { clear, defineRule } from './rule.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const Seconds = (fallback: number, description: string) =>
  Type.Number({ minimum: 1, maximum: 86_400, default: fallback, unit: 'seconds', description });

/** 时钟漂移: what was measured is corrected for; the clock should be put right all the same, for its times stand in the picture. */
export const clockDrift = defineRule({
  id: 'E5',
  version: 1,
  names: { zh: '时钟漂移', en: 'Clock drift' },
  phase: 'pre',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['camera_clock'],
  supervised: '设备',
  dataNeeded: ['设备时钟偏差'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十六条'],
  causeNo: [5],
  severity: 'low',
  class: 'device',
  basis: ['presence'],
  parameters: Type.Object({
    warnSeconds: Seconds(30, 'Off by more than this: a warning'),
    failSeconds: Seconds(60, 'Off by more than this: to be put right'),
    zoneMinutes: Type.Number({
      minimum: 1,
      maximum: 120,
      default: 10,
      unit: 'minutes',
      description: 'So near to eight hours it is the time zone',
    }),
    resetBefore: Type.Integer({
      minimum: 1971,
      maximum: 2025,
      default: 2015,
      unit: 'year',
      description: 'A clock that shows an earlier year lost its time with its power',
    }),
    tellWarnings: Type.Boolean({
      default: false,
      description:
        'Whether a warning becomes an alert: more than half of all clocks are off by half a minute, and are corrected for',
    }),
  }),
  evaluate: (facts, { warnSeconds, failSeconds, zoneMinutes, resetBefore, tellWarnings }) => {
    if (!facts.enabled) return clear('disabled', '摄像机已停用。', 'The camera is switched off.');
    const { offsetMs, deviceYear } = facts;
    if (offsetMs === null) {
      return {
        outcome: 'undetermined',
        reason: 'never_measured',
        zh: '时钟从未测量，无法判定。',
        en: 'The clock was never measured: cannot tell.',
      };
    }
    const size = Math.abs(offsetMs);
    const evidence = { offsetSeconds: Math.round(offsetMs / 1000), deviceYear, uncertaintyMs: facts.uncertaintyMs };
    const hit = (reason: string, severity: 'medium' | 'low', zh: string, en: string) => ({
      outcome: 'hit' as const,
      reason,
      severity,
      zh,
      en,
      evidence,
    });
    if (deviceYear !== null && deviceYear < resetBefore) {
      return hit(
        'reset',
        'medium',
        `摄像机时钟显示 ${deviceYear} 年，断电后未校时，请校时并检查电池。`,
        `The camera's clock shows the year ${deviceYear}: it lost its time with its power. Please set it, and check its battery.`,
      );
    }
    if (Math.abs(size - 8 * HOUR_MS) <= zoneMinutes * MINUTE_MS) {
      return hit(
        'time_zone',
        'medium',
        '摄像机时钟相差约 8 小时，时区设置有误，请改为北京时间。',
        "The camera's clock is about eight hours off: its time zone is wrong. Please set it to Beijing time.",
      );
    }
    if (size > failSeconds * 1000) {
      return hit(
        'drift',
        'low',
        '摄像机时钟偏差过大，请校时。',
        "The camera's clock is off by too much: please set it.",
      );
    }
    if (size > warnSeconds * 1000) {
      const words = ['摄像机时钟有偏差，请留意。', "The camera's clock is a little off."] as const;
      return tellWarnings ? hit('drift_warning', 'low', ...words) : { ...clear('drift_warning', ...words), evidence };
    }
    return { ...clear('right', '时钟准确。', 'The clock is right.'), evidence };
  },
});
