import { Type } from 'typebox';
import { type BlockVisit, chanceOfOrder, densest } from '../periods/blocks.ts';
import type { BlockGroupFact } from '../periods/facts.ts';
import { listOf, rounded } from './period.ts';
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
      minimum: 3,
      maximum: 100,
      default: 4,
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
    minDays: Type.Integer({ minimum: 2, maximum: 30, default: 2, unit: 'days', description: 'On so many days' }),
    maxChance: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.05,
      unit: 'probability',
      description:
        'People who merely come together come in any order: so seldom would their orders on these days be so alike by chance',
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
  readonly maxChance: number;
}

interface Block {
  readonly day: string;
  /** One of each household. */
  readonly visits: readonly BlockVisit[];
  readonly settled: readonly BlockVisit[];
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
  const unfiled = group.days.filter(({ filed }) => !filed);
  if (unfiled.length < limits.minDays && group.days.length >= limits.minDays)
    return {
      ...clear('filed_days', '均在报备的接种日或慢病日。', 'On filed vaccination or chronic-disease days.'),
      part,
    };
  const lengthMs = limits.withinMinutes * MINUTE_MS;
  const blocks = unfiled
    .map(({ day, visits }): Block => {
      const of = visits.map(({ person, at, setlId }) => ({ psnNo: group.people[person]?.psnNo ?? '', at, setlId }));
      return { day, visits: densest(of.map(asHousehold(group)), lengthMs), settled: densest(of, lengthMs) };
    })
    .filter(({ visits }) => visits.length >= limits.minPeople);
  const alike = mostAlike(blocks, limits);
  const evidence = { people: group.people.length, days: blocks.map(({ day }) => day), chance: alike.chance };
  if (alike.blocks.length < limits.minDays) {
    const reason = blocks.length < limits.minDays ? 'few_days' : 'other_order';
    return {
      ...clear(reason, '未见固定人群按相近次序成批结算。', 'No fixed group settles together in much the same order.'),
      part,
      evidence,
    };
  }
  const people = new Set(alike.blocks.flatMap(({ visits }) => visits.map(({ psnNo }) => psnNo)));
  return {
    outcome: 'hit',
    reason: 'same_people_same_order',
    zh: `${people.size} 名参保人（每户计一人）在 ${alike.blocks.length} 天中都在 ${limits.withinMinutes} 分钟内按相近次序成批结算。`,
    en: `${people.size} people of as many households settled within ${limits.withinMinutes} minutes of each other, in much the same order, on ${alike.blocks.length} days.`,
    part,
    incidentKey,
    setlIds: listOf(alike.blocks.flatMap(({ settled }) => settled)),
    evidence: { people: people.size, days: alike.blocks.map(({ day }) => day), chance: alike.chance },
  };
}

/** A household counts as one person: a family comes together, and in its own order. */
const asHousehold =
  ({ people }: BlockGroupFact) =>
  (visit: BlockVisit): BlockVisit => {
    const household = people.find(({ psnNo }) => psnNo === visit.psnNo)?.household ?? null;
    const kin = household === null ? undefined : people.find((other) => other.household === household);
    return { ...visit, psnNo: kin?.psnNo ?? visit.psnNo };
  };

/** The days that are like one of them: enough of its people, in orders that chance would hardly make so alike. */
function mostAlike(
  blocks: readonly Block[],
  { minPeople, minDays, maxChance }: Limits,
): { readonly blocks: readonly Block[]; readonly chance: number | null } {
  let best: { blocks: readonly Block[]; chance: number | null } = { blocks: [], chance: null };
  for (const reference of blocks) {
    const order = reference.visits.map(({ psnNo }) => psnNo);
    const others = blocks
      .flatMap((block) => {
        const own = block.visits.map(({ psnNo }) => psnNo);
        const common = own.filter((psnNo) => order.includes(psnNo));
        return block === reference || common.length < minPeople ? [] : [{ block, chance: chanceOfOrder(own, order) }];
      })
      // Days on which they came in another order speak for chance, and do not make the others less alike.
      .filter(({ chance }) => chance < 0.5);
    const chance = others.reduce((product, other) => product * other.chance, 1);
    if (others.length + 1 < minDays || chance > maxChance) continue;
    const like = [reference, ...others.map(({ block }) => block)].sort((a, b) => (a.day < b.day ? -1 : 1));
    const isBetter =
      like.length > best.blocks.length || (like.length === best.blocks.length && chance < (best.chance ?? 1));
    if (isBetter) best = { blocks: like, chance: rounded(chance) };
  }
  return best;
}
