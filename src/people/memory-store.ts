import { asRealOrNull } from '../platform/real.ts';
import type { Tell } from '../platform/tell.ts';
import type { WorkingSet } from '../platform/working-set/working-set.ts';
import type { MemoryPeople, PeopleCache } from './memory-people.ts';
import { dossierOf, type PersonDossier, portraitsInOrder } from './person-dossier.ts';
import { knownOf } from './person-fetch.ts';
import type { PeopleStore } from './store.ts';
import {
  filingsTable,
  type PersonRow,
  type PortraitRow,
  personStatusTable,
  personsTable,
  portraitsTable,
  proxiesTable,
  staffSignInsTable,
  staffTable,
} from './tables.ts';

/**
 * The room's writers in memory. What belongs to an enrollee is handed to the database row by row and kept at hand by
 * `MemoryPeople`. A transaction of the working set that is undone does not undo what is at hand: write people outside.
 */
export function createMemoryPeopleStore(deps: {
  readonly workingSet: WorkingSet;
  readonly people: MemoryPeople;
  readonly tell: Tell;
}): PeopleStore {
  const { workingSet, people } = deps;
  return {
    addTemplates: people.templates.addTemplates,
    deleteTemplates: people.templates.deleteTemplates,
    ...personsIn(workingSet, people.cache),
    ...statusesIn(workingSet, people.cache),
    ...proxiesIn(workingSet, people.cache),
    ...clinicPeopleIn(workingSet),
    ...portraitsIn(workingSet, people.cache),
    tell: deps.tell,
  };
}

/** His dossier. The writers load before they write, and fewer at a time than fit. */
function dossierIn(cache: PeopleCache, psnNo: string): PersonDossier {
  const dossier = cache.get(psnNo);
  if (dossier === undefined)
    throw new Error('a person was written before he was read: fewer at a time, or a larger cap');
  return dossier;
}

function personsIn(workingSet: WorkingSet, cache: PeopleCache): Pick<PeopleStore, 'persons' | 'putPersons'> {
  const table = workingSet.table(personsTable);
  return {
    async persons(psnNos) {
      await cache.load(psnNos);
      return psnNos.flatMap((psnNo) => cache.get(psnNo)?.person ?? []);
    },

    async putPersons(rows) {
      const changed = rows.filter((row) => dossierIn(cache, row.psn_no).person !== null).map((row) => row.psn_no);
      const whole = changed.length === 0 ? [] : await cache.fetch.persons(changed);
      // Others' reading may have pushed them out meanwhile.
      if (changed.length > 0) await cache.load(rows.map((row) => row.psn_no));
      const before = new Map(whole.map((row) => [row.psn_no, row]));
      for (const row of rows) {
        const old = before.get(row.psn_no);
        const stands = old === undefined ? row : merged(old, row);
        if (old !== undefined) table.restore([old]);
        table.put(stands);
        const person = knownOf(stands);
        cache.changed(row.psn_no, { ...dossierIn(cache, row.psn_no), person });
        cache.movedTo(person, old?.household ?? null);
      }
    },
  };
}

const merged = (old: PersonRow, row: PersonRow): PersonRow => ({
  ...old,
  name_enc: row.name_enc ?? old.name_enc,
  certno_enc: row.certno_enc ?? old.certno_enc,
  certno_blind: row.certno_blind ?? old.certno_blind,
  cert_type: row.cert_type,
  sex: row.sex ?? old.sex,
  birth: row.birth ?? old.birth,
  household: row.household ?? old.household,
  region_code: row.region_code,
  updated_at: row.updated_at,
});

function statusesIn(
  workingSet: WorkingSet,
  cache: PeopleCache,
): Pick<PeopleStore, 'statuses' | 'putStatuses' | 'removeStatuses'> {
  const table = workingSet.table(personStatusTable);
  return {
    async statuses(psnNos) {
      await cache.load(psnNos);
      return [...new Set(psnNos)].flatMap((psnNo) => dossierIn(cache, psnNo).statuses);
    },

    async putStatuses(rows) {
      for (const row of rows) {
        const dossier = dossierIn(cache, row.psn_no);
        const old = dossier.statuses.find(({ what, from_at }) => what === row.what && from_at === row.from_at);
        const stands =
          old === undefined ? row : { ...old, to_at: row.to_at, institution: row.institution, source: row.source };
        if (old !== undefined) table.restore([old]);
        table.put(stands);
        const statuses = [...dossier.statuses.filter((other) => other !== old), stands];
        cache.changed(row.psn_no, again(dossier, { statuses }));
      }
    },

    async removeStatuses(rows) {
      for (const row of rows) {
        table.restore([row]);
        table.delete(row);
        cache.gone.add(row.id);
        const dossier = dossierIn(cache, row.psn_no);
        cache.changed(row.psn_no, again(dossier, { statuses: dossier.statuses.filter(({ id }) => id !== row.id) }));
      }
    },
  };
}

