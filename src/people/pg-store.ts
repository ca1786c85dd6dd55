import type { Keyring } from '../platform/crypto.ts';
import { type Tx, ts, tsOrNull } from '../platform/db.ts';
import type { Outbox } from '../platform/outbox.ts';
import { tellOutbox } from '../platform/tell.ts';
import type { KnownPerson, PeopleStore } from './store.ts';
import type { PersonStatusRow, PortraitRow, ProxyRow, StaffRow } from './tables.ts';
import { createPgTemplateStore } from './template.store.ts';

/** The room's writers on the database, within one transaction; a statement each, however many rows. */
export function createPgPeopleStore(tx: Tx, deps: { readonly keyring: Keyring; readonly outbox: Outbox }): PeopleStore {
  return {
    ...createPgTemplateStore(tx, deps.keyring),
    ...personsIn(tx),
    ...statusesIn(tx),
    ...proxiesIn(tx),
    ...clinicPeopleIn(tx),
    ...portraitsIn(tx),
    tell: tellOutbox(tx, deps.outbox),
  };
}

const personsIn = (tx: Tx): Pick<PeopleStore, 'persons' | 'putPersons'> => ({
  async persons(psnNos) {
    const { rows } = await tx.query<KnownPerson & Record<string, unknown>>(
      `select psn_no, cert_type, sex, birth, household, region_code from persons
       where psn_no = any($1::text[]) order by psn_no for update`,
      [psnNos],
    );
    return rows;
  },

  async putPersons(rows) {
    await tx.query(
      `insert into persons as p (psn_no, name_enc, certno_enc, certno_blind, cert_type, sex, birth, household,
         region_code, retention_class, created_at, updated_at)
       select * from unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[], $5::text[], $6::text[], $7::date[],
         $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[])
       on conflict (psn_no) do update set
         name_enc = coalesce(excluded.name_enc, p.name_enc),
         certno_enc = coalesce(excluded.certno_enc, p.certno_enc),
         certno_blind = coalesce(excluded.certno_blind, p.certno_blind),
         cert_type = excluded.cert_type,
         sex = coalesce(excluded.sex, p.sex),
         birth = coalesce(excluded.birth, p.birth),
         household = coalesce(excluded.household, p.household),
         region_code = excluded.region_code,
         updated_at = excluded.updated_at`,
      [
        rows.map((row) => row.psn_no),
        rows.map((row) => row.name_enc),
        rows.map((row) => row.certno_enc),
        rows.map((row) => row.certno_blind),
        rows.map((row) => row.cert_type),
        rows.map((row) => row.sex),
        rows.map((row) => row.birth),
        rows.map((row) => row.household),
        rows.map((row) => row.region_code),
        rows.map((row) => row.retention_class),
        rows.map((row) => ts(row.created_at)),
        rows.map((row) => ts(row.updated_at)),
      ],
    );
  },
});

const statusesIn = (tx: Tx): Pick<PeopleStore, 'statuses' | 'putStatuses' | 'removeStatuses'> => ({
  async statuses(psnNos) {
    const { rows } = await tx.query<PersonStatusRow & Record<string, unknown>>(
      `select id, psn_no, what, from_at, to_at, institution, source, created_at from person_status
       where psn_no = any($1::text[]) order by id for update`,
      [psnNos],
    );
    return rows;
  },

  async putStatuses(rows) {
    await tx.query(
      `insert into person_status (id, psn_no, what, from_at, to_at, institution, source, created_at)
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[],
         $7::text[], $8::timestamptz[])
       on conflict (psn_no, what, from_at) do update set to_at = excluded.to_at, institution = excluded.institution,
         source = excluded.source`,
      [
        rows.map((row) => row.id),
        rows.map((row) => row.psn_no),
        rows.map((row) => row.what),
        rows.map((row) => ts(row.from_at)),
        rows.map((row) => tsOrNull(row.to_at)),
        rows.map((row) => row.institution),
        rows.map((row) => row.source),
        rows.map((row) => ts(row.created_at)),
      ],
    );
  },

  async removeStatuses(rows) {
    if (rows.length === 0) return;
    await tx.query('delete from person_status where id = any($1::uuid[])', [rows.map((row) => row.id)]);
  },
});

const proxiesIn = (tx: Tx): Pick<PeopleStore, 'proxies' | 'putProxies'> => ({
  async proxies(wanted) {
    const { rows } = await tx.query<ProxyRow & Record<string, unknown>>(
      `select id, psn_no, proxy_psn_no, relation, from_at, to_at, registered_by, created_at, revoked_at from proxies
       where id = any($1::uuid[])`,
      [wanted.map(({ id }) => id)],
    );
    return rows;
  },

  async putProxies(rows) {
    await tx.query(
      `insert into proxies as p (id, psn_no, proxy_psn_no, relation, from_at, to_at, registered_by, created_at)
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[],
         $7::text[], $8::timestamptz[])
       on conflict (id) do update set relation = excluded.relation, to_at = excluded.to_at where p.revoked_at is null`,
      [
        rows.map((row) => row.id),
        rows.map((row) => row.psn_no),
        rows.map((row) => row.proxy_psn_no),
        rows.map((row) => row.relation),
        rows.map((row) => ts(row.from_at)),
        rows.map((row) => tsOrNull(row.to_at)),
        rows.map((row) => row.registered_by),
        rows.map((row) => ts(row.created_at)),
      ],
    );
  },
});

