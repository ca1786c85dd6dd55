import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Tx } from '../platform/db.ts';
import { tellChanges } from './changes.ts';
import type { WriterDeps } from './deps.ts';
import type { Person } from './people.store.ts';
import { createPgPeopleStore } from './pg-store.ts';
import type { PeopleStore } from './store.ts';

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
export async function registerPersons(
  store: PeopleStore,
  deps: { readonly clock: Clock; readonly keyring: Keyring },
  persons: readonly PersonInput[],
  defaultRegion: string | null,
): Promise<void> {
  const { keyring } = deps;
  // In one order, so that two imports of the same people cannot wait for each other.
  const rows = [...new Map(persons.map((person) => [person.psnNo, person])).values()].sort((a, b) =>
    a.psnNo < b.psnNo ? -1 : 1,
  );
  const known = new Map((await store.persons(rows.map((row) => row.psnNo))).map((row) => [row.psn_no, row]));
  const now = deps.clock.now();
  const seal = (text: string | null, psnNo: string): Buffer | null =>
    text === null ? null : keyring.sealText('identity', text, identityContext(psnNo));
  await store.putPersons(
    rows.map((row) => {
      const before = known.get(row.psnNo);
      return {
        psn_no: row.psnNo,
        name_enc: seal(row.name, row.psnNo),
        certno_enc: seal(row.certno, row.psnNo),
        certno_blind: row.certno === null ? null : keyring.blindIndex('certno', row.certno),
        cert_type: row.certType ?? before?.cert_type ?? '01',
        sex: row.sex,
        birth: row.birth,
        household: row.household,
        region_code: row.regionCode ?? before?.region_code ?? defaultRegion,
        retention_class: 'identity',
        created_at: now,
        updated_at: now,
      };
    }),
  );
  const moved = rows.filter(({ psnNo, household }) => {
    const before = known.get(psnNo);
    return before !== undefined && household !== null && household !== before.household;
  });
  await tellChanges(
    store.tell,
    moved.map(({ psnNo }) => ({ psnNo, what: 'household' })),
  );
}

export const putPersons = (
  tx: Tx,
  deps: WriterDeps,
  persons: readonly PersonInput[],
  defaultRegion: string,
): Promise<void> => registerPersons(createPgPeopleStore(tx, deps), deps, persons, defaultRegion);
