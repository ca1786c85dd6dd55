import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { tellOutbox } from '../../platform/tell.ts';
import { pgPresenceRows } from './pg-store.ts';
import { presenceDevice } from './presence.topics.ts';
import type { PresenceStore } from './store.ts';

/** `unknown`: nobody watched. Only `ok` counts as seeing. */
export const DEVICE_STATES = [
  'ok',
  'offline',
  'dark',
  'frozen',
  'covered',
  'moved',
  'defocused',
  'low_bit_rate',
  'gaps',
  'unknown',
] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

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

/**
 * Writes a state of a camera, or its end, and leaves word for reconcile. One state begins at one moment: the later word
 * stands. @param clock false: its clock is known to stand as it stood. @returns whether it said anything new
 */
export async function registerDeviceState(
  store: Pick<PresenceStore, 'putDeviceState' | 'tell'>,
  clinicCode: string,
  interval: DeviceInterval,
  clock?: boolean,
): Promise<boolean> {
  const { id, cameraId, state, from, to, reason } = interval;
  const stateId = await store.putDeviceState({ id, camera_id: cameraId, state, from_at: from, to_at: to, reason });
  if (stateId === null) return false;
  await tellDeviceState(store, clinicCode, { ...interval, id: stateId }, clock);
  return true;
}

export async function tellDeviceState(
  store: Pick<PresenceStore, 'tell'>,
  clinicCode: string,
  { id, cameraId, state, from, to }: DeviceInterval,
  clock?: boolean,
): Promise<void> {
  const payload = { stateId: id, cameraId, clinicCode, state, from, to, ...(clock === undefined ? {} : { clock }) };
  await store.tell(presenceDevice, [{ payload, options: { dedupeKey: id } }]);
}

export async function putDeviceState(
  tx: Tx,
  outbox: Outbox,
  clinicCode: string,
  interval: DeviceInterval,
): Promise<void> {
  await registerDeviceState({ ...pgPresenceRows(tx), tell: tellOutbox(tx, outbox) }, clinicCode, interval);
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
