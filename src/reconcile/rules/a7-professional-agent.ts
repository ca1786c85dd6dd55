import { Type } from 'typebox';
import type { PersonPeriodFacts } from '../periods/facts.ts';
import { fullestSpan, listOf } from './period.ts';
import { clear, defineRule } from './rule.ts';

/** 代办异常: one registered proxy comes for many who are not his own (DOMAIN.md 2.4 A7). */
export const professionalAgent = defineRule({
  id: 'A7',
  version: 1,
  names: { zh: '代办异常（职业代办）', en: 'Professional agent' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '近30日',
  subjects: ['person_period'],
  supervised: '参保人',
  dataNeeded: ['代办登记', '2207', '摄像机人脸', '家庭成员'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十七条', '第四十一条'],
  causeNo: [20, 29],
  severity: 'medium',
  class: 'fraud',
  basis: ['face', 'claims'],
  parameters: Type.Object({
    minPeople: Type.Integer({
      minimum: 3,
      maximum: 200,
      default: 6,
      unit: 'people',
      description: 'Came for so many who are no kin of his …',
    }),
    minHouseholds: Type.Integer({
      minimum: 3,
      maximum: 100,
      default: 3,
      unit: 'households',
      description: '… or for people of so many households that are not his own',
    }),
    days: Type.Integer({ minimum: 7, maximum: 30, default: 30, unit: 'days', description: 'Within so many days' }),
    exemptRelations: Type.Array(Type.String({ maxLength: 40 }), {
      default: ['村干部', '村委', '网格员', '养老机构', '福利院', 'village_cadre', 'care_home'],
      description: 'Registered relations that explain it: village cadres and homes who come for the old and the lonely',
    }),
  }),
  applies: (facts) => facts.agent !== null,
  evaluate: (facts, { minPeople, minHouseholds, days, exemptRelations }) => {
    const { principals, visits } = facts.agent ?? NOBODY;
    const isExempt = (number: number): boolean =>
      principals[number]?.relations.some((relation) => exemptRelations.includes(relation)) === true;
    const others = visits.filter(({ principal }) => principals[principal]?.own !== true);
    if (others.length === 0) return clear('own_household', '仅为本户成员代办。', 'Came for the own household alone.');
    const counted = others.filter(({ principal }) => !isExempt(principal));
    if (counted.length === 0)
      return clear('exempt_relation', '登记的代办关系已说明原因。', 'The registered relations explain it.');
    const span = fullestSpan(counted, days, (visit) => visit.principal);
    const people = new Set(span.map(({ principal }) => principal));
    const households = new Set([...people].flatMap((number) => principals[number]?.household ?? []));
    const evidence = {
      people: people.size,
      households: households.size,
      settlements: span.length,
      from: span[0]?.day ?? null,
      to: span.at(-1)?.day ?? null,
      exempt: others.length - counted.length,
    };
    const byHouseholds = households.size >= minHouseholds;
    if (people.size < minPeople && !byHouseholds) {
      // Of whom no household is known, each may be of another, or all of one.
      const unknown = [...people].filter((number) => principals[number]?.household == null).length;
      if (unknown > 0 && households.size + unknown >= minHouseholds)
        return {
          outcome: 'undetermined',
          reason: 'households_unknown',
          zh: '部分委托人没有家庭登记，无法判断涉及几户。',
          en: 'Of some of those he came for no household is known: it cannot be told how many there are.',
          evidence: { ...evidence, unknown },
        };
      return { ...clear('few_people', '代办人数在正常范围内。', 'Came for no more people than usual.'), evidence };
    }
    return {
      outcome: 'hit',
      reason: people.size >= minPeople ? 'many_people' : 'many_households',
      zh: `同一代办人在 ${days} 天内为 ${people.size} 名非本户参保人（至少 ${households.size} 户）代办 ${span.length} 次。`,
      en: `One proxy came ${span.length} times within ${days} days for ${people.size} people outside his household (${households.size} households known).`,
      incidentKey: `person-month:${facts.psnNo}:${facts.month}:A7`,
      setlIds: listOf(span),
      evidence,
    };
  },
});

const NOBODY: NonNullable<PersonPeriodFacts['agent']> = { principals: [], visits: [] };
