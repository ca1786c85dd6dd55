import { decideCapture, type WaitingCapture, waitingCapture } from '../../devices/captures/capture.store.ts';
import type { CaptureRefusal } from '../../devices/captures/capture.ts';
import { devicesCapture, devicesContact } from '../../devices/devices.topics.ts';
import { createPgDeviceStore } from '../../devices/pg-store.ts';
import type { FaceAnalyzer } from '../../faces/analyzer.ts';
import { type AppearanceInput, appearancesSince, putAppearance } from '../../ledgers/presence/appearance.store.ts';
import { currentDeviceState, registerDeviceState } from '../../ledgers/presence/device-state.store.ts';
import { takeDevice } from '../../ledgers/presence/feed-lines.ts';
import { createPgPresenceStore } from '../../ledgers/presence/pg-store.ts';
import { advanceWatermark } from '../../ledgers/presence/watermark.store.ts';
import { decodeImage } from '../../media/decode-image.ts';
import type { RgbImage } from '../../media/image.ts';
import { encodeJpeg } from '../../media/still.ts';
import { getTemplates } from '../../people/template.store.ts';
import type { BlobStore } from '../../platform/blobs.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { type Db, type Tx, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { derivedId } from '../../platform/ids.ts';
import { defineHandler, type Handler, type Outbox } from '../../platform/outbox.ts';
import { DEFAULT_LIKENESS, type LikenessLimits } from '../face-reader.ts';
import { isLate, offsetFromArrivals, promiseOf } from './contact.ts';
import { type CaptureReading, readCapture } from './read-capture.ts';

export interface CaptureHandlerDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly blobs: BlobStore;
  readonly outbox: Outbox;
  /** Null: face recognition is off; captures are counted, and their pictures forgotten. */
  readonly analyzer: FaceAnalyzer | null;
  /** Of the model in use. */
  readonly likeness?: LikenessLimits;
}

/** One person stays before a camera that tells each look by itself: captures of one face so close together are one appearance. */
const SAME_VISIT_MS = 90_000;
const SAMPLES = 12;

/** Looks at a pushed picture: a face of it becomes an appearance, anything else is set aside with its reason. */
export const captureHandler = (deps: CaptureHandlerDeps): Handler =>
  defineHandler(devicesCapture, async ({ payload, once }) => {
    const { db, analyzer } = deps;
    const capture = await waitingCapture(db, payload.captureId);
    if (capture === null) return;
    const looked = await look(deps, capture, capture.faceRecognition ? analyzer : null);
    await once(async (tx) => {
      // Captures of one camera are joined to visits: one after the other.
      await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`capture:${capture.cameraId}`]);
      if ((await waitingCapture(tx, capture.id, true)) === null) return;
      if ('refusal' in looked) {
        await decideCapture(tx, deps.clock, capture.id, looked);
        return;
      }
      const appearanceId = await keep(tx, deps, capture, looked);
      await decideCapture(tx, deps.clock, capture.id, { appearanceId });
      await learn(tx, deps, capture);
    });
  });

interface Looked extends CaptureReading {
  /** The face's own picture; null where pictures are not kept. */
  readonly shot: { readonly jpeg: Buffer; readonly image: RgbImage } | null;
}

async function look(
  deps: CaptureHandlerDeps,
  capture: WaitingCapture,
  analyzer: FaceAnalyzer | null,
): Promise<Looked | { readonly refusal: CaptureRefusal }> {
  if (analyzer === null) return { template: null, quality: 0, box: null, shot: null };
  if (capture.blobSha256 === null) return { refusal: 'no_picture' };
  try {
    const image = await decodeImage(await deps.blobs.get(capture.blobSha256), { maxSide: 2048 });
    const reading = await readCapture(analyzer, image, capture.box);
    if (reading === null) return { refusal: 'no_face' };
    return { ...reading.reading, shot: { jpeg: await encodeJpeg(reading.crop), image: reading.crop } };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.code === 'unsupported_media') return { refusal: 'not_a_picture' };
    if (error.code === 'payload_too_large') return { refusal: 'too_large' };
    if (error.code === 'not_found') return { refusal: 'file_lost' };
    throw error;
  }
}

