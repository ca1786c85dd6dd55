import { type Queryable, ts } from '../platform/db.ts';
import { type Subject, type SubjectKind, visitKeyOf } from './facts.ts';
import { localDay, nextDay } from './local-time.ts';

/** Which subjects may be touched by what happened. Over-telling costs a gathering; under-telling would lose a revision. */

/** device − true of a camera at a device time. */
export async function offsetAt(db: Queryable, cameraId: string, deviceMs: number): Promise<number> {
  const { rows } = await db.query<{ offset_ms: number }>(
    'select offset_ms from camera_clock_offsets where camera_id = $1 and measured_at <= $2 order by measured_at desc limit 1',
    [cameraId, ts(deviceMs)],
  );
  return rows[0]?.offset_ms ?? 0;
}

const subjectsOf = (rows: readonly { subject_kind: SubjectKind; subject_id: string }[]): Subject[] =>
  rows.map((row) => ({ kind: row.subject_kind, id: row.subject_id }));

/** Visits and settlements of a clinic whose window overlaps a span of true time. */
export async function windowsOver(
  db: Queryable,
  clinicCode: string,
  span: { readonly from: number; readonly to: number },
): Promise<Subject[]> {
  const { rows } = await db.query<{ subject_kind: SubjectKind; subject_id: string }>(
    `select subject_kind, subject_id from assessment_heads
     where clinic_code = $1 and window_from <= $3 and window_to >= $2 and subject_kind in ('settlement', 'visit')`,
    [clinicCode, ts(span.from), ts(span.to)],
  );
  return subjectsOf(rows);
}

/**
 * Settlements whose window holds a moment and that no match has decided: who else settled then may explain a face of
 * theirs. Where no face was seen about that day there is nothing to explain; one that arrives later tells by itself.
 */
export async function neighboursOf(db: Queryable, clinicCode: string, at: number): Promise<Subject[]> {
  const { rows } = await db.query<{ subject_kind: SubjectKind; subject_id: string }>(
    `select subject_kind, subject_id from assessment_heads
     where clinic_code = $1 and window_from <= $2 and window_to >= $2 and subject_kind in ('settlement', 'visit')
       and verdict is distinct from 'match'
       and exists (select 1 from appearances a where a.clinic_code = $1 and a.template_id is not null
         and a.from_at between $2::timestamptz - interval '1 day' and $2::timestamptz + interval '1 day')`,
    [clinicCode, ts(at)],
  );
  return subjectsOf(rows);
}

/** Outages of a camera that were assessed under whatever start: when states change, starts do too. */
export async function knownOutages(
  db: Queryable,
  clinicCode: string,
  cameraId: string,
  span: { readonly from: number; readonly to: number | null },
): Promise<Subject[]> {
  const { rows } = await db.query<{ subject_kind: SubjectKind; subject_id: string }>(
    `select subject_kind, subject_id from assessment_heads
     where clinic_code = $1 and subject_kind = 'camera' and starts_with(subject_id, $2 || '@')
       and window_to >= $3 and ($4::timestamptz is null or window_from <= $4)`,
    [clinicCode, cameraId, ts(span.from), span.to === null ? null : ts(span.to)],
  );
  return subjectsOf(rows);
}

/** What waits for footage between two marks (true time) of one clinic's cameras. */
export async function awaitingBetween(
  db: Queryable,
  clinicCode: string,
  after: number | null,
  until: number,
): Promise<Subject[]> {
  const { rows } = await db.query<{ subject_kind: SubjectKind; subject_id: string }>(
    `select subject_kind, subject_id from assessment_heads
     where clinic_code = $1 and awaits_until <= $3 and ($2::timestamptz is null or awaits_until > $2)`,
    [clinicCode, after === null ? null : ts(after), ts(until)],
  );
  return subjectsOf(rows);
}

interface ClaimRow {
  id: string;
  clinic_code: string;
  mdtrt_id: string | null;
  msgid: string;
  at: number;
}

export interface TouchedClaims {
  readonly subjects: readonly Subject[];
  readonly days: readonly { readonly clinicCode: string; readonly day: string }[];
}

/** Settlements and registrations of people, with the days they lie in. Staff portraits, households and proxies reach others. */
export async function claimsOfPeople(
  db: Queryable,
  options: {
    readonly psnNo: string;
    /** Also those for whom he may stand at the counter: his household, and whoever named him a proxy. */
    readonly withRelated: boolean;
    readonly from: number;
    readonly to: number | null;
    readonly timeZone: string;
  },
): Promise<TouchedClaims> {
  const people = `select $1::text as psn_no ${
    options.withRelated
      ? `union select psn_no from proxies where proxy_psn_no = $1
         union select psn_no from persons where household = (select household from persons where psn_no = $1)`
      : ''
  }`;
  const values = [options.psnNo, ts(options.from), options.to === null ? null : ts(options.to)];
  const settlements = await db.query<ClaimRow>(
    `select s.id, s.clinic_code, s.mdtrt_id, s.msgid, s.at from settlements s
     where s.psn_no in (${people}) and s.at >= $2 and ($3::timestamptz is null or s.at <= $3) order by s.at, s.id limit 5000`,
    values,
  );
  const events = await db.query<ClaimRow>(
    `select e.id, e.clinic_code, e.mdtrt_id, e.msgid, e.at from claim_events e
     where e.psn_no in (${people}) and e.kind in ('registration', 'trial_settlement') and e.at >= $2
       and ($3::timestamptz is null or e.at <= $3) order by e.at, e.id limit 5000`,
    values,
  );
  return touched(settlements.rows, events.rows, options.timeZone);
}

/** The same for everything of a clinic in a span. */
export async function claimsOfClinic(
  db: Queryable,
  options: {
    readonly clinicCode: string;
    readonly from: number;
    readonly to: number | null;
    readonly timeZone: string;
  },
): Promise<TouchedClaims> {
  const values = [options.clinicCode, ts(options.from), options.to === null ? null : ts(options.to)];
  const settlements = await db.query<ClaimRow>(
    `select id, clinic_code, mdtrt_id, msgid, at from settlements
     where clinic_code = $1 and at >= $2 and ($3::timestamptz is null or at <= $3) order by at, id limit 5000`,
    values,
  );
  const events = await db.query<ClaimRow>(
    `select id, clinic_code, mdtrt_id, msgid, at from claim_events
     where clinic_code = $1 and kind = 'trial_settlement' and at >= $2 and ($3::timestamptz is null or at <= $3)
     order by at, id limit 5000`,
    values,
  );
  return touched(settlements.rows, events.rows, options.timeZone);
}

function touched(settlements: readonly ClaimRow[], events: readonly ClaimRow[], timeZone: string): TouchedClaims {
  const days = new Map(
    settlements.map((row) => {
      const day = localDay(row.at, timeZone);
      return [`${row.clinic_code}:${day}`, { clinicCode: row.clinic_code, day }];
    }),
  );
  return {
    subjects: [
      ...events.map((row): Subject => ({ kind: 'visit', id: visitKeyOf(row.clinic_code, row.mdtrt_id, row.msgid) })),
      ...settlements.map((row): Subject => ({ kind: 'settlement', id: row.id })),
    ],
    days: [...days.values()],
  };
}

/** Local days that a span touches, at most 31. */
export function daysOf(from: number, to: number, timeZone: string): string[] {
  const days: string[] = [];
  const last = localDay(to, timeZone);
  for (let day = localDay(from, timeZone); day <= last && days.length < 31; day = nextDay(day, timeZone))
    days.push(day);
  return days;
}
