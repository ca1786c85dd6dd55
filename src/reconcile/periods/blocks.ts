import type { RollDay, RollVisit } from './roll.ts';
import { stands } from './trend.ts';

/** Pure: people of a clinic who settle together again and again. Cast wider than any rule's parameters. */

export const NET_PEOPLE = 3;
export const NET_DAYS = 2;
export const NET_MS = 60 * 60_000;
const MOST_GROUPS = 4;

export interface BlockVisit {
  readonly psnNo: string;
  readonly at: number;
  readonly setlId: string | null;
}

/** People who settled together on several days. */
export interface BlockGroup {
  /** In order of their settlements on the first of the days. */
  readonly psnNos: readonly string[];
  /** In order; each with the members' first settlements within an hour, in order of time. */
  readonly days: readonly { readonly day: string; readonly visits: readonly BlockVisit[] }[];
}

interface Day {
  readonly day: string;
  /** Each person's settlements that stand. */
  readonly of: ReadonlyMap<string, readonly BlockVisit[]>;
}

/**
 * Groups of at least three people who settled within an hour of each other on at least two days, the greatest first. Each
 * settlement belongs to one group at most.
 */
export function blockGroups(days: readonly RollDay[]): BlockGroup[] {
  const seenOn = new Map<string, number>();
  for (const { visits } of days) {
    for (const psnNo of new Set(visits.filter(stands).flatMap((visit) => visit.psnNo ?? [])))
      seenOn.set(psnNo, (seenOn.get(psnNo) ?? 0) + 1);
  }
  const again = (visit: RollVisit): boolean =>
    stands(visit) && visit.psnNo !== null && (seenOn.get(visit.psnNo) ?? 0) >= NET_DAYS;
  const used = new Set<string>();
  const groups: BlockGroup[] = [];
  while (groups.length < MOST_GROUPS) {
    const left = days.flatMap(({ day, visits }): Day[] => {
      const of = new Map<string, BlockVisit[]>();
      for (const visit of visits) {
        const { psnNo, at, setlId } = visit;
        if (psnNo === null || !again(visit) || used.has(`${psnNo} ${at}`)) continue;
        const own = of.get(psnNo);
        if (own) own.push({ psnNo, at, setlId });
        else of.set(psnNo, [{ psnNo, at, setlId }]);
      }
      return of.size >= NET_PEOPLE ? [{ day, of }] : [];
    });
    const group = greatest(left);
    if (group === null) return groups;
    groups.push(group);
    for (const { visits } of group.days) for (const { psnNo, at } of visits) used.add(`${psnNo} ${at}`);
  }
  return groups;
}

/** The most people common to an hour of two days, with all further days on which enough of them come together. */
function greatest(days: readonly Day[]): BlockGroup | null {
  const members = mostCommon(days);
  if (members.size === 0) return null;
  const blocks = days.flatMap((day) => {
    const visits = together(day, members);
    return visits.length >= NET_PEOPLE ? [{ day: day.day, visits }] : [];
  });
  const order = [...new Set(blocks.flatMap(({ visits }) => visits.map(({ psnNo }) => psnNo)))];
  return blocks.length >= NET_DAYS ? { psnNos: order, days: blocks } : null;
}

interface Pair {
  readonly psnNo: string;
  readonly one: number;
  readonly other: number;
}

/** By each person's first settlement of a day. Empty: never as many as NET_PEOPLE. */
function mostCommon(days: readonly Day[]): ReadonlySet<string> {
  const firsts = days.map(({ of }) => new Map([...of].map(([psnNo, visits]) => [psnNo, visits[0]?.at ?? 0])));
  let core: readonly Pair[] = [];
  for (let i = 0; i < firsts.length; i++) {
    for (let j = i + 1; j < firsts.length; j++) {
      const other = firsts[j];
      const common: Pair[] = [];
      for (const [psnNo, at] of firsts[i] ?? []) {
        const then = other?.get(psnNo);
        if (then !== undefined) common.push({ psnNo, one: at, other: then });
      }
      const least = Math.max(NET_PEOPLE, core.length + 1);
      if (common.length < least) continue;
      for (const near of windows(common, 'one', least)) {
        const [fullest = []] = windows(near, 'other', Math.max(least, core.length + 1)).toSorted(
          (a, b) => b.length - a.length,
        );
        if (fullest.length > core.length) core = fullest;
      }
    }
  }
  return new Set(core.map(({ psnNo }) => psnNo));
}

/** All stretches of an hour with at least so many. */
function windows(pairs: readonly Pair[], by: 'one' | 'other', least: number): Pair[][] {
  const sorted = pairs.toSorted((a, b) => a[by] - b[by]);
  const found: Pair[][] = [];
  for (let from = 0, to = 0; from + least <= sorted.length; from++) {
    const until = (sorted[from] as Pair)[by] + NET_MS;
    while (to < sorted.length && (sorted[to] as Pair)[by] <= until) to += 1;
    if (to - from >= least) found.push(sorted.slice(from, to));
  }
  return found;
}

/** The stretch of an hour in which most of these people settled, each once. */
function together(day: Day, members: ReadonlySet<string>): BlockVisit[] {
  const visits = [...members].flatMap((psnNo) => day.of.get(psnNo) ?? []).sort((a, b) => a.at - b.at);
  return densest(visits, NET_MS);
}

/** Of settlements in order of time: the stretch that holds most people, each with his first settlement in it. */
export function densest<Visit extends { readonly psnNo: string; readonly at: number }>(
  visits: readonly Visit[],
  lengthMs: number,
): Visit[] {
  let best: Visit[] = [];
  for (let i = 0; i < visits.length; i++) {
    const from = visits[i]?.at ?? 0;
    const inside = new Map<string, Visit>();
    for (let j = i; j < visits.length; j++) {
      const visit = visits[j];
      if (visit === undefined || visit.at > from + lengthMs) break;
      if (!inside.has(visit.psnNo)) inside.set(visit.psnNo, visit);
    }
    if (inside.size > best.length) best = [...inside.values()];
  }
  return best;
}

/** More people than this need not be compared: so few in one order are no chance. */
const MOST_COMPARED = 24;

/**
 * How likely it is that people who came in one order come in an order so like it by chance: the share of all orders of them
 * that have no more pairs the other way round. Of the people in both lists; 1 for fewer than two.
 */
export function chanceOfOrder(one: readonly string[], other: readonly string[]): number {
  const place = new Map(other.map((psnNo, i) => [psnNo, i]));
  const places = one.flatMap((psnNo) => place.get(psnNo) ?? []).slice(0, MOST_COMPARED);
  let inversions = 0;
  for (let i = 0; i < places.length; i++) {
    for (let j = i + 1; j < places.length; j++) if ((places[i] ?? 0) > (places[j] ?? 0)) inversions += 1;
  }
  // How many inversions orders of 1, 2, … people have: the next one stands before 0, 1, … of those who are there.
  let shares = [1];
  for (let n = 2; n <= places.length; n++) {
    const next = new Array<number>(shares.length + n - 1).fill(0);
    for (let k = 0; k < shares.length; k++) {
      for (let before = 0; before < n; before++) next[k + before] = (next[k + before] ?? 0) + (shares[k] ?? 0) / n;
    }
    shares = next;
  }
  return Math.min(
    1,
    shares.slice(0, inversions + 1).reduce((sum, share) => sum + share, 0),
  );
}
