import { Type } from 'typebox';
import type { OutagePatternFact } from '../outage-facts.ts';
import { chanceOfAtLeast, rounded } from './period.ts';
import { clear, defineRule } from './rule.ts';

type Outage = OutagePatternFact['outages'][number];

/** 证据完整性: outages and bursts of settlements go together too often, by the clinic's own other days. About the evidence, never about a patient. */
export const evidenceIntegrity = defineRule({
  id: 'E7',
  version: 1,
  names: { zh: '中断与集中结算同现', en: 'Outages and bursts of settlements together' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '近30日',
  subjects: ['camera'],
  supervised: '机构',
  dataNeeded: ['2207', '设备状态', '开诊时间', '停机备案'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十六条', '第三十九条'],
  causeNo: [5, 9],
  severity: 'high',
  class: 'device',
  basis: ['presence', 'claims'],
  parameters: Type.Object({
    minOutages: Type.Integer({
      minimum: 3,
      maximum: 40,
      default: 3,
      unit: 'outages',
      description: 'So many outages with a burst in 30 days',
    }),
    minSettlements: Type.Integer({
      minimum: 2,
      maximum: 100,
      default: 3,
      unit: 'settlements',
      description: 'So many settlements in an outage, at least, are a burst …',
    }),
    timesUsual: Type.Number({
      minimum: 1,
      maximum: 100,
      default: 3,
      unit: 'times',
      description: '… and so many times what is usual at that time of other days',
    }),
    chance: Type.Number({
      minimum: 0.000001,
      maximum: 0.1,
      default: 0.001,
      unit: 'probability',
      description: 'That so many fall together by chance must be less likely than this',
    }),
  }),
  applies: (facts) => facts.pattern !== undefined,
  evaluate: (facts, { minOutages, minSettlements, timesUsual, chance }) => {
    const { pattern } = facts;
    if (pattern === undefined || !facts.enabled || facts.outage === null)
      return clear('no_pattern', '中断很少。', 'There were few outages.');
    const isBurst = (n: number, usual: number): boolean => n >= minSettlements && n >= timesUsual * usual;
    const bursts = pattern.outages.filter((outage) => isBurst(outage.settlements, mean(outage.others)));
    // The same measure on the other days, each beside the rest of them; what was never seen may still be.
    const others = pattern.outages.flatMap(({ others: counts }) =>
      counts.map((n, i) => isBurst(n, mean(counts.filter((_, k) => k !== i)))),
    );
    const share = (others.filter(Boolean).length + 1) / (others.length + 10);
    const byChance = chanceOfAtLeast(bursts.length, pattern.outages.length, share);
    const evidence = {
      outages: pattern.outages.length,
      withBursts: bursts.length,
      otherDays: others.length,
      usualShare: rounded(share),
      byChance: rounded(byChance),
      spans: bursts.map(({ from, to, settlements }: Outage) => ({ from, to, settlements })),
    };
    if (bursts.length < minOutages)
      return { ...clear('few_bursts', '中断期间没有多次集中结算。', 'Few outages had a burst.'), evidence };
    if (byChance > chance) return { ...clear('chance', '可能是巧合。', 'It may be chance.'), evidence };
    return {
      outcome: 'hit',
      reason: 'together',
      zh: `近30日 ${pattern.outages.length} 次中断中有 ${bursts.length} 次恰有集中结算，平时同一时段少见，请核查取证完整性；不涉及对参保人的判断。`,
      en: `${bursts.length} of ${pattern.outages.length} outages in 30 days had a burst of settlements, which these hours seldom have: please check the evidence. Nothing is said of any patient.`,
      incidentKey: `evidence-integrity:${facts.cameraId}:${pattern.month}`,
      evidence,
    };
  },
});

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
