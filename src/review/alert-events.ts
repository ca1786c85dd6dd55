import { type Queryable, type Tx, ts } from '../platform/db.ts';
import type { AlertState } from './flow/states.ts';
import type { Step } from './flow/transitions.ts';

export const ALERT_CHANNEL = 'claimsight_alerts';

/** Any constant that nothing else in the database takes. */
const EVENT_ORDER_LOCK = 4116_0007;

export type AlertAction =
  | Step
  | 'raised'
  | 'revised'
  | 'withdrawn'
  | 'returned'
  /** The last step was taken back; its name is the reason. */
  | 'undone'
  | 'assigned'
  | 'snoozed'
  | 'escalated'
  /** It passed the alarm budget, and stands on reviewers' screens from now on. */
  | 'shown'
  /** What stood there as a matter of cameras or data became a suspicion, which waits for its turn. */
  | 'waits'
  /** The findings of an alert that people closed, or have gone on with, went away; it stays where it is. */
  | 'settled';

/**
 * Writes one line of an alert's history and wakes the live streams. The number is given under a lock that is held until
 * the commit, so that whoever has read number n has read all before it. Call it last in a transaction: everyone waits.
 */
export async function appendAlertEvent(
  tx: Tx,
  event: {
    readonly alertId: string;
    readonly at: number;
    readonly actor: string;
    readonly action: AlertAction;
    readonly reason?: string | null;
    readonly detail?: Readonly<Record<string, unknown>>;
    /** Whether it stands on reviewers' screens; default: yes. */
    readonly shown?: boolean;
    /** Of what changes its state. */
    readonly from?: AlertState;
    readonly to?: AlertState;
    /** Of a person's step: what stood before, for taking it back. */
    readonly before?: Readonly<Record<string, unknown>>;
    /** Number of the step that this takes back. */
    readonly undoes?: number;
  },
): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [EVENT_ORDER_LOCK]);
  await tx.query(
    `insert into alert_events (seq, alert_id, at, actor, action, reason, detail, shown, from_state, to_state, before, undoes)
     select coalesce(max(seq), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 from alert_events`,
    [
      event.alertId,
      ts(event.at),
      event.actor,
      event.action,
      event.reason ?? null,
      event.detail === undefined ? null : JSON.stringify(event.detail),
      event.shown ?? true,
      event.from ?? null,
      event.to ?? null,
      event.before === undefined ? null : JSON.stringify(event.before),
      event.undoes ?? null,
    ],
  );
  await tx.query('select pg_notify($1, $2)', [ALERT_CHANNEL, '']);
}

export async function newestSeq(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ seq: number }>('select coalesce(max(seq), 0) as seq from alert_events');
  return rows[0]?.seq ?? 0;
}
