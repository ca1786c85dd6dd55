import type { Queryable } from '../platform/db.ts';
import {
  type ClinicFacts,
  FACTS_SCHEMA,
  type PersonFacts,
  type PresenceFacts,
  type SettlementFacts,
  type VisitEventFact,
  type VisitFacts,
  visitKeyOf,
} from './facts.ts';
import { gatherFilings, gatherPerson } from './gather-people.ts';
import { type GatherContext, gatherPresence } from './gather-presence.ts';

interface ClinicColumns {
  clinic_code: string;
  region_code: string | null;
  face_recognition: boolean | null;
  mode: 'mirror' | 'hook' | null;
}

const CLINIC_COLUMNS = 'c.region_code, c.face_recognition, c.mode';

export const clinicOf = (row: ClinicColumns, installation: boolean): ClinicFacts => ({
  code: row.clinic_code,
  regionCode: row.region_code,
  faceRecognition: installation && (row.face_recognition ?? true),
  mode: row.mode ?? 'mirror',
});

/** Where a settlement belongs; null when there is none of that id. */
export async function settlementRef(
  db: Queryable,
  settlementId: string,
): Promise<{ visitKey: string; clinicCode: string; at: number; psnNo: string | null } | null> {
  const { rows } = await db.query<{
    clinic_code: string;
    mdtrt_id: string | null;
    msgid: string;
    at: number;
    psn_no: string | null;
  }>('select clinic_code, mdtrt_id, msgid, at, psn_no from settlements where id = $1', [settlementId]);
  const row = rows[0];
  if (!row) return null;
  return {
    visitKey: visitKeyOf(row.clinic_code, row.mdtrt_id, row.msgid),
    clinicCode: row.clinic_code,
    at: row.at,
    psnNo: row.psn_no,
  };
}

/** Facts of one settlement; null when there is none of that id. */
export async function gatherSettlement(context: GatherContext, settlementId: string): Promise<SettlementFacts | null> {
  const { rows } = await context.db.query<
    ClinicColumns & {
      at: number;
      msgid: string;
      setl_id: string | null;
      mdtrt_id: string | null;
      psn_no: string | null;
      med_type: string | null;
      total_fen: number | null;
      fund_fen: number | null;
      reversed_at: number | null;
    }
  >(
    `select s.clinic_code, ${CLINIC_COLUMNS}, s.at, s.msgid, s.setl_id, s.mdtrt_id, s.psn_no, s.med_type, s.total_fen,
       s.fund_fen, s.reversed_at
     from settlements s left join clinics c on c.code = s.clinic_code where s.id = $1`,
    [settlementId],
  );
  const row = rows[0];
  if (!row) return null;
  const clinic = clinicOf(row, context.faceRecognition);
  const listed = row.psn_no === null ? null : await gatherPerson(context.db, row.psn_no);
  const presence = await gatherPresence(context, {
    clinicCode: row.clinic_code,
    psnNo: row.psn_no,
    birth: listed?.birth ?? null,
    at: row.at,
    medType: row.med_type,
    faceRecognition: clinic.faceRecognition,
  });
  return {
    kind: 'settlement',
    schema: FACTS_SCHEMA,
    settlementId,
    visitKey: visitKeyOf(row.clinic_code, row.mdtrt_id, row.msgid),
    clinic,
    at: row.at,
    msgid: row.msgid,
    setlId: row.setl_id,
    mdtrtId: row.mdtrt_id,
    medType: row.med_type,
    totalFen: row.total_fen,
    fundFen: row.fund_fen,
    reversed: row.reversed_at !== null,
    person: listed && personOf(listed, presence),
    filings: await gatherFilings(context.db, row.clinic_code, row.psn_no, row.at),
    presence,
  };
}

const personOf = (
  listed: Omit<PersonFacts, 'portrait' | 'isStaffHere'>,
  presence: PresenceFacts | null,
): PersonFacts => ({
  ...listed,
  portrait: presence?.claimedPortrait ?? null,
  isStaffHere: presence?.claimedIsStaff ?? false,
});

/** Which visit a key means. */
export function parseVisitKey(visitKey: string): { clinicCode: string; mdtrtId: string } | { msgid: string } {
  if (visitKey.startsWith('message:')) return { msgid: visitKey.slice('message:'.length) };
  const [, clinicCode = '', ...rest] = visitKey.split(':');
  return { clinicCode, mdtrtId: rest.join(':') };
}

/** Facts of one visit: what was registered and tried, and whether its settlements stand; null when there is nothing. */
export async function gatherVisit(context: GatherContext, visitKey: string): Promise<VisitFacts | null> {
  const key = parseVisitKey(visitKey);
  const { rows } = await context.db.query<
    ClinicColumns & {
      id: string;
      kind: VisitEventFact['kind'];
      at: number;
      msgid: string;
      psn_no: string | null;
      mdtrt_id: string | null;
      med_type: string | null;
      reversed_at: number | null;
      refused: boolean;
    }
  >(
    `select e.clinic_code, ${CLINIC_COLUMNS}, e.id, e.kind, e.at, e.msgid, e.psn_no, e.mdtrt_id,
       e.body ->> 'medType' as med_type, e.reversed_at,
       coalesce((e.body ->> 'refused')::boolean, false) as refused
     from claim_events e left join clinics c on c.code = e.clinic_code
     where e.kind in ('registration', 'trial_settlement', 'settlement')
       and ${'msgid' in key ? 'e.msgid = $1' : 'e.mdtrt_id = $1 and e.clinic_code = $2'}
     order by e.at, e.id`,
    'msgid' in key ? [key.msgid] : [key.mdtrtId, key.clinicCode],
  );
  const [first] = rows;
  if (!first) return null;
  const clinic = clinicOf(first, context.faceRecognition);
  const psnNo = rows.findLast((row) => row.psn_no !== null)?.psn_no ?? null;
  const listed = psnNo === null ? null : await gatherPerson(context.db, psnNo);
  const settlements = rows.filter((row) => row.kind === 'settlement');
  const trial = rows.findLast((row) => row.kind === 'trial_settlement' && row.reversed_at === null && !row.refused);
  const movedTo =
    'msgid' in key && first.mdtrt_id !== null ? visitKeyOf(first.clinic_code, first.mdtrt_id, first.msgid) : null;
  const presence =
    trial && settlements.length === 0 && movedTo === null
      ? await gatherPresence(context, {
          clinicCode: trial.clinic_code,
          psnNo,
          birth: listed?.birth ?? null,
          at: trial.at,
          medType: trial.med_type,
          faceRecognition: clinic.faceRecognition,
        })
      : null;
  return {
    kind: 'visit',
    schema: FACTS_SCHEMA,
    visitKey,
    clinic,
    mdtrtId: first.mdtrt_id,
    msgid: rows.at(-1)?.msgid ?? first.msgid,
    person: listed && personOf(listed, presence),
    events: rows.map((row) => ({
      eventId: row.id,
      kind: row.kind,
      at: row.at,
      msgid: row.msgid,
      // What the platform refused did not happen.
      cancelled: row.reversed_at !== null || row.refused,
    })),
    movedTo,
    reversed: settlements.length > 0 && settlements.every((row) => row.reversed_at !== null || row.refused),
    presence,
  };
}
