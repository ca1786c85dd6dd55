import { Type } from 'typebox';
import { densest, sameOrder } from '../periods/blocks.ts';
import type { BlockGroupFact } from '../periods/facts.ts';
import { rounded } from './period.ts';
import { clear, defineRule, type Result } from './rule.ts';

const MINUTE_MS = 60_000;

/** 收卡留存: the same people, within minutes, in the same order, on several days (DOMAIN.md 2.4 A14). */
export const heldCards = defineRule({
  id: 'A14',
  version: 1,
  names: { zh: '收卡留存（固定成批结算）', en: 'Held cards' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '近30日',
  subjects: ['clinic_period'],
  supervised: '机构',
  dataNeeded: ['2207', '家庭成员', '接种日与慢病日报备'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [20],
  severity: 'high',
  class: 'fraud',
  basis: ['claims'],
  parameters: Type.Object({
    minPeople: Type.Integer({
      minimum: 5,
      maximum: 100,
      default: 8,
      unit: 'people',
      description: 'Least people who settle together; a household counts once',
    }),
    withinMinutes: Type.Integer({
      minimum: 5,
      maximum: 60,
      default: 20,
      unit: 'minutes',
      description: 'Length of the block',
    }),
    minDays: Type.Integer({ minimum: 2, maximum: 30, default: 3, unit: 'days', description: 'On so many days' }),
    minOrder: Type.Number({
      minimum: 0.5,
      maximum: 1,
      default: 0.75,
      unit: 'share',
      description: 'Share of pairs in the same order as on the day that is most like the others; by chance it is 0.5',
    }),
  }),
  evaluate: (facts, limits) => {
    if (facts.blocks.length === 0)
      return clear('no_blocks', '没有反复成批结算的人群。', 'No group of people settles together again and again.');
    const parts = partsOf(facts.blocks);
    const incidentKey = `clinic-month:${facts.clinic.code}:${facts.month}:A14`;
    return facts.blocks.map((group, i) => judge(group, limits, { part: parts[i] ?? String(i), incidentKey }));
  },
});

interface Limits {
  readonly minPeople: number;
  readonly withinMinutes: number;
  readonly minDays: number;
  readonly minOrder: number;
}

interface Block {
  readonly day: string;
  readonly visits: readonly { readonly psnNo: string; readonly at: number; readonly setlId: string | null }[];
}

/** The same people found again tomorrow are the same finding: a group goes by the first of its people's numbers. */
function partsOf(groups: readonly BlockGroupFact[]): string[] {
  const taken = new Set<string>();
  return groups.map(({ people }) => {
    const psnNos = people.map(({ psnNo }) => psnNo).sort();
    const part = psnNos.find((psnNo) => !taken.has(psnNo)) ?? `${psnNos[0]}:${taken.size}`;
    taken.add(part);
    return part;
  });
}

function judge(
  group: BlockGroupFact,
  limits: Limits,
  { part, incidentKey }: { readonly part: string; readonly incidentKey: string },
): Result {
  const households = new Map(group.people.map(({ psnNo, household }) => [psnNo, household]));
  const countOf = (psnNos: readonly string[]): number =>
    new Set(psnNos.map((psnNo) => households.get(psnNo) ?? psnNo)).size;
  const unfiled = group.days.filter(({ filed }) => !filed);
  if (unfiled.length < limits.minDays && group.days.length >= limits.minDays)
    return {
      ...clear('filed_days', '均在报备的接种日或慢病日。', 'On filed vaccination or chronic-disease days.'),
      part,
    };
  const blocks = unfiled
    .map(({ day, visits }): Block => {
      const named = visits.map(({ person, at, setlId }) => ({ psnNo: group.people[person]?.psnNo ?? '', at, setlId }));
      return { day, visits: densest(named, limits.withinMinutes * MINUTE_MS) };
    })
    .filter(({ visits }) => visits.length >= limits.minPeople);
  const alike = mostAlike(blocks, limits, countOf);
  const evidence = { people: group.people.length, days: blocks.map(({ day }) => day), alike: alike.length };
  if (alike.length < limits.minDays) {
    const reason = blocks.length < limits.minDays ? 'few_days' : 'other_order';
    return {
      ...clear(reason, '未见固定人群按相近次序成批结算。', 'No fixed group settles together in much the same order.'),
      part,
      evidence,
    };
  }
  const people = new Set(alike.flatMap(({ block }) => block.visits.map(({ psnNo }) => psnNo)));
  const order = alike.reduce((sum, { order: own }) => sum + own, 0) / alike.length;
  return {
    outcome: 'hit',
    reason: 'same_people_same_order',
    zh: `${people.size} 名参保人在 ${alike.length} 天中都在 ${limits.withinMinutes} 分钟内按相近次序成批结算。`,
    en: `${people.size} people settled within ${limits.withinMinutes} minutes of each other, in much the same order, on ${alike.length} days.`,
    part,
    incidentKey,
    setlIds: [...new Set(alike.flatMap(({ block }) => block.visits.flatMap(({ setlId }) => setlId ?? [])))].sort(),
    evidence: { people: people.size, days: alike.map(({ block }) => block.day), order: rounded(order) },
  };
}

/** The days that are like one of them: enough of its people, in much the same order. The most that there are. */
function mostAlike(
  blocks: readonly Block[],
  { minPeople, minOrder }: Limits,
  countOf: (psnNos: readonly string[]) => number,
): { readonly block: Block; readonly order: number }[] {
  let best: { block: Block; order: number }[] = [];
  for (const reference of blocks) {
    const order = reference.visits.map(({ psnNo }) => psnNo);
    const like = blocks.flatMap((block) => {
      const own = block.visits.map(({ psnNo }) => psnNo);
      const common = own.filter((psnNo) => order.includes(psnNo));
      const same = sameOrder(own, order);
      return countOf(common) >= minPeople && same >= minOrder ? [{ block, order: same }] : [];
    });
    if (like.length > best.length) best = like;
  }
  return best;
}
