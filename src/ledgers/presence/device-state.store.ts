import { type Queryable, type Tx, ts, tsOrNull } from '../../platform/db.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { presenceDevice } from './presence.topics.ts';

/** `unknown`: nobody watched. Only `ok` counts as seeing. */
export type DeviceState = 'ok' | 'offline' | 'dark' | 'frozen' | 'covered' | 'moved' | 'unknown';

export interface DeviceInterval {
  readonly id: string;
  readonly cameraId: string;
  readonly state: DeviceState;
  /** Device time, epoch ms. */
  readonly from: number;
  /** Null: until the camera's next state. */
  readonly to: number | null;
  readonly reason: string | null;
}

interface Row {
  id: string;
  camera_id: string;
  state: DeviceState;
  from_at: number;
  to_at: number | null;
  reason: string | null;
}

const COLUMNS = 'id, camera_id, state, from_at, to_at, reason';
const intervalOf = (row: Row): DeviceInterval => ({
  id: row.id,
  cameraId: row.camera_id,
  state: row.state,
  from: row.from_at,
  to: row.to_at,
  reason: row.reason,
});

/** Writes a state of a camera, or its end, and leaves word for reconcile. One state begins at one moment: the later word stands. */
export async function putDeviceState(
  tx: Tx,
  outbox: Outbox,
  clinicCode: string,
  interval: DeviceInterval,
): Promise<void> {
  const { id, cameraId, state, from, to, reason } = interval;
  const { rows } = await tx.query<{ id: string }>(
    `insert into device_states (id, camera_id, state, from_at, to_at, reason) values ($1, $2, $3, $4, $5, $6)
     on conflict (camera_id, from_at) do update set state = excluded.state, to_at = excluded.to_at, reason = excluded.reason
     where (device_states.state, device_states.to_at) is distinct from (excluded.state, excluded.to_at)
     returning id`,
    [id, cameraId, state, ts(from), tsOrNull(to), reason],
  );
  const stateId = rows[0]?.id;
  if (stateId === undefined) return;
  await outbox.add(tx, presenceDevice, { stateId, cameraId, clinicCode, state, from, to }, { dedupeKey: stateId });
}

/** The state that has no end yet. */
export async function currentDeviceState(db: Queryable, cameraId: string): Promise<DeviceInterval | null> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from device_states where camera_id = $1 and to_at is null order by from_at desc limit 1`,
    [cameraId],
  );
  return rows[0] ? intervalOf(rows[0]) : null;
}

/** States of some cameras that overlap a stretch of device time, oldest first. */
export async function deviceStatesIn(
  db: Queryable,
  cameraIds: readonly string[],
  from: number,
  to: number,
): Promise<DeviceInterval[]> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from device_states
     where camera_id = any($1::text[]) and from_at < $3 and (to_at is null or to_at > $2) order by camera_id, from_at`,
    [cameraIds, ts(from), ts(to)],
  );
  return rows.map(intervalOf);
}
