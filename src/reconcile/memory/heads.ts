import { camerasTable } from '../../devices/tables.ts';
import { appearancesTable } from '../../ledgers/presence/tables.ts';
import { DAY_MS, pageDay } from '../../platform/working-set/table.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { ReconcileStore } from '../store.ts';
import { type AssessedRef, LONGEST_WINDOW_MS, type SubjectRef, type WindowRef } from '../store-rows.ts';
import {
  type AssessmentHeadRow,
  assessmentHeadsTable,
  isClaimHead,
  isLongHead,
  watermarksSeenTable,
} from '../tables.ts';
import type { Behind } from './behind.ts';
import { HEAD_REACH_MS, type Left, type LongHead, subjectKey } from './left.ts';

type Heads = Pick<
  ReconcileStore,
  | 'assessed'
  | 'windowsOver'
  | 'neighbours'
  | 'knownOutages'
  | 'awaitingBetween'
  | 'raiseWatermarkSeen'
  | 'leastWatermarkSeen'
>;

/**
 * Subjects by what their windows hold. Nothing is brought back for it: heads lie on the page where their windows begin,
 * so a look a day back finds them; long ones are found by an index, or are remembered when they leave. Of older moments
 * the database is asked, and what is in memory outranks its answer.
 */
export function headsIn(deps: {
  readonly workingSet: WorkingSet;
  readonly left: Left;
  readonly behind: Behind;
}): Heads {
  const { workingSet, left, behind } = deps;
  const heads = workingSet.table(assessmentHeadsTable);
  const appearances = workingSet.table(appearancesTable);
  const seen = workingSet.table(watermarksSeenTable);
  const cameras = workingSet.table(camerasTable);

  const isHere = (head: SubjectRef): boolean => heads.get(head.subject_kind, head.subject_id) !== undefined;

  /** Heads of settlements and visits whose windows touch a span, both ends included. */
  const touching = async (clinicCode: string, from: number, to: number): Promise<LongHead[]> => {
    const began = from - LONGEST_WINDOW_MS;
    const touches = (head: LongHead): boolean =>
      head.window_from <= to && head.window_to >= from && head.window_from >= began;
    const found: LongHead[] = [];
    for (const head of heads.within(clinicCode, pageFloor(from - HEAD_REACH_MS), pageCeiling(to, from))) {
      if (touches(head) && isClaimHead(head) && !isLongHead(head)) found.push(head);
    }
    for (const head of heads.by('long', clinicCode)) if (touches(head)) found.push(head);
    if (from - HEAD_REACH_MS < left.horizon) {
      const span = { from, to: Math.min(to, left.horizon), began };
      for (const head of await behind.windows(clinicCode, span)) if (!isHere(head)) found.push(head);
    } else {
      for (const head of left.longHeads(clinicCode)) {
        if (head.subject_kind !== 'camera' && touches(head) && isClaimHead(head) && !isHere(head)) found.push(head);
      }
    }
    return found;
  };

  const facesAbout = async (clinicCode: string, at: number): Promise<boolean> => {
    const [from, to] = [at - DAY_MS, at + DAY_MS];
    const day = pageDay(at);
    // The day itself first: nearly always that is all.
    for (const [start, end] of [
      [day * DAY_MS, (day + 1) * DAY_MS - 1],
      [from, day * DAY_MS - 1],
      [(day + 1) * DAY_MS, to],
    ] as const) {
      for (const row of appearances.within(clinicCode, start, end)) if (row.template_id !== null) return true;
    }
    return from < left.horizon && behind.anyFace(clinicCode, from, Math.min(to, left.horizon));
  };

  return {
    async assessed(kind, ids) {
      const found: AssessedRef[] = [];
      const gone: string[] = [];
      for (const id of ids) {
        const head = heads.get(kind, id);
        if (head !== undefined) found.push(head);
        else if (mayHaveLeft(kind, id)) gone.push(id);
      }
      if (gone.length > 0) found.push(...(await behind.assessed(kind, gone)));
      return found;
    },

    windowsOver: (clinicCode, { from, to }) => touching(clinicCode, from, to),

    async neighbours(places) {
      const found: WindowRef[] = [];
      for (const { clinicCode, at } of places) {
        const near = (await touching(clinicCode, at, at)).filter((head) => head.verdict !== 'match');
        if (near.length > 0 && (await facesAbout(clinicCode, at))) found.push(...near);
      }
      return found;
    },

    async knownOutages({ clinicCode, cameraId, from, to }) {
      const until = to ?? Number.POSITIVE_INFINITY;
      const prefix = `${cameraId}@`;
      const touches = (head: LongHead): boolean =>
        head.window_to >= from && head.window_from <= until && head.subject_id.startsWith(prefix);
      const found: SubjectRef[] = heads.by('outages', clinicCode).filter(touches);
      const gone =
        from - HEAD_REACH_MS < left.horizon
          ? await behind.outages(clinicCode, from, Math.min(until, left.horizon))
          : left.longHeads(clinicCode);
      for (const head of gone) {
        if (head.subject_kind === 'camera' && touches(head) && !isHere(head)) found.push(head);
      }
      return found;
    },

    async awaitingBetween(clinicCode, after, until) {
      const isDue = ({ awaits_until: awaits }: LongHead): boolean =>
        awaits !== null && awaits <= until && (after === null || awaits > after);
      const found: SubjectRef[] = heads.by('awaiting', clinicCode).filter(isDue);
      const isOld = after === null || after - HEAD_REACH_MS < left.horizon;
      const gone =
        left.horizon === Number.NEGATIVE_INFINITY
          ? []
          : isOld
            ? await behind.awaiting(clinicCode, after, until)
            : left.longHeads(clinicCode);
      for (const head of gone) if (isDue(head) && !isHere(head)) found.push(head);
      return found;
    },

    async raiseWatermarkSeen(cameraId, until) {
      const before = seen.get(cameraId)?.until_at ?? null;
      if (before === null || before < until) seen.put({ camera_id: cameraId, until_at: until });
      return before;
    },

    async leastWatermarkSeen(clinicCode) {
      let least: number | null = null;
      for (const { id, enabled, required_med_types: types } of cameras.by('clinic', clinicCode)) {
        const mark = enabled && types.length === 0 ? seen.get(id)?.until_at : undefined;
        if (mark !== undefined && (least === null || mark < least)) least = mark;
      }
      return least;
    },
  };

  function mayHaveLeft(kind: AssessmentHeadRow['subject_kind'], id: string): boolean {
    // A settlement's head is not noted: see `Left`.
    return kind === 'settlement'
      ? left.horizon !== Number.NEGATIVE_INFINITY
      : left.mayHaveSubject(subjectKey(kind, id));
  }
}

/** No claim is older than the national platform: pages are counted through from here at the earliest. */
const EARLIEST = Date.parse('2014-01-01T00:00:00Z');
const pageFloor = (ms: number): number => Math.max(ms, EARLIEST);
/** And none begins years after another moment that matters: a device may tell of any year. */
const FARTHEST_MS = 400 * DAY_MS;
const pageCeiling = (to: number, from: number): number => Math.min(to, Math.max(from, EARLIEST) + FARTHEST_MS);
