import { Type } from 'typebox';
import { lengthOf } from '../intervals.ts';
import { booked, dayIncident, isClosedBook, setlIdsOf } from './day-book.ts';
import { isNamedDoctor } from './doctors.ts';
import { clear, defineRule } from './rule.ts';

/** 超接诊能力: more settlements than the doctors on shift can have seen. */
export const overCapacity = defineRule({
  id: 'B7',
  version: 1,
  names: { zh: '超接诊能力', en: 'More than the doctors can see' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['clinic_day'],
  supervised: '机构',
  dataNeeded: ['2204', '2207', '开诊时间', '医务人员签到', '接种日备案'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [24],
  severity: 'low',
  class: 'fraud',
  basis: ['claims'],
  parameters: Type.Object({
    maxPerDoctor: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 60,
      unit: 'settlements',
      description: 'So many a doctor can see in a day',
    }),
    minutesEach: Type.Number({
      minimum: 0.1,
      maximum: 120,
      default: 3,
      unit: 'minutes',
      description: 'A visit takes so long at the least',
    }),
  }),
  leastOfDay: () => Number.POSITIVE_INFINITY,
  applies: isClosedBook,
  evaluate: (facts, { maxPerDoctor, minutesEach }) => {
    if (facts.vaccinationDay) return clear('vaccination_day', '已备案接种日。', 'A vaccination day was filed.');
    const rows = booked(facts);
    const doctors = new Set(rows.flatMap(({ book }) => book.doctors).filter(isNamedDoctor)).size;
    if (doctors === 0) {
      // Below what one doctor can see nothing is asked.
      if (rows.length <= maxPerDoctor) return clear('within', '在接诊能力之内。', 'Within what can be seen.');
      return {
        outcome: 'undetermined',
        reason: 'no_doctor',
        zh: '费用明细中没有开单医师，无法核对接诊能力。',
        en: 'The fee lines name no doctor: capacity cannot be checked.',
      };
    }
    const openMinutes = lengthOf([...facts.open]) / 60_000;
    const possible = Math.min(
      maxPerDoctor * doctors,
      openMinutes > 0 ? Math.floor((openMinutes * doctors) / minutesEach) : Number.POSITIVE_INFINITY,
    );
    const evidence = { settlements: rows.length, doctors, possible, openMinutes: Math.round(openMinutes) };
    if (rows.length <= possible)
      return { ...clear('within', '在接诊能力之内。', 'Within what can be seen.'), evidence };
    return {
      outcome: 'hit',
      reason: 'over_capacity',
      zh: `当日 ${doctors} 名医师结算 ${rows.length} 笔，超过可接诊的 ${possible} 笔，请核实。`,
      en: `${doctors} doctors, ${rows.length} settlements; ${possible} can be seen in the opening hours: please check.`,
      incidentKey: dayIncident(facts, 'B7'),
      setlIds: setlIdsOf(rows),
      evidence,
    };
  },
});
