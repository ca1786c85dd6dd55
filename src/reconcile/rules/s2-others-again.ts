import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { ClinicScoreFacts } from '../clinic-score/facts.ts';
import { type LookLimits, learned, type Population, type Rate } from '../clinic-score/population.ts';
import { type OddLooks, type Strangers, strangersOf } from '../clinic-score/stranger.ts';
import {
  areCamerasKnown,
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

/** How faces are told apart. */
const lookParameters = {
  ownMedTypes: Type.Array(Type.String({ minLength: 2, maxLength: 6 }), {
    minItems: 1,
    maxItems: 20,
    default: ['11'],
    unit: 'med_type',
    description: 'Claim types for which one comes oneself; medicine for chronic diseases may be collected by family',
  }),
  strangeBelow: Likeness(0, 'Nobody who was seen is more like the insured person than this: strange'),
  doubtfulBelow: Likeness(1, 'The same, less sharply: doubtful; not below the one above'),
  kinFrom: Likeness(2, 'Doubtful, and somebody at the counter is so like another member of the household: kin'),
};
const Looks = Type.Object(lookParameters);

export const lookLimitsOf = ({
  ownMedTypes,
  strangeBelow,
  doubtfulBelow,
  kinFrom,
}: Static<typeof Looks>): LookLimits => ({
  ownMedTypes,
  strangeBelow,
  doubtfulBelow,
  kinFrom,
});

/** How this rule tells faces apart. @param parameters left out: the defaults */
export const lookLimitsIn = (parameters: Readonly<Record<string, unknown>> | undefined): LookLimits =>
  lookLimitsOf(Value.Parse(Looks, parameters ?? {}));

/** How honest visitors, and others, look. */
export const strangerParameters = {
  ...lookParameters,
  companions: Share(0.35, 'How often somebody else is at the counter beside a visitor whom the cameras miss'),
  companionsKin: Share(0.5, 'How many of them are recognised as his kin'),
  honestKin: Share(0.008, 'How often an honest visitor looks like his kin: a poor picture, an old portrait'),
  honestStrange: Share(
    0.02,
    'How often an honest visitor looks strange: a poor picture, an old portrait, a visit at home while somebody stands at the counter',
  ),
  honestDoubtful: Share(0.045, 'How often an honest visitor looks doubtful'),
  honestStrength: Visits(60, 'What these three are worth at one clinic'),
  kinKin: Share(0.6, 'How often kin with his card look like kin'),
  kinStrange: Share(0.2, 'How often they look strange'),
  kinDoubtful: Share(0.08, 'How often they look doubtful: kin are alike'),
  othersKin: Share(0.03, 'How often anybody else looks like kin'),
  othersStrange: Share(0.75, 'How often he looks strange'),
  othersDoubtful: Share(0.08, 'How often he looks doubtful'),
};
const Strange = Type.Object({ ...missParameters, ...strangerParameters });
type Parameters = Static<typeof Strange>;

/** A clinic's settlements by who came, as these parameters have it. */
export const strangersIn = (
  facts: Pick<ClinicScoreFacts, 'cameras' | 'population' | 'visits'>,
  parameters: Parameters,
): Strangers =>
  strangersOf(facts, {
    looks: lookLimitsOf(parameters),
    miss: missPriorOf(parameters, facts.population),
    companions: parameters.companions,
    companionsKin: parameters.companionsKin,
    honest: honestLooks(parameters, facts.population),
    others: [
      { kin: parameters.kinKin, strange: parameters.kinStrange, doubtful: parameters.kinDoubtful },
      { kin: parameters.othersKin, strange: parameters.othersStrange, doubtful: parameters.othersDoubtful },
    ],
    strength: parameters.honestStrength,
  });

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
    );
  },
});

/**
 * How often honest visitors look odd, though no camera missed them: as assumed, and as confirmed visits of all clinics
 * showed beyond what cameras miss.
 */
function honestLooks(parameters: Parameters, population: Population | undefined): OddLooks {
  const { assumedVisits, companions, companionsKin } = parameters;
  const beside = (population?.unseen.share ?? 0) * companions;
  const beyond = (rate: Rate | undefined, missed: number): Rate | undefined =>
    rate && { visits: rate.visits, share: Math.max(0, rate.share - missed) };
  return {
    kin: learned(parameters.honestKin, beyond(population?.kin, beside * companionsKin), assumedVisits),
    strange: learned(
      parameters.honestStrange,
      beyond(population?.strange, beside * (1 - companionsKin)),
      assumedVisits,
    ),
    doubtful: learned(parameters.honestDoubtful, population?.doubtful, assumedVisits),
  };
}
