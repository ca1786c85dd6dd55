import type { Db } from '../../src/platform/db.ts';
import { ts } from '../../src/platform/db.ts';
import { ensureMonthPartitions } from '../../src/platform/partitions.ts';

/** A city of 6,156 clinics settles 8.5 million times a year: one settlement each 3.7 s, the newest first. */
const CLINICS = 6_156;
const EVERY_MS = Math.round((365 * 86_400_000) / 8_500_000);
const PERSONS = 300_000;
const BATCH = 100_000;
/** Batches that are written at once. */
const WRITERS = 2;

/** Rows of all tables for one settlement, indexes included, as measured; for the word about disk beforehand. */
export const BYTES_PER_SETTLEMENT = 2_400;

const CODE = (n: string): string => `'H4116' || lpad((${n} % 10 + 20)::text, 2, '0') || lpad((${n})::text, 5, '0')`;
const CAMERA = (n: string): string => `'cam-' || (${n})`;
const PERSON = (n: string): string => `'P' || (${n})`;

export const clinicCode = (n: number): string => `H4116${String((n % 10) + 20)}${String(n).padStart(5, '0')}`;
export const personNo = (n: number): string => `P${n}`;
export const cameraId = (n: number): string => `cam-${n}`;
export const clinicsOfCity = CLINICS;

/** Clinics with a camera each, that has told that it is well and how far it has seen; people; regions. */
export async function makeCity(db: Db, now: number): Promise<void> {
  const at = ts(now - 500 * 86_400_000);
  await db.query(`insert into regions (code, name, level, parent) values ('4116', '周口市', 'city', null)`);
  await db.query(
    `insert into regions (code, name, level, parent) select '4116' || lpad((n + 20)::text, 2, '0'), '县' || n, 'county', '4116'
     from generate_series(0, 9) n`,
  );
  await db.query(
    `insert into clinics (code, name, region_code, mode, open_hours, created_at)
     select ${CODE('n')}, '村卫生室' || n, '4116' || lpad((n % 10 + 20)::text, 2, '0'), 'hook',
       '[{"days":[1,2,3,4,5,6,7],"from":"00:00","to":"23:59"}]', $1 from generate_series(0, $2::int - 1) n`,
    [at, CLINICS],
  );
  await db.query(
    `insert into cameras (id, clinic_code, name, scene_point, source_kind, created_at, updated_at)
     select ${CAMERA('n')}, ${CODE('n')}, '收费处', 'counter', 'push', $1, $1 from generate_series(0, $2::int - 1) n`,
    [at, CLINICS],
  );
  await db.query(
    `insert into camera_clock_offsets (camera_id, measured_at, offset_ms, uncertainty_ms, source)
     select ${CAMERA('n')}, $1, 0, 500, 'bench' from generate_series(0, $2::int - 1) n`,
    [at, CLINICS],
  );
  await db.query(
    `insert into device_states (id, camera_id, state, from_at, to_at) select gen_random_uuid(), ${CAMERA('n')}, 'ok', $1, null
     from generate_series(0, $2::int - 1) n`,
    [at, CLINICS],
  );
  await db.query(
    `insert into camera_watermarks (camera_id, until_at, updated_at) select ${CAMERA('n')}, $1, $1
     from generate_series(0, $2::int - 1) n`,
    [ts(now), CLINICS],
  );
  await db.query(
    `insert into persons (psn_no, sex, birth, household, region_code, created_at, updated_at)
     select ${PERSON('n')}, case n % 2 when 0 then 'female' else 'male' end, date '1940-01-01' + n % 25000, 'HH' || n / 3,
       '4116' || lpad((n % 10 + 20)::text, 2, '0'), $1, $1 from generate_series(0, $2::int - 1) n`,
    [at, PERSONS],
  );
  await db.query(
    `insert into person_status (id, psn_no, what, from_at, source, created_at)
     select gen_random_uuid(), ${PERSON('n')}, 'dead', $1, 'bench', $1 from generate_series(50000, $2::int - 1, 97) n`,
    [at, PERSONS],
  );
}

/** Of a settlement `i` (0: the newest): its moment, clinic and person. */
const AT = `$3::timestamptz - i * interval '${EVERY_MS} milliseconds'`;
const CLINIC = '(i * 2654435761 % 6156)';
const WHO = '(50000 + i * 7919 % 250000)';
const SOURCE = `generate_series($1::bigint, $2::bigint - 1) i`;
const ID = (kind: string): string => `md5('${kind}' || i)::uuid`;
const MSGID = `${CODE(CLINIC)} || lpad(i::text, 18, '0')`;

