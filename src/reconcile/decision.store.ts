import { type Queryable, type Tx, ts, tsOrNull } from '../platform/db.ts';
import { derivedId } from '../platform/ids.ts';
import type { DecisionLevel, DecisionReason, DecisionState, GroundFinding, ReleaseReason, Stage } from './decide.ts';
import { parseVisitKey } from './gather-visit.ts';

/** A row of `decisions`. */
export interface StoredDecision {
  readonly id: string;
  readonly subjectKey: string;
  readonly clinicCode: string;
  readonly psnNo: string | null;
  readonly mdtrtId: string | null;
  readonly setlId: string | null;
  readonly settlementId: string | null;
  readonly msgid: string;
  readonly clearingMonth: string;
  readonly fundFen: number | null;
  readonly decision: DecisionLevel;
  readonly reasons: readonly DecisionReason[];
  readonly deadlineAt: number | null;
  readonly alternative: { readonly kind: string; readonly zh: string; readonly en: string } | null;
  readonly state: DecisionState;
  readonly releaseReason: ReleaseReason | null;
  readonly assessmentId: string | null;
  readonly decidedAt: number;
  readonly updatedAt: number;
  readonly everHeld: boolean;
}

export const DECISION_COLUMNS = `id, subject_key as "subjectKey", clinic_code as "clinicCode", psn_no as "psnNo", mdtrt_id as "mdtrtId",
  setl_id as "setlId", settlement_id as "settlementId", msgid, clearing_month as "clearingMonth", fund_fen as "fundFen",
  decision, reasons, deadline_at as "deadlineAt", alternative, state, release_reason as "releaseReason",
  assessment_id as "assessmentId", decided_at as "decidedAt", updated_at as "updatedAt", ever_held as "everHeld"`;

export const decisionIdOf = (visitKey: string): string => derivedId('decision', visitKey);

/** The decision of a visit, locked for the transaction when asked for. */
export async function decisionOf(
  db: Queryable,
  by: { readonly visitKey: string } | { readonly id: string },
  lock = false,
): Promise<StoredDecision | null> {
  const { rows } = await db.query<StoredDecision>(
    `select ${DECISION_COLUMNS} from decisions where ${'id' in by ? 'id' : 'subject_key'} = $1${lock ? ' for update' : ''}`,
    ['id' in by ? by.id : by.visitKey],
  );
  return rows[0] ?? null;
}

/** What stands of a visit: its settlements and trial, and all findings about it. One query. */
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

interface EventJson {
  kind: string;
  at: number;
  msgid: string;
  psnNo: string | null;
}
interface SettlementJson {
  id: string;
  at: number;
  msgid: string;
  setlId: string | null;
  psnNo: string | null;
  fundFen: number | null;
  reversed: boolean;
}
interface FindingJson extends Omit<GroundFinding, 'ruleVersion'> {
  ruleVersion: string;
}

/** @returns null when the visit has neither a registration, a trial nor a settlement */
export async function visitStanding(db: Queryable, visitKey: string): Promise<VisitStanding | null> {
  const key = parseVisitKey(visitKey);
  const values = 'msgid' in key ? [visitKey, key.msgid] : [visitKey, key.mdtrtId, key.clinicCode];
  const match = 'msgid' in key ? 'x.msgid = $2' : 'x.mdtrt_id = $2 and x.clinic_code = $3';
  const { rows } = await db.query<{
    events: EventJson[] | null;
    settlements: SettlementJson[] | null;
    findings: FindingJson[] | null;
  }>(
    `select
       (select json_agg(json_build_object('kind', x.kind, 'at', (extract(epoch from x.at) * 1000)::bigint, 'msgid', x.msgid, 'psnNo', x.psn_no) order by x.at, x.id)
        from claim_events x where ${match} and x.kind in ('registration', 'trial_settlement')) as events,
       (select json_agg(json_build_object('id', x.id, 'at', (extract(epoch from x.at) * 1000)::bigint, 'msgid', x.msgid, 'setlId', x.setl_id,
          'psnNo', x.psn_no, 'fundFen', x.fund_fen, 'reversed', x.reversed_at is not null) order by x.at, x.id)
        from settlements x where ${match}) as settlements,
       (select json_agg(json_build_object('ruleId', f.rule_id, 'ruleVersion', f.rule_version, 'outcome', f.outcome, 'reason', f.reason,
          'class', f.class, 'zh', f.evidence ->> 'zh', 'en', f.evidence ->> 'en') order by f.rule_id, f.subject_key)
        from findings f where f.incident_key = $1 and f.outcome in ('hit', 'undetermined')) as findings`,
    values,
  );
  const row = rows[0];
  const events = row?.events ?? [];
  const settlements = row?.settlements ?? [];
  const last = settlements.at(-1) ?? events.at(-1);
  if (!row || !last) return null;
  const standing = settlements.filter(({ reversed }) => !reversed);
  const newest = standing.at(-1) ?? null;
  const funds = standing.flatMap(({ fundFen }) => fundFen ?? []);
  return {
    stage:
      settlements.length > 0
        ? 'settlement'
        : events.some(({ kind }) => kind === 'trial_settlement')
          ? 'trial'
          : 'registration',
    msgid: newest?.msgid ?? last.msgid,
    at: newest?.at ?? last.at,
    psnNo: newest?.psnNo ?? last.psnNo,
    settlement: newest && { id: newest.id, setlId: newest.setlId, at: newest.at },
    fundFen: funds.length > 0 ? funds.reduce((sum, fen) => sum + fen, 0) : standing.length === 0 ? 0 : null,
    findings: (row.findings ?? []).map((finding) => ({ ...finding, ruleVersion: Number(finding.ruleVersion) })),
  };
}

