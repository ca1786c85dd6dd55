import { type Queryable, type Tx, ts, tsOrNull } from '../../platform/db.ts';
import type { Determination } from './states.ts';

/** Who first said that it is a violation, and why. */
export interface Proposal {
  readonly determination: Determination;
  readonly grounds: string;
  readonly amountFen: number | null;
  readonly by: string;
  readonly person: string;
}

/** A row of `alert_flow`. Times in epoch ms, money in fen. */
export interface AlertFlow {
  readonly enteredAt: number;
  readonly firstBy: string | null;
  readonly firstPerson: string | null;
  readonly secondBy: string | null;
  readonly secondPerson: string | null;
  readonly askedAt: number | null;
  readonly question: string | null;
  readonly task: { readonly way: 'online' | 'on_site'; readonly text: string } | null;
  readonly verification: { readonly result: string; readonly officers: readonly string[] } | null;
  readonly proposal: Proposal | null;
  readonly determination: Determination | null;
  readonly determinedAt: number | null;
  readonly grounds: string | null;
  readonly amountFen: number | null;
  readonly appealedAt: number | null;
  readonly assignee: string | null;
  readonly lockedBy: string | null;
  readonly lockedUntil: number | null;
  readonly snoozedUntil: number | null;
  readonly snoozeNote: string | null;
  readonly escalatedAt: number | null;
}

export const NO_FLOW: Omit<AlertFlow, 'enteredAt'> = {
  firstBy: null,
  firstPerson: null,
  secondBy: null,
  secondPerson: null,
  askedAt: null,
  question: null,
  task: null,
  verification: null,
  proposal: null,
  determination: null,
  determinedAt: null,
  grounds: null,
  amountFen: null,
  appealedAt: null,
  assignee: null,
  lockedBy: null,
  lockedUntil: null,
  snoozedUntil: null,
  snoozeNote: null,
  escalatedAt: null,
};

export const FLOW_COLUMNS = `f.entered_at as "enteredAt", f.first_by as "firstBy", f.first_person as "firstPerson",
  f.second_by as "secondBy", f.second_person as "secondPerson", f.asked_at as "askedAt", f.question, f.task, f.verification,
  f.proposal, f.determination, f.determined_at as "determinedAt", f.grounds, f.amount_fen as "amountFen",
  f.appealed_at as "appealedAt", f.assignee, f.locked_by as "lockedBy", f.locked_until as "lockedUntil",
  f.snoozed_until as "snoozedUntil", f.snooze_note as "snoozeNote", f.escalated_at as "escalatedAt"`;

/** null: nobody has worked on it. */
export async function flowOf(db: Queryable, alertId: string): Promise<AlertFlow | null> {
  const { rows } = await db.query<AlertFlow & Record<string, unknown>>(
    `select ${FLOW_COLUMNS} from alert_flow f where f.alert_id = $1`,
    [alertId],
  );
  return rows[0] ?? null;
}

/** Inserts, or replaces. The alert's row is locked by the caller. */
export async function putFlow(tx: Tx, alertId: string, flow: AlertFlow): Promise<void> {
  const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
  await tx.query(
    `insert into alert_flow (alert_id, entered_at, first_by, first_person, second_by, second_person, asked_at, question, task,
       verification, proposal, determination, determined_at, grounds, amount_fen, appealed_at, assignee, locked_by, locked_until,
       snoozed_until, snooze_note, escalated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
     on conflict (alert_id) do update set (entered_at, first_by, first_person, second_by, second_person, asked_at, question, task,
       verification, proposal, determination, determined_at, grounds, amount_fen, appealed_at, assignee, locked_by, locked_until,
       snoozed_until, snooze_note, escalated_at)
     = row(excluded.entered_at, excluded.first_by, excluded.first_person, excluded.second_by, excluded.second_person,
       excluded.asked_at, excluded.question, excluded.task, excluded.verification, excluded.proposal, excluded.determination,
       excluded.determined_at, excluded.grounds, excluded.amount_fen, excluded.appealed_at, excluded.assignee, excluded.locked_by,
       excluded.locked_until, excluded.snoozed_until, excluded.snooze_note, excluded.escalated_at)`,
    [
      ...[alertId, ts(flow.enteredAt), flow.firstBy, flow.firstPerson, flow.secondBy, flow.secondPerson],
      ...[tsOrNull(flow.askedAt), flow.question, json(flow.task), json(flow.verification), json(flow.proposal)],
      ...[flow.determination, tsOrNull(flow.determinedAt), flow.grounds, flow.amountFen, tsOrNull(flow.appealedAt)],
      ...[flow.assignee, flow.lockedBy, tsOrNull(flow.lockedUntil)],
      ...[tsOrNull(flow.snoozedUntil), flow.snoozeNote, tsOrNull(flow.escalatedAt)],
    ],
  );
}
