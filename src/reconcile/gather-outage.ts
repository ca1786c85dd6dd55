import { type Queryable, ts } from '../platform/db.ts';
import { type CameraFacts, type CameraStateFact, cameraSubjectId, FACTS_SCHEMA, type Interval } from './facts.ts';
import type { GatherContext } from './gather-presence.ts';
import { clinicOf } from './gather-visit.ts';
import { localDay, nextDay, type OpenHours, openSpans, openWithin } from './local-time.ts';
import { type Outage, outagesOf } from './outages.ts';
import { isRequired } from './window.ts';

const MINUTE_MS = 60_000;
const STEP_MS = 10_000;
const DAY_MS = 86_400_000;
/** An outage that began longer ago than this is looked at as if it began here. */
const LOOK_BACK_MS = 30 * DAY_MS;

export function parseCameraSubject(subjectId: string): { cameraId: string; startDeviceMs: number } {
  const at = subjectId.lastIndexOf('@');
  return { cameraId: subjectId.slice(0, at), startDeviceMs: Number(subjectId.slice(at + 1)) };
}

/** Outages of a clinic's cameras (or of one) that touch a span of device time, as subjects. */
export async function outageSubjects(
  db: Queryable,
  options: {
    readonly clinicCode: string;
    readonly cameraId?: string;
    readonly from: number;
    readonly to: number | null;
  },
): Promise<string[]> {
  const { rows } = await db.query<{ camera_id: string; state: string; from_at: number; to_at: number | null }>(
    `select d.camera_id, d.state, d.from_at, d.to_at from device_states d join cameras c on c.id = d.camera_id
     where c.clinic_code = $1 and ($2::text is null or c.id = $2) and d.from_at >= $3 order by d.camera_id, d.from_at`,
    [options.clinicCode, options.cameraId ?? null, ts(options.from - LOOK_BACK_MS)],
  );
  const byCamera = new Map<string, CameraStateFact[]>();
  for (const row of rows) {
    const states = byCamera.get(row.camera_id) ?? [];
    states.push({ state: row.state, from: row.from_at, to: row.to_at });
    byCamera.set(row.camera_id, states);
  }
  return [...byCamera].flatMap(([cameraId, states]) =>
    outagesOf(states)
      .filter(
        (outage) =>
          (options.to === null || outage.from <= options.to) && (outage.to === null || outage.to >= options.from),
      )
      .map((outage) => cameraSubjectId(cameraId, outage.from)),
  );
}

/** Facts of one outage; `outage` is null when none starts there any more; null when the camera is unknown. */
export async function gatherCamera(context: GatherContext, subjectId: string): Promise<CameraFacts | null> {
  const { db, now } = context;
  const { cameraId, startDeviceMs } = parseCameraSubject(subjectId);
  const camera = (
    await db.query<{
      clinic_code: string;
      region_code: string | null;
      face_recognition: boolean;
      mode: 'mirror' | 'hook';
      open_hours: OpenHours[];
      scene_point: string;
      required_med_types: string[];
      enabled: boolean;
      offset_ms: number | null;
    }>(
      `select c.clinic_code, k.region_code, k.face_recognition, k.mode, k.open_hours, c.scene_point, c.required_med_types,
         c.enabled, (select offset_ms from camera_clock_offsets o
           where o.camera_id = c.id and o.measured_at <= $2 order by o.measured_at desc limit 1) as offset_ms
       from cameras c join clinics k on k.code = c.clinic_code where c.id = $1`,
      [cameraId, ts(startDeviceMs)],
    )
  ).rows[0];
  if (!camera) return null;
  const offset = camera.offset_ms ?? 0;
  const found = await outageAt(db, cameraId, startDeviceMs);
  const outage = found && {
    from: found.from - offset,
    to: found.to === null ? null : found.to - offset,
    states: found.states.map((state) => shifted(state, offset)),
  };
  const base = {
    kind: 'camera' as const,
    schema: FACTS_SCHEMA,
    clinic: clinicOf(camera, context.faceRecognition),
    cameraId,
    scenePoint: camera.scene_point,
    enabled: camera.enabled,
    startDeviceMs,
    outage,
  };
  if (outage === null) return { ...base, lastedMs: 0, openings: [], openHours: [], filed: [], settlements: [] };

  const end = outage.to ?? Math.max(now, outage.from);
  const exactMs = end - outage.from;
  const stepMs = exactMs < 60 * MINUTE_MS ? STEP_MS : MINUTE_MS;
  const lastedMs = Math.min(DAY_MS, Math.floor(exactMs / stepMs) * stepMs);
  // Hours as far as the length that is told: facts change in steps, not with the moment of asking.
  const openHours = openWithin(
    camera.open_hours,
    { from: outage.from, to: outage.to ?? outage.from + lastedMs + 1 },
    context.timeZone,
  );
  return {
    ...base,
    lastedMs,
    openings: openingsNear(camera.open_hours, outage, end, context),
    openHours,
    filed: await filedOutages(db, camera.clinic_code, outage.from - context.openingLookAheadMs, end),
    settlements: await settlementsDuring(db, camera, outage.from, outage.to),
  };
}

