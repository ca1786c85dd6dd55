import { Type } from 'typebox';
import { isConfirmed, verdictOn } from './presence.ts';
import { clear, defineRule } from './rule.ts';

const DAY_MS = 86_400_000;

/** 状态人员就医: the lists have the person in prison, abroad or away for work at that time. */
export const listedAway = defineRule({
  id: 'A11',
  version: 1,
  names: { zh: '状态人员（服刑、出境、异地务工）结算', en: 'Listed as away' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '当次门诊',
  subjects: ['settlement'],
  supervised: '机构',
  dataNeeded: ['2207', '服刑、出境、异地务工名单', '代办登记', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [24],
  severity: 'medium',
  class: 'fraud',
  basis: ['status', 'claims'],
  parameters: Type.Object({
    freshDays: Type.Number({
      minimum: 1,
      maximum: 3650,
      default: 365,
      unit: 'days',
      description: 'An entry without an end that was told longer ago than this proves nothing any more',
    }),
  }),
  evaluate: (facts, { freshDays }) => {
    if (facts.reversed) return clear('reversed', '该结算已撤销。', 'The settlement was reversed.');
    if (facts.person === null)
      return clear('no_person', '消息中没有参保人编号。', 'The message names no insured person.');
    const { at } = facts;
    const away = facts.person.statuses.find(
      ({ what, from, to }) => what === 'away' && from <= at && (to === null || at < to),
    );
    if (away === undefined) return clear('not_listed', '不在外出名单上。', 'On no list of people away.');
    const evidence = {
      listedFrom: away.from,
      listedTo: away.to,
      source: away.source,
      listKnownAt: away.knownAt,
      listAgeDays: Math.max(0, Math.floor((at - away.knownAt) / DAY_MS)),
    };
    const verdict = verdictOn(facts.presence);
    if (isConfirmed(facts) || verdict.verdict === 'match') {
      return {
        outcome: 'hit',
        reason: 'list_contradicted',
        zh: '名单记为外出，但本人到场，请更新名单。',
        en: 'Listed as away, yet the person was here: please update the list.',
        class: 'data',
        severity: 'low',
        evidence,
      };
    }
    if (verdict.reason === 'proxy_registered') {
      return {
        ...clear('proxy_registered', '已登记的代办人代为办理。', 'A registered proxy settled for the person.'),
        evidence,
      };
    }
    if (away.to === null && at - away.knownAt > freshDays * DAY_MS) {
      return {
        outcome: 'undetermined',
        reason: 'list_stale',
        zh: '外出名单过旧且没有结束时间，无法判定，请更新名单。',
        en: 'The entry is old and has no end: cannot tell. Please update the list.',
        evidence,
      };
    }
    return {
      outcome: 'hit',
      reason: 'listed_away',
      zh: '结算时参保人在外出名单上（服刑、出境或异地务工），请核实就诊人。',
      en: 'At that time the person was listed as away (prison, abroad, work elsewhere): please check who came.',
      evidence,
    };
  },
});
