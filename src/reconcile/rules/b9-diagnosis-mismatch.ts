import { Type } from 'typebox';
import type { Limit } from './b9-diagnosis-limits.ts';
import { contradiction, DEFAULT_LIMITS, DiagnosisLimit, isLimited } from './b9-diagnosis-limits.ts';
import { booked, dayIncident, isClosedBook, setlIdsOf, settlementIdsOf } from './day-book.ts';
import { clear, defineRule } from './rule.ts';

/** 诊断与年龄性别不符: nearly always a wrong code, so a question about data; many in a day are another matter. */
export const diagnosisMismatch = defineRule({
  id: 'B9',
  version: 1,
  names: { zh: '诊断与年龄性别不符', en: 'Diagnosis against age or sex' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['clinic_day'],
  supervised: '医务人员',
  dataNeeded: ['2203', '2207', '参保人性别与出生日期', '诊断范围表（B9.yaml）'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十五条', '第二十条', '第四十条'],
  causeNo: [24],
  severity: 'low',
  class: 'data',
  basis: ['claims'],
  parameters: Type.Object({
    limits: Type.Array(DiagnosisLimit, {
      maxItems: 500,
      default: structuredClone(DEFAULT_LIMITS) as Limit[],
      description: 'Who can have which diagnosis: ranges of ICD-10 categories with a sex or ages',
    }),
    suspiciousPeople: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 3,
      unit: 'people',
      description: 'So many people in a day are more than slips of a code: a suspicion, not a question about data',
    }),
  }),
  leastOfDay: () => Number.POSITIVE_INFINITY,
  applies: isClosedBook,
  evaluate: (facts, { limits, suspiciousPeople }) => {
    const rows = booked(facts);
    const wrong = rows.flatMap((row) => {
      const codes = row.book.diagnoses.filter((code) => contradiction(code, row.book, limits) !== null);
      return codes.length === 0 ? [] : [{ row, codes }];
    });
    if (wrong.length === 0) {
      const asked = rows.filter(({ book }) => book.diagnoses.some((code) => isLimited(code, limits)));
      const unknown = asked.filter(({ book }) => book.sex === null && book.ageYears === null);
      if (asked.length > 0 && unknown.length === asked.length) {
        return {
          outcome: 'undetermined',
          reason: 'person_unknown',
          zh: '参保人性别和出生日期未知，无法核对诊断。',
          en: 'Sex and birth of the insured people are not known: the diagnoses cannot be checked.',
        };
      }
      return clear('none', '诊断与年龄、性别相符。', 'Diagnoses agree with age and sex.');
    }
    const people = new Set(wrong.map(({ row }) => row.psnNo ?? row.settlementId)).size;
    const many = people >= suspiciousPeople;
    const named = wrong.map(({ row }) => row);
    return {
      outcome: 'hit',
      reason: many ? 'many_mismatches' : 'mismatch',
      zh: many
        ? `当日有 ${people} 人的诊断与年龄或性别不符，请核实。`
        : '诊断与参保人年龄或性别不符，可能为编码或人员选择错误，请更正。',
      en: many
        ? `The diagnoses of ${people} people that day do not agree with their age or sex: please check.`
        : 'A diagnosis does not agree with age or sex, probably a wrong code or a wrong person: please correct it.',
      class: many ? 'fraud' : 'data',
      severity: many ? 'medium' : 'low',
      incidentKey: dayIncident(facts, 'B9'),
      setlIds: setlIdsOf(named),
      evidence: {
        people,
        codes: [...new Set(wrong.flatMap(({ codes }) => codes))],
        settlementIds: settlementIdsOf(named),
      },
    };
  },
});
