import { Type } from 'typebox';
import { strangersOf } from '../clinic-score/stranger.ts';
import {
  missParameters,
  missPriorOf,
  rounded,
  Share,
  scored,
  scoreObstacle,
  scoreParameters,
  Visits,
} from './clinic-score.ts';
import { defineRule } from './rule.ts';

const Likeness = (fallback: number, description: string) =>
  Type.Number({ minimum: -6, maximum: 3, default: fallback, unit: 'log10 likelihood ratio', description });

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
    ownMedTypes: Type.Array(Type.String({ minLength: 2, maxLength: 6 }), {
      minItems: 1,
      maxItems: 20,
      default: ['11'],
      unit: 'med_type',
      description: 'Claim types for which one comes oneself; medicine for chronic diseases may be collected by family',
    }),
    ...missParameters,
    companions: Share(0.35, 'How often somebody else is at the counter beside a visitor whom the cameras miss'),
    strangeBelow: Likeness(0, 'Nobody who was seen is more like the insured person than this: strange'),
    doubtfulBelow: Likeness(1, 'The same, less sharply: doubtful; not below the one above'),
    honestStrange: Share(
      0.025,
      'How often an honest visitor looks strange: a poor picture, an old portrait, a visit at home while somebody stands at the counter',
    ),
    honestDoubtful: Share(0.05, 'How often an honest visitor looks doubtful'),
    honestStrength: Visits(60, 'What these two are worth'),
    othersStrange: Share(0.5, 'How often somebody else looks strange'),
    othersDoubtful: Share(0.25, 'How often somebody else looks doubtful: kin are alike'),
  }),
  evaluate: (facts, parameters) => {
    const obstacle = scoreObstacle(facts);
    if (obstacle) return obstacle;
    const { observations, confirmed, confirmedStrange } = strangersOf(facts, {
      ownMedTypes: parameters.ownMedTypes,
      miss: missPriorOf(parameters),
      companions: parameters.companions,
      strange: { below: parameters.strangeBelow, honest: parameters.honestStrange, others: parameters.othersStrange },
      doubtful: {
        below: parameters.doubtfulBelow,
        honest: parameters.honestDoubtful,
        others: parameters.othersDoubtful,
      },
      strength: parameters.honestStrength,
    });
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
        ...(facts.cameras.length > 1 || confirmed >= parameters.confirmedVisits
          ? {}
          : { reason: 'camera_check', class: 'evidence' as const, severity: 'medium' as const }),
        words: (n) => ({
          zh: `该周有 ${n} 笔普通门诊结算时只见到他人；数周累计已远超陪同和画面不清所能解释的次数。`,
          en: `At ${n} acute settlements of the week only somebody else was seen; over weeks far more than companions and poor pictures explain.`,
        }),
      }),
    );
  },
});
