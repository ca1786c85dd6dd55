import type { Keyring } from '../platform/crypto.ts';
import type { Queryable } from '../platform/db.ts';
import { Lru } from '../platform/lru.ts';
import { SeenKeys } from '../platform/seen-keys.ts';
import type { WorkingSet } from '../platform/working-set/working-set.ts';
import { createMemoryTemplates, type MemoryTemplates } from './memory-templates.ts';
import { dossierOf, emptyDossier, type PersonDossier, portraitsInOrder } from './person-dossier.ts';
import { createPersonFetch, type PersonFetch } from './person-fetch.ts';
import type { KnownPerson } from './store.ts';
import type { PortraitRow } from './tables.ts';

/**
 * Who is who, for bulk work: dossiers of the people who matter now, read through from the database, since a city's millions
 * do not fit. After `ready` reading is synchronous and complete, with everything written so far.
 */
export interface MemoryPeople {
  /**
   * Brings these people here, with their households and with whom proxies tie them to. null: all are here.
   * Wait for it, then read in the same breath: others' reading may push people out again.
   */
  ready(psnNos: readonly string[]): Promise<void> | null;
  /** The same for many ahead of their work, with the templates of their portraits. */
  prefetch(psnNos: readonly string[]): Promise<void>;
  /** @throws Error when he was not made `ready` */
  of(psnNo: string): PersonDossier;
  /** psn_nos of a household, in order. @throws Error when nobody of it was made `ready` */
  household(name: string): readonly string[];
  /** Portraits of a member of staff that are in use, newest decision first. */
  portraitsOfStaff(staffId: string): readonly PortraitRow[];
  /**
   * Lets go whom nobody asked for since it was called before, so that what is kept follows the work and not the city. Not
   * while anybody reads.
   */
  age(): void;
  readonly templates: MemoryTemplates;
  /** For writers (memory-store.ts). */
  readonly cache: PeopleCache;
  readonly stats: { fetched: number; queries: number };
}

/** What writers change. */
export interface PeopleCache {
  readonly fetch: PersonFetch;
  /** Dossiers alone, without whom they are tied to. */
  load(psnNos: readonly string[]): Promise<void>;
  get(psnNo: string): PersonDossier | undefined;
  /** A row about him was written; `dossier` null: what is here of him stays, since none is. */
  changed(psnNo: string, dossier: PersonDossier | null): void;
  movedTo(person: KnownPerson, from: string | null): void;
  readonly staffPortraits: Map<string, readonly PortraitRow[]>;
  /** Ids of deleted rows that the database may still have. */
  readonly gone: Set<string>;
}

export interface MemoryPeopleOptions {
  readonly workingSet: WorkingSet;
  readonly db: Queryable;
  readonly keyring: Keyring;
  /** How many dossiers stay at least (at most twice as many); about 2 kB each. Well above the people of one batch of work. */
  readonly peopleCap?: number;
  /** How many templates stay in the clear at least (at most twice as many); about 0.7 kB each. */
  readonly templateCap?: number;
}

const PEOPLE_CAP = 40_000;
const TEMPLATE_CAP = 80_000;

