import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { type Queryable, type Tx, ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { CAMERA_CHANNEL, createPgDeviceStore } from './pg-store.ts';
import type { DeviceStore } from './store.ts';

export { CAMERA_CHANNEL };

export const SCENE_POINTS = ['counter', 'consulting', 'pharmacy', 'entrance'] as const;
export type ScenePoint = (typeof SCENE_POINTS)[number];
export type SourceKind = 'file' | 'footage' | 'rtsp' | 'rtmp' | 'http' | 'push';

/** How a camera is read. All have defaults. */
export const CameraOptionsSchema = Type.Object(
  {
    fps: Type.Optional(Type.Number({ minimum: 1, maximum: 15, description: 'Analysed frames per second; default 4' })),
    transport: Type.Optional(
      Type.Union([Type.Literal('tcp'), Type.Literal('udp')], { description: 'RTSP transport; default tcp' }),
    ),
    goneAfterMs: Type.Optional(
      Type.Integer({
        minimum: 1_000,
        maximum: 60_000,
        description: 'Unseen for so long, a person has left; default 5000',
      }),
    ),
    watchdogMs: Type.Optional(
      Type.Integer({
        minimum: 2_000,
        maximum: 120_000,
        description: 'No frame for so long: start again; default 6500',
      }),
    ),
    record: Type.Optional(Type.Boolean({ description: 'Keep a short ring of footage; default true' })),
  },
  { additionalProperties: false },
);
export type CameraOptions = Static<typeof CameraOptionsSchema>;

export interface Camera {
  readonly id: string;
  readonly clinicCode: string;
  readonly name: string;
  readonly scenePoint: ScenePoint;
  /** med_type codes whose settlements need this camera; empty: all. */
  readonly requiredMedTypes: readonly string[];
  readonly sourceKind: SourceKind;
  readonly options: CameraOptions;
  readonly enabled: boolean;
}

/** With what a process needs to watch it. `sourceUrl` may hold a password: never log it, never return it. */
export interface WatchedCamera extends Camera {
  readonly sourceUrl: string | null;
  /** The clinic's switch. */
  readonly faceRecognition: boolean;
  /** Changes whenever something that a running watch depends on does. */
  readonly version: string;
}

interface Row {
  id: string;
  clinic_code: string;
  name: string;
  scene_point: ScenePoint;
  required_med_types: string[];
  source_url_enc: Buffer | null;
  source_kind: SourceKind;
  options: unknown;
  enabled: boolean;
  updated_at: number;
}

const COLUMNS =
  'c.id, c.clinic_code, c.name, c.scene_point, c.required_med_types, c.source_url_enc, c.source_kind, c.options, c.enabled, c.updated_at';

const cameraOf = (row: Row): Camera => ({
  id: row.id,
  clinicCode: row.clinic_code,
  name: row.name,
  scenePoint: row.scene_point,
  requiredMedTypes: row.required_med_types,
  sourceKind: row.source_kind,
  options: Value.Check(CameraOptionsSchema, row.options) ? row.options : {},
  enabled: row.enabled,
});

/** The kind of a source's address. @throws DomainError `invalid_input` when it is none that is read */
export function sourceKindOf(url: string): SourceKind {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === 'file') return 'file';
  if (scheme === 'footage') return 'footage';
  const kind = /^(rtsp|rtmp|http)s?$/.exec(scheme)?.[1];
  if (kind === undefined) {
    throw new DomainError('invalid_input', `cameras of the kind ${scheme}: are not read`, {
      remedy: 'Use an rtsp, rtmp or http(s) address, or a file.',
    });
  }
  return kind as SourceKind;
}

export interface CameraInput {
  readonly id: string;
  readonly clinicCode: string;
  readonly name: string;
  readonly scenePoint: ScenePoint;
  readonly requiredMedTypes?: readonly string[];
  /** Null: a camera that pushes to us. Left out: as it was. */
  readonly sourceUrl?: string | null;
  readonly options?: CameraOptions;
  readonly enabled?: boolean;
}

