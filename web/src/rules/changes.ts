import type { DraftRuleSetData } from '../api/generated/types.gen.ts';

export type Changes = DraftRuleSetData['body']['changes'];
export type Off = 'take_back' | 'leave' | 'on';

export interface RuleEdit {
  /** A rule's id, `window` or `decision`. */
  readonly target: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly off?: Off;
}

export interface Known {
  readonly name: string;
  readonly value: unknown;
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** What of an edit differs from the set in force; null when nothing does. */
export function changesOf(edit: RuleEdit, inForce: readonly Known[]): Changes | null {
  const now = new Map(inForce.map((known) => [known.name, known.value]));
  const values = Object.fromEntries(
    Object.entries(edit.values).filter(([name, value]) => value !== undefined && !same(value, now.get(name))),
  );
  const some = Object.keys(values).length > 0;
  if (edit.target === 'window') return some ? { window: values } : null;
  if (edit.target === 'decision') return some ? { decision: values } : null;
  if (!some && edit.off === undefined) return null;
  const off = edit.off === undefined ? {} : { off: edit.off === 'on' ? null : edit.off };
  return { rules: { [edit.target]: { ...off, ...(some && { parameters: values }) } } };
}

/** A text that a person may read, of any value of a parameter. */
export const valueText = (value: unknown): string =>
  value === null || value === undefined ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value);
