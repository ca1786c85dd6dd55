import { Type } from 'typebox';
import { isConfirmed, verdictOn } from './presence.ts';
import { clear, defineRule } from './rule.ts';

const MINUTE_MS = 60_000;
const Hour = (fallback: number, description: string) =>
  Type.Number({ minimum: 0, maximum: 24, default: fallback, unit: 'hours', description });

/** 非营业时间结算: outside the hours that the clinic declared, and nobody was seen who came for it. */
export const outsideHours = defineRule({
  id: 'B1',
  version: 1,
  names: { zh: '非营业时间结算', en: 'Settled outside opening hours' },
  phase: 'in',
  resultType: '可疑',
  timeSpan: '当次门诊',
  subjects: ['settlement'],
  supervised: '机构',
  dataNeeded: ['2207', '开诊时间', '夜间急诊报备', '出诊备案', '接种日备案', '摄像机人脸', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [24],
  severity: 'low',
  class: 'fraud',
  basis: ['claims'],
  parameters: Type.Object({
    marginMinutes: Type.Number({
      minimum: 0,
      maximum: 240,
      default: 15,
      unit: 'minutes',
      description: 'So long before opening and after closing counts as open',
    }),
    nightFrom: Hour(22, 'The night begins, local time'),
    nightTo: Hour(6, 'The night ends, local time'),
  }),
  evaluate: (facts, { marginMinutes, nightFrom, nightTo }) => {
    if (facts.reversed) return clear('reversed', '该结算已撤销。', 'The settlement was reversed.');
    const { day, outsideHoursMs } = facts;
    if (day === undefined || outsideHoursMs === undefined) {
      return {
        outcome: 'undetermined',
        reason: 'older_facts',
        zh: '当时的记录没有开诊时间，无法判定。',
        en: 'What was recorded then does not hold the opening hours: cannot tell.',
      };
    }
    const hour = ((facts.at - day.from) / (60 * MINUTE_MS)) % 24;
    const night = nightFrom > nightTo ? hour >= nightFrom || hour < nightTo : hour >= nightFrom && hour < nightTo;
    if (outsideHoursMs === null) {
      if (!night) return clear('no_hours', '机构未报开诊时间。', 'The clinic told no opening hours.');
      return {
        outcome: 'undetermined',
        reason: 'no_hours',
        zh: '夜间结算，机构未报开诊时间，无法判定。',
        en: 'Settled at night, and the clinic told no opening hours: cannot tell.',
      };
    }
    if (outsideHoursMs <= marginMinutes * MINUTE_MS)
      return clear('within_hours', '在开诊时间内。', 'Within opening hours.');
    const { filings } = facts;
    if (filings.homeVisit) return clear('home_visit_filed', '已备案出诊。', 'A home visit was filed.');
    if (filings.vaccinationDay) return clear('vaccination_day', '已备案接种日。', 'A vaccination day was filed.');
    if (filings.emergency === true) return clear('emergency_filed', '已报备急诊。', 'An emergency was approved.');
    if (facts.person?.isStaffHere === true) {
      return clear('own_visit', '医务人员本人就诊。', "It is the staff member's own visit.");
    }
    const verdict = verdictOn(facts.presence);
    if (isConfirmed(facts) || verdict.verdict === 'match' || verdict.reason === 'proxy_registered') {
      return clear('somebody_came', '参保人或其代办人到场。', 'The insured person or a proxy was there.');
    }
    if (verdict.reason === 'not_yet') {
      return {
        outcome: 'undetermined',
        reason: 'not_yet',
        zh: '画面尚未处理完，稍后自动复核。',
        en: 'The footage has not been processed yet; this is assessed again by itself.',
      };
    }
    return {
      outcome: 'hit',
      reason: night ? 'night' : 'outside_hours',
      zh: night ? '夜间结算，未见急诊报备，请核实。' : '非开诊时间结算，请核实。',
      en: night
        ? 'Settled at night, and no emergency was filed: please check.'
        : 'Settled outside opening hours: please check.',
      severity: night ? 'medium' : 'low',
      evidence: { minutesOutside: Math.round(outsideHoursMs / MINUTE_MS), localHour: Math.round(hour * 100) / 100 },
    };
  },
});
