/** Pure: which of what was not shown is checked. */

export interface Drawable {
  readonly alert_id: string;
  /** Keys of its rules; the first is the one by which it is drawn. */
  readonly rules: readonly string[];
}

export interface Draw<C> {
  readonly drawn: readonly C[];
  /** By rule: how many there were, and how many of them were taken. */
  readonly counts: ReadonlyMap<string, { readonly waited: number; readonly sampled: number }>;
}

export const leadRule = ({ rules }: Drawable): string => rules[0] ?? 'none';

/**
 * Takes `most` of them, rule by rule in turn, so that a rule with few alerts is checked too; within a rule by the lot, which the
 * seed and the alert alone decide. @param lotOf a text that looks like chance
 */
export function draw<C extends Drawable>(
  from: readonly C[],
  most: number,
  lotOf: (alertId: string) => string,
): Draw<C> {
  const byRule = new Map<string, { readonly row: C; readonly lot: string }[]>();
  for (const row of from) {
    const rule = leadRule(row);
    const group = byRule.get(rule) ?? [];
    group.push({ row, lot: lotOf(row.alert_id) });
    byRule.set(rule, group);
  }
  for (const group of byRule.values()) group.sort((a, b) => (a.lot < b.lot ? -1 : a.lot > b.lot ? 1 : 0));
  // Which rule is first is up to the lot too, or rules at the end of the alphabet were never checked on a busy day.
  const order = [...byRule.keys()].sort((a, b) =>
    compare(byRule.get(a)?.[0]?.lot ?? '', byRule.get(b)?.[0]?.lot ?? ''),
  );
  const drawn: C[] = [];
  const sampled = new Map<string, number>();
  for (let turn = 0; drawn.length < Math.min(most, from.length); turn++) {
    for (const rule of order) {
      const next = byRule.get(rule)?.[turn];
      if (next === undefined || drawn.length >= most) continue;
      drawn.push(next.row);
      sampled.set(rule, (sampled.get(rule) ?? 0) + 1);
    }
  }
  const counts = new Map(
    [...byRule]
      .sort(([a], [b]) => compare(a, b))
      .map(([rule, group]) => [rule, { waited: group.length, sampled: sampled.get(rule) ?? 0 }]),
  );
  return { drawn, counts };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
