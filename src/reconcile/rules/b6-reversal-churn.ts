import { Type } from 'typebox';
import type { ClinicPeriodFacts } from '../periods/facts.ts';
import { chanceOfAtLeast, listOf, percent, rounded } from './period.ts';
import { clear, defineRule, type Result } from './rule.ts';

const MINUTE_MS = 60_000;

/** 撤销重结: many reversals, or the same bill taken back and settled for somebody else (DOMAIN.md 2.4 B6). */
export const reversalChurn = defineRule({
  id: 'B6',
  version: 1,
  names: { zh: '撤销重结', en: 'Reversal churn' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然月',
  subjects: ['clinic_period'],
  supervised: '机构',
  dataNeeded: ['2207', '2208', '2601', '县域同类机构统计', '停电断网报备'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [23, 24],
  severity: 'medium',
  class: 'fraud',
  basis: ['claims'],
  parameters: Type.Object({
    minRate: Type.Number({
      minimum: 0.005,
      maximum: 1,
      default: 0.05,
      unit: 'share',
      description: 'More of the month taken back than this …',
    }),
    timesPeers: Type.Number({
      minimum: 1,
      maximum: 50,
      default: 3,
      unit: 'times',
      description: '… and more than so many times the share of the other clinics of the county',
    }),
    maxChance: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.001,
      unit: 'probability',
      description:
        'So seldom would a clinic like the others have so many: five of seventy happen somewhere every month',
    }),
    minReversals: Type.Integer({
      minimum: 1,
      maximum: 500,
      default: 5,
      unit: 'reversals',
      description: 'Fewer reversals in a month are chance',
    }),
    minPeers: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 5,
      unit: 'clinics',
      description: 'Other clinics of the county that must be known',
    }),
    withinMinutes: Type.Integer({
      minimum: 1,
      maximum: 120,
      default: 30,
      unit: 'minutes',
      description: 'The same bill settled for another person within so long of the reversal',
    }),
    minSwaps: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 3,
      unit: 'cases',
      description: 'So many of them in a month, on different days: a wrong name is picked now and then',
    }),
  }),
  evaluate: (facts, limits) => [rateOf(facts, limits), swapsOf(facts, limits)],
});

interface Limits {
  readonly minRate: number;
  readonly timesPeers: number;
  readonly maxChance: number;
  readonly minReversals: number;
  readonly minPeers: number;
  readonly withinMinutes: number;
  readonly minSwaps: number;
}

/** Never nothing: what was not seen among so many may happen once in so many. */
const shareOf = (part: number, whole: number): number => (part + 1) / (whole + 1);

const rateOfPeers = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

function rateOf({ churn, peers, clinic, month, filedOutageDays }: ClinicPeriodFacts, limits: Limits): Result {
  const rate = rateOfPeers(churn.reversed, churn.settled);
  const ofPeers = peers === null ? null : rateOfPeers(peers.reversed, peers.settled);
  const evidence = {
    settled: churn.settled,
    reversed: churn.reversed,
    rate: rounded(rate),
    peersRate: ofPeers === null ? null : rounded(ofPeers),
    peers: peers?.clinics ?? 0,
    county: peers?.county ?? null,
    peersDay: peers?.day ?? null,
    filedOutageDays: filedOutageDays.length,
  };
  const part = 'rate';
  if (churn.reversed < limits.minReversals || rate <= limits.minRate)
    return { ...clear('few_reversals', '撤销不多。', 'Few settlements were taken back.'), part, evidence };
  if (ofPeers === null || (peers?.clinics ?? 0) < limits.minPeers)
    return {
      outcome: 'undetermined',
      reason: 'peers_unknown',
      zh: '同县机构的统计尚不足，无法比较撤销率。',
      en: 'Too little is known of the other clinics of the county to compare the share of reversals.',
      part,
      evidence,
    };
  if (rate <= limits.timesPeers * ofPeers)
    return {
      ...clear('like_peers', '同县机构的撤销率也高。', 'The other clinics of the county reverse as much.'),
      part,
      evidence,
    };
  const chance = chanceOfAtLeast(churn.reversed, churn.settled, shareOf(peers?.reversed ?? 0, peers?.settled ?? 0));
  if (chance > limits.maxChance)
    return {
      ...clear('chance', '笔数少，可能是偶然。', 'So few may be chance.'),
      part,
      evidence: { ...evidence, chance: rounded(chance) },
    };
  return {
    outcome: 'hit',
    reason: 'many_reversals',
    zh: `本月撤销 ${churn.reversed} 笔，占 ${percent(rate)}；同县其他机构为 ${percent(ofPeers)}。`,
    en: `${churn.reversed} settlements of the month were taken back, ${percent(rate)}; the other clinics of the county: ${percent(ofPeers)}.`,
    part,
    incidentKey: `clinic-month:${clinic.code}:${month}:B6`,
    evidence: { ...evidence, chance: rounded(chance) },
  };
}

function swapsOf({ churn, peers, clinic, month }: ClinicPeriodFacts, limits: Limits): Result {
  const soon = churn.swaps.filter(({ afterMs }) => afterMs <= limits.withinMinutes * MINUTE_MS);
  // One household at the counter, and the wrong one of them picked: everyday.
  const swaps = soon.filter(({ sameHousehold }) => !sameHousehold);
  const days = new Set(swaps.map(({ day }) => day));
  const evidence = {
    swaps: swaps.length,
    days: [...days],
    withinHouseholds: soon.length - swaps.length,
    settled: churn.settled,
    peersSwapped: peers?.swapped ?? null,
    peersSettled: peers?.settled ?? null,
  };
  const part = 'other_person';
  if (swaps.length < limits.minSwaps || days.size < limits.minSwaps)
    return {
      ...clear('few_swaps', '撤销后改结他人的情形很少。', 'Bills are seldom settled for another person.'),
      part,
      evidence,
    };
  const ofPeers = peers === null || peers.settled === 0 ? null : peers.swapped / peers.settled;
  if (ofPeers !== null && swaps.length / churn.settled <= limits.timesPeers * ofPeers)
    return {
      ...clear('like_peers', '同县机构的情形相近。', 'As often as in the other clinics of the county.'),
      part,
      evidence,
    };
  const chance =
    ofPeers === null
      ? null
      : chanceOfAtLeast(swaps.length, churn.settled, shareOf(peers?.swapped ?? 0, peers?.settled ?? 0));
  if (chance !== null && chance > limits.maxChance)
    return {
      ...clear('chance', '笔数少，可能是偶然。', 'So few may be chance.'),
      part,
      evidence: { ...evidence, chance: rounded(chance) },
    };
  return {
    outcome: 'hit',
    reason: 'settled_for_another',
    zh: `本月有 ${swaps.length} 笔结算撤销后 ${limits.withinMinutes} 分钟内以相同金额改结他人。`,
    en: `${swaps.length} settlements of the month were taken back and the same bill settled for another person within ${limits.withinMinutes} minutes.`,
    part,
    incidentKey: `clinic-month:${clinic.code}:${month}:B6-swap`,
    setlIds: listOf(swaps.map(({ nextSetlId }) => ({ setlId: nextSetlId }))),
    evidence,
  };
}
