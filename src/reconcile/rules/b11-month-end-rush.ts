import { Type } from 'typebox';
import { percent, rounded } from './period.ts';
import { clear, defineRule } from './rule.ts';

/** 月末突击: the month's last days take far more of its fund than they used to (DOMAIN.md 2.4 B11). */
export const monthEndRush = defineRule({
  id: 'B11',
  version: 1,
  names: { zh: '月末年末突击', en: 'Rush at the end of the month' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然月',
  subjects: ['clinic_period'],
  supervised: '机构',
  dataNeeded: ['2207', '本机构前 12 个月基金支出', '接种日与慢病日报备'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十五条', '第二十条'],
  causeNo: [12, 24],
  severity: 'low',
  class: 'fraud',
  basis: ['claims'],
  parameters: Type.Object({
    times: Type.Number({
      minimum: 1.1,
      maximum: 10,
      default: 2,
      unit: 'times',
      description: "The last five days' share against its mean over the months before",
    }),
    meanMonths: Type.Integer({
      minimum: 1,
      maximum: 13,
      default: 12,
      unit: 'months',
      description: 'Months that the mean is taken of',
    }),
    leastMonths: Type.Integer({
      minimum: 1,
      maximum: 12,
      default: 6,
      unit: 'months',
      description: 'With fewer months known nothing is said',
    }),
    minFundYuan: Type.Number({
      minimum: 0,
      maximum: 1_000_000,
      default: 1000,
      unit: 'yuan',
      description: 'Months with less pooled fund are left out: few visits make any share',
    }),
    plainShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.25,
      unit: 'share',
      description: 'A share below this is no rush; five days of thirty are 0.17',
    }),
    leastFiledDays: Type.Integer({
      minimum: 1,
      maximum: 5,
      default: 1,
      unit: 'days',
      description: 'So many filed vaccination or chronic-disease days among the five explain it',
    }),
  }),
  applies: (facts) => facts.over,
  evaluate: (facts, limits) => {
    const least = limits.minFundYuan * 100;
    const { fundFen, lastFen } = facts.fund;
    if (fundFen <= 0 || fundFen < least)
      return clear('little_fund', '当月基金支出很少。', 'The month took little of the fund.');
    const share = lastFen / fundFen;
    const before = facts.fund.before
      .filter((month) => month.fundFen > 0 && month.fundFen >= least)
      .slice(-limits.meanMonths);
    const mean = before.reduce((sum, month) => sum + month.lastFen / month.fundFen, 0) / Math.max(1, before.length);
    const evidence = {
      share: rounded(share),
      lastFen,
      fundFen,
      months: before.length,
      mean: before.length === 0 ? null : rounded(mean),
      countyShare: facts.peers?.lastDaysShare == null ? null : rounded(facts.peers.lastDaysShare),
    };
    if (share < limits.plainShare)
      return { ...clear('even', '月末支出正常。', 'No rush at the end of the month.'), evidence };
    const lastFrom = `${facts.month}-${String(Number(daysIn(facts.month)) - 4).padStart(2, '0')}`;
    const filed = facts.filedClinicDays.filter((day) => day >= lastFrom);
    if (filed.length >= limits.leastFiledDays)
      return {
        ...clear(
          'filed_days',
          '月末有报备的接种日或慢病日。',
          'The last days held filed vaccination or chronic-disease days.',
        ),
        evidence: { ...evidence, filed },
      };
    if (before.length < limits.leastMonths)
      return {
        outcome: 'undetermined',
        reason: 'history_short',
        zh: `只有 ${before.length} 个月的历史，无法与往月比较。`,
        en: `Only ${before.length} months are known to compare with.`,
        evidence,
      };
    if (share <= limits.times * mean)
      return { ...clear('as_before', '与往月相近。', 'Not more than in other months.'), evidence };
    return {
      outcome: 'hit',
      reason: 'rush',
      zh: `当月最后 5 天占全月基金支出 ${percent(share)}，前 ${before.length} 个月平均为 ${percent(mean)}。`,
      en: `The last five days took ${percent(share)} of the month's fund; the mean of ${before.length} months before is ${percent(mean)}.`,
      incidentKey: `clinic-month:${facts.clinic.code}:${facts.month}:B11`,
      evidence,
    };
  },
});

function daysIn(month: string): number {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).getUTCDate();
}
