import { takeClinic, takeRegion } from '../../../src/access/feed-lines.ts';
import { createMemoryAccessStore } from '../../../src/access/memory-store.ts';
import { createPgAccessStore } from '../../../src/access/pg-store.ts';
import type { AccessStore } from '../../../src/access/store.ts';
import { takeCamera } from '../../../src/devices/feed-lines.ts';
import { createMemoryDeviceStore } from '../../../src/devices/memory-store.ts';
import { createPgDeviceStore } from '../../../src/devices/pg-store.ts';
import type { DeviceStore } from '../../../src/devices/store.ts';
import { takeAppearance, takeAuth, takeDevice, takeWatermark } from '../../../src/ledgers/presence/feed-lines.ts';
import { createMemoryPresenceStore } from '../../../src/ledgers/presence/memory-store.ts';
import { createPgPresenceStore } from '../../../src/ledgers/presence/pg-store.ts';
import type { PresenceStore } from '../../../src/ledgers/presence/store.ts';
import { takeCatalogue } from '../../../src/ledgers/stock/feed-lines.ts';
import { createMemoryStockStore, createPgStockStore, type StockStore } from '../../../src/ledgers/stock/store.ts';
import {
  takeFiled,
  takePersons,
  takeProxy,
  takeSignIn,
  takeStaff,
  takeStatus,
} from '../../../src/people/feed-lines.ts';
import { createMemoryPeople, type MemoryPeople } from '../../../src/people/memory-people.ts';
import { createMemoryPeopleStore } from '../../../src/people/memory-store.ts';
import { createPgPeopleStore } from '../../../src/people/pg-store.ts';
import type { PeopleStore } from '../../../src/people/store.ts';
import { tellAgenda } from '../../../src/platform/tell.ts';
import { type Agenda, createAgenda } from '../../../src/platform/working-set/agenda.ts';
import { openWorkingSet, type WorkingSet } from '../../../src/platform/working-set/working-set.ts';
import type { NormalLine } from '../../../src/simulation/feed/normal-line.ts';
import type { TestRuntime } from '../../support/test-runtime.ts';

interface Stores {
  readonly access: AccessStore;
  readonly people: PeopleStore;
  readonly devices: DeviceStore;
  readonly presence: PresenceStore;
  readonly stock: StockStore;
}

export const MODEL = 'toy@1/p1';

/** What a driver does with one line, whatever the stores are. */
async function take(runtime: TestRuntime, stores: Stores, line: NormalLine): Promise<void> {
  const deps = { ...runtime, access: stores.access, devices: stores.devices, modelVersion: MODEL };
  switch (line.kind) {
    case 'region':
      return takeRegion(stores.access, line);
    case 'clinic':
      return takeClinic(stores.access, deps, line);
    case 'camera':
      return takeCamera(stores.devices, deps, line);
    case 'person':
      return takePersons(stores.people, deps, [line]);
    case 'staff':
      return takeStaff(stores.people, deps, [line]);
    case 'signIn':
      return takeSignIn(stores.people, line);
    case 'proxy':
      return takeProxy(stores.people, deps, line);
    case 'status':
      return takeStatus(stores.people, deps, line);
    case 'filed':
      return takeFiled(stores.people, deps, line);
    case 'auth':
      return takeAuth(stores.presence, deps, line);
    case 'catalogue':
      return takeCatalogue(stores.stock, deps, line);
    case 'appearance':
      return takeAppearance(stores.presence, deps, line);
    case 'watermark':
      return takeWatermark(stores.presence, deps, line);
    case 'device':
      return takeDevice(stores.presence, deps, line);
    case 'message':
      throw new Error('messages are the claims ledger’s');
  }
}

/** Takes a line live: one transaction. */
export function takeLive(runtime: TestRuntime, line: NormalLine): Promise<void> {
  runtime.clock.set(line.at);
  return runtime.db.transaction((tx) =>
    take(
      runtime,
      {
        access: createPgAccessStore(tx, runtime),
        people: createPgPeopleStore(tx, runtime),
        devices: createPgDeviceStore(tx),
        presence: createPgPresenceStore(tx, runtime),
        stock: createPgStockStore(tx),
      },
      line,
    ),
  );
}

export interface Bulk {
  readonly workingSet: WorkingSet;
  readonly agenda: Agenda;
  readonly people: MemoryPeople;
  take(line: NormalLine): Promise<void>;
  flush(): Promise<void>;
}

export async function openBulk(
  runtime: TestRuntime,
  caps: { readonly peopleCap: number; readonly templateCap: number },
): Promise<Bulk> {
  const { db, keyring, clock } = runtime;
  const workingSet = await openWorkingSet({ db, connectionString: runtime.config.DATABASE_URL ?? '' });
  const agenda = createAgenda({ clock });
  const tell = tellAgenda(agenda);
  const access = createMemoryAccessStore({ workingSet, tell });
  const people = await createMemoryPeople({ workingSet, db, keyring, ...caps });
  const stores: Stores = {
    access,
    people: createMemoryPeopleStore({ workingSet, people, tell }),
    devices: createMemoryDeviceStore({ workingSet }),
    presence: createMemoryPresenceStore({ workingSet, templates: people.templates, tell }),
    stock: createMemoryStockStore({ workingSet }),
  };
  return {
    workingSet,
    agenda,
    people,
    take: (line) => {
      clock.set(line.at);
      return take(runtime, stores, line);
    },
    async flush() {
      await workingSet.flush();
      await workingSet.written();
    },
  };
}

/** Words that wait, in the order in which they are due. */
export async function wordsOf(runtime: TestRuntime): Promise<unknown[]> {
  const { rows } = await runtime.db.query<{ topic: string; payload: unknown }>(
    'select topic, payload from outbox order by available_at, id',
  );
  return rows;
}

export function wordsIn(agenda: Agenda): unknown[] {
  const words: unknown[] = [];
  for (let next = agenda.takeDue(Number.MAX_SAFE_INTEGER); next; next = agenda.takeDue(Number.MAX_SAFE_INTEGER)) {
    words.push(next);
  }
  return words;
}
