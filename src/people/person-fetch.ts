import type { Queryable } from '../platform/db.ts';
import type { WorkingSet } from '../platform/working-set/working-set.ts';
import { type DossierRows, overlaid } from './person-dossier.ts';
import type { KnownPerson } from './store.ts';
import {
  type PersonRow,
  type PersonStatusRow,
  type PortraitRow,
  type ProxyRow,
  personStatusTable,
  personsTable,
  portraitSubject,
  portraitsTable,
  proxiesTable,
} from './tables.ts';

type Sql<T> = T & Record<string, unknown>;

/** Rows of people as the database has them, with what waits to be written laid over. */
export interface PersonFetch {
  /** In one set of queries, however many. Rows whose ids are in `gone` were deleted since. */
  dossiers(psnNos: readonly string[], gone: ReadonlySet<string>): Promise<Map<string, DossierRows>>;
  /** psn_nos of the members of each household. */
  households(names: readonly string[]): Promise<Map<string, Set<string>>>;
  /** Whole rows, with name and ID number. */
  persons(psnNos: readonly string[]): Promise<readonly PersonRow[]>;
  /** Portraits of all staff that have a template. */
  staffPortraits(): Promise<readonly PortraitRow[]>;
  /** Whether anything is stored about anybody. */
  isEmpty(): Promise<boolean>;
}

const KNOWN = 'psn_no, cert_type, sex, birth, household, region_code';
const PORTRAIT = `id, subject_kind, subject_ref, state, reasons, taken_on, quality, blob_sha256, template_id, created_at,
  decided_at`;
const KEPT = "state in ('accepted', 'superseded') and template_id is not null";

export const knownOf = (row: KnownPerson): KnownPerson => ({
  psn_no: row.psn_no,
  cert_type: row.cert_type,
  sex: row.sex,
  birth: row.birth,
  household: row.household,
  region_code: row.region_code,
});

export function createPersonFetch(options: { readonly workingSet: WorkingSet; readonly db: Queryable }): PersonFetch {
  const { workingSet, db } = options;
  const persons = workingSet.table(personsTable);
  const statuses = workingSet.table(personStatusTable);
  const proxies = workingSet.table(proxiesTable);
  const portraits = workingSet.table(portraitsTable);

  /** Rows of people that wait to be written, as they are at this moment. */
  const waiting = (psnNo: string): { person: PersonRow | undefined } & Omit<DossierRows, 'person'> => ({
    person: persons.get(psnNo),
    statuses: statuses.by('psn', psnNo),
    proxies: proxies.by('psn', psnNo),
    proxyFor: proxies.by('proxy', psnNo),
    portraits: portraits.by('subject', portraitSubject('enrollee', psnNo)),
  });

  return {
    async dossiers(psnNos, gone) {
      await workingSet.written();
      // Taken together with the questions: what is handed over to the database meanwhile is in the one or in the other.
      const overlay = new Map(psnNos.map((psnNo) => [psnNo, waiting(psnNo)]));
      const [known, listed, registered, pictured] = await Promise.all([
        db.query<Sql<KnownPerson>>(`select ${KNOWN} from persons where psn_no = any($1::text[])`, [psnNos]),
        db.query<Sql<PersonStatusRow>>(
          `select id, psn_no, what, from_at, to_at, institution, source, created_at from person_status
           where psn_no = any($1::text[])`,
          [psnNos],
        ),
        db.query<Sql<ProxyRow>>(
          `select id, psn_no, proxy_psn_no, relation, from_at, to_at, registered_by, created_at, revoked_at from proxies
           where psn_no = any($1::text[]) or proxy_psn_no = any($1::text[])`,
          [psnNos],
        ),
        db.query<Sql<PortraitRow>>(
          `select ${PORTRAIT} from portraits
           where subject_kind = 'enrollee' and subject_ref = any($1::text[]) and ${KEPT}`,
          [psnNos],
        ),
      ]);
      const person = new Map(known.rows.map((row) => [row.psn_no, row]));
      const status = grouped(listed.rows, (row) => row.psn_no);
      const proxy = grouped(registered.rows, (row) => row.psn_no);
      const proxyFor = grouped(registered.rows, (row) => row.proxy_psn_no);
      const portrait = grouped(pictured.rows, (row) => row.subject_ref);
      return new Map(
        psnNos.map((psnNo): [string, DossierRows] => {
          const newer = overlay.get(psnNo) ?? waiting(psnNo);
          const row = newer.person ?? person.get(psnNo);
          return [
            psnNo,
            {
              person: row === undefined ? null : knownOf(row),
              statuses: overlaid(status.get(psnNo) ?? [], newer.statuses).filter(({ id }) => !gone.has(id)),
              proxies: overlaid(proxy.get(psnNo) ?? [], newer.proxies),
              proxyFor: overlaid(proxyFor.get(psnNo) ?? [], newer.proxyFor),
              portraits: overlaid(portrait.get(psnNo) ?? [], newer.portraits),
            },
          ];
        }),
      );
    },

    async households(names) {
      await workingSet.written();
      const overlay = names.map((name) => persons.by('household', name));
      const { rows } = await db.query<{ psn_no: string; household: string }>(
        'select psn_no, household from persons where household = any($1::text[])',
        [names],
      );
      const members = new Map(names.map((name) => [name, new Set<string>()]));
      for (const row of rows) {
        // He may have moved since.
        if ((persons.get(row.psn_no)?.household ?? row.household) === row.household)
          members.get(row.household)?.add(row.psn_no);
      }
      names.forEach((name, i) => {
        for (const row of overlay[i] ?? []) members.get(name)?.add(row.psn_no);
      });
      return members;
    },

    async persons(psnNos) {
      const here = psnNos.flatMap((psnNo) => persons.get(psnNo) ?? []);
      const missing = psnNos.filter((psnNo) => persons.get(psnNo) === undefined);
      if (missing.length === 0) return here;
      await workingSet.written();
      const { rows } = await db.query<Sql<PersonRow>>(
        `select psn_no, name_enc, certno_enc, certno_blind, cert_type, sex, birth, household, region_code,
           retention_class, created_at, updated_at
         from persons where psn_no = any($1::text[])`,
        [missing],
      );
      return [...here, ...rows];
    },

    async staffPortraits() {
      return (
        await db.query<Sql<PortraitRow>>(
          `select ${PORTRAIT} from portraits where subject_kind = 'staff' and ${KEPT} order by id`,
        )
      ).rows;
    },

    async isEmpty() {
      const { rows } = await db.query<{ some: boolean }>(
        `select exists (select 1 from persons) or exists (select 1 from person_status) or exists (select 1 from proxies)
           or exists (select 1 from portraits) as some`,
      );
      return rows[0]?.some === false;
    },
  };
}

function grouped<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}
