import { Type } from 'typebox';
import { dayObstacle, watched } from './clinic-day.ts';
import { isConfirmed } from './presence.ts';
import { clear, defineRule } from './rule.ts';

/** 村医代刷: several settlements in a day, and only roster faces in their windows. */
export const staffAlone = defineRule({
  id: 'A4',
  version: 1,
  names: { zh: '村医代刷', en: 'Staff alone' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['clinic_day'],
  supervised: '医务人员',
  dataNeeded: ['2207', '摄像机人脸', '医务人员名册', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [20, 24],
  severity: 'high',
  class: 'fraud',
  basis: ['face', 'presence', 'claims'],
  parameters: Type.Object({
    minSettlements: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 3,
      unit: 'settlements',
      description: 'So many in a day',
    }),
  }),
  leastOfDay: ({ minSettlements }) => minSettlements,
  evaluate: (facts, { minSettlements }) => {
    const obstacle = dayObstacle(facts);
    if (obstacle) return obstacle;
    const alone = watched(facts).filter(
      (settlement) =>
        settlement.staffInWindow &&
        settlement.clustersInWindow.length === 0 &&
        !settlement.unjudgedInWindow &&
        !settlement.claimedIsStaff &&
        !isConfirmed(settlement),
    );
    const evidence = { count: alone.length, settlementIds: alone.map(({ settlementId }) => settlementId) };
    if (alone.length < minSettlements) {
      return {
        ...clear('few', '只见医务人员的结算未达到次数。', 'Too few settlements with only staff present.'),
        evidence,
      };
    }
    return {
      outcome: 'hit',
      reason: 'only_staff_present',
      zh: `当日有 ${alone.length} 笔结算时段内只见到医务人员。`,
      en: `In the windows of ${alone.length} settlements of the day only staff were seen.`,
      incidentKey: `clinic-day:${facts.clinic.code}:${facts.day}:A4`,
      setlIds: alone.flatMap(({ setlId }) => setlId ?? []),
      evidence,
    };
  },
});
