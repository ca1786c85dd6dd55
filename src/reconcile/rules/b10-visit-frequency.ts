import { Type } from 'typebox';
import type { PersonVisitFact } from '../periods/facts.ts';
import { listOf } from './period.ts';
import { clear, defineRule } from './rule.ts';

/** 就诊频次超常: more visits of one person in a day or a month than illness explains (DOMAIN.md 2.4 B10). */
export const visitFrequency = defineRule({
  id: 'B10',
  version: 1,
  names: { zh: '就诊频次超常', en: 'Visit frequency' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然月',
  subjects: ['person_period'],
  supervised: '参保人',
  dataNeeded: ['2203', '2204', '2207'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十五条', '第二十条'],
  causeNo: [12, 24],
  severity: 'low',
  class: 'fraud',
  basis: ['claims'],
  parameters: Type.Object({
    maxAMonth: Type.Integer({
      minimum: 4,
      maximum: 100,
      default: 15,
      unit: 'visits',
      description: 'More outpatient settlements of one person in a month, over all clinics',
    }),
    maxADay: Type.Integer({ minimum: 1, maximum: 20, default: 3, unit: 'visits', description: 'Or more in a day' }),
    otherMedTypes: Type.Array(Type.String({ maxLength: 10 }), {
      default: ['12', '21', '22', '23', '24', '25', '26', '27', '28', '41', '51', '52'],
      description: 'med_type of what is no outpatient visit: registration, inpatient, pharmacy, birth',
    }),
  }),
  applies: (facts) => facts.visits.length > 0,
  evaluate: (facts, { maxAMonth, maxADay, otherMedTypes }) => {
    const outpatient = facts.visits.filter(({ medType }) => medType === null || !otherMedTypes.includes(medType));
    const counted = outpatient.filter((visit) => !isCourse(visit));
    const evidence = {
      visits: counted.length,
      courses: outpatient.length - counted.length,
      clinics: [...new Set(counted.map(({ clinicCode }) => clinicCode))].sort(),
      mostADay: 0,
    };
    const days = new Map<string, PersonVisitFact[]>();
    for (const visit of counted) days.set(visit.day, [...(days.get(visit.day) ?? []), visit]);
    const [fullest = []] = [...days.values()].sort((a, b) => b.length - a.length);
    evidence.mostADay = fullest.length;
    const inMonth = counted.length > maxAMonth;
    if (!inMonth && fullest.length <= maxADay) {
      const byCourse = outpatient.length > maxAMonth;
      return {
        ...(byCourse
          ? clear('course', '属透析或注射疗程。', 'A course of dialysis or injections.')
          : clear('usual', '就诊频次正常。', 'No more visits than usual.')),
        evidence,
      };
    }
    const named = inMonth ? counted : [...days.values()].filter((visits) => visits.length > maxADay).flat();
    return {
      outcome: 'hit',
      reason: inMonth ? 'many_in_month' : 'many_in_day',
      zh: inMonth
        ? `本月门诊结算 ${counted.length} 次（${evidence.clinics.length} 家机构），不含透析与注射疗程。`
        : `一日内门诊结算 ${fullest.length} 次（${evidence.clinics.length} 家机构）。`,
      en: inMonth
        ? `${counted.length} outpatient settlements in the month at ${evidence.clinics.length} clinics, dialysis and injections left out.`
        : `${fullest.length} outpatient settlements in one day at ${evidence.clinics.length} clinics.`,
      incidentKey: `person-month:${facts.psnNo}:${facts.month}:B10`,
      setlIds: listOf(named),
      evidence,
    };
  },
});

/** Who has to come so often. */
const isCourse = ({ injection, dialysis }: PersonVisitFact): boolean => injection || dialysis;
