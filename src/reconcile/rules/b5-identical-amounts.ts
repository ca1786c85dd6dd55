import { Type } from 'typebox';
import { type Booked, booked, dayIncident, groupBy, isClosedBook, setlIdsOf, settlementIdsOf } from './day-book.ts';
import { clear, defineRule } from './rule.ts';

/** 金额趋同: half of a day's settlements come to the same sum, or lie just below the limit. */
export const identicalAmounts = defineRule({
  id: 'B5',
  version: 1,
  names: { zh: '金额趋同', en: 'Identical amounts' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['clinic_day'],
  supervised: '机构',
  dataNeeded: ['2204', '2207', '接种日备案'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [24],
  severity: 'low',
  class: 'fraud',
  basis: ['claims'],
  parameters: Type.Object({
    minSettlements: Type.Integer({
      minimum: 3,
      maximum: 1000,
      default: 8,
      unit: 'settlements',
      description: 'With fewer in a day nothing follows',
    }),
    sameShare: Type.Number({
      minimum: 0.1,
      maximum: 1,
      default: 0.5,
      unit: 'share',
      description: 'So many come to the same sum',
    }),
    nearCapShare: Type.Number({
      minimum: 0.1,
      maximum: 1,
      default: 0.4,
      unit: 'share',
      description: 'Or so many lie just below the limit',
    }),
    nearCap: Type.Number({
      minimum: 0,
      maximum: 0.5,
      default: 0.02,
      unit: 'share',
      description: 'Just below: by no more than this of the limit',
    }),
    dailyCapYuan: Type.Number({
      minimum: 1,
      maximum: 100_000,
      default: 80,
      unit: 'yuan',
      description: "The region's limit of what is settled for one person on one day",
    }),
  }),
  leastOfDay: () => Number.POSITIVE_INFINITY,
  applies: isClosedBook,
  evaluate: (facts, { minSettlements, sameShare, nearCapShare, nearCap, dailyCapYuan }) => {
    if (facts.vaccinationDay) return clear('vaccination_day', '已备案接种日。', 'A vaccination day was filed.');
    const all = booked(facts);
    if (all.length < minSettlements) return clear('few', '当日结算不多。', 'There were few settlements.');
    const known = all.filter(({ book }) => book.drugLines || book.otherLines);
    if (known.length * 2 < all.length) {
      return {
        outcome: 'undetermined',
        reason: 'no_fee_lines',
        zh: '多数结算缺少费用明细，不能排除只收一般诊疗费的就诊。',
        en: 'Most settlements lack fee lines: visits that are a consultation alone cannot be told apart.',
      };
    }
    // A consultation alone costs everybody the same.
    const rows = all
      .filter(({ book }) => book.drugLines || !book.otherLines)
      .filter(({ book }) => book.totalFen !== null);
    if (rows.length < minSettlements) {
      return clear('consultations', '多为只收一般诊疗费的就诊。', 'Mostly consultations alone.');
    }
    const bySum = [...groupBy(rows, ({ book }) => String(book.totalFen)).values()].toSorted(
      (a, b) => b.length - a.length,
    );
    const same = bySum[0] ?? [];
    const cap = dailyCapYuan * 100;
    const near = rows.filter(({ book }) => {
      const fen = book.totalFen ?? 0;
      return fen <= cap && fen >= cap * (1 - nearCap);
    });
    const hit = (reason: string, found: readonly Booked[], zh: string, en: string) => ({
      outcome: 'hit' as const,
      reason,
      zh,
      en,
      incidentKey: dayIncident(facts, 'B5'),
      setlIds: setlIdsOf(found),
      evidence: {
        count: found.length,
        settlements: rows.length,
        amountFen: found[0]?.book.totalFen ?? null,
        settlementIds: settlementIdsOf(found),
      },
    });
    if (same.length >= rows.length * sameShare) {
      return hit(
        'same_sum',
        same,
        `当日 ${rows.length} 笔结算中有 ${same.length} 笔金额完全相同，请核实。`,
        `${same.length} of ${rows.length} settlements of the day come to exactly the same sum: please check.`,
      );
    }
    if (near.length >= rows.length * nearCapShare) {
      return hit(
        'just_below_limit',
        near,
        `当日 ${rows.length} 笔结算中有 ${near.length} 笔金额略低于限额，请核实。`,
        `${near.length} of ${rows.length} settlements of the day lie just below the limit: please check.`,
      );
    }
    return clear('spread', '金额分布正常。', 'The sums are spread.');
  },
});