async function outageAt(db: Queryable, cameraId: string, startDeviceMs: number): Promise<Outage | null> {
  const { rows } = await db.query<{ state: string; from_at: number; to_at: number | null }>(
    `(select state, from_at, to_at from device_states where camera_id = $1 and from_at < $2 order by from_at desc limit 1)
     union all
     (select state, from_at, to_at from device_states where camera_id = $1 and from_at >= $2 order by from_at limit 200)`,
    [cameraId, ts(startDeviceMs)],
  );
  const states = rows.map((row) => ({ state: row.state, from: row.from_at, to: row.to_at }));
  return outagesOf(states).find(({ from }) => from === startDeviceMs) ?? null;
}

const shifted = (state: CameraStateFact, offset: number): CameraStateFact => ({
  state: state.state,
  from: state.from - offset,
  to: state.to === null ? null : state.to - offset,
});

function openingsNear(hours: readonly OpenHours[], outage: Interval, end: number, context: GatherContext): number[] {
  const ahead = context.openingLookAheadMs;
  const latest = Math.min(end + ahead, context.now + ahead);
  const openings: number[] = [];
  for (
    let day = localDay(outage.from, context.timeZone), n = 0;
    n < 32 && day <= localDay(latest, context.timeZone);
    day = nextDay(day, context.timeZone), n++
  ) {
    openings.push(...openSpans(hours, day, context.timeZone).map(({ from }) => from));
  }
  return openings.filter((at) => at >= outage.from && at <= latest);
}

async function filedOutages(db: Queryable, clinicCode: string, from: number, to: number): Promise<Interval[]> {
  const { rows } = await db.query<{ from_at: number; to_at: number | null }>(
    `select from_at, to_at from filings where clinic_code = $1 and what = 'outage' and from_at <= $3
       and (to_at is null or to_at >= $2) order by from_at, to_at`,
    [clinicCode, ts(from), ts(to)],
  );
  return rows.map((row) => ({ from: row.from_at, to: row.to_at }));
}

async function settlementsDuring(
  db: Queryable,
  camera: { clinic_code: string; required_med_types: string[]; enabled: boolean },
  from: number,
  to: number | null,
): Promise<CameraFacts['settlements']> {
  const { rows } = await db.query<{
    id: string;
    setl_id: string | null;
    msgid: string;
    at: number;
    med_type: string | null;
    fund_fen: number | null;
    reversed_at: number | null;
  }>(
    `select id, setl_id, msgid, at, med_type, fund_fen, reversed_at from settlements
     where clinic_code = $1 and at >= $2 and ($3::timestamptz is null or at <= $3) order by at, id limit 2000`,
    [camera.clinic_code, ts(from), to === null ? null : ts(to)],
  );
  return rows.map((row) => ({
    settlementId: row.id,
    setlId: row.setl_id,
    msgid: row.msgid,
    at: row.at,
    fundFen: row.fund_fen,
    reversed: row.reversed_at !== null,
    needsCamera: isRequired({ enabled: camera.enabled, requiredMedTypes: camera.required_med_types }, row.med_type),
  }));
}
