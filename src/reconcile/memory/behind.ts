import type { ClaimEventKind } from '../../ledgers/claims/event-kinds.ts';
import { type Queryable, ts } from '../../platform/db.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { Subject, SubjectKind } from '../facts.ts';
import type { Span } from '../intervals.ts';
import type { AssessedRef, SettlementBrief, TouchedRow } from '../store-rows.ts';
import { parseVisitKey } from '../visit-key.ts';
import type { LongHead } from './left.ts';

/** Where a row lies: bring it back by `workingSet.ensure`. */
export interface Place {
  readonly clinic_code: string;
  readonly at: number;
}

export interface ClaimQuery {
  /** Of these people, or of this clinic. */
  readonly psnNos?: readonly string[];
  readonly clinicCode?: string;
  readonly from: number;
  readonly to: number | null;
  readonly limit: number;
}

/**
 * Reads of what has left memory, from the database, after everything handed over to it is written. Rows may be older than
 * what is in memory under the same key: memory outranks them.
 */
export interface Behind {
  settlement(id: string): Promise<Place | null>;
  decision(id: string): Promise<Place | null>;
  /** Everything of a subject and its visit. */
  placesOf(subject: Subject, visitKey: string | null): Promise<readonly Place[]>;
  incident(incidentKey: string): Promise<readonly Place[]>;
  assessed(kind: SubjectKind, ids: readonly string[]): Promise<readonly AssessedRef[]>;
  /** Heads of settlements and visits with began <= window_from <= to and window_to >= from. */
  windows(clinicCode: string, span: Span & { readonly began: number }): Promise<readonly LongHead[]>;
  /** Heads of cameras with window_from <= to and window_to >= from. */
  outages(clinicCode: string, from: number, to: number): Promise<readonly LongHead[]>;
  /** after < awaits_until <= until */
  awaiting(clinicCode: string, after: number | null, until: number): Promise<readonly LongHead[]>;
  /** Whether an appearance with a template began in [from, to]. */
  anyFace(clinicCode: string, from: number, to: number): Promise<boolean>;
  /** In order of (at, id). */
  settlements(query: ClaimQuery): Promise<readonly SettlementBrief[]>;
  /** In order of (at, id). */
  events(kinds: readonly ClaimEventKind[], query: ClaimQuery): Promise<readonly TouchedRow[]>;
  states(cameraId: string, from: number | null, to: number | null): Promise<readonly StateBehind[]>;
  /** Beginning of the newest state that began at or before a moment. */
  stateAt(cameraId: string, at: number): Promise<number | null>;
  offsetAt(cameraId: string, at: number): Promise<OffsetBehind | null>;
  factsBody(hash: Buffer): Promise<Buffer | null>;
}

export interface StateBehind {
  readonly camera_id: string;
  readonly state: string;
  readonly from_at: number;
  readonly to_at: number | null;
}

export interface OffsetBehind {
  readonly measured_at: number;
  readonly offset_ms: number;
  readonly uncertainty_ms: number;
}

const SETTLEMENT = `id, at, msgid, setl_id, mdtrt_id, clinic_code, psn_no, med_type, total_fen, fund_fen, reversed_at`;
const HEAD = 'subject_kind, subject_id, window_from, window_to, awaits_until, verdict';

