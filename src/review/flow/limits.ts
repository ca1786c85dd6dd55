import type { Clock } from '../../platform/clock.ts';
import { type Db, ts, tsOrNull } from '../../platform/db.ts';
import { appendAlertEvent } from '../alert-events.ts';
import { flowOf, NO_FLOW, putFlow } from './flow.store.ts';
import type { FlowPolicy } from './policy.ts';
import type { AlertState } from './states.ts';

const BATCH = 200;
const CLOCK = 'system:limits';

export interface LimitDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly flow: FlowPolicy;
}

/**
 * What time does to alerts: those that came onto the screens get their limit, a clinic that did not explain in time is overdue
 * (which is no confession), and what lies too long goes up. @returns how many it moved
 */
export async function keepLimits(deps: LimitDeps): Promise<number> {
  return (await setLimits(deps)) + (await lapse(deps)) + (await escalate(deps));
}

async function setLimits({ db, flow }: LimitDeps): Promise<number> {
  const limited = Object.keys(flow.limits);
  const { rows } = await db.query<{ id: string; state: AlertState; entered_at: number }>(
    `select a.id, a.state, coalesce(f.entered_at, a.shown_at) as entered_at
     from alerts a left join alert_flow f on f.alert_id = a.id
     where a.due_at is null and a.shown_at is not null and a.state = any($1::text[]) limit ${BATCH * 5}`,
    [limited],
  );
  for (const row of rows) {
    await db.query('update alerts set due_at = $3 where id = $1 and state = $2 and due_at is null', [
      row.id,
      row.state,
      tsOrNull(flow.dueAt(row.state, row.entered_at)),
    ]);
  }
  return rows.length;
}

async function lapse({ db, clock, flow }: LimitDeps): Promise<number> {
  const now = clock.now();
  const { rows } = await db.query<{ id: string }>(
    `select id from alerts where state = 'asked' and due_at < $1 order by due_at limit ${BATCH}`,
    [ts(now)],
  );
  for (const { id } of rows) {
    await db.transaction(async (tx) => {
      const { rowCount } = await tx.query(
        `update alerts set state = 'overdue', due_at = $3, updated_at = $2, version = version + 1
         where id = $1 and state = 'asked' and due_at < $2`,
        [id, ts(now), tsOrNull(flow.dueAt('overdue', now))],
      );
      if (rowCount === 0) return;
      await tx.query('update alert_flow set entered_at = $2 where alert_id = $1', [id, ts(now)]);
      await appendAlertEvent(tx, { alertId: id, at: now, actor: CLOCK, action: 'lapse', from: 'asked', to: 'overdue' });
    });
  }
  return rows.length;
}

async function escalate({ db, clock, flow }: LimitDeps): Promise<number> {
  const now = clock.now();
  const { rows } = await db.query<{ id: string; due_at: number }>(
    `select a.id, a.due_at from alerts a left join alert_flow f on f.alert_id = a.id
     where a.due_at < $1 and a.state <> 'asked' and f.escalated_at is null order by a.due_at limit ${BATCH}`,
    [ts(now)],
  );
  const late = rows.filter(({ due_at }) => flow.later(due_at, flow.escalateAfter) <= now);
  for (const { id } of late) await db.transaction((tx) => markEscalated(tx, { id, now, actor: CLOCK, note: null }));
  return late.length;
}

/** Sends an alert up to whoever directs the work; again is no harm. */
export async function markEscalated(
  tx: Parameters<Parameters<Db['transaction']>[0]>[0],
  alert: { readonly id: string; readonly now: number; readonly actor: string; readonly note: string | null },
): Promise<void> {
  const { id, now, actor, note } = alert;
  const { rows } = await tx.query<{ state: AlertState; at: number; shown: boolean }>(
    `select state, coalesce(shown_at, raised_at) as at, queue_state = 'shown' as shown from alerts where id = $1 for update`,
    [id],
  );
  const [stored] = rows;
  if (stored === undefined) return;
  const flow = (await flowOf(tx, id)) ?? { ...NO_FLOW, enteredAt: stored.at };
  if (flow.escalatedAt !== null) return;
  await putFlow(tx, id, { ...flow, escalatedAt: now });
  await tx.query('update alerts set updated_at = $2, version = version + 1 where id = $1', [id, ts(now)]);
  await appendAlertEvent(tx, {
    alertId: id,
    at: now,
    actor,
    action: 'escalated',
    shown: stored.shown,
    ...(note === null ? {} : { detail: { note } }),
  });
}
