import { type CameraFacts, type CameraStateFact, cameraSubjectId, FACTS_SCHEMA, type Interval } from './facts.ts';
import { filingsFor } from './filed-outages.ts';
import type { GatherContext } from './gather-presence.ts';
import { clinicOf } from './gather-visit.ts';
import { intersect, lengthOf, overlaps, type Span, union } from './intervals.ts';
import { localDay, localMonth, nextDay, type OpenHours, openSpans, openWithin } from './local-time.ts';
import { outagesOf } from './outages.ts';
import type { ReconcileStore } from './store.ts';
import type { CameraDetailRows, DeviceStateBrief, FilingBrief } from './store-rows.ts';
import { byMoment } from './visit-key.ts';
import { isRequired } from './window.ts';

const MINUTE_MS = 60_000;
const STEP_MS = 10_000;
const DAY_MS = 86_400_000;
/** An outage that began longer ago than this is looked at as if it began here; so far back others are looked at with it. */
export const LOOK_BACK_MS = 30 * DAY_MS;
const MOST_SETTLEMENTS = 2000;
/** In a month; a place with more is no clinic that one camera speaks for. */
const MOST_IN_PATTERN = 20_000;
/** Fewer outages are no pattern. */
const PATTERN_FROM = 3;
const MOST_PATTERN = 40;
const PATTERN_DAYS = 29;

export function parseCameraSubject(subjectId: string): { cameraId: string; startDeviceMs: number } {
  const at = subjectId.lastIndexOf('@');
  return { cameraId: subjectId.slice(0, at), startDeviceMs: Number(subjectId.slice(at + 1)) };
}

const stateOf = ({ state, from_at, to_at }: DeviceStateBrief): CameraStateFact => ({ state, from: from_at, to: to_at });

/** Outages of a clinic's cameras (or of one) that touch a span of device time, as subjects. */
export async function outageSubjects(
  store: ReconcileStore,
  options: {
    readonly clinicCode: string;
    readonly cameraId?: string;
    readonly from: number;
    readonly to: number | null;
  },
): Promise<string[]> {
  const rows = await store.deviceStates({
    clinicCode: options.clinicCode,
    cameraId: options.cameraId ?? null,
    from: options.from - LOOK_BACK_MS,
    to: options.to,
  });
  const touches = (outage: Interval): boolean =>
    (options.to === null || outage.from <= options.to) && (outage.to === null || outage.to >= options.from);
  return [...byCamera(rows)].flatMap(([cameraId, states]) =>
    outagesOf(states.map(stateOf))
      .filter(touches)
      .map((outage) => cameraSubjectId(cameraId, outage.from)),
  );
}

/** Outages around a moment of true time, whatever the cameras' clocks say, as subjects. */
export async function outagesDuring(store: ReconcileStore, clinicCode: string, at: number): Promise<string[]> {
  const rows = await store.outageStates({ clinicCode, at, lookBackMs: LOOK_BACK_MS });
  return [...byCamera(rows)].flatMap(([cameraId, states]) => {
    const deviceAt = at + (states[0]?.offset_ms ?? 0);
    return outagesOf(states.map(stateOf))
      .filter(({ to }) => to === null || to >= deviceAt)
      .map((outage) => cameraSubjectId(cameraId, outage.from));
  });
}

/** In order of the cameras' ids. */
function byCamera<Row extends { readonly camera_id: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const grouped = new Map<string, Row[]>();
  for (const row of rows.toSorted((a, b) => (a.camera_id < b.camera_id ? -1 : a.camera_id > b.camera_id ? 1 : 0))) {
    const list = grouped.get(row.camera_id) ?? [];
    list.push(row);
    grouped.set(row.camera_id, list);
  }
  return grouped;
}

