import { clockOffsetsTable } from '../../devices/tables.ts';
import { deviceStatesTable } from '../../ledgers/presence/tables.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { Behind } from './behind.ts';
import type { Left } from './left.ts';
import type { ToldOffset, ToldState } from './trail.ts';

/** What cameras told of themselves, in memory or left; in device time. Promises only where the database must be asked. */
export interface Told {
  /** The newest offset measured at or before a moment. */
  offsetAt(cameraId: string, at: number): ToldOffset | null | Promise<ToldOffset | null>;
  /** States that began with from <= from_at <= to, in order. */
  statesIn(cameraId: string, from: number, to: number): readonly ToldState[] | Promise<readonly ToldState[]>;
  /** The newest state that began at or before `at`, and all that began later and at or before `to`, in order. */
  statesFrom(cameraId: string, at: number, to: number): readonly ToldState[] | Promise<readonly ToldState[]>;
}

export function toldIn(deps: { readonly workingSet: WorkingSet; readonly left: Left; readonly behind: Behind }): Told {
  const { workingSet, left, behind } = deps;
  const states = workingSet.table(deviceStatesTable);
  const offsets = workingSet.table(clockOffsetsTable);

  /** All that is known here of a camera, in order; memory outranks what has left. */
  const known = (cameraId: string): readonly ToldState[] => {
    const here: ToldState[] = states.by('camera', cameraId);
    if (here.length > 1) here.sort(byBeginning);
    const gone = left.states.of(cameraId);
    const last = gone.at(-1);
    if (last === undefined) return here;
    const first = here[0];
    if (first === undefined) return gone;
    if (last.from_at < first.from_at) return [...gone, ...here];
    const merged = new Map(gone.map((row): [number, ToldState] => [row.from_at, row]));
    for (const row of here) merged.set(row.from_at, row);
    return [...merged.values()].sort(byBeginning);
  };

  /** The same with what was forgotten since. */
  const whole = async (cameraId: string, from: number, to: number): Promise<readonly ToldState[]> => {
    const merged = new Map<number, ToldState>();
    for (const row of await behind.states(cameraId, from, to)) merged.set(row.from_at, row as ToldState);
    for (const row of known(cameraId)) if (row.from_at >= from && row.from_at <= to) merged.set(row.from_at, row);
    return [...merged.values()].sort(byBeginning);
  };

  return {
    offsetAt(cameraId, at) {
      let best: ToldOffset | null = null;
      for (const row of offsets.by('camera', cameraId)) {
        if (row.measured_at <= at && (best === null || row.measured_at > best.measured_at)) best = row;
      }
      const gone = left.offsets.of(cameraId);
      for (let i = gone.length - 1; i >= 0; i--) {
        const row = gone[i];
        if (row === undefined || row.measured_at > at) continue;
        if (best === null || row.measured_at > best.measured_at) best = row;
        break;
      }
      if (at >= left.offsets.floor) return best;
      return (async () => {
        const stored = await behind.offsetAt(cameraId, at);
        return stored !== null && (best === null || stored.measured_at > best.measured_at) ? stored : best;
      })();
    },

    statesIn(cameraId, from, to) {
      if (from < left.states.floor) return whole(cameraId, from, to);
      return known(cameraId).filter((row) => row.from_at >= from && row.from_at <= to);
    },

    statesFrom(cameraId, at, to) {
      if (at < left.states.floor) {
        return (async () => {
          const beginning = await behind.stateAt(cameraId, at);
          return from(await whole(cameraId, beginning ?? Number.NEGATIVE_INFINITY, to), at, to);
        })();
      }
      return from(known(cameraId), at, to);
    },
  };
}

const byBeginning = (a: ToldState, b: ToldState): number => a.from_at - b.from_at;

/** The newest at or before `at`, and the later ones up to `to`. */
function from(sorted: readonly ToldState[], at: number, to: number): readonly ToldState[] {
  const latest = Math.max(at, to);
  let end = sorted.length;
  while (end > 0 && (sorted[end - 1] as ToldState).from_at > latest) end -= 1;
  let first = Math.max(0, end - 1);
  while (first > 0 && (sorted[first] as ToldState).from_at > at) first -= 1;
  return first === 0 && end === sorted.length ? sorted : sorted.slice(first, end);
}
