import { keepOffset } from '../../devices/clock-offsets.ts';
import type { DeviceStore } from '../../devices/store.ts';
import type { CameraRow } from '../../devices/tables.ts';
import type { PresentationKind } from '../../faces/presentation/presentation.ts';
import type { Clock } from '../../platform/clock.ts';
import { DomainError } from '../../platform/errors.ts';
import { derivedId } from '../../platform/ids.ts';
import { reviseAppearance } from './appearance.store.ts';
import { type DeviceState, registerDeviceState, tellDeviceState } from './device-state.store.ts';
import { presenceAuth } from './presence.topics.ts';
import type { PresenceStore } from './store.ts';
import { moveWatermarks } from './watermark.store.ts';

/** What a feed's lines about cameras' sight do. Times are epoch ms, of the device where nothing else is said. */

export interface PresenceFeedDeps {
  /** Stands at the moment of the line's arrival (true time). */
  readonly clock: Clock;
  readonly devices: DeviceStore;
  /** Model card id and pipeline version that made the feed's templates. */
  readonly modelVersion: string;
}

export interface FeedAppearance {
  readonly id: string;
  readonly camera: string;
  readonly state: 'open' | 'closed';
  readonly from: number;
  /** null: nothing later than `from`. */
  readonly to: number | null;
  /** Unit length; null: counted, no usable face. */
  readonly template: Float32Array | null;
  /** 0..1 */
  readonly quality: number;
  readonly faces: number;
  /** It may be a picture, not a face. */
  readonly presentation?: PresentationKind;
}

/** A clock that a feed calls measured is taken to be right to so much: it drifts until it is measured again. */
const FEED_OFFSET_UNCERTAINTY_MS = 5_000;
/** A measurement that moves a clock by more than this makes what was seen by it mean something else. */
const MATERIAL_OFFSET_MS = 30_000;

async function cameraOf(store: DeviceStore, id: string): Promise<CameraRow> {
  const camera = await store.camera(id);
  if (camera !== null) return camera;
  throw new DomainError('not_found', `the camera ${id} is not registered`, {
    remedy: 'Tell the camera in a line of its own before what it saw.',
  });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A feed's own id where it is a UUID, else one derived from it: cameras may count each for itself. */
const appearanceIdOf = (camera: string, id: string): string =>
  UUID.test(id) ? id.toLowerCase() : derivedId('appearance', camera, id);

/** Stores an appearance or its next revision, also one that begins at another moment now. @throws DomainError `not_found` */
export async function takeAppearance(
  store: PresenceStore,
  deps: PresenceFeedDeps,
  line: FeedAppearance,
): Promise<void> {
  const camera = await cameraOf(deps.devices, line.camera);
  await reviseAppearance(store, deps, {
    id: appearanceIdOf(camera.id, line.id),
    cameraId: camera.id,
    clinicCode: camera.clinic_code,
    state: line.state,
    from: line.from,
    to: Math.max(line.from, line.to ?? line.from),
    faces: line.faces,
    quality: line.quality,
    presentation:
      line.presentation === undefined
        ? null
        : { suspected: true, kind: line.presentation, strength: 1, looks: line.faces },
    template: line.template === null ? null : { version: deps.modelVersion, vector: line.template },
    mayMove: true,
  });
}

export async function takeWatermark(
  store: PresenceStore,
  deps: PresenceFeedDeps,
  line: { readonly camera: string; readonly until: number },
): Promise<void> {
  const camera = await cameraOf(deps.devices, line.camera);
  await moveWatermarks(store, deps, [
    { cameraId: camera.id, clinicCode: camera.clinic_code, until: line.until, framesRead: 0, framesDropped: 0 },
  ]);
}

export interface FeedDevice {
  readonly camera: string;
  readonly state: DeviceState;
  readonly from: number;
  /** null: until the camera's next line. */
  readonly to: number | null;
  /** Device less true, seconds; null: never measured. */
  readonly clockOffsetS: number | null;
  /** Who measured it; left out: the feed. */
  readonly source?: string;
}

/** A state of a camera, and what its clock was measured to be off by. */
export async function takeDevice(store: PresenceStore, deps: PresenceFeedDeps, line: FeedDevice): Promise<void> {
  const camera = await cameraOf(deps.devices, line.camera);
  const before = await deps.devices.newestOffset(camera.id);
  const offsetMs = line.clockOffsetS === null ? null : Math.round(line.clockOffsetS * 1_000);
  const now = deps.clock.now();
  const measured =
    offsetMs !== null &&
    (await keepOffset(deps.devices, {
      cameraId: camera.id,
      offsetMs,
      uncertaintyMs: FEED_OFFSET_UNCERTAINTY_MS,
      source: line.source ?? 'feed',
      measuredAt: now,
      since: line.from - offsetMs,
    }));
  const interval = {
    id: derivedId('device-state', camera.id, String(line.from)),
    cameraId: camera.id,
    state: line.state,
    from: line.from,
    to: line.to,
    reason: null,
  };
  const jumped = measured && (before === null || Math.abs(before.offset_ms - (offsetMs ?? 0)) > MATERIAL_OFFSET_MS);
  // A clock that drifts slowly is looked at once a week.
  const clock = jumped || (measured && weekOf(before?.measured_at ?? 0) !== weekOf(now));
  const told = await registerDeviceState(store, camera.clinic_code, interval, clock);
  if (!told && jumped) await tellDeviceState(store, camera.clinic_code, interval, clock);
}

const WEEK_MS = 7 * 86_400_000;
const weekOf = (ms: number): number => Math.floor(ms / WEEK_MS);

/** The national terminal's face check, at its arrival. */
export async function takeAuth(
  store: PresenceStore,
  deps: Pick<PresenceFeedDeps, 'clock'>,
  line: {
    readonly clinic: string;
    readonly psnNo: string;
    readonly authNo: string | null;
    readonly ok: boolean;
  },
): Promise<void> {
  const at = deps.clock.now();
  const id =
    line.authNo === null
      ? derivedId('terminal-auth', line.clinic, line.psnNo, String(at))
      : derivedId('terminal-auth', line.authNo);
  await store.putTerminalAuth({
    id,
    clinic_code: line.clinic,
    psn_no: line.psnNo,
    auth_no: line.authNo,
    ok: line.ok,
    at,
    created_at: at,
  });
  const payload = { clinicCode: line.clinic, psnNo: line.psnNo, at };
  await store.tell(presenceAuth, [{ payload, options: { dedupeKey: id } }]);
}
