import { Type } from 'typebox';
import type { ClinicDayFacts, DaySettlementFact } from '../facts.ts';
import { dayObstacle, watched } from './clinic-day.ts';
import { isConfirmed } from './presence.ts';
import { clear, defineRule, type Result } from './rule.ts';

const MINUTE_MS = 60_000;

/** 一脸多人: one face, the only visitor near, while several people's credentials settle. */
export const oneFaceManyCredentials = defineRule({
  id: 'A3',
  version: 1,
  names: { zh: '一脸多人', en: 'One face, many credentials' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['clinic_day'],
  supervised: '机构',
  dataNeeded: ['2207', '摄像机人脸', '代办登记', '家庭成员', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十五条', '第四十条'],
  causeNo: [20, 31],
  severity: 'high',
  class: 'fraud',
  basis: ['face', 'presence', 'claims'],
  parameters: Type.Object({
    withinMinutes: Type.Number({
      minimum: 1,
      maximum: 240,
      default: 30,
      unit: 'minutes',
      description: 'Span of the short count',
    }),
    minPeople: Type.Integer({
      minimum: 2,
      maximum: 50,
      default: 3,
      unit: 'people',
      description: 'So many credentials within the span',
    }),
    minPeopleADay: Type.Integer({
      minimum: 2,
      maximum: 100,
      default: 5,
      unit: 'people',
      description: 'Or so many in a day',
    }),
    agentLimit: Type.Integer({
      minimum: 0,
      maximum: 50,
      default: 5,
      unit: 'people',
      description: 'For so many others a registered proxy or a member of the household may come in a day',
    }),
  }),
  leastOfDay: ({ minPeople, minPeopleADay }) => Math.min(minPeople, minPeopleADay),
  evaluate: (facts, parameters) => {
    const obstacle = dayObstacle(facts);
    if (obstacle) return obstacle;
    const hits = [...new Set(watched(facts).flatMap(soleFace))]
      .map((face) => judgeFace(facts, face, parameters))
      .filter((result) => result !== null);
    return hits.length > 0
      ? hits
      : clear('none', '没有一人对应多张凭证的情况。', 'No face stood for several credentials.');
  },
});

/** The only visitor at the counter; none when there are several, or one who could not be judged. */
const soleFace = (settlement: DaySettlementFact): number[] =>
  settlement.clustersAtCounter.length === 1 && !settlement.unjudgedAtCounter ? [...settlement.clustersAtCounter] : [];

function judgeFace(
  facts: ClinicDayFacts,
  face: number,
  limits: { withinMinutes: number; minPeople: number; minPeopleADay: number; agentLimit: number },
): Result | null {
  const near = watched(facts).filter(
    (settlement) => settlement.psnNo !== null && !isConfirmed(settlement) && soleFace(settlement).includes(face),
  );
  const entitled = near.filter(
    (settlement) =>
      settlement.proxyClusters.includes(face) ||
      settlement.householdClusters.includes(face) ||
      settlement.proxyUnseenPossible,
  );
  const withinLimit = peopleOf(entitled).length <= limits.agentLimit;
  const counted = near.filter((settlement) => !(withinLimit && entitled.includes(settlement)));
  // One face can be one person: two of them whose portraits it matches mean look-alikes, not a fraud.
  const own = peopleOf(counted.filter((settlement) => settlement.claimedClusters.includes(face)));
  const settlements = counted.filter(
    (settlement) => !settlement.claimedClusters.includes(face) || settlement.psnNo === own[0],
  );
  const spanMs = limits.withinMinutes * MINUTE_MS;
  const inSpan = settlements.reduce<DaySettlementFact[]>((most, first) => {
    const group = settlements.filter(({ at }) => at >= first.at && at - first.at <= spanMs);
    return peopleOf(group).length > peopleOf(most).length ? group : most;
  }, []);
  const short = peopleOf(inSpan).length >= limits.minPeople;
  if (!short && peopleOf(settlements).length < limits.minPeopleADay) return null;
  const first = settlements[0];
  const firstKey = first?.setlId ?? first?.msgid ?? String(face);
  const people = peopleOf(settlements).length;
  return {
    outcome: 'hit',
    reason: short ? 'many_in_short_time' : 'many_in_a_day',
    zh: `同一个人在 ${people} 名参保人的结算中是柜台前唯一的就诊人。`,
    en: `One person was the only visitor at the counter for ${people} people's settlements.`,
    part: firstKey,
    incidentKey: `face-day:${facts.clinic.code}:${facts.day}:${firstKey}`,
    setlIds: settlements.flatMap(({ setlId }) => setlId ?? []),
    evidence: {
      people,
      withinSpan: peopleOf(inSpan).length,
      settlements: settlements.length,
      settlementIds: settlements.map(({ settlementId }) => settlementId),
    },
  };
}

const peopleOf = (settlements: readonly DaySettlementFact[]): string[] => [
  ...new Set(settlements.flatMap(({ psnNo }) => psnNo ?? [])),
];