/** What a settlement leaves behind, table by table: $1 first, $2 behind the last, $3 the moment of the newest. */
const TABLES: readonly string[] = [
  `insert into settlements (id, at, at_offset_min, msgid, setl_id, mdtrt_id, clinic_code, psn_no, med_type, insutype, cert_type,
     dev_no, opter, total_fen, fund_fen, account_fen, cash_fen, received_at)
   select ${ID('s')}, ${AT}, 480, ${MSGID}, 'S' || i, 'M' || i, ${CODE(CLINIC)}, ${PERSON(WHO)}, '11', '390', '02',
     'T-1', '0001', 3560, 1640, 0, 1920, ${AT} from ${SOURCE}`,
  `insert into settlement_key (setl_id, settlement_id, clinic_code, at) select 'S' || i, ${ID('s')}, ${CODE(CLINIC)}, ${AT} from ${SOURCE}`,
  `insert into seen_message (msgid, infno, clinic_code, message_id, received_at, event_at, request_hash, response_hash)
   select ${MSGID}, '2207', ${CODE(CLINIC)}, ${ID('m')}, ${AT}, ${AT}, sha256(i::text::bytea), sha256(i::text::bytea) from ${SOURCE}`,
  `insert into claim_events (id, kind, at, at_offset_min, clinic_code, msgid, message_received_at, psn_no, mdtrt_id, setl_id, dev_no, opter,
     body, created_at)
   select ${ID('e')}, 'settlement', ${AT}, 480, ${CODE(CLINIC)}, ${MSGID}, ${AT}, ${PERSON(WHO)}, 'M' || i, 'S' || i, 'T-1', '0001',
     '{"infno":"2207","responded":true,"refused":false,"medType":"11","insutype":"390","totalFen":3560,"fundFen":1640,"notes":[]}', ${AT}
   from ${SOURCE}`,
  `insert into appearances (id, camera_id, clinic_code, state, from_at, to_at, faces, quality, template_id, retention_class, received_at, updated_at)
   select ${ID('a')}, ${CAMERA(CLINIC)}, ${CODE(CLINIC)}, 'closed', ${AT} - interval '90 s', ${AT} + interval '30 s', 5, 0.8,
     ${ID('t')}, 'appearance', ${AT}, ${AT} from ${SOURCE}`,
  `insert into assessment_heads (subject_kind, subject_id, clinic_code, assessment_id, assessed_at, window_from, window_to, facts_hash, verdict,
     verdict_reason, llr, coverage, rule_set, awaits_until)
   select 'settlement', ${ID('s')}::text, ${CODE(CLINIC)}, ${ID('x')}, ${AT}, ${AT} - interval '30 min', ${AT} + interval '10 min',
     sha256(i::text::bytea), 'match', 'matched', 3, 1, repeat('0', 64), null from ${SOURCE}`,
  `insert into decisions (id, subject_key, clinic_code, psn_no, mdtrt_id, setl_id, settlement_id, msgid, clearing_month, fund_fen, decision,
     reasons, state, assessment_id, decided_at, updated_at)
   select ${ID('d')}, 'visit:' || ${CODE(CLINIC)} || ':M' || i, ${CODE(CLINIC)}, ${PERSON(WHO)}, 'M' || i, 'S' || i, ${ID('s')}, ${MSGID},
     to_char(${AT}, 'YYYY-MM'), 1640, 'allow', '[]', 'standing', ${ID('x')}, ${AT}, ${AT} from ${SOURCE}`,
];

/** Tables of which a settlement leaves rows. */
export const TABLES_OF_SETTLEMENTS = [
  ...['settlements', 'settlement_key', 'seen_message', 'claim_events', 'appearances', 'assessment_heads', 'decisions'],
] as const;

/** Adds settlements `from` to `to` (0: the newest) with all that belongs to them. */
export async function addSettlements(
  db: Db,
  options: { readonly from: number; readonly to: number; readonly newestAt: number; onProgress(done: number): void },
): Promise<void> {
  const { from, to, newestAt } = options;
  for (let at = newestAt - to * EVERY_MS; at <= newestAt + 31 * 86_400_000; at += 28 * 86_400_000) {
    await ensureMonthPartitions(db, at);
  }
  let next = from;
  let done = 0;
  const write = async (): Promise<void> => {
    while (next < to) {
      const first = next;
      const until = Math.min(to, first + BATCH);
      next = until;
      await db.transaction(async (tx) => {
        // Only what is generated; what is measured is durable.
        await tx.query('set local synchronous_commit = off');
        for (const sql of TABLES) await tx.query(sql, [first, until, ts(newestAt)]);
      });
      done += until - first;
      options.onProgress(done);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}
