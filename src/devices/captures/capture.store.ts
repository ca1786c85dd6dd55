import type { BlobStore } from '../../platform/blobs.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { type Db, type Queryable, type Tx, ts, tsOrNull } from '../../platform/db.ts';
import { derivedId } from '../../platform/ids.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { devicesCapture, devicesContact } from '../devices.topics.ts';
import { type CaptureBox, type CaptureRefusal, type IncomingCapture, mediaTypeOf, refusalOf } from './capture.ts';

export type CaptureProtocol = 'gat1400' | 'isapi';

/** A device that pushes captures of one camera. */
export interface CaptureDevice {
  readonly deviceId: string;
  readonly cameraId: string;
  readonly clinicCode: string;
  readonly protocol: CaptureProtocol;
  readonly enabled: boolean;
  readonly registeredAt: number | null;
  readonly sessionAddress: string | null;
  readonly heardAt: number | null;
  readonly beatAt: number | null;
  readonly contactSince: number | null;
  readonly capturedAt: number | null;
  readonly lateAt: number | null;
  /** The clinic's switch: without it pictures are not even stored. */
  readonly faceRecognition: boolean;
}

interface DeviceRow {
  device_id: string;
  camera_id: string;
  clinic_code: string;
  protocol: CaptureProtocol;
  secret_enc: Buffer;
  enabled: boolean;
  registered_at: number | null;
  session_address: string | null;
  heard_at: number | null;
  beat_at: number | null;
  contact_since: number | null;
  captured_at: number | null;
  late_at: number | null;
  face_recognition: boolean;
}

const COLUMNS = `d.device_id, d.camera_id, c.clinic_code, d.protocol, d.secret_enc, d.enabled, d.registered_at, d.session_address,
  d.heard_at, d.beat_at, d.contact_since, d.captured_at, d.late_at, k.face_recognition`;
const FROM = `capture_devices d join cameras c on c.id = d.camera_id join clinics k on k.code = c.clinic_code`;

const deviceOf = (row: DeviceRow): CaptureDevice => ({
  deviceId: row.device_id,
  cameraId: row.camera_id,
  clinicCode: row.clinic_code,
  protocol: row.protocol,
  enabled: row.enabled,
  registeredAt: row.registered_at,
  sessionAddress: row.session_address,
  heardAt: row.heard_at,
  beatAt: row.beat_at,
  contactSince: row.contact_since,
  capturedAt: row.captured_at,
  lateAt: row.late_at,
  faceRecognition: row.face_recognition,
});

export const secretContext = (deviceId: string): string => `capture-device:${deviceId}`;

