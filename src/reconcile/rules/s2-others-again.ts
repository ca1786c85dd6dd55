import { Type } from 'typebox';
import { type ClinicScoreFacts, seesCounter } from '../clinic-score/facts.ts';
import { type ScoreParameters, scoreOf } from '../clinic-score/score.ts';
import { areCamerasKnown, missParameters, rounded, scored, scoreObstacle, scoreParameters } from './clinic-score.ts';
import { defineRule } from './rule.ts';
import { absenceIn, absenceParameters, strangerParameters, strangersIn } from './sights.ts';

/** 机构冒名就医累积: over weeks more acute visits by somebody else alone than companions and poor pictures explain. */
export const othersAgain = defineRule({
  id: 'S2',
  version: 1,
  names: { zh: '机构冒名就医累积', en: 'Visits by somebody else, added up' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '近期累计',
  subjects: ['clinic_score'],
  supervised: '机构',
  dataNeeded: ['2207', '摄像机人脸', '参保人照片', '终端核验记录', '代办登记'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十五条', '第十七条', '第四十条'],
  causeNo: [20, 27],
  severity: 'high',
  class: 'fraud',
  basis: ['face', 'presence', 'claims'],
  parameters: Type.Object({
    ...scoreParameters({ falseAlarm: 0.001 }),
    ...missParameters,
    // Somebody was seen: that a camera misses people explains less of it than where nobody was.
    confirmedVisits: { ...missParameters.confirmedVisits, default: 12 },
    ...absenceParameters,
    ...strangerParameters,
  }),
  evaluate: (facts, parameters) => {
    const obstacle = scoreObstacle(facts);
    if (obstacle) return obstacle;
    const { observations, confirmed, confirmedStrange } = strangersIn(facts, parameters);
    return scored(
      facts,
      observations,
      parameters,
      {
        confirmedVisits: confirmed,
        confirmedStrange,
        confirmedShare: confirmed === 0 ? null : rounded(confirmedStrange / confirmed, 3),
      },
      () => ({
        rule: 'S2',
        reason: 'others_again_and_again',
        ...(areCamerasKnown(facts, parameters)
          ? {}
          : { reason: 'camera_check', class: 'evidence' as const, severity: 'medium' as const }),
        words: (n) => ({
          zh: `该周有 ${n} 笔普通门诊结算时只见到他人；数周累计已远超陪同和画面不清所能解释的次数。`,
          en: `At ${n} acute settlements of the week only somebody else was seen; over weeks far more than companions and poor pictures explain.`,
        }),
      }),
      { beside: wasNobodyThere(facts, parameters) },
    );
  },
});

/** What settlements without anybody say beside it, if the cameras can be believed in that: one alone cannot, nor those that missed confirmed visits. */
function wasNobodyThere(
  facts: ClinicScoreFacts,
  parameters: Parameters<typeof absenceIn>[1] & ScoreParameters & { readonly faultShare: number },
): number {
  const looked = facts.visits.filter((visit) => visit.confirmed && seesCounter(visit));
  const missed = looked.filter(({ sight }) => sight === 'absent' || sight === 'elsewhere').length;
  if (facts.cameras.length < 2 || missed > parameters.faultShare * looked.length) return 0;
  return scoreOf(absenceIn(facts, parameters).observations, parameters).logEvidence;
}
