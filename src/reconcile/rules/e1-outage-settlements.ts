import { Type } from 'typebox';
import { intersect, lengthOf } from '../intervals.ts';
import { clear, defineRule } from './rule.ts';

const MINUTE_MS = 60_000;
/** A picture came, if not a good one. */
const POOR = new Set(['low_bit_rate', 'gaps']);

/** 断电断网时段结算: about the camera. From what it did not see nothing follows about anybody. */
export const outageSettlements = defineRule({
  id: 'E1',
  version: 1,
  names: { zh: '摄像机中断时段结算', en: 'Settlements during a camera outage' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '当次中断',
  subjects: ['camera'],
  supervised: '设备',
  dataNeeded: ['2207', '设备状态', '开诊时间', '停机备案'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十六条', '第三十九条'],
  causeNo: [5],
  severity: 'medium',
  class: 'device',
  basis: ['presence', 'claims'],
  parameters: Type.Object({
    minMinutes: Type.Number({
      minimum: 0,
      maximum: 1440,
      default: 5,
      unit: 'minutes',
      description: 'Least outage within opening hours',
    }),
    minSettlements: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 1,
      unit: 'settlements',
      description: 'So many settlements in it',
    }),
  }),
  evaluate: (facts, { minMinutes, minSettlements }) => {
    const { outage } = facts;
    if (outage === null || !facts.enabled) return clear('no_outage', '没有中断。', 'There was no outage.');
    if (outage.states.every(({ state }) => POOR.has(state)))
      return clear('poor_picture', '画面质量差，但没有中断。', 'The picture was poor; the camera was not out.');
    const span = { from: outage.from, to: outage.to ?? outage.from + facts.lastedMs };
    const openMs = lengthOf(intersect([span], facts.openHours));
    const inside = facts.settlements.filter(
      ({ at, reversed, needsCamera }) =>
        !reversed && needsCamera && !facts.filed.some(({ from, to }) => at >= from && (to === null || at < to)),
    );
    const evidence = {
      state: outage.states[0]?.state ?? null,
      outageFrom: outage.from,
      outageTo: outage.to,
      openMinutes: Math.floor(openMs / MINUTE_MS),
      settlements: inside.length,
      settlementIds: inside.map(({ settlementId }) => settlementId),
    };
    if (openMs < minMinutes * MINUTE_MS) {
      return { ...clear('short', '中断时间很短。', 'The outage was short.'), evidence };
    }
    if (inside.length < minSettlements) {
      return {
        ...clear('no_settlements', '中断期间没有结算（或已报备）。', 'Nothing was settled in it, or it was filed.'),
        evidence,
      };
    }
    return {
      outcome: 'hit',
      reason: 'settled_during_outage',
      zh: `摄像机中断期间有 ${inside.length} 笔结算，请检查设备；不涉及对参保人的判断。`,
      en: `${inside.length} settlements during a camera outage: please check the camera. Nothing is said of any patient.`,
      setlIds: inside.flatMap(({ setlId }) => setlId ?? []),
      evidence,
    };
  },
});
