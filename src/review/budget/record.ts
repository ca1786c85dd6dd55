import type { RuleRecord } from './rating.ts';
import type { RuleRecordRow } from './tables.ts';

const DAY_MS = 86_400_000;

/** Pure: what reviewers found, as much as it counts at a moment: half of it after each half-life. */
export function recordAt(row: RuleRecordRow, now: number, halfLifeDays: number): RuleRecord {
  const left = 2 ** (-Math.max(0, now - row.as_of) / (halfLifeDays * DAY_MS));
  return { confirmed: row.confirmed * left, excluded: row.excluded * left, claimed: row.claimed * left };
}

/** One more answer of a reviewer, or one taken back (`weight` negative: as much as is left of it). */
export function withAnswer(
  row: RuleRecordRow | undefined,
  answer: { readonly key: string; readonly right: boolean; readonly claimed: number; readonly weight: number },
  now: number,
  halfLifeDays: number,
): RuleRecordRow {
  const before = row === undefined ? { confirmed: 0, excluded: 0, claimed: 0 } : recordAt(row, now, halfLifeDays);
  const { weight } = answer;
  return {
    rule_key: answer.key,
    confirmed: Math.max(0, before.confirmed + (answer.right ? weight : 0)),
    excluded: Math.max(0, before.excluded + (answer.right ? 0 : weight)),
    claimed: Math.max(0, before.claimed + answer.claimed * weight),
    as_of: now,
  };
}
