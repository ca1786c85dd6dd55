import { Type } from 'typebox';
import type { SettlementFacts, StatusFact, VisitFacts } from '../facts.ts';
import type { Phase } from '../findings.ts';
import { isConfirmed, verdictOn } from './presence.ts';
import { clear, defineRule, type Result } from './rule.ts';

const DAY_MS = 86_400_000;

/** 死亡或暂停参保人员就医: the lists say that this person cannot be here, or that his insurance is suspended. */
export const listedPerson = defineRule({
  id: 'A8',
  version: 1,
  names: { zh: '死亡或暂停参保人员就医', en: 'Listed as dead or suspended' },
  phase: 'in',
  resultType: '明确违规',
  timeSpan: '当次门诊',
  subjects: ['visit', 'settlement'],
  supervised: '机构',
  dataNeeded: ['2201', '2206', '2207', '死亡名单', '参保状态', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [24, 32],
  severity: 'high',
  class: 'fraud',
  basis: ['status', 'claims'],
  parameters: Type.Object({
    graceDays: Type.Number({
      minimum: 0,
      maximum: 31,
      default: 0,
      unit: 'days',
      description: 'Days after the listed death that still count as before it',
    }),
    lateListDays: Type.Number({
      minimum: 0,
      maximum: 365,
      default: 30,
      unit: 'days',
      description: 'A death listed so long after it, and after the visit, is called registered late',
    }),
  }),
  evaluate: (facts, parameters) => {
    if (facts.kind === 'visit' && facts.movedTo !== null) {
      return clear('moved', '已取得就诊编号，按就诊继续。', 'It has a visit number now and goes on under it.');
    }
    if (facts.reversed) return clear('reversed', '该结算已撤销。', 'The settlement was reversed.');
    if (facts.person === null)
      return clear('no_person', '消息中没有参保人编号。', 'The message names no insured person.');
    const { person } = facts;
    const moments = momentsOf(facts);
    if (moments.length === 0) return clear('cancelled', '登记已取消。', 'The registration was cancelled.');
    return moments.map(({ at, ...where }) => ({ ...listedAt(facts, person.statuses, at, parameters), ...where }));
  },
});

interface Moment extends Pick<Result, 'part'> {
  readonly at: number;
  readonly phase: Phase;
}

/** The claim moments that are asked about: a registration warns, what is asked to be paid is controlled. */
function momentsOf(facts: VisitFacts | SettlementFacts): Moment[] {
  if (facts.kind === 'settlement') return [{ at: facts.at, phase: 'in' }];
  const standing = facts.events.filter((event) => !event.cancelled && event.kind !== 'settlement');
  const newest = (events: readonly { at: number }[]): number | null =>
    events.length === 0 ? null : Math.max(...events.map(({ at }) => at));
  const registered = newest(standing.filter(({ kind }) => kind === 'registration'));
  const asked = newest(standing.filter(({ kind }) => kind !== 'registration'));
  return [
    ...(registered === null ? [] : [{ at: registered, phase: 'pre' } as const]),
    ...(asked === null ? [] : [{ at: asked, phase: 'in', part: 'trial' } as const]),
  ];
}

function listedAt(
  facts: VisitFacts | SettlementFacts,
  statuses: readonly StatusFact[],
  at: number,
  { graceDays, lateListDays }: { readonly graceDays: number; readonly lateListDays: number },
): Result {
  const holds = (status: StatusFact): boolean =>
    status.from + (status.what === 'dead' ? graceDays * DAY_MS : 0) <= at && (status.to === null || at < status.to);
  const dead = statuses.find((status) => status.what === 'dead' && holds(status));
  if (dead) return deadResult(facts, dead, at, lateListDays);
  const suspended = statuses.find((status) => status.what === 'suspended' && holds(status));
  if (!suspended) return clear('not_listed', '不在死亡或暂停名单上。', 'On no list of the dead or suspended.');
  return {
    outcome: 'hit',
    reason: 'suspended',
    zh: '参保人在就诊时处于暂停参保（待遇）状态。',
    en: "The person's insurance was suspended at that time.",
    severity: 'medium',
    evidence: { listedFrom: suspended.from, listedTo: suspended.to, source: suspended.source, at },
  };
}

function deadResult(facts: VisitFacts | SettlementFacts, dead: StatusFact, at: number, lateListDays: number): Result {
  const evidence = { listedFrom: dead.from, source: dead.source, listKnownAt: dead.knownAt, at };
  // He was seen alive: then it is the list that is wrong, and nobody is accused.
  if (facts.presence !== null && verdictOn(facts.presence).reason === 'matched') {
    return {
      outcome: 'hit',
      reason: 'list_contradicted_by_face',
      zh: '名单记为已死亡，但摄像机见到本人到场，名单可能有误，请核对名单。',
      en: 'Listed as dead, yet the cameras saw the person: the list may be wrong. Please check the list.',
      class: 'data',
      severity: 'low',
      basis: ['status', 'face', 'claims'],
      evidence,
    };
  }
  if (facts.terminalAuth?.ok !== true && isConfirmed(facts)) {
    return {
      outcome: 'hit',
      reason: 'list_contradicted_by_request',
      zh: '名单记为已死亡，但请求所附人脸照片与本人相符，名单可能有误，请核对名单。',
      en: 'Listed as dead, yet the face picture sent with the request is that person: the list may be wrong. Please check the list.',
      class: 'data',
      severity: 'low',
      basis: ['status', 'face', 'claims'],
      evidence,
    };
  }
  if (isConfirmed(facts)) {
    return {
      outcome: 'hit',
      reason: 'list_contradicted_by_terminal',
      zh: '名单记为已死亡，但本人已通过医保终端的人脸核验，名单可能有误，请核对名单。',
      en: "Listed as dead, yet the person passed the national terminal's face check: the list may be wrong. Please check the list.",
      class: 'data',
      severity: 'low',
      basis: ['status', 'claims'],
      evidence: { ...evidence, terminalAt: facts.terminalAuth?.at ?? null },
    };
  }
  const late = dead.knownAt > at && dead.knownAt - dead.from > lateListDays * DAY_MS;
  return {
    outcome: 'hit',
    reason: late ? 'dead_registered_late' : 'dead',
    zh: late ? '就诊日期晚于死亡日期；死亡登记较晚，请先核对名单是否有误。' : '就诊日期晚于名单上的死亡日期。',
    en: late
      ? 'The visit lies after the death; the death was registered late, so check the list first.'
      : 'The visit lies after the listed death.',
    evidence,
  };
}
