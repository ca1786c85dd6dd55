import { type Tx, ts } from '../platform/db.ts';
import { tellChanges } from './changes.ts';
import type { WriterDeps } from './deps.ts';
import type { Person } from './people.store.ts';

/** A person as a feed or the API tells it. null: not told; what is stored stays. */
export interface PersonInput {
  readonly psnNo: string;
  readonly name: string | null;
  /** psn_cert_type */
  readonly certType: string | null;
  /** Normalised and checked (identity.ts). */
  readonly certno: string | null;
  readonly sex: Person['sex'];
  readonly birth: string | null;
  readonly household: string | null;
  readonly regionCode: string | null;
}

/** What a person's name and ID number are sealed with, so that no row can be passed off as another's. */
export const identityContext = (psnNo: string): string => `person:${psnNo}`;

/**
 * Stores persons, new or known; of two with one psn_no the later stands. A changed household is told, since findings
 * may rest on it. @param defaultRegion of new persons without one
 */
export async function putPersons(
  tx: Tx,
  deps: WriterDeps,
  persons: readonly PersonInput[],
  defaultRegion: string,
): Promise<void> {
  const { keyring, outbox } = deps;
  // In one order, so that two imports of the same people cannot wait for each other.
  const rows = [...new Map(persons.map((person) => [person.psnNo, person])).values()].sort((a, b) =>
    a.psnNo < b.psnNo ? -1 : 1,
  );
  const { rows: stored } = await tx.query<{
    psn_no: string;
    household: string | null;
    region_code: string | null;
    cert_type: string;
  }>(
    `select psn_no, household, region_code, cert_type from persons
     where psn_no = any($1::text[]) order by psn_no for update`,
    [rows.map((row) => row.psnNo)],
  );
  const known = new Map(stored.map((row) => [row.psn_no, row]));
  const seal = (text: string | null, psnNo: string): Buffer | null =>
    text === null ? null : keyring.sealText('identity', text, identityContext(psnNo));

  await tx.query(
    `insert into persons as p (psn_no, name_enc, certno_enc, certno_blind, cert_type, sex, birth, household,
       region_code, created_at, updated_at)
     select t.*, $10, $10
     from unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[], $5::text[], $6::text[], $7::date[], $8::text[],
       $9::text[]) as t
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
      rows.map((row) => row.psnNo),
      rows.map((row) => seal(row.name, row.psnNo)),
      rows.map((row) => seal(row.certno, row.psnNo)),
      rows.map((row) => (row.certno === null ? null : keyring.blindIndex('certno', row.certno))),
      rows.map((row) => row.certType ?? known.get(row.psnNo)?.cert_type ?? '01'),
      rows.map((row) => row.sex),
      rows.map((row) => row.birth),
      rows.map((row) => row.household),
      rows.map((row) => row.regionCode ?? known.get(row.psnNo)?.region_code ?? defaultRegion),
      ts(deps.clock.now()),
    ],
  );
  const moved = rows.filter(({ psnNo, household }) => {
    const before = known.get(psnNo);
    return before !== undefined && household !== null && household !== before.household;
  });
  await tellChanges(
    tx,
    outbox,
    moved.map(({ psnNo }) => ({ psnNo, what: 'household' })),
  );
}