/** A dossier with some of its lists replaced, in their order. */
const again = (
  dossier: PersonDossier,
  lists: Partial<Pick<PersonDossier, 'statuses' | 'proxies' | 'proxyFor'>>,
): PersonDossier => ({
  ...dossierOf(dossier.psnNo, { ...dossier, portraits: [], ...lists }),
  portraits: dossier.portraits,
  replacedPortraits: dossier.replacedPortraits,
});

function proxiesIn(workingSet: WorkingSet, cache: PeopleCache): Pick<PeopleStore, 'proxies' | 'putProxies'> {
  const table = workingSet.table(proxiesTable);
  return {
    async proxies(wanted) {
      await cache.load(wanted.map((row) => row.psn_no));
      return wanted.flatMap(({ id, psn_no }) => dossierIn(cache, psn_no).proxies.filter((row) => row.id === id));
    },

    async putProxies(rows) {
      for (const row of rows) {
        const dossier = dossierIn(cache, row.psn_no);
        const old = dossier.proxies.find(({ id }) => id === row.id);
        if (old?.revoked_at != null) continue;
        const stands = old === undefined ? row : { ...old, relation: row.relation, to_at: row.to_at };
        if (old !== undefined) table.restore([old]);
        table.put(stands);
        const others = dossier.proxies.filter(({ id }) => id !== row.id);
        cache.changed(row.psn_no, again(dossier, { proxies: [...others, stands] }));
        const proxy = cache.get(row.proxy_psn_no);
        const proxyFor = [...(proxy?.proxyFor.filter(({ id }) => id !== row.id) ?? []), stands];
        cache.changed(row.proxy_psn_no, proxy === undefined ? null : again(proxy, { proxyFor }));
      }
    },
  };
}

function clinicPeopleIn(workingSet: WorkingSet): Pick<PeopleStore, 'staff' | 'putStaff' | 'putSignIns' | 'putFilings'> {
  const staff = workingSet.table(staffTable);
  const signIns = workingSet.table(staffSignInsTable);
  const filings = workingSet.table(filingsTable);
  return {
    async staff(ids) {
      return ids.flatMap((id) => staff.get(id) ?? []);
    },

    async putStaff(rows) {
      for (const row of rows) {
        const old = staff.get(row.id);
        staff.put(
          old === undefined ? row : { ...row, name_enc: row.name_enc ?? old.name_enc, created_at: old.created_at },
        );
      }
    },

    async putSignIns(rows) {
      for (const row of rows) {
        await workingSet.ensure(row.clinic_code, row.from_at, row.from_at);
        const old = signIns.get(row.id);
        signIns.put(old === undefined ? row : { ...old, to_at: row.to_at ?? old.to_at });
      }
    },

    async putFilings(rows) {
      const changed = new Set<string>();
      for (const row of rows) {
        const old = filings.get(row.id);
        if (old !== undefined && old.to_at === row.to_at) continue;
        filings.put(old === undefined ? row : { ...old, to_at: row.to_at });
        changed.add(row.id);
      }
      return changed;
    },
  };
}

function portraitsIn(workingSet: WorkingSet, cache: PeopleCache): Pick<PeopleStore, 'portraits' | 'putPortraits'> {
  const table = workingSet.table(portraitsTable);
  return {
    async portraits(kind, refs) {
      if (kind === 'staff') return refs.flatMap((ref) => cache.staffPortraits.get(ref) ?? []);
      await cache.load(refs);
      return refs.flatMap((ref) => {
        const dossier = dossierIn(cache, ref);
        return [...dossier.portraits, ...dossier.replacedPortraits];
      });
    },

    async putPortraits(rows) {
      for (const fresh of rows) {
        const row: PortraitRow = { ...fresh, quality: asRealOrNull(fresh.quality) };
        const ref = row.subject_ref;
        const dossier = row.subject_kind === 'staff' ? null : dossierIn(cache, ref);
        const known =
          dossier === null
            ? (cache.staffPortraits.get(ref) ?? [])
            : [...dossier.portraits, ...dossier.replacedPortraits];
        const old = known.find(({ id }) => id === row.id);
        if (old !== undefined) table.restore([old]);
        table.put(row);
        const standing = [...known.filter((other) => other !== old), row];
        if (dossier === null) cache.staffPortraits.set(ref, standing);
        else cache.changed(ref, { ...dossier, ...portraitsInOrder(standing) });
      }
    },
  };
}