/** Registers a camera or changes it; its address is stored encrypted. Camera processes hear of it at the commit. */
export async function registerCamera(
  store: Pick<DeviceStore, 'putCamera'>,
  deps: { readonly clock: Clock; readonly keyring: Keyring },
  input: CameraInput,
): Promise<void> {
  const { sourceUrl } = input;
  const now = deps.clock.now();
  await store.putCamera(
    {
      id: input.id,
      clinic_code: input.clinicCode,
      name: input.name,
      scene_point: input.scenePoint,
      required_med_types: [...(input.requiredMedTypes ?? [])],
      source_url_enc: sourceUrl == null ? null : deps.keyring.sealText('secret', sourceUrl, `camera:${input.id}`),
      source_kind: sourceUrl == null ? 'push' : sourceKindOf(sourceUrl),
      options: input.options ?? {},
      enabled: input.enabled ?? true,
      created_at: now,
      updated_at: now,
    },
    { withSource: sourceUrl !== undefined },
  );
}

export const putCamera = (
  tx: Tx,
  deps: { readonly clock: Clock; readonly keyring: Keyring },
  input: CameraInput,
): Promise<void> => registerCamera(createPgDeviceStore(tx), deps, input);

export async function getCamera(db: Queryable, id: string): Promise<Camera | null> {
  const { rows } = await db.query<Row>(`select ${COLUMNS} from cameras c where c.id = $1`, [id]);
  return rows[0] ? cameraOf(rows[0]) : null;
}

/** A clinic's cameras by id; switched-off ones with them. */
export async function camerasOfClinic(db: Queryable, clinicCode: string): Promise<Camera[]> {
  const { rows } = await db.query<Row>(`select ${COLUMNS} from cameras c where c.clinic_code = $1 order by c.id`, [
    clinicCode,
  ]);
  return rows.map(cameraOf);
}

const WATCHABLE = `c.enabled and c.source_kind <> 'push' and c.source_url_enc is not null`;

const versionOf = (row: {
  readonly updated_at: number;
  readonly face_recognition: boolean;
  readonly referenced_at: number | null;
}): string => `${row.updated_at}:${row.face_recognition}:${row.referenced_at ?? ''}`;

/** Of a camera `c`: when its reference view was taken. */
const REFERENCED_AT = '(select r.taken_at from camera_references r where r.camera_id = c.id) as referenced_at';

/** The version of every camera that is to be watched, by its id. */
export async function watchableCameras(db: Queryable): Promise<Map<string, string>> {
  const { rows } = await db.query<{
    id: string;
    updated_at: number;
    face_recognition: boolean;
    referenced_at: number | null;
  }>(
    `select c.id, c.updated_at, k.face_recognition, ${REFERENCED_AT} from cameras c join clinics k on k.code = c.clinic_code
     where ${WATCHABLE} order by c.id`,
  );
  return new Map(rows.map((row) => [row.id, versionOf(row)]));
}

/** Cameras that are to be watched, all or some, each with its address opened. For camera processes only. */
export async function camerasToWatch(
  db: Queryable,
  keyring: Keyring,
  ids: readonly string[] | null = null,
): Promise<WatchedCamera[]> {
  const { rows } = await db.query<Row & { face_recognition: boolean; referenced_at: number | null }>(
    `select ${COLUMNS}, k.face_recognition, ${REFERENCED_AT} from cameras c join clinics k on k.code = c.clinic_code
     where ${WATCHABLE} and ($1::text[] is null or c.id = any($1)) order by c.id`,
    [ids],
  );
  return rows.map((row) => ({
    ...cameraOf(row),
    sourceUrl: row.source_url_enc ? keyring.openText('secret', row.source_url_enc, `camera:${row.id}`) : null,
    faceRecognition: row.face_recognition,
    version: versionOf(row),
  }));
}

/** Device time less true time as last measured before `at`; null: never measured. */
export async function clockOffsetAt(db: Queryable, cameraId: string, at: number): Promise<number | null> {
  const { rows } = await db.query<{ offset_ms: number }>(
    'select offset_ms from camera_clock_offsets where camera_id = $1 and measured_at <= $2 order by measured_at desc limit 1',
    [cameraId, ts(at)],
  );
  return rows[0]?.offset_ms ?? null;
}
