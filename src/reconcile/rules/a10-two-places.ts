import { Type } from 'typebox';
import type { SettlementFacts } from '../facts.ts';
import { verdictOn } from './presence.ts';
import { clear, defineRule } from './rule.ts';

const HOUR_MS = 3_600_000;

/** 同时异地就医: one person settled at two places, and had no time to get from one to the other. */
export const twoPlaces = defineRule({
  id: 'A10',
  version: 1,
  names: { zh: '同时异地就医', en: 'Settled at two places at once' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['settlement'],
  supervised: '参保人',
  dataNeeded: ['2207（各机构）', '行政区划位置（config/regions/places.csv）', '代办登记', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十七条', '第四十一条'],
  causeNo: [31, 28],
  severity: 'medium',
  class: 'fraud',
  basis: ['claims'],
  parameters: Type.Object({
    speedKmh: Type.Number({
      minimum: 10,
      maximum: 300,
      default: 60,
      unit: 'km/h',
      description: 'Nobody travels faster from one institution to another',
    }),
    leastKm: Type.Number({
      minimum: 0,
      maximum: 1000,
      default: 5,
      unit: 'km',
      description: 'Nearer places are not told apart',
    }),
    askHours: Type.Number({
      minimum: 0,
      maximum: 24,
      default: 0.5,
      unit: 'hours',
      description: 'Where the distance is not known, settlements nearer in time than this stay undetermined',
    }),
  }),
  evaluate: (facts, { speedKmh, leastKm, askHours }) => {
    if (facts.reversed) return clear('reversed', '该结算已撤销。', 'The settlement was reversed.');
    if (facts.person === null)
      return clear('no_person', '消息中没有参保人编号。', 'The message names no insured person.');
    const others = facts.elsewhere ?? [];
    if (others.length === 0) return clear('one_place', '没有在其他机构的结算。', 'Nothing was settled elsewhere.');
    if (mayBeByProxy(facts)) {
      return clear(
        'proxy_registered',
        '有已登记的代办人，可由他人代办。',
        'A registered proxy may have settled for the person.',
      );
    }
    const far = others.filter(({ at, leastKm: km, otherProvince }) => {
      const hours = Math.abs(at - facts.at) / HOUR_MS;
      const sameDay = facts.day !== undefined && at >= facts.day.from && at < facts.day.to;
      return (
        (otherProvince && sameDay && !(km !== null && hours * speedKmh >= km)) ||
        (km !== null && km >= leastKm && hours * speedKmh < km)
      );
    });
    const [first] = far;
    if (first !== undefined) {
      const pair = [facts.msgid, first.msgid].toSorted().join('+');
      return {
        outcome: 'hit',
        reason: first.otherProvince ? 'two_provinces' : 'too_far_too_soon',
        zh: '同一参保人在两处机构结算，两次之间来不及到达，请核实就诊人。',
        en: 'The person settled at two institutions with no time to get from one to the other: please check who came.',
        incidentKey: `two-places:${facts.person.psnNo}:${pair}`,
        setlIds: [facts.setlId, ...far.map(({ setlId }) => setlId)].flatMap((id) => id ?? []),
        evidence: {
          otherClinics: far.map(({ clinic }) => clinic),
          minutesApart: far.map(({ at }) => Math.round(Math.abs(at - facts.at) / 60_000)),
          leastKm: far.map(({ leastKm: km }) => km),
        },
      };
    }
    if (others.some(({ at, leastKm: km }) => km === null && Math.abs(at - facts.at) < askHours * HOUR_MS)) {
      return {
        outcome: 'undetermined',
        reason: 'distance_unknown',
        zh: '同一参保人短时间内在两处机构结算，两处距离未知，无法判定。',
        en: 'Two institutions within a short time, and their distance is not known: cannot tell.',
      };
    }
    return clear('time_enough', '两次结算之间来得及往返。', 'There was time to get from one to the other.');
  },
});

/** A registered proxy settles here while the person is elsewhere, or the other way round. */
const mayBeByProxy = ({ presence }: SettlementFacts): boolean =>
  verdictOn(presence).reason === 'proxy_registered' || presence.candidates.some(({ role }) => role === 'proxy');
