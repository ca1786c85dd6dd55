import { type Queryable, type Tx, ts } from '../platform/db.ts';

export const ALERT_CHANNEL = 'claimsight_alerts';

/** Any constant that nothing else in the database takes. */
const EVENT_ORDER_LOCK = 4116_0007;

export type AlertAction =
  | 'raised'
  | 'revised'
  | 'withdrawn'
  | 'returned'
  | 'acknowledged'
  | 'dismissed'
  | 'reopened'
  | 'confirmed'
  /** It passed the alarm budget, and stands on reviewers' screens from now on. */
  | 'shown'
  /** What stood there as a matter of cameras or data became a suspicion, which waits for its turn. */
  | 'waits'
  /** A dismissed alert's findings went away; it stays dismissed. */
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
  },
): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [EVENT_ORDER_LOCK]);
  await tx.query(
    `insert into alert_events (seq, alert_id, at, actor, action, reason, detail, shown)
     select coalesce(max(seq), 0) + 1, $1, $2, $3, $4, $5, $6, $7 from alert_events`,
    [
      event.alertId,
      ts(event.at),
      event.actor,
      event.action,
      event.reason ?? null,
      event.detail === undefined ? null : JSON.stringify(event.detail),
      event.shown ?? true,
    ],
  );
  await tx.query('select pg_notify($1, $2)', [ALERT_CHANNEL, '']);
}

export async function newestSeq(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ seq: number }>('select coalesce(max(seq), 0) as seq from alert_events');
  return rows[0]?.seq ?? 0;
}
