import type { Keyring } from '../platform/crypto.ts';
import type { Queryable } from '../platform/db.ts';
import { normaliseCertno } from './identity.ts';
import type { Person } from './people.store.ts';
import { identityContext } from './persons.write.ts';

/** A person with name and ID number in the clear: handle with audit, or mask at once. */
export interface IdentifiedPerson extends Person {
  readonly name: string | null;
  readonly certType: string;
  readonly certno: string | null;
}

interface Row {
  psn_no: string;
  name_enc: Buffer | null;
  certno_enc: Buffer | null;
  cert_type: string;
  sex: Person['sex'];
  birth: string | null;
  household: string | null;
  region_code: string | null;
}

export interface PersonFilter {
  /** Prefix of their region: the caller's scope. */
  readonly prefix: string;
  readonly psnNos?: readonly string[];
  readonly household?: string;
  readonly regionPrefix?: string;
  /** Normalised. */
  readonly certno?: string;
  readonly after?: string | null;
  readonly limit: number;
}

/** Persons within a scope in the order of psn_no. */
export async function listPersons(db: Queryable, keyring: Keyring, filter: PersonFilter): Promise<IdentifiedPerson[]> {
  const { rows } = await db.query<Row>(
    `select psn_no, name_enc, certno_enc, cert_type, sex, birth, household, region_code from persons
     where region_code like $1 || '%'
       and ($2::text[] is null or psn_no = any($2)) and ($3::text is null or household = $3)
       and ($4::text is null or region_code like $4 || '%') and ($5::bytea is null or certno_blind = $5)
       and ($6::text is null or psn_no > $6)
     order by psn_no limit $7`,
    [
      filter.prefix,
      filter.psnNos ?? null,
      filter.household ?? null,
      filter.regionPrefix ?? null,
      filter.certno === undefined ? null : keyring.blindIndex('certno', filter.certno),
      filter.after ?? null,
      filter.limit,
    ],
  );
  return rows.map((row) => ({
    psnNo: row.psn_no,
    name: opened(keyring, row.name_enc, row.psn_no),
    certType: row.cert_type,
    certno: opened(keyring, row.certno_enc, row.psn_no),
    sex: row.sex,
    birth: row.birth,
    household: row.household,
    regionCode: row.region_code,
  }));
}

const opened = (keyring: Keyring, sealed: Buffer | null, psnNo: string): string | null =>
  sealed === null ? null : keyring.openText('identity', sealed, identityContext(psnNo));

/** Name of a person for a screen that may show it, or null; mask it with `maskName` where it may not. */
export async function nameOf(db: Queryable, keyring: Keyring, psnNo: string): Promise<string | null> {
  const { rows } = await db.query<{ name_enc: Buffer | null }>('select name_enc from persons where psn_no = $1', [
    psnNo,
  ]);
  return opened(keyring, rows[0]?.name_enc ?? null, psnNo);
}

/** psn_nos behind ID numbers, within a scope, by blind index. One ID number may have several. */
export async function psnNosOfCertnos(
  db: Queryable,
  keyring: Keyring,
  prefix: string,
  certnos: readonly string[],
): Promise<Map<string, string[]>> {
  const blind = new Map(
    certnos.map((certno) => [keyring.blindIndex('certno', normaliseCertno(certno)).toString('hex'), certno]),
  );
  const { rows } = await db.query<{ psn_no: string; certno_blind: Buffer }>(
    `select psn_no, certno_blind from persons where certno_blind = any($1::bytea[]) and region_code like $2 || '%'`,
    [[...blind.keys()].map((hex) => Buffer.from(hex, 'hex')), prefix],
  );
  const found = new Map<string, string[]>();
  for (const row of rows) {
    const certno = blind.get(row.certno_blind.toString('hex'));
    if (certno !== undefined) found.set(certno, [...(found.get(certno) ?? []), row.psn_no]);
  }
  return found;
}