/** Stores the face as an appearance, or adds it to the one that it continues. @returns the appearance's id */
async function keep(tx: Tx, deps: CaptureHandlerDeps, capture: WaitingCapture, looked: Looked): Promise<string> {
  const { cameraId, clinicCode, deviceAt } = capture;
  const continued = await continuedBy(tx, deps, capture, looked);
  const shots: AppearanceInput['shots'] =
    looked.shot === null || looked.box === null
      ? []
      : [
          {
            at: deviceAt,
            quality: looked.quality,
            box: looked.box,
            frame: { width: looked.shot.image.width, height: looked.shot.image.height },
            jpeg: looked.shot.jpeg,
          },
        ];
  const template = looked.template;
  const common = { cameraId, clinicCode, state: 'closed' as const };
  if (continued === null) {
    const id = derivedId('capture-appearance', capture.id);
    await putAppearance(tx, deps, {
      ...common,
      id,
      from: deviceAt,
      to: deviceAt,
      faces: 1,
      quality: looked.quality,
      template,
      shots,
    });
    return id;
  }
  const better = looked.quality > continued.quality || continued.template === null;
  await putAppearance(tx, deps, {
    ...common,
    id: continued.id,
    from: continued.from,
    to: Math.max(continued.to, deviceAt),
    faces: continued.faces + 1,
    quality: better ? looked.quality : continued.quality,
    template: better ? template : continued.template,
    // The shots of an appearance are those that it is told with: the better one stands.
    shots: better ? shots : continued.shots,
  });
  return continued.id;
}

type Continued = Pick<AppearanceInput, 'id' | 'from' | 'to' | 'faces' | 'quality' | 'template' | 'shots'>;

/** The appearance that this face continues: of the same camera, close by, and certainly the same face. */
async function continuedBy(
  tx: Tx,
  deps: CaptureHandlerDeps,
  capture: WaitingCapture,
  looked: Looked,
): Promise<Continued | null> {
  const mine = looked.template;
  if (mine === null) return null;
  const near = (await appearancesSince(tx, capture.cameraId, capture.deviceAt - SAME_VISIT_MS)).filter(
    (each) => each.from <= capture.deviceAt && capture.deviceAt - each.to <= SAME_VISIT_MS && each.templateId !== null,
  );
  const templates = await getTemplates(
    tx,
    deps.keyring,
    near.flatMap(({ templateId }) => templateId ?? []),
  );
  for (const each of near.toReversed()) {
    const known = templates.get(each.templateId ?? '');
    if (known === undefined || known.modelVersion !== mine.version) continue;
    const cosine = known.template.reduce((sum, value, i) => sum + value * (mine.vector[i] ?? 0), 0);
    if (cosine < (deps.likeness ?? DEFAULT_LIKENESS).sameFrom) continue;
    return {
      ...each,
      template: {
        version: known.modelVersion,
        vector: known.template,
        ...(known.also && {
          also: known.also.map(({ modelVersion, template }) => ({ version: modelVersion, vector: template })),
        }),
      },
      shots: await shotsOf(tx, deps, each.id),
    };
  }
  return null;
}

async function shotsOf(tx: Tx, deps: CaptureHandlerDeps, appearanceId: string): Promise<AppearanceInput['shots']> {
  const { rows } = await tx.query<{
    at: number;
    quality: number;
    box: { x: number; y: number; width: number; height: number; frameWidth: number; frameHeight: number };
    blob_sha256: Buffer | null;
  }>('select at, quality, box, blob_sha256 from appearance_shots where appearance_id = $1 order by at', [appearanceId]);
  const shots = await Promise.all(
    rows.map(async ({ at, quality, box, blob_sha256 }) => {
      const jpeg = blob_sha256 === null ? null : await deps.blobs.get(blob_sha256).catch(() => null);
      const frame = { width: box.frameWidth, height: box.frameHeight };
      return jpeg === null ? [] : [{ at, quality, box, frame, jpeg }];
    }),
  );
  return shots.flat();
}

