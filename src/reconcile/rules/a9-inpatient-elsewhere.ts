import { Type } from 'typebox';
import type { SettlementFacts, StatusFact, VisitFacts } from '../facts.ts';
import type { Phase } from '../findings.ts';
import { isConfirmed, verdictOn } from './presence.ts';
import { clear, defineRule, type Result } from './rule.ts';

const DAY_MS = 86_400_000;

/** 住院期间门诊结算: the lists have the person lying in another institution at that time. */
export const inpatientElsewhere = defineRule({
  id: 'A9',
  version: 1,
  names: { zh: '住院期间门诊结算', en: 'Outpatient while an inpatient elsewhere' },
  phase: 'in',
  resultType: '可疑',
  timeSpan: '当次门诊',
  subjects: ['visit', 'settlement'],
  supervised: '机构',
  dataNeeded: ['2201', '2206', '2207', '在院名单（2401/2402、5303）', '代办登记', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十七条', '第二十条', '第四十条', '第四十一条'],
  causeNo: [28, 24],
  severity: 'medium',
  class: 'fraud',
  basis: ['status', 'claims'],
  parameters: Type.Object({
    longestStayDays: Type.Number({
      minimum: 1,
      maximum: 365,
      default: 60,
      unit: 'days',
      description: 'A stay without an end that began longer ago is taken for one whose discharge was not told',
    }),
    allowedMedTypes: Type.Array(Type.String({ pattern: '^[0-9]{1,6}$' }), {
      maxItems: 50,
      default: [],
      description: 'Kinds of visit (med_type) that are permitted during a stay: specialist items',
    }),
  }),
  evaluate: (facts, { longestStayDays, allowedMedTypes }) => {
    if (facts.kind === 'visit' && facts.movedTo !== null) {
      return clear('moved', '已取得就诊编号，按就诊继续。', 'It has a visit number now and goes on under it.');
    }
    if (facts.reversed) return clear('reversed', '该结算已撤销。', 'The settlement was reversed.');
    const { person } = facts;
    if (person === null) return clear('no_person', '消息中没有参保人编号。', 'The message names no insured person.');
    if (facts.kind === 'settlement' && facts.medType !== null && allowedMedTypes.includes(facts.medType)) {
      return clear('allowed_kind', '该类就诊在住院期间允许。', 'This kind of visit is permitted during a stay.');
    }
    const moments = momentsOf(facts);
    if (moments.length === 0) return clear('cancelled', '登记已取消。', 'The registration was cancelled.');
    return moments.map(({ at, ...where }) => ({
      ...lyingAt(facts, person.statuses, at, { longestStayDays, asked: where.part === 'trial' }),
      ...where,
    }));
  },
});

/** The claim moments that are asked about: a registration warns, what is asked to be paid is controlled. */
function momentsOf(facts: VisitFacts | SettlementFacts): { at: number; phase: Phase; part?: string }[] {
  if (facts.kind === 'settlement') return [{ at: facts.at, phase: 'in' }];
  const standing = facts.events.filter((event) => !event.cancelled && event.kind !== 'settlement');
  const newest = (asked: boolean): number[] =>
    standing
      .filter(({ kind }) => (kind === 'registration') !== asked)
      .map(({ at }) => at)
      .toSorted((a, b) => b - a)
      .slice(0, 1);
  return [
    ...newest(false).map((at) => ({ at, phase: 'pre' as const })),
    ...newest(true).map((at) => ({ at, phase: 'in' as const, part: 'trial' })),
  ];
}

function lyingAt(
  facts: VisitFacts | SettlementFacts,
  statuses: readonly StatusFact[],
  at: number,
  /** `asked`: the clinic asks before it settles, and can still look who stands there. */
  { longestStayDays, asked }: { readonly longestStayDays: number; readonly asked: boolean },
): Result {
  const stay = statuses.find(
    ({ what, from, to, institution }) =>
      what === 'inpatient' && from < at && (to === null || at < to) && institution !== facts.clinic.code,
  );
  if (stay === undefined) return clear('not_inpatient', '不在其他机构住院。', 'Lies in no other institution.');
  const evidence = {
    listedFrom: stay.from,
    listedTo: stay.to,
    institution: stay.institution,
    source: stay.source,
    listKnownAt: stay.knownAt,
    at,
  };
  const { day } = facts;
  const thatDay = (moment: number | null): boolean =>
    day !== undefined && moment !== null && moment >= day.from && moment < day.to;
  if (thatDay(stay.from) || thatDay(stay.to)) {
    // Nothing is made of it afterwards; while he stands there the name is worth a look.
    if (asked) {
      return {
        outcome: 'hit',
        reason: 'inpatient_that_day',
        zh: '名单记为当日在其他机构住院，请核对就诊人姓名和住院情况。',
        en: 'Listed as in another institution since or until that day: please check the name and the stay.',
        class: 'data',
        severity: 'low',
        evidence,
      };
    }
    return {
      ...clear('same_day', '当日入院或出院，不作判断。', 'Admitted or discharged that day: nothing follows.'),
      evidence,
    };
  }
  if (stay.to === null && at - stay.from > longestStayDays * DAY_MS) {
    return {
      outcome: 'undetermined',
      reason: 'discharge_not_told',
      zh: '在院记录时间过长且没有出院时间，可能未登记出院，请核对名单。',
      en: 'The stay began long ago and has no end: the discharge may not have been told. Please check the list.',
      evidence,
    };
  }
  const verdict = facts.presence === null ? null : verdictOn(facts.presence);
  if (isConfirmed(facts) || verdict?.verdict === 'match') {
    return {
      outcome: 'hit',
      reason: 'list_contradicted',
      zh: '名单记为在其他机构住院，但本人已到场，请核对出院登记。',
      en: 'Listed as an inpatient elsewhere, yet the person was here: please check the discharge.',
      class: 'data',
      severity: 'low',
      evidence,
    };
  }
  if (verdict?.reason === 'proxy_registered') {
    return {
      ...clear('proxy_registered', '已登记的代办人代为办理。', 'A registered proxy settled for the person.'),
      evidence,
    };
  }
  return {
    outcome: 'hit',
    reason: 'inpatient_elsewhere',
    zh: '结算时参保人在其他机构住院，请核实就诊人和出院时间。',
    en: 'At that time the person lay in another institution: please check who came, and the discharge.',
    evidence,
  };
}