export async function createMemoryPeople(options: MemoryPeopleOptions): Promise<MemoryPeople> {
  const { workingSet, db, keyring } = options;
  const cap = options.peopleCap ?? PEOPLE_CAP;
  const templates = createMemoryTemplates({ workingSet, db, keyring, cap: options.templateCap ?? TEMPLATE_CAP });
  const fetch = createPersonFetch({ workingSet, db });
  const dossiers = new Lru<string, PersonDossier>(cap);
  const households = new Lru<string, readonly string[]>(cap);
  const staffPortraits = new Map<string, readonly PortraitRow[]>();
  for (const row of await fetch.staffPortraits()) {
    staffPortraits.set(row.subject_ref, [...(staffPortraits.get(row.subject_ref) ?? []), row]);
  }
  // In a fresh database nobody is asked for who was never met.
  const seen = (await fetch.isEmpty()) ? new SeenKeys() : null;
  const gone = new Set<string>();
  /** For each fetch under way, who was written meanwhile: its answer about them is old. */
  const underway = new Set<Set<string>>();
  const stats = { fetched: 0, queries: 0 };

  const touch = (key: string): void => {
    seen?.add(key);
    for (const touched of underway) touched.add(key);
  };

  /** Asks until no answer is older than what was written while it was on its way. */
  const fetchAll = async (
    keys: readonly string[],
    ask: (keys: readonly string[], isOld: (key: string) => boolean) => Promise<void>,
  ): Promise<void> => {
    for (let left = keys; left.length > 0; ) {
      const touched = new Set<string>();
      underway.add(touched);
      stats.queries += 1;
      try {
        await ask(left, (key) => touched.has(key));
      } finally {
        underway.delete(touched);
      }
      left = left.filter((key) => touched.has(key));
    }
  };

  const load = async (psnNos: readonly string[]): Promise<void> => {
    const missing = new Set<string>();
    for (const psnNo of psnNos) {
      if (dossiers.get(psnNo) !== undefined) continue;
      if (seen !== null && !seen.mayHave(psnNo)) dossiers.set(psnNo, emptyDossier(psnNo));
      else missing.add(psnNo);
    }
    await fetchAll([...missing], async (wanted, isOld) => {
      for (const [psnNo, rows] of await fetch.dossiers(wanted, gone)) {
        if (isOld(psnNo) || dossiers.has(psnNo)) continue;
        stats.fetched += 1;
        dossiers.set(psnNo, dossierOf(psnNo, rows));
      }
    });
  };

  const loadHouseholds = async (names: ReadonlySet<string>): Promise<void> => {
    const missing = [...names].filter((name) => households.get(name) === undefined);
    await fetchAll(
      missing.map((name) => HOUSEHOLD + name),
      async (wanted, isOld) => {
        const found = await fetch.households(wanted.map((key) => key.slice(HOUSEHOLD.length)));
        for (const [name, members] of found) {
          if (!isOld(HOUSEHOLD + name)) households.set(name, [...members].sort());
        }
      },
    );
  };

  const tiedTo = (dossier: PersonDossier): string[] => [
    ...(dossier.person?.household == null ? [] : (households.get(dossier.person.household) ?? [])),
    ...dossier.proxies.map((row) => row.proxy_psn_no),
    ...dossier.proxyFor.map((row) => row.psn_no),
  ];

  const isReady = (psnNo: string): boolean => {
    const dossier = dossiers.get(psnNo);
    if (dossier === undefined) return false;
    const household = dossier.person?.household ?? null;
    if (household !== null && households.get(household) === undefined) return false;
    return tiedTo(dossier).every((other) => dossiers.get(other) !== undefined);
  };

  const bring = async (psnNos: readonly string[]): Promise<readonly string[]> => {
    await load(psnNos);
    const here = psnNos.flatMap((psnNo) => dossiers.get(psnNo) ?? []);
    await loadHouseholds(new Set(here.flatMap(({ person }) => person?.household ?? [])));
    const tied = here.flatMap(tiedTo);
    await load(tied);
    for (const psnNo of psnNos) dossiers.get(psnNo); // used last, so that they leave last
    return tied;
  };

  const cache: PeopleCache = {
    fetch,
    load,
    staffPortraits,
    gone,
    get: (psnNo) => dossiers.get(psnNo),
    changed(psnNo, dossier) {
      touch(psnNo);
      if (dossier !== null) dossiers.set(psnNo, dossier);
    },
    movedTo({ psn_no, household }, from) {
      if (from !== null && from !== household) {
        touch(HOUSEHOLD + from);
        const left = households.get(from);
        if (left !== undefined) {
          households.set(
            from,
            left.filter((member) => member !== psn_no),
          );
        }
      }
      if (household === null) return;
      const isNew = seen !== null && !seen.mayHave(HOUSEHOLD + household);
      touch(HOUSEHOLD + household);
      const members = isNew ? [] : households.get(household);
      if (members === undefined || members.includes(psn_no)) return;
      households.set(household, [...members, psn_no].sort());
    },
  };

  return {
    templates,
    cache,
    stats,

    age() {
      dossiers.age();
      households.age();
      templates.age();
    },

    ready(psnNos) {
      if (psnNos.every(isReady)) return null;
      return (async () => {
        await bring(psnNos);
      })();
    },

    async prefetch(psnNos) {
      const wanted = [...new Set(psnNos)];
      // In parts, so that one part's people cannot push each other out.
      for (let at = 0; at < wanted.length; at += PREFETCH) {
        const part = wanted.slice(at, at + PREFETCH);
        const tied = part.every(isReady) ? part.flatMap((psnNo) => tiedTo(dossierHere(psnNo))) : await bring(part);
        const portraits = [...part, ...tied].flatMap((psnNo) => dossiers.get(psnNo)?.portraits[0]?.template_id ?? []);
        await templates.read(portraits);
      }
    },

    of: dossierHere,

    household(name) {
      const members = households.get(name);
      if (members === undefined) throw new Error(`the household ${name} was read before it was made ready`);
      return members;
    },

    portraitsOfStaff: (staffId) => portraitsInOrder(staffPortraits.get(staffId) ?? []).portraits,
  };

  function dossierHere(psnNo: string): PersonDossier {
    const dossier = dossiers.get(psnNo);
    if (dossier === undefined) throw new Error('a person was read before he was made ready');
    return dossier;
  }
}

const HOUSEHOLD = 'household:';
const PREFETCH = 5_000;