/** What a capture tells of its device: that it sees, what its clock is, whether it is emptying its store. */
async function learn(tx: Tx, deps: CaptureHandlerDeps, capture: WaitingCapture): Promise<void> {
  const { cameraId, deviceId } = capture;
  const devices = createPgDeviceStore(tx);
  const known = (await devices.newestOffset(cameraId))?.offset_ms ?? null;
  const late = isLate(capture, known);
  await tx.query(
    `update capture_devices set captured_at = greatest(captured_at, $2), late_at = case when $3 then greatest(late_at, $2) else late_at end
     where device_id = $1`,
    [deviceId, ts(capture.receivedAt), late],
  );
  const { rows } = await tx.query<{ device_at: number; received_at: number }>(
    `select device_at, received_at from captures
     where device_id = $1 and state = 'accepted' and received_at <= $2 and received_at > $3
     order by received_at desc, device_at desc limit ${SAMPLES}`,
    [deviceId, ts(capture.receivedAt), ts(capture.receivedAt - 3_600_000)],
  );
  const measured = offsetFromArrivals(rows.map((row) => ({ deviceAt: row.device_at, receivedAt: row.received_at })));
  if (measured !== null) await tellClock(tx, deps, capture, measured.offsetMs);
  await deps.outbox.add(tx, devicesContact, { cameraId, clock: null }, { dedupeKey: cameraId });
}

/** Keeps a measured clock, and leaves word that what was seen by it means something else where it moved. */
async function tellClock(
  tx: Tx,
  deps: CaptureHandlerDeps,
  of: { readonly cameraId: string; readonly clinicCode: string; readonly deviceAt: number },
  offsetMs: number,
): Promise<void> {
  const current = await currentDeviceState(tx, of.cameraId);
  await takeDevice(
    createPgPresenceStore(tx, deps),
    { clock: deps.clock, devices: createPgDeviceStore(tx), modelVersion: '' },
    {
      camera: of.cameraId,
      state: current?.state ?? 'unknown',
      from: current?.from ?? of.deviceAt,
      to: null,
      clockOffsetS: offsetMs / 1000,
      source: 'captures',
    },
  );
}

/** Signs of life of a camera that pushes: its state, its watermark, its clock. */
export const contactHandler = (deps: Omit<CaptureHandlerDeps, 'analyzer'>): Handler =>
  defineHandler(devicesContact, async ({ payload, once }) => {
    const { clock, outbox } = deps;
    const { cameraId } = payload;
    await once(async (tx) => {
      await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`capture:${cameraId}`]);
      const { rows } = await tx.query<{
        clinic_code: string;
        beat_at: number | null;
        contact_since: number | null;
        captured_at: number | null;
        late_at: number | null;
        waiting_since: number | null;
      }>(
        `select c.clinic_code, d.beat_at, d.contact_since, d.captured_at, d.late_at,
           (select min(received_at) from captures where camera_id = d.camera_id and state = 'waiting') as waiting_since
         from capture_devices d join cameras c on c.id = d.camera_id where d.camera_id = $1`,
        [cameraId],
      );
      const row = rows[0];
      if (row === undefined) return;
      const handler = { ...deps, analyzer: null };
      if (payload.clock !== null) {
        const { deviceAt, ourAt } = payload.clock;
        await tellClock(tx, handler, { cameraId, clinicCode: row.clinic_code, deviceAt }, deviceAt - ourAt);
      }
      const promised = promiseOf(
        {
          beatAt: row.beat_at,
          contactSince: row.contact_since,
          capturedAt: row.captured_at,
          lateAt: row.late_at,
          waitingSince: row.waiting_since,
        },
        clock.now(),
      );
      if (promised === null) return;
      const offset = (await createPgDeviceStore(tx).newestOffset(cameraId))?.offset_ms ?? 0;
      const current = await currentDeviceState(tx, cameraId);
      if (current?.state !== promised.state) {
        // A camera that proves itself again has proven nothing for the time before.
        const proven =
          promised.state === 'ok' && current?.state === 'unknown'
            ? Math.max(promised.from, row.captured_at ?? 0)
            : promised.from;
        const from = Math.max(proven + offset, (current?.from ?? Number.NEGATIVE_INFINITY) + 1);
        await registerDeviceState(createPgPresenceStore(tx, deps), row.clinic_code, {
          id: derivedId('device-state', cameraId, String(from)),
          cameraId,
          state: promised.state,
          from,
          to: null,
          reason: promised.reason,
        });
      }
      if (promised.until !== null) {
        await advanceWatermark(tx, { clock, outbox }, row.clinic_code, {
          cameraId,
          until: promised.until + offset,
          framesRead: 0,
          framesDropped: 0,
        });
      }
    });
  });
