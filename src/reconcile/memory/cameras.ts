import { clinicsTable } from '../../access/tables.ts';
import { type CameraRow, camerasTable } from '../../devices/tables.ts';
import { appearancesTable, watermarksTable } from '../../ledgers/presence/tables.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import { isOut } from '../outages.ts';
import type { ReconcileStore } from '../store.ts';
import { type AppearanceBrief, type CameraBrief, LONGEST_APPEARANCE_MS, type PresenceRows } from '../store-rows.ts';
import type { Left } from './left.ts';
import type { Told } from './told.ts';
import type { ToldState } from './trail.ts';

type Cameras = Pick<ReconcileStore, 'presence' | 'camera' | 'deviceStates' | 'outageStates' | 'offsetAt'>;

/** How many states after an outage's beginning are looked at: see `CameraDetailRows`. */
const STATES_AHEAD = 200;

export function camerasIn(deps: {
  readonly workingSet: WorkingSet;
  readonly left: Left;
  readonly told: Told;
}): Cameras {
  const { workingSet, left, told } = deps;
  const clinics = workingSet.table(clinicsTable);
  const cameras = workingSet.table(camerasTable);
  const watermarks = workingSet.table(watermarksTable);
  const appearances = workingSet.table(appearancesTable);

  const briefOf = async (camera: CameraRow, options: Parameters<Cameras['presence']>[0]): Promise<CameraBrief> => {
    const offset = await told.offsetAt(camera.id, options.at);
    const shift = offset?.offset_ms ?? 0;
    const mark = watermarks.get(camera.id);
    return {
      id: camera.id,
      scene_point: camera.scene_point,
      required_med_types: camera.required_med_types,
      enabled: camera.enabled,
      offset_ms: offset?.offset_ms ?? null,
      uncertainty_ms: offset?.uncertainty_ms ?? null,
      until_at: mark?.until_at ?? null,
      moved_at: mark?.updated_at ?? null,
      states: await told.statesFrom(camera.id, options.span.from + shift, options.span.to + shift - 1),
    };
  };

  const seenBy = async (
    briefs: readonly CameraBrief[],
    { clinicCode, span }: Parameters<Cameras['presence']>[0],
  ): Promise<PresenceRows['appearances']> => {
    if (briefs.length === 0) return [];
    let lo = Number.POSITIVE_INFINITY;
    let hi = Number.NEGATIVE_INFINITY;
    for (const { offset_ms } of briefs) {
      lo = Math.min(lo, offset_ms ?? 0);
      hi = Math.max(hi, offset_ms ?? 0);
    }
    const from = span.from + lo - LONGEST_APPEARANCE_MS;
    const to = span.to + hi;
    if (from < left.horizon) await workingSet.ensure(clinicCode, from, to);
    const found: AppearanceBrief[] = [];
    for (const row of appearances.within(clinicCode, from, to)) {
      if (row.state !== 'void' && row.from_at < to && row.to_at >= span.from + lo) found.push(row);
    }
    return found;
  };

  const statesOfClinic = async (
    clinicCode: string,
    statesOf: (camera: CameraRow) => Promise<readonly ToldState[]>,
  ): Promise<ToldState[]> => {
    const found: ToldState[] = [];
    for (const camera of cameras.by('clinic', clinicCode)) found.push(...(await statesOf(camera)));
    return found;
  };

  return {
    async presence(options) {
      const ofClinic = cameras.by('clinic', options.clinicCode);
      if (ofClinic.length > 1) ofClinic.sort((a, b) => (a.id < b.id ? -1 : 1));
      const briefs: CameraBrief[] = [];
      for (const camera of ofClinic) briefs.push(await briefOf(camera, options));
      return { cameras: briefs, appearances: await seenBy(briefs, options) };
    },

    async camera({ cameraId, deviceMs }) {
      const camera = cameras.get(cameraId);
      const clinic = camera && clinics.get(camera.clinic_code);
      if (!camera || !clinic) return null;
      const offset = await told.offsetAt(cameraId, deviceMs);
      const states = await told.statesFrom(cameraId, deviceMs - 1, Number.POSITIVE_INFINITY);
      const before = states[0] !== undefined && states[0].from_at < deviceMs ? 1 : 0;
      return { camera, clinic, offset_ms: offset?.offset_ms ?? null, states: states.slice(0, before + STATES_AHEAD) };
    },

    async deviceStates({ clinicCode, cameraId, from, to }) {
      const until = to ?? Number.POSITIVE_INFINITY;
      if (cameraId !== null) {
        return cameras.get(cameraId)?.clinic_code === clinicCode ? await told.statesIn(cameraId, from, until) : [];
      }
      return statesOfClinic(clinicCode, async (camera) => told.statesIn(camera.id, from, until));
    },

    async outageStates({ clinicCode, at, lookBackMs }) {
      const found: (ToldState & { readonly offset_ms: number })[] = [];
      for (const { id } of cameras.by('clinic', clinicCode)) {
        const offset_ms = (await told.offsetAt(id, at))?.offset_ms ?? 0;
        const moment = at + offset_ms;
        const states = await told.statesIn(id, moment - lookBackMs, moment);
        let first = states.length;
        while (first > 0 && !seesBefore(states[first - 1], moment)) first -= 1;
        for (const state of states.slice(first)) found.push({ ...state, offset_ms });
      }
      return found;
    },

    async offsetAt(cameraId, deviceMs) {
      return (await told.offsetAt(cameraId, deviceMs))?.offset_ms ?? 0;
    },
  };
}

const seesBefore = (state: ToldState | undefined, moment: number): boolean =>
  state !== undefined && state.from_at < moment && !isOut(state.state);
