import type { GroundFinding, Stage } from './decide.ts';
import type { StandingRows } from './store-rows.ts';
import type { FindingRow } from './tables.ts';
import { byMoment, isOfVisit, parseVisitKey } from './visit-key.ts';

/** What stands of a visit: its settlements and trial, and all findings about it. */
export interface VisitStanding {
  readonly stage: Stage;
  readonly msgid: string;
  readonly at: number;
  readonly psnNo: string | null;
  /** The newest settlement that stands; null when none does. */
  readonly settlement: {
    readonly id: string;
    readonly setlId: string | null;
    readonly at: number;
  } | null;
  /** Of all settlements that stand. */
  readonly fundFen: number | null;
  readonly findings: readonly GroundFinding[];
}

/** @returns null when the visit has neither a registration, a trial nor a settlement */
export function visitStanding(
  visitKey: string,
  rows: Pick<StandingRows, 'events' | 'settlements'>,
  findings: readonly FindingRow[],
): VisitStanding | null {
  const key = parseVisitKey(visitKey);
  const events = rows.events
    .filter(({ kind }) => kind === 'registration' || kind === 'trial_settlement')
    .sort(byMoment);
  const settlements = rows.settlements.filter((row) => isOfVisit(key, row)).sort(byMoment);
  const last = settlements.at(-1) ?? events.at(-1);
  if (!last) return null;
  const standing = settlements.filter((row) => row.reversed_at === null);
  const newest = standing.at(-1) ?? null;
  const funds = standing.flatMap((row) => row.fund_fen ?? []);
  return {
    stage:
      settlements.length > 0
        ? 'settlement'
        : events.some(({ kind }) => kind === 'trial_settlement')
          ? 'trial'
          : 'registration',
    msgid: newest?.msgid ?? last.msgid,
    at: newest?.at ?? last.at,
    psnNo: newest?.psn_no ?? last.psn_no,
    settlement: newest && { id: newest.id, setlId: newest.setl_id, at: newest.at },
    fundFen: funds.length > 0 ? funds.reduce((sum, fen) => sum + fen, 0) : standing.length === 0 ? 0 : null,
    findings: findings
      .filter((row) => row.incident_key === visitKey && (row.outcome === 'hit' || row.outcome === 'undetermined'))
      .sort(byRule)
      .map(groundOf),
  };
}

const groundOf = (row: FindingRow): GroundFinding => ({
  ruleId: row.rule_id,
  ruleVersion: Number(row.rule_version),
  outcome: row.outcome,
  reason: row.reason,
  class: row.class,
  basis: row.basis,
  ofSettlement: row.subject_key.startsWith('settlement/'),
  firstAt: row.first_at,
  zh: row.evidence.zh,
  en: row.evidence.en,
});

/** In order of (rule, subject). */
export const byRule = (a: FindingRow, b: FindingRow): number =>
  a.rule_id !== b.rule_id
    ? a.rule_id < b.rule_id
      ? -1
      : 1
    : a.subject_key < b.subject_key
      ? -1
      : a.subject_key > b.subject_key
        ? 1
        : 0;
