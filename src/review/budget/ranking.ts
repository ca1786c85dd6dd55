import type { Severity } from '../alert.ts';

/** Pure: in which order alerts are shown, and how many. */

export interface Candidate {
  readonly alert_id: string;
  readonly region_code: string;
  readonly severity: Severity;
  /** null: not of class fraud. */
  readonly p_right: number | null;
  readonly expected_fen: number | null;
  readonly minutes: number | null;
  readonly raised_at: number;
}

const SEVERITIES: readonly Severity[] = ['high', 'medium', 'low'];

const worth = ({ expected_fen, minutes }: Candidate): number =>
  expected_fen === null ? 0 : expected_fen / Math.max(minutes ?? 1, 1e-6);

/**
 * What comes first: the most expected confirmed loss per minute of review, then the more probable, the graver, the older. The
 * id decides what is left, so that no two are equal.
 */
export const byWorth = (a: Candidate, b: Candidate): number =>
  worth(b) - worth(a) ||
  (b.p_right ?? 0) - (a.p_right ?? 0) ||
  SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
  a.raised_at - b.raised_at ||
  (a.alert_id < b.alert_id ? -1 : a.alert_id > b.alert_id ? 1 : 0);

/** How many more may be shown today: in the installation, and in each region that has a budget of its own, by its code. */
export interface Room {
  readonly installation: number;
  readonly regions: ReadonlyMap<string, number>;
}

export interface Admission<C> {
  readonly admitted: readonly C[];
  readonly over: readonly C[];
}

/** Takes the best as long as there is room for them; whom a region has no room for does not take another's place. */
export function admit<C extends Candidate>(candidates: readonly C[], room: Room): Admission<C> {
  let left = room.installation;
  const regions = new Map(room.regions);
  const admitted: C[] = [];
  const over: C[] = [];
  for (const candidate of candidates.toSorted(byWorth)) {
    const within = regionsOf(candidate.region_code, regions);
    if (left < 1 || within.some((code) => (regions.get(code) ?? 0) < 1)) {
      over.push(candidate);
      continue;
    }
    left -= 1;
    for (const code of within) regions.set(code, (regions.get(code) ?? 0) - 1);
    admitted.push(candidate);
  }
  return { admitted, over };
}

/** The budgets' regions in which a place lies. */
export const regionsOf = (regionCode: string, budgets: ReadonlyMap<string, unknown>): string[] =>
  [...budgets.keys()].filter((code) => regionCode.startsWith(code));