const clinicPeopleIn = (tx: Tx): Pick<PeopleStore, 'staff' | 'putStaff' | 'putSignIns' | 'putFilings'> => ({
  async staff(ids) {
    const { rows } = await tx.query<StaffRow & Record<string, unknown>>(
      `select id, clinic_code, staff_no, psn_no, name_enc, active_from, active_to, created_at from staff
       where id = any($1::uuid[])`,
      [ids],
    );
    return rows;
  },

  async putStaff(rows) {
    await tx.query(
      `insert into staff as s (id, clinic_code, staff_no, psn_no, name_enc, active_from, active_to, created_at)
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[],
         $7::timestamptz[], $8::timestamptz[])
       on conflict (clinic_code, staff_no) do update set psn_no = excluded.psn_no,
         name_enc = coalesce(excluded.name_enc, s.name_enc), active_from = excluded.active_from,
         active_to = excluded.active_to`,
      [
        rows.map((row) => row.id),
        rows.map((row) => row.clinic_code),
        rows.map((row) => row.staff_no),
        rows.map((row) => row.psn_no),
        rows.map((row) => row.name_enc),
        rows.map((row) => ts(row.active_from)),
        rows.map((row) => tsOrNull(row.active_to)),
        rows.map((row) => ts(row.created_at)),
      ],
    );
  },

  async putSignIns(rows) {
    await tx.query(
      `insert into staff_sign_ins as s (id, staff_id, clinic_code, from_at, to_at)
       select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[])
       on conflict (staff_id, from_at) do update set to_at = coalesce(excluded.to_at, s.to_at)`,
      [
        rows.map((row) => row.id),
        rows.map((row) => row.staff_id),
        rows.map((row) => row.clinic_code),
        rows.map((row) => ts(row.from_at)),
        rows.map((row) => tsOrNull(row.to_at)),
      ],
    );
  },

  async putFilings(rows) {
    const { rows: changed } = await tx.query<{ id: string }>(
      `insert into filings as f (id, clinic_code, psn_no, what, from_at, to_at, created_at, camera_id)
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[],
         $7::timestamptz[], $8::text[])
       on conflict (id) do update set to_at = excluded.to_at where f.to_at is distinct from excluded.to_at returning id`,
      [
        rows.map((row) => row.id),
        rows.map((row) => row.clinic_code),
        rows.map((row) => row.psn_no),
        rows.map((row) => row.what),
        rows.map((row) => ts(row.from_at)),
        rows.map((row) => tsOrNull(row.to_at)),
        rows.map((row) => ts(row.created_at)),
        rows.map((row) => row.camera_id),
      ],
    );
    return new Set(changed.map((row) => row.id));
  },
});

const portraitsIn = (tx: Tx): Pick<PeopleStore, 'portraits' | 'putPortraits'> => ({
  async portraits(kind, refs) {
    if (refs.length === 0) return [];
    // Two workers may look at two pictures of one subject: they decide in turn.
    await tx.query(
      `select pg_advisory_xact_lock(hashtextextended('portrait:' || $1 || ':' || ref, 0))
       from (select unnest($2::text[]) as ref order by 1) as subjects`,
      [kind, refs],
    );
    const { rows } = await tx.query<PortraitRow & Record<string, unknown>>(
      `select id, subject_kind, subject_ref, state, reasons, taken_on, quality, blob_sha256, template_id, created_at,
         decided_at
       from portraits
       where subject_kind = $1 and subject_ref = any($2::text[]) and template_id is not null
         and state in ('accepted', 'superseded')`,
      [kind, refs],
    );
    return rows;
  },

  async putPortraits(rows) {
    if (rows.length === 0) return;
    await tx.query(
      `insert into portraits (id, subject_kind, subject_ref, state, reasons, taken_on, quality, blob_sha256, template_id,
         created_at, decided_at)
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::date[], $7::real[],
         $8::bytea[], $9::uuid[], $10::timestamptz[], $11::timestamptz[])
       on conflict (id) do update set state = excluded.state, reasons = excluded.reasons, taken_on = excluded.taken_on,
         quality = excluded.quality, template_id = excluded.template_id, created_at = excluded.created_at,
         decided_at = excluded.decided_at`,
      [
        rows.map((row) => row.id),
        rows.map((row) => row.subject_kind),
        rows.map((row) => row.subject_ref),
        rows.map((row) => row.state),
        rows.map((row) => JSON.stringify(row.reasons)),
        rows.map((row) => row.taken_on),
        rows.map((row) => row.quality),
        rows.map((row) => row.blob_sha256),
        rows.map((row) => row.template_id),
        rows.map((row) => ts(row.created_at)),
        rows.map((row) => tsOrNull(row.decided_at)),
      ],
    );
  },
});