/** Facts of one outage; `outage` is null when none starts there any more; null when the camera is unknown. */
export async function gatherCamera(context: GatherContext, subjectId: string): Promise<CameraFacts | null> {
  const { store, now } = context;
  const { cameraId, startDeviceMs } = parseCameraSubject(subjectId);
  const detail = await store.camera({ cameraId, deviceMs: startDeviceMs });
  if (detail === null) return null;
  const { camera, clinic } = detail;
  const offset = detail.offset_ms ?? 0;
  const found = outagesOf(detail.states.map(stateOf)).find(({ from }) => from === startDeviceMs) ?? null;
  const outage = found && {
    from: found.from - offset,
    to: found.to === null ? null : found.to - offset,
    states: found.states.map((state) => shifted(state, offset)),
  };
  const base = {
    kind: 'camera' as const,
    schema: FACTS_SCHEMA,
    clinic: clinicOf(clinic.code, clinic, context.faceRecognition),
    cameraId,
    scenePoint: camera.scene_point,
    enabled: camera.enabled,
    startDeviceMs,
    outage,
  };
  if (outage === null)
    return { ...base, lastedMs: 0, openings: [], openHours: [], filed: [], filedLayout: [], settlements: [] };

  const end = outage.to ?? Math.max(now, outage.from);
  const exactMs = end - outage.from;
  const stepMs = exactMs < 60 * MINUTE_MS ? STEP_MS : MINUTE_MS;
  const lastedMs = Math.min(DAY_MS, Math.floor(exactMs / stepMs) * stepMs);
  // Hours as far as the length that is told: facts change in steps, not with the moment of asking.
  const openHours = openWithin(
    clinic.open_hours,
    { from: outage.from, to: outage.to ?? outage.from + lastedMs + 1 },
    context.timeZone,
  );
  const filings = filingsFor(
    await store.filings({
      clinicCode: camera.clinic_code,
      from: outage.from - context.openingLookAheadMs,
      to: end,
    }),
    cameraId,
  );
  return {
    ...base,
    lastedMs,
    openings: openingsNear(clinic.open_hours, outage, end, context),
    openHours,
    filed: filedSpans(filings, 'outage'),
    filedLayout: filedSpans(filings, 'layout'),
    settlements: await settlementsDuring(store, camera, outage.from, outage.to),
    ...(await patternBefore(context, detail, offset, outage.from + lastedMs)),
  };
}

/** What outages of this camera and settlements have had to do with each other lately: see OutagePatternFact. */
async function patternBefore(
  { store, timeZone }: GatherContext,
  { camera, clinic }: CameraDetailRows,
  offset: number,
  until: number,
): Promise<Pick<CameraFacts, 'pattern'>> {
  const since = until - LOOK_BACK_MS;
  const states = await store.deviceStates({
    clinicCode: camera.clinic_code,
    cameraId: camera.id,
    from: since + offset,
    to: until + offset,
  });
  const out = outagesOf(states.map(stateOf)).map(({ from, to }) => ({
    from: from - offset,
    to: Math.min(until, (to ?? Number.POSITIVE_INFINITY) - offset),
  }));
  if (out.length < PATTERN_FROM) return {};
  const filings = filingsFor(
    await store.filings({ clinicCode: camera.clinic_code, from: since, to: until }),
    camera.id,
  );
  const filed = filings.map((row) => ({ from: row.from_at, to: row.to_at ?? until }));
  const open = openWithin(clinic.open_hours, { from: since, to: until }, timeZone);
  const blind = union(out);
  const told = out
    .filter((span) => !filed.some((filing) => overlaps(filing, span)) && lengthOf(intersect([span], open)) > 0)
    .slice(-MOST_PATTERN);
  if (told.length < PATTERN_FROM) return {};
  const all = await settlementsDuring(store, camera, since, until, MOST_IN_PATTERN);
  // Those that were left out are the newest: nothing can be said of them.
  if (all.length === MOST_IN_PATTERN) return {};
  const settled = all.filter(({ reversed, needsCamera }) => !reversed && needsCamera);
  const count = ({ from, to }: Span): number => settled.filter(({ at }) => at >= from && at < to).length;
  return {
    pattern: {
      month: localMonth(told.at(-1)?.from ?? until, timeZone),
      outages: told.map((span) => {
        const whole = lengthOf(intersect([span], open));
        const others: number[] = [];
        for (let days = -PATTERN_DAYS; days <= PATTERN_DAYS; days++) {
          const there = { from: span.from + days * DAY_MS, to: span.to + days * DAY_MS };
          if (days === 0 || there.from < since || there.to > until) continue;
          if (lengthOf(intersect([there], open)) < whole || blind.some((each) => overlaps(each, there))) continue;
          if (!filed.some((filing) => overlaps(filing, there))) others.push(count(there));
        }
        return { ...span, settlements: count(span), others };
      }),
    },
  };
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

const filedSpans = (filings: readonly FilingBrief[], kind: FilingBrief['what']): Interval[] =>
  filings
    .filter(({ what }) => what === kind)
    .map((row) => ({ from: row.from_at, to: row.to_at }))
    .sort((a, b) => a.from - b.from || (a.to ?? Number.POSITIVE_INFINITY) - (b.to ?? Number.POSITIVE_INFINITY));

async function settlementsDuring(
  store: ReconcileStore,
  camera: CameraDetailRows['camera'],
  from: number,
  to: number | null,
  limit = MOST_SETTLEMENTS,
): Promise<CameraFacts['settlements']> {
  const rows = await store.settlementsFrom({ clinicCode: camera.clinic_code, from, to, limit });
  return [...rows].sort(byMoment).map((row) => ({
    settlementId: row.id,
    setlId: row.setl_id,
    msgid: row.msgid,
    at: row.at,
    fundFen: row.fund_fen,
    reversed: row.reversed_at !== null,
    needsCamera: isRequired({ enabled: camera.enabled, requiredMedTypes: camera.required_med_types }, row.med_type),
  }));
}
