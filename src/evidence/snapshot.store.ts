import { SNAPSHOT_CHANNEL } from '../ledgers/presence/presence.topics.ts';
import type { Clock } from '../platform/clock.ts';
import { type Queryable, type Tx, ts } from '../platform/db.ts';
import { derivedId } from '../platform/ids.ts';
import { missedReason, type PlannedStill } from './plan.ts';

export interface StillOrder {
  readonly triggerKind: 'settlement' | 'alert';
  readonly triggerId: string;
  readonly clinicCode: string;
  readonly stills: readonly PlannedStill[];
  readonly retentionClass: 'still' | 'alert';
}

/** Writes what is to be photographed; ordering the same again changes nothing. The camera process takes it from there. */
export async function orderStills(tx: Tx, clock: Clock, order: StillOrder): Promise<void> {
  for (const still of order.stills) {
    const inserted = await tx.query(
      `insert into snapshots (id, trigger_kind, trigger_id, clinic_code, camera_id, planned_at, clock_offset_ms, state,
         retention_class, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9) on conflict do nothing`,
      [
        derivedId('snapshot', order.triggerKind, order.triggerId, still.cameraId, ts(still.plannedAt)),
        order.triggerKind,
        order.triggerId,
        order.clinicCode,
        still.cameraId,
        ts(still.plannedAt),
        still.clockOffsetMs,
        order.retentionClass,
        ts(clock.now()),
      ],
    );
    if (inserted.rowCount > 0) await tx.query('select pg_notify($1, $2)', [SNAPSHOT_CHANNEL, still.cameraId]);
  }
}

const SWEEP_BATCH = 500;

/** Gives up the stills that nobody will take any more, each with its reason; answers how many. For housekeeping. */
export async function giveUpMissedStills(
  db: Queryable,
  options: { readonly clock: Clock; readonly graceMs: number; readonly ringMs: number },
): Promise<number> {
  const { clock, graceMs, ringMs } = options;
  const { rows } = await db.query<{
    id: string;
    planned_at: number;
    clock_offset_ms: number | null;
    until_at: number | null;
    state: string | null;
  }>(
    `select s.id, s.planned_at, s.clock_offset_ms, w.until_at, d.state
     from snapshots s
     left join camera_watermarks w on w.camera_id = s.camera_id
     left join lateral (select state from device_states
                        where camera_id = s.camera_id and from_at <= s.planned_at
                          and (to_at is null or to_at > s.planned_at)
                        order by from_at desc limit 1) d on true
     where s.state = 'pending' order by s.planned_at limit ${SWEEP_BATCH}`,
  );
  let missed = 0;
  for (const row of rows) {
    const reason = missedReason({
      plannedAt: row.planned_at,
      watermark: row.until_at,
      cameraState: row.state,
      now: clock.now() + (row.clock_offset_ms ?? 0),
      graceMs,
      ringMs,
    });
    if (reason === null) continue;
    const updated = await db.query(
      `update snapshots set state = 'missed', reason = $2 where id = $1 and state = 'pending'`,
      [row.id, reason],
    );
    missed += updated.rowCount;
  }
  return missed;
}