export function createBehind(workingSet: WorkingSet, db: Queryable): Behind {
  const ask = async <Row extends object>(sql: string, values: readonly unknown[]): Promise<Row[]> => {
    await workingSet.written();
    return (await db.query<Row & Record<string, unknown>>(sql, values)).rows;
  };
  const first = async <Row extends object>(sql: string, values: readonly unknown[]): Promise<Row | null> =>
    (await ask<Row>(sql, values))[0] ?? null;

  const claims = <Row extends object>(columns: string, table: string, query: ClaimQuery, kinds: readonly string[]) =>
    ask<Row>(
      `select ${columns} from ${table} where ${query.psnNos ? 'psn_no = any($1::text[])' : 'clinic_code = $1'}
         and at >= $2 and ($3::timestamptz is null or at <= $3) ${kinds.length > 0 ? 'and kind = any($5::text[])' : ''}
       order by at, id limit $4`,
      [
        query.psnNos ?? query.clinicCode,
        moment(query.from),
        momentOrNull(query.to),
        query.limit,
        ...(kinds.length > 0 ? [kinds] : []),
      ],
    );

  return {
    settlement: (id) => first('select clinic_code, at from settlements where id = $1', [id]),
    decision: (id) => first('select clinic_code, decided_at as at from decisions where id = $1', [id]),

    placesOf(subject, visitKey) {
      const ofSubject = `select clinic_code, window_from as at from assessment_heads where subject_kind = $1 and subject_id = $2
        union all select clinic_code, first_at from findings where split_part(subject_key, '#', 1) = $3`;
      const values = [subject.kind, subject.id, `${subject.kind}/${subject.id}`];
      if (visitKey === null) return ask<Place>(ofSubject, values);
      const key = parseVisitKey(visitKey);
      const [mine, mineBy] =
        'msgid' in key
          ? ['msgid = $5', [key.msgid]]
          : ['mdtrt_id = $5 and clinic_code = $6', [key.mdtrtId, key.clinicCode]];
      return ask<Place>(
        `${ofSubject}
         union all select clinic_code, first_at from findings where incident_key = $4
         union all select clinic_code, decided_at from decisions where subject_key = $4
         union all select clinic_code, at from claim_events where ${mine}
         union all select clinic_code, at from settlements where ${mine}`,
        [...values, visitKey, ...mineBy],
      );
    },

    incident: (incidentKey) =>
      ask<Place>('select clinic_code, first_at as at from findings where incident_key = $1', [incidentKey]),

    assessed: (kind, ids) =>
      ask<AssessedRef>(
        'select subject_id, awaits_until from assessment_heads where subject_kind = $1 and subject_id = any($2::text[])',
        [kind, ids],
      ),

    windows: (clinicCode, { from, to, began }) =>
      ask<LongHead>(
        `select ${HEAD} from assessment_heads where clinic_code = $1 and window_from <= $3 and window_to >= $2
           and window_from >= $4 and subject_kind in ('settlement', 'visit')`,
        [clinicCode, moment(from), moment(to), moment(began)],
      ),

    outages: (clinicCode, from, to) =>
      ask<LongHead>(
        `select ${HEAD} from assessment_heads where clinic_code = $1 and window_from <= $3 and window_to >= $2
           and subject_kind = 'camera'`,
        [clinicCode, moment(from), moment(to)],
      ),

    awaiting: (clinicCode, after, until) =>
      ask<LongHead>(
        `select ${HEAD} from assessment_heads
         where clinic_code = $1 and awaits_until <= $3 and ($2::timestamptz is null or awaits_until > $2)`,
        [clinicCode, momentOrNull(after), moment(until)],
      ),

    async anyFace(clinicCode, from, to) {
      const rows = await ask(
        `select 1 from appearances where clinic_code = $1 and template_id is not null and from_at between $2 and $3 limit 1`,
        [clinicCode, moment(from), moment(to)],
      );
      return rows.length > 0;
    },

    settlements: (query) => claims<SettlementBrief>(SETTLEMENT, 'settlements', query, []),
    events: (kinds, query) => claims<TouchedRow>('id, clinic_code, mdtrt_id, msgid, at', 'claim_events', query, kinds),

    states: (cameraId, from, to) =>
      ask<StateBehind>(
        `select camera_id, state, from_at, to_at from device_states
         where camera_id = $1 and ($2::timestamptz is null or from_at >= $2) and ($3::timestamptz is null or from_at <= $3)
         order by from_at`,
        [cameraId, momentOrNull(from), momentOrNull(to)],
      ),

    async stateAt(cameraId, at) {
      const row = await first<{ at: number | null }>(
        'select max(from_at) as at from device_states where camera_id = $1 and from_at <= $2',
        [cameraId, moment(at)],
      );
      return row?.at ?? null;
    },

    offsetAt: (cameraId, at) =>
      first<OffsetBehind>(
        `select measured_at, offset_ms, uncertainty_ms from camera_clock_offsets
         where camera_id = $1 and measured_at <= $2 order by measured_at desc limit 1`,
        [cameraId, moment(at)],
      ),

    async factsBody(hash) {
      const row = await first<{ body: Buffer }>('select body from facts where hash = $1', [hash]);
      return row?.body ?? null;
    },
  };
}

/** Moments as both a Date and PostgreSQL can tell them. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T00:00:00Z');
const moment = (ms: number): string => ts(Math.min(LATEST, Math.max(EARLIEST, ms)));
const momentOrNull = (ms: number | null): string | null => (ms === null ? null : moment(ms));
