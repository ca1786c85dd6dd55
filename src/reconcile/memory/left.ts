import { clockOffsetsTable } from '../../devices/tables.ts';
import type { SettlementRow } from '../../ledgers/claims/rows.ts';
import { claimEventsTable, settlementsTable } from '../../ledgers/claims/tables.ts';
import { deviceStatesTable } from '../../ledgers/presence/tables.ts';
import { SeenKeys } from '../../platform/seen-keys.ts';
import { DAY_MS, pageDay, type Table } from '../../platform/working-set/table.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import { type SubjectKind, visitKeyOf } from '../facts.ts';
import {
  type AssessmentHeadRow,
  assessmentHeadsTable,
  decisionsTable,
  findingsTable,
  isLongHead,
  subjectBaseOf,
} from '../tables.ts';
import { type ToldOffset, type ToldState, Trail } from './trail.ts';

/** A head that has left memory although its window may still be asked for. */
export type LongHead = Pick<
  AssessmentHeadRow,
  'subject_kind' | 'subject_id' | 'window_from' | 'window_to' | 'awaits_until' | 'verdict'
>;

/**
 * What has left memory, as far as reads must know of it to go back for it. Of a row that has left nothing is known but
 * that it may be there: by its visit, its subject, its incident or its person. Memory for this does not grow with the work.
 */
export interface Left {
  /** Rows whose page's moment lies at or after it are here; -Infinity: everything is. */
  readonly horizon: number;
  /** Whether rows of this visit, subject or incident may have left. False is certain. */
  mayHaveSubject(key: string): boolean;
  /** Whether claims of this person may have left. False is certain. */
  mayHavePerson(psnNo: string): boolean;
  /** Long heads (`isLongHead`) that have left, as long as their windows reach beyond the horizon. */
  longHeads(clinicCode: string): Iterable<LongHead>;
  /** A camera's states and clock offsets that have left. */
  readonly states: Trail<ToldState>;
  readonly offsets: Trail<ToldOffset>;
  /** Takes note of everything older that is here: it is about to leave. */
  note(beforeMs: number): void;
}

/** Looking back so far from a moment finds every head whose window holds it, but long ones. */
export const HEAD_REACH_MS = DAY_MS;

/** Under what a subject, and what belongs to its visit, is known to have left. */
export const subjectKey = (kind: SubjectKind, id: string): string => (kind === 'visit' ? id : `${kind}/${id}`);

/** 2^27 bits are 16 MB: a year of a city's visits leaves one wrong "yes" in fifty. */
const LOG2_BITS = 27;
/** Outages are looked back for by 30 days from what is here. */
const TRAIL_MS = 31 * DAY_MS;

export function createLeft(workingSet: WorkingSet): Left {
  const heads = workingSet.table(assessmentHeadsTable);
  const findings = workingSet.table(findingsTable);
  const decisions = workingSet.table(decisionsTable);
  const settlements = workingSet.table(settlementsTable);
  const events = workingSet.table(claimEventsTable);
  const deviceStates = workingSet.table(deviceStatesTable);
  const clockOffsets = workingSet.table(clockOffsetsTable);
  const states = new Trail<ToldState>((row) => row.from_at);
  const offsets = new Trail<ToldOffset>((row) => row.measured_at);
  const longHeads = new Map<string, Map<string, LongHead>>();
  let horizon = Number.NEGATIVE_INFINITY;
  let keys: SeenKeys | null = null;
  let messages: SeenKeys | null = null;

  const noteHead = (row: AssessmentHeadRow, seen: SeenKeys): void => {
    const long = isLongHead(row);
    // A settlement's own is found by the settlement's moment.
    const key = subjectKey(row.subject_kind, row.subject_id);
    if (row.subject_kind !== 'settlement' || long) seen.add(key);
    if (!long) {
      longHeads.get(row.clinic_code)?.delete(key);
      return;
    }
    const ofClinic = longHeads.get(row.clinic_code) ?? new Map<string, LongHead>();
    longHeads.set(row.clinic_code, ofClinic);
    ofClinic.set(key, row);
  };

  const forgetEnded = (): void => {
    for (const [clinic, ofClinic] of longHeads) {
      for (const [key, { window_to: to, awaits_until: awaits }] of ofClinic) {
        if (to < horizon && (awaits === null || awaits < horizon)) ofClinic.delete(key);
      }
      if (ofClinic.size === 0) longHeads.delete(clinic);
    }
  };

  return {
    states,
    offsets,
    get horizon() {
      return horizon;
    },
    mayHaveSubject(key) {
      if (keys === null || messages === null) return false;
      return keys.mayHave(key) || (key.startsWith('message:') && messages.mayHave(key));
    },
    mayHavePerson: (psnNo) => keys?.mayHave(personKey(psnNo)) ?? false,
    longHeads: (clinicCode) => longHeads.get(clinicCode)?.values() ?? [],

    note(beforeMs) {
      const day = pageDay(beforeMs);
      const seen = keys ?? new SeenKeys(LOG2_BITS);
      const named = messages ?? new SeenKeys(LOG2_BITS);
      keys = seen;
      messages = named;
      for (const row of leaving(heads, day)) noteHead(row, seen);
      for (const row of leaving(findings, day)) {
        const base = subjectBaseOf(row.subject_key);
        seen.add(base.startsWith(VISIT) ? base.slice(VISIT.length) : base);
        seen.add(row.incident_key);
      }
      for (const row of leaving(decisions, day)) seen.add(row.subject_key);
      const noteClaim = (row: Claim): void => {
        seen.add(visitKeyOf(row.clinic_code, row.mdtrt_id, row.msgid));
        named.add(`message:${row.msgid}`);
        if (row.psn_no !== null) seen.add(personKey(row.psn_no));
      };
      for (const row of leaving(settlements, day)) noteClaim(row);
      for (const row of leaving(events, day)) noteClaim(row);
      for (const { camera_id, state, from_at, to_at } of leaving(deviceStates, day)) {
        // One text of the camera's name for all its states: there are many.
        const name = states.of(camera_id)[0]?.camera_id ?? camera_id;
        states.add(name, { camera_id: name, state, from_at, to_at });
      }
      for (const { camera_id, measured_at, offset_ms, uncertainty_ms } of leaving(clockOffsets, day)) {
        offsets.add(camera_id, { measured_at, offset_ms, uncertainty_ms });
      }
      horizon = Math.max(horizon, day * DAY_MS);
      forgetEnded();
      states.forget(horizon - TRAIL_MS);
      offsets.forget(horizon - TRAIL_MS);
    },
  };
}

type Claim = Pick<SettlementRow, 'clinic_code' | 'mdtrt_id' | 'msgid' | 'psn_no'>;

const VISIT = 'visit/';
const personKey = (psnNo: string): string => `person/${psnNo}`;

/** Rows on pages of days before `day`; none of a table that stays in memory. */
function* leaving<Row extends object>(table: Table<Row>, day: number): Generator<Row> {
  if (typeof table.def.page === 'string') return;
  for (const page of [...table.pagesBefore(day)]) {
    yield* table.within(page.clinic, page.day * DAY_MS, (page.day + 1) * DAY_MS - 1);
  }
}
