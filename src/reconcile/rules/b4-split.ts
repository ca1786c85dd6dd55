import { Type } from 'typebox';
import { type Booked, booked, dayIncident, groupBy, isClosedBook, setlIdsOf, settlementIdsOf } from './day-book.ts';
import { clear, defineRule, type Result } from './rule.ts';

/** 分解结算: one illness of one day, settled in parts that each stay under the day's limit. */
export const splitSettlement = defineRule({
  id: 'B4',
  version: 1,
  names: { zh: '分解结算', en: 'Split settlement' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['clinic_day'],
  supervised: '机构',
  dataNeeded: ['2203', '2207'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十五条', '第三十八条'],
  causeNo: [13],
  severity: 'low',
  class: 'fraud',
  basis: ['claims'],
  parameters: Type.Object({
    dailyCapYuan: Type.Number({
      minimum: 1,
      maximum: 100_000,
      default: 80,
      unit: 'yuan',
      description: "The region's limit of what is settled for one person on one day (medfee_sumamt)",
    }),
  }),
  leastOfDay: () => Number.POSITIVE_INFINITY,
  applies: isClosedBook,
  evaluate: (facts, { dailyCapYuan }) => {
    const cap = Math.round(dailyCapYuan * 100);
    const results = [...groupBy(booked(facts), ({ psnNo }) => psnNo)].flatMap(([psnNo, rows]) =>
      [...groupBy(rows, ({ book }) => book.medType ?? '').values()].flatMap((same): Result[] => {
        const found = splitOf(same, cap);
        if (found === null) return [];
        const where = {
          part: psnNo,
          psnNo,
          incidentKey: `${dayIncident(facts, 'B4')}:${psnNo}`,
          setlIds: setlIdsOf(same),
          evidence: {
            count: same.length,
            totalFen: same.reduce((sum, { book }) => sum + (book.totalFen ?? 0), 0),
            capFen: cap,
            settlementIds: settlementIdsOf(same),
          },
        };
        return [{ ...found, ...where }];
      }),
    );
    return results.length > 0 ? results : clear('none', '没有分解结算。', 'Nothing was settled in parts.');
  },
});

function splitOf(rows: readonly Booked[], cap: number): Result | null {
  if (rows.length < 2) return null;
  const fees = rows.map(({ book }) => book.totalFen);
  if (fees.some((fen) => fen === null || fen > cap)) return null;
  if (fees.reduce<number>((sum, fen) => sum + (fen ?? 0), 0) <= cap) return null;
  if (rows.some(({ book }) => book.diagnoses.length === 0)) {
    return {
      outcome: 'undetermined',
      reason: 'no_diagnosis',
      zh: '同日多笔结算合计超过限额，但缺少诊断，无法判定是否分解。',
      en: 'Several settlements of a day exceed the limit together, but a diagnosis is missing: cannot tell.',
    };
  }
  const [first, ...others] = rows.map(({ book }) => book.diagnoses);
  const shared = (first ?? []).filter((code) => others.every((codes) => codes.includes(code)));
  if (shared.length === 0) return null;
  return {
    outcome: 'hit',
    reason: 'split',
    zh: '同一参保人同日同一诊断分多笔结算，每笔未超限额而合计超过，请核实。',
    en: 'One person, one day, one diagnosis, several settlements: each below the limit, together above it. Please check.',
  };
}
