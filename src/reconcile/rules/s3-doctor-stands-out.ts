import { Type } from 'typebox';
import type { Counted } from '../clinic-score/absence.ts';
import { againstColleagues, chanceOfShare, type Tally } from '../clinic-score/colleagues.ts';
import { type ClinicScoreFacts, seesCounter } from '../clinic-score/facts.ts';
import { type LookLimits, lookOf } from '../clinic-score/population.ts';
import { Count, missParameters, Share, scored, scoreObstacle, scoreParameters, Visits } from './clinic-score.ts';
import { clear, defineRule, type Result } from './rule.ts';
import { missedLately } from './s1-nobody-again.ts';
import { absenceIn, absenceParameters, lookLimitsOf, strangerParameters, strangersIn } from './sights.ts';

/** Of several doctors one to whom so much of what is strange falls by chance is not tested further. */
const WORTH_TESTING = 0.05;

const Limits = Type.Object({
  ...scoreParameters({ falseAlarm: 0.001 }),
  ...missParameters,
  ...absenceParameters,
  ...strangerParameters,
  awayMean: Share(
    0.05,
    'Share of honest settlements of one doctor that nobody comes to and nobody files: one of them may make all the home visits',
  ),
  minColleagues: Count(
    1000,
    20,
    'settlements',
    'So many counted settlements of the other doctors it takes to compare with',
  ),
  colleagueStrength: Visits(
    20,
    'What the cameras’ own word on honest settlements is worth beside what colleagues show',
  ),
});

/** What is counted: by what it says, in whose incident it belongs. */
const TESTS = {
  S1: { zh: '柜台无人', en: 'nobody was at the counter', reason: 'doctor_nobody' },
  S2: { zh: '只见到他人', en: 'only somebody else was seen', reason: 'doctor_others' },
} as const;

/** 医师名下异常结算突出: a doctor of several whose settlements nobody, or somebody else, comes for far more often than for his colleagues'. */
export const doctorStandsOut = defineRule({
  id: 'S3',
  version: 1,
  names: { zh: '医师名下无人结算突出', en: 'Settlements of one doctor stand out' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '近期累计',
  subjects: ['clinic_score'],
  supervised: '医务人员',
  dataNeeded: ['2203', '2204', '2207', '摄像机人头与人脸', '参保人照片', '终端核验记录', '出诊备案', '代办登记'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [20, 24],
  severity: 'high',
  class: 'fraud',
  basis: ['face', 'presence', 'claims'],
  parameters: Limits,
  applies: (facts) => (facts.doctors?.length ?? 0) > 1,
  evaluate: (facts, parameters) => {
    const obstacle = scoreObstacle(facts);
    if (obstacle) return obstacle;
    const sights = tallySights(facts, lookLimitsOf(parameters));
    const counted = {
      S1: once(() => absenceIn(facts, parameters).observations),
      S2: once(() => strangersIn(facts, parameters).observations),
    };
    const said = (facts.doctors ?? []).flatMap((code, doctor) =>
      (['S1', 'S2'] as const).flatMap((test) => {
        const { own, colleagues } = ofDoctor(sights[test], doctor);
        if (own.strange < parameters.minSettlements || chanceOfShare(own, colleagues) > WORTH_TESTING) return [];
        if (colleagues.settlements < parameters.minColleagues) return [TOO_FEW];
        const observations = againstColleagues(
          counted[test]().filter(({ visit }: Counted) => visit.doctor !== undefined),
          (visit) => visit.doctor === doctor,
          parameters.colleagueStrength,
        );
        return standsOut(facts, parameters, { code, test, own, colleagues, observations });
      }),
    );
    const hits = said.filter(({ outcome }) => outcome === 'hit');
    if (hits.length > 0) return hits;
    return (
      said.find(({ outcome }) => outcome === 'undetermined') ??
      clear('like_colleagues', '各医师之间无明显差别。', 'No doctor stands out among the colleagues.')
    );
  },
});

/** How many settlements of each doctor are counted by S1 and S2, and how many are strange: told without asking how good the cameras are. */
function tallySights(facts: ClinicScoreFacts, limits: LookLimits): Readonly<Record<keyof typeof TESTS, Tally[]>> {
  const nothing = (): Tally[] => (facts.doctors ?? []).map(() => ({ settlements: 0, strange: 0 }));
  const tallies = { S1: nothing(), S2: nothing() };
  const add = (test: keyof typeof TESTS, doctor: number, strange: boolean): void => {
    const { settlements, strange: before } = tallies[test][doctor] ?? { settlements: 0, strange: 0 };
    tallies[test][doctor] = { settlements: settlements + 1, strange: before + Number(strange) };
  };
  for (const visit of facts.visits) {
    if (visit.doctor === undefined || visit.confirmed || !seesCounter(visit)) continue;
    if (visit.sight !== 'explained') add('S1', visit.doctor, visit.sight === 'absent' || visit.sight === 'elsewhere');
    const look = lookOf(visit, limits);
    if (look !== null) add('S2', visit.doctor, look !== 'like');
  }
  return tallies;
}

const ofDoctor = (tallies: readonly Tally[], doctor: number): { readonly own: Tally; readonly colleagues: Tally } => ({
  own: tallies[doctor] ?? { settlements: 0, strange: 0 },
  colleagues: tallies
    .filter((_, other) => other !== doctor)
    .reduce((sum, one) => ({ settlements: sum.settlements + one.settlements, strange: sum.strange + one.strange }), {
      settlements: 0,
      strange: 0,
    }),
});

const once = <Value>(make: () => Value): (() => Value) => {
  let made: { readonly value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const TOO_FEW: Result = {
  outcome: 'undetermined',
  reason: 'few_colleagues',
  zh: '同机构其他医师的结算太少，无法比较。',
  en: 'Too few settlements of the other doctors of the clinic to compare with.',
};

function standsOut(
  facts: ClinicScoreFacts,
  parameters: Parameters<typeof scored>[2] & { readonly faultShare: number },
  of: {
    readonly code: string;
    readonly test: keyof typeof TESTS;
    readonly own: Tally;
    readonly colleagues: Tally;
    readonly observations: readonly Counted[];
  },
): readonly Result[] {
  const { code, test, own, colleagues, observations } = of;
  const { zh, en, reason } = TESTS[test];
  const numbers = {
    doctor: code,
    own: own.settlements,
    ownStrange: own.strange,
    colleagues: colleagues.settlements,
    colleaguesStrange: colleagues.strange,
  };
  // Two questions are asked of each doctor.
  const limits = { ...parameters, falseAlarm: parameters.falseAlarm / 2 };
  const said = scored(facts, observations, limits, numbers, (week, named) => ({
    // A part of what the clinic's own score asks, of the same week: one incident, one alert.
    rule: test,
    part: `${code}:${week}:${test}`,
    reason,
    ...(missedLately(facts, week, named, parameters.faultShare)
      ? { reason: 'camera_at_fault', class: 'evidence' as const, severity: 'medium' as const }
      : {}),
    words: (n) => ({
      zh: `该周有 ${n} 笔登记在同一医师名下的结算时${zh}；数周累计该医师 ${own.settlements} 笔中有 ${own.strange} 笔，同机构其他医师 ${colleagues.settlements} 笔中有 ${colleagues.strange} 笔，请核实。`,
      en: `At ${n} settlements of the week under one doctor’s code ${en}; over weeks ${own.strange} of ${own.settlements}, against ${colleagues.strange} of ${colleagues.settlements} of the other doctors: please check.`,
    }),
  }));
  return 'outcome' in said ? [said] : said;
}