export async function putDecision(tx: Tx, decision: StoredDecision): Promise<void> {
  await tx.query(
    `insert into decisions (id, subject_key, clinic_code, psn_no, mdtrt_id, setl_id, settlement_id, msgid, clearing_month,
       fund_fen, decision, reasons, deadline_at, alternative, state, release_reason, assessment_id, decided_at, updated_at, ever_held)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
     on conflict (subject_key) do update set psn_no = excluded.psn_no, mdtrt_id = excluded.mdtrt_id,
       setl_id = excluded.setl_id, settlement_id = excluded.settlement_id, msgid = excluded.msgid,
       clearing_month = excluded.clearing_month, fund_fen = excluded.fund_fen, decision = excluded.decision,
       reasons = excluded.reasons, deadline_at = excluded.deadline_at, alternative = excluded.alternative,
       state = excluded.state, release_reason = excluded.release_reason, assessment_id = excluded.assessment_id,
       updated_at = excluded.updated_at, ever_held = excluded.ever_held`,
    [
      decision.id,
      decision.subjectKey,
      decision.clinicCode,
      decision.psnNo,
      decision.mdtrtId,
      decision.setlId,
      decision.settlementId,
      decision.msgid,
      decision.clearingMonth,
      decision.fundFen,
      decision.decision,
      JSON.stringify(decision.reasons),
      tsOrNull(decision.deadlineAt),
      decision.alternative === null ? null : JSON.stringify(decision.alternative),
      decision.state,
      decision.releaseReason,
      decision.assessmentId,
      ts(decision.decidedAt),
      ts(decision.updatedAt),
      decision.everHeld,
    ],
  );
}

export interface DecisionEvent {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly note: string | null;
}

/** Appends to a decision's history. */
export async function addDecisionEvent(tx: Tx, decisionId: string, event: DecisionEvent): Promise<void> {
  await tx.query(
    'insert into decision_events (decision_id, at, actor, action, before, after, note) values ($1, $2, $3, $4, $5, $6, $7)',
    [
      decisionId,
      ts(event.at),
      event.actor,
      event.action,
      event.before === null ? null : JSON.stringify(event.before),
      event.after === null ? null : JSON.stringify(event.after),
      event.note,
    ],
  );
}

export async function decisionEvents(db: Queryable, decisionId: string): Promise<DecisionEvent[]> {
  const { rows } = await db.query<DecisionEvent>(
    'select at, actor, action, before, after, note from decision_events where decision_id = $1 order by id',
    [decisionId],
  );
  return rows;
}

/** What history tells of a decision's state. */
export const snapshotOf = (decision: StoredDecision | null) =>
  decision && {
    decision: decision.decision,
    state: decision.state,
    deadline: tsOrNull(decision.deadlineAt),
    reasons: decision.reasons.map(({ rule, code }) => `${rule ?? ''}:${code}`),
    releaseReason: decision.releaseReason,
  };