/** A device that is switched on, with its secret opened; null: there is none. For those who check log-ins only. */
export async function deviceWithSecret(
  db: Queryable,
  keyring: Keyring,
  deviceId: string,
): Promise<{ readonly device: CaptureDevice; readonly secret: string } | null> {
  const { rows } = await db.query<DeviceRow & Record<string, unknown>>(
    `select ${COLUMNS} from ${FROM}
     where d.device_id = $1 and d.enabled and c.enabled`,
    [deviceId],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return { device: deviceOf(row), secret: keyring.openText('secret', row.secret_enc, secretContext(deviceId)) };
}

export async function captureDevices(
  db: Queryable,
  where: { readonly cameraId?: string; readonly clinicCode?: string },
): Promise<CaptureDevice[]> {
  const { rows } = await db.query<DeviceRow & Record<string, unknown>>(
    `select ${COLUMNS} from ${FROM}
     where ($1::text is null or d.camera_id = $1) and ($2::text is null or c.clinic_code = $2) order by d.device_id limit 1000`,
    [where.cameraId ?? null, where.clinicCode ?? null],
  );
  return rows.map(deviceOf);
}

/** Heartbeats further apart are a break: three of a minute. */
export const BREAK_MS = 180_000;

/** Notes a sign of life. @param beat it is a heartbeat, with the device's own time where it tells one */
export async function heardFrom(
  tx: Tx,
  deps: { readonly clock: Clock; readonly outbox: Outbox },
  device: CaptureDevice,
  beat: { readonly deviceAt: number | null } | null,
): Promise<void> {
  const now = deps.clock.now();
  await tx.query(
    `update capture_devices set heard_at = $2,
       contact_since = case when not $3 then contact_since
         when beat_at is null or beat_at < $4 then $2 else coalesce(contact_since, $2) end,
       beat_at = case when $3 then $2 else beat_at end,
       told_away = case when $3 then false else told_away end
     where device_id = $1`,
    [device.deviceId, ts(now), beat !== null, ts(now - BREAK_MS)],
  );
  if (beat === null) return;
  const clock = beat.deviceAt === null ? null : { deviceAt: beat.deviceAt, ourAt: now };
  await deps.outbox.add(tx, devicesContact, { cameraId: device.cameraId, clock }, { dedupeKey: device.cameraId });
}

/** What a picture may have at most, as it came. */
export const MOST_PICTURE_BYTES = 4 * 1024 * 1024;

export type Taken = 'new' | 'known' | CaptureRefusal;

/** Stores a capture to be looked at, or why it is of no use. The same again changes nothing. */
export async function takeCapture(
  tx: Tx,
  deps: {
    readonly clock: Clock;
    readonly outbox: Outbox;
    readonly blobs: BlobStore;
    readonly faceRecognition: boolean;
  },
  device: CaptureDevice,
  capture: IncomingCapture,
): Promise<Taken> {
  const now = deps.clock.now();
  const captureId = capture.captureId === '' ? `at ${capture.deviceAt ?? now}` : capture.captureId;
  const id = derivedId('capture', device.deviceId, captureId);
  const refusal = refusalOf(capture, now, MOST_PICTURE_BYTES);
  const known = await tx.query('select 1 from captures where id = $1', [id]);
  if (known.rowCount > 0) return 'known';
  const mediaType = capture.picture === null ? null : mediaTypeOf(capture.picture);
  const wanted = deps.faceRecognition && device.faceRecognition;
  const keep = wanted && capture.picture !== null && mediaType !== null && capture.picture.length <= MOST_PICTURE_BYTES;
  const blob = keep
    ? await deps.blobs.put(tx, capture.picture ?? Buffer.alloc(0), {
        mediaType: mediaType ?? 'image/jpeg',
        retentionClass: 'capture',
      })
    : null;
  const added = await tx.query(
    `insert into captures (id, device_id, camera_id, capture_id, device_at, received_at, state, reason, box, blob_sha256, decided_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing`,
    [
      ...[id, device.deviceId, device.cameraId, captureId.slice(0, 128), tsOrNull(capture.deviceAt), ts(now)],
      ...[refusal === null ? 'waiting' : 'quarantined', refusal],
      ...[capture.box === null ? null : JSON.stringify(capture.box), blob?.sha256 ?? null],
      refusal === null ? null : ts(now),
    ],
  );
  if (added.rowCount === 0) return 'known';
  if (refusal !== null) return refusal;
  await deps.outbox.add(tx, devicesCapture, { captureId: id }, { dedupeKey: id });
  return 'new';
}

export interface WaitingCapture {
  readonly id: string;
  readonly deviceId: string;
  readonly cameraId: string;
  readonly clinicCode: string;
  readonly faceRecognition: boolean;
  /** Device time. */
  readonly deviceAt: number;
  readonly receivedAt: number;
  readonly box: CaptureBox | null;
  readonly blobSha256: Buffer | null;
}

/** A capture that nobody has looked at yet; null: there is none. */
export async function waitingCapture(db: Queryable, id: string, lock = false): Promise<WaitingCapture | null> {
  const { rows } = await db.query<{
    id: string;
    device_id: string;
    camera_id: string;
    clinic_code: string;
    face_recognition: boolean;
    device_at: number;
    received_at: number;
    box: CaptureBox | null;
    blob_sha256: Buffer | null;
  }>(
    `select p.id, p.device_id, p.camera_id, c.clinic_code, k.face_recognition, p.device_at, p.received_at, p.box, p.blob_sha256
     from captures p join cameras c on c.id = p.camera_id join clinics k on k.code = c.clinic_code
     where p.id = $1 and p.state = 'waiting'${lock ? ' for update of p' : ''}`,
    [id],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    id: row.id,
    deviceId: row.device_id,
    cameraId: row.camera_id,
    clinicCode: row.clinic_code,
    faceRecognition: row.face_recognition,
    deviceAt: row.device_at,
    receivedAt: row.received_at,
    box: row.box,
    blobSha256: row.blob_sha256,
  };
}

export async function decideCapture(
  tx: Tx,
  clock: Clock,
  id: string,
  decision: { readonly appearanceId: string } | { readonly refusal: CaptureRefusal },
): Promise<void> {
  const accepted = 'appearanceId' in decision;
  await tx.query(
    `update captures set state = $2, reason = $3, appearance_id = $4, decided_at = $5,
       blob_sha256 = case when $2 = 'accepted' then null else blob_sha256 end
     where id = $1`,
    [
      id,
      accepted ? 'accepted' : 'quarantined',
      accepted ? null : decision.refusal,
      accepted ? decision.appearanceId : null,
      ts(clock.now()),
    ],
  );
}

const KEPT_MS = 30 * 86_400_000;

/** Devices that fell silent get a job that says so; what was decided long ago is forgotten. Run now and then. */
export async function captureChores(deps: {
  readonly db: Db;
  readonly clock: Clock;
  readonly outbox: Outbox;
}): Promise<void> {
  const { db, clock, outbox } = deps;
  const now = clock.now();
  await db.transaction(async (tx) => {
    const { rows } = await tx.query<{ camera_id: string }>(
      `update capture_devices set told_away = true, session_address = null
       where beat_at is not null and beat_at < $1 and not told_away returning camera_id`,
      [ts(now - BREAK_MS)],
    );
    for (const row of rows)
      await outbox.add(tx, devicesContact, { cameraId: row.camera_id, clock: null }, { dedupeKey: row.camera_id });
    await tx.query(`delete from captures where state <> 'waiting' and received_at < $1`, [ts(now - KEPT_MS)]);
  });
}
