import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeeLineRow } from '../../../src/ledgers/claims/rows.ts';
import { feeLinesTable, settlementsTable } from '../../../src/ledgers/claims/tables.ts';
import { createMemoryPeople } from '../../../src/people/memory-people.ts';
import { derivedId } from '../../../src/platform/ids.ts';
import { createAgenda } from '../../../src/platform/working-set/agenda.ts';
import { openWorkingSet, type WorkingSet } from '../../../src/platform/working-set/working-set.ts';
import { dayBounds, localDay } from '../../../src/reconcile/local-time.ts';
import { createMemoryReconcileStore, type MemoryReconcileStore } from '../../../src/reconcile/memory-store.ts';
import { createRuleSet } from '../../../src/reconcile/parameters.ts';
import { gatherClinicPeriod } from '../../../src/reconcile/periods/gather-clinic-period.ts';
import { gatherPersonPeriod } from '../../../src/reconcile/periods/gather-person-period.ts';
import { openRoll } from '../../../src/reconcile/periods/roll.ts';
import { computePeers, type PeriodDeps, rollUp } from '../../../src/reconcile/periods/work.ts';
import { createPgReconcileStore } from '../../../src/reconcile/pg-store.ts';
import type { ReconcileStore } from '../../../src/reconcile/store.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';
import { assessmentOf } from './memory-works.ts';
import {
  DAY,
  DAYS,
  drawWorld,
  fillWorld,
  NOW,
  PEOPLE,
  type Random,
  randomOf,
  START,
  type World,
} from './memory-world.ts';

const ZONE = 'Asia/Shanghai';
/** A rule that speaks of people soon, so that there are some. */
const RULES = createRuleSet({ valuesOf: (name) => (name === 'B10' ? { maxAMonth: 4, maxADay: 1 } : {}) });

/** The world, with what is rolled up of claims beside their moments. */
function worldOf(random: Random): World & { readonly lines: readonly FeeLineRow[] } {
  const { of, chance, int } = random;
  const drawn = drawWorld(random, []);
  const settlements = drawn.settlements.map((row) => ({
    ...row,
    cert_type: of([null, '01', '02', '03']),
    dev_no: of([null, '无', `T-${row.clinic_code}`, 'T-shared']),
    total_fen: of([2900, 3500]),
  }));
  const events = drawn.events.map((row) => ({
    ...row,
    body: {
      ...row.body,
      request: {
        diseinfo: [{ diag_code: of(['I10.x00', 'J06.900', 'N18.500']), diag_srt_no: '1', dise_dor_no: 'D1' }],
      },
    } as typeof row.body,
  }));
  const lines = settlements.flatMap((row, i): FeeLineRow[] =>
    row.mdtrt_id === null || chance(0.4)
      ? []
      : [
          {
            id: derivedId('line', String(i)),
            at: row.at - of([0, 1, 3]) * DAY,
            clinic_code: row.clinic_code,
            mdtrt_id: row.mdtrt_id,
            feedetl_sn: String(i),
            chrg_bchno: null,
            msgid: `L${i}`,
            sent_at: row.at,
            psn_no: row.psn_no,
            med_list_codg: null,
            medins_list_codg: null,
            name: of(['头孢注射液', '感冒灵', null]),
            cnt: '1',
            price: '1',
            amount_fen: int(1000),
            in_scope_fen: null,
            doctor_code: of(['D2', null]),
            cancelled_at: chance(0.2) ? row.at : null,
            cancelled_by: null,
          },
        ],
  );
  // One proxy for five people, who have no other.
  const principals = PEOPLE.slice(0, 5);
  const [pattern] = drawn.proxies;
  if (pattern === undefined) throw new Error('the world has no proxies');
  const proxies = [
    ...drawn.proxies.filter((row) => !principals.includes(row.psn_no)),
    ...principals.map((psn_no) => ({
      ...pattern,
      id: derivedId('proxy', psn_no),
      psn_no,
      proxy_psn_no: 'P13',
      relation: '邻居',
      from_at: 0,
      to_at: null,
      revoked_at: null,
    })),
  ];
  return { ...drawn, settlements, events, lines, proxies };
}

interface Scene {
  readonly world: ReturnType<typeof worldOf>;
  readonly memory: MemoryReconcileStore;
  readonly workingSet: WorkingSet;
  readonly live: TestRuntime;
  readonly behind: TestRuntime;
  onLive<T>(work: (store: ReconcileStore) => Promise<T>): Promise<T>;
}

const closing: (() => Promise<void>)[] = [];
let scene: Scene;
let deps: PeriodDeps;

beforeAll(async () => {
  const random = randomOf(41);
  const world = worldOf(random);
  const open = async (): Promise<[TestRuntime, WorkingSet]> => {
    const runtime = await createTestRuntime({ now: NOW });
    closing.push(() => runtime.close());
    const workingSet = await openWorkingSet({ db: runtime.db, connectionString: runtime.db.connectionString });
    closing.push(() => workingSet.close());
    await fillWorld(workingSet, runtime, world);
    for (const line of world.lines) workingSet.table(feeLinesTable).put(line);
    await workingSet.flush();
    await workingSet.written();
    return [runtime, workingSet];
  };
  const [live] = await open();
  const [behind, workingSet] = await open();
  const agenda = createAgenda({ clock: behind.clock });
  const { db, keyring } = behind;
  const people = await createMemoryPeople({ workingSet, db, keyring });
  const memory = await createMemoryReconcileStore({ workingSet, agenda, people, db, clock: behind.clock });
  const onLive: Scene['onLive'] = (work) =>
    live.db.transaction(async (tx) => {
      const store = createPgReconcileStore(tx, live);
      const answer = await work(store);
      await store.finish();
      return answer;
    });
  scene = { world, memory, workingSet, live, behind, onLive };
  deps = { clock: live.clock, timeZone: ZONE, ruleSet: RULES };
  // At a third of the settlements a proxy was seen.
  const seen = world.settlements.filter((_, i) => i % 3 === 0);
  await both(async (store) => {
    for (const { id, clinic_code: clinic, at } of seen) {
      const window = { from: at - 1_800_000, to: at + 600_000 };
      const head = { verdict: 'cannot_tell', verdict_reason: 'proxy_registered' } as const;
      store.putAssessment(
        assessmentOf({ kind: 'settlement', id }, clinic, window, { id: derivedId('assessment', id), head }),
      );
    }
  });
  await workingSet.flush();
  memory.leaving(NOW - 4 * DAY);
  expect(workingSet.evict(NOW - 4 * DAY)).toBeGreaterThan(10);
}, 120_000);

afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Does the same on both stores. */
async function both<T>(work: (store: ReconcileStore) => Promise<T>): Promise<{ memory: T; live: T }> {
  const live = await scene.onLive(work);
  return { memory: await work(scene.memory), live };
}

/** Asks both stores, and expects one answer. */
async function agree<T>(name: string, ask: (store: ReconcileStore) => Promise<T>): Promise<T> {
  const { memory, live } = await both(ask);
  expect(memory, name).toEqual(live);
  return live;
}

async function rowsOf({ db }: TestRuntime): Promise<unknown> {
  const tables = {
    clinic_rolls: 'clinic_code, day',
    clinic_trends: 'clinic_code',
    peer_stats: 'scope, day',
  };
  const found: Record<string, unknown[]> = {};
  for (const [table, order] of Object.entries(tables))
    found[table] = (await db.query(`select * from ${table} order by ${order}`)).rows;
  return found;
}

const days = (): { clinicCode: string; day: string }[] =>
  [
    ...new Map(
      scene.world.settlements.map(({ clinic_code: clinicCode, at }) => {
        const day = localDay(at, ZONE);
        return [`${clinicCode} ${day}`, { clinicCode, day }];
      }),
    ).values(),
  ].sort((a, b) => (a.day < b.day ? -1 : 1));

const months = (): string[] => [...new Set(days().map(({ day }) => day.slice(0, 7)))];

describe('weeks and months, by the database and in memory', () => {
  it('roll up the same days, and say the same of every clinic and person', async () => {
    for (const due of days()) await both((store) => rollUp(store, deps, due));
    const last = days().at(-1)?.day ?? '';
    for (const day of [last, localDay(START + 5 * DAY, ZONE)]) await both((store) => computePeers(store, { day }));
    const told = await written();
    expect(told.clinic_rolls?.length).toBeGreaterThan(20);

    const context = { now: NOW, timeZone: ZONE, faceRecognition: true };
    let [clinics, people, agents, shared] = [0, 0, 0, 0];
    for (const month of months()) {
      for (const { code } of scene.world.clinics) {
        const id = `${code}:${month}`;
        const facts = await agree(id, (store) => gatherClinicPeriod({ ...context, store }, id));
        clinics += facts === null ? 0 : 1;
        shared += facts?.sharedDevices.length ?? 0;
      }
      for (const psnNo of [...PEOPLE, 'nobody']) {
        const id = `${psnNo}:${month}`;
        const facts = await agree(id, (store) => gatherPersonPeriod({ ...context, store }, id));
        people += facts === null ? 0 : 1;
        agents += facts?.agent == null ? 0 : 1;
      }
    }
    expect(clinics).toBeGreaterThan(3);
    expect(people).toBeGreaterThan(10);
    expect(shared).toBeGreaterThan(0);
    expect(agents).toBeGreaterThan(0);
  }, 120_000);

  it('bring a day that is long gone up to date when something of it is taken back', async () => {
    const row = scene.world.settlements.find(
      ({ at, reversed_at: reversed, psn_no: psnNo }) =>
        at < NOW - 6 * DAY && at > START && reversed === null && psnNo !== null,
    );
    if (row === undefined) throw new Error('the world has no such settlement');
    const due = { clinicCode: row.clinic_code, day: localDay(row.at, ZONE) };
    await scene.live.db.query('update settlements set reversed_at = at where id = $1', [row.id]);
    await scene.workingSet.ensure(row.clinic_code, row.at, row.at);
    scene.workingSet.table(settlementsTable).put({ ...row, reversed_at: row.at });
    await both((store) => rollUp(store, deps, due));
    const told = await written();
    const rolled = told.clinic_rolls?.find((roll) => roll.clinic_code === due.clinicCode && roll.day === due.day);
    const from = dayBounds(due.day, ZONE).from;
    expect(openRoll(String(rolled?.body), from).find(({ setlId }) => setlId === row.setl_id)?.reversedAt).toBe(row.at);
  });

  it('never miss a person who settles so often that a rule may speak', async () => {
    for (const { day } of days()) {
      const ask = (store: ReconcileStore) =>
        store.busyPeople({
          psnNos: PEOPLE,
          day,
          ofDay: dayBounds(day, ZONE),
          ofMonth: { from: dayBounds(`${day.slice(0, 7)}-01`, ZONE).from, to: dayBounds(day, ZONE).to },
          leastADay: 2,
          leastInSpan: 4,
        });
      const { memory, live } = await both(ask);
      expect(memory, day).toEqual(expect.arrayContaining([...live]));
    }
  });

  it('keep a roll at hand for two months, and find it again later', async () => {
    const [due] = days();
    if (due === undefined) throw new Error('no days');
    const rolls = (store: ReconcileStore) => store.rolls({ clinicCode: due.clinicCode, from: due.day, to: due.day });
    const far = NOW + 70 * DAY;
    await scene.workingSet.flush();
    await scene.workingSet.written();
    scene.memory.leaving(far);
    scene.workingSet.evict(far);
    expect(DAYS).toBeLessThan(60);
    expect(await agree('rolls', rolls)).toHaveLength(1);
  });
});

/** What both databases hold, once everything is written. */
async function written(): Promise<Record<string, Record<string, unknown>[]>> {
  await scene.workingSet.flush();
  await scene.workingSet.written();
  const [memory, live] = [await rowsOf(scene.behind), await rowsOf(scene.live)];
  expect(memory).toEqual(live);
  return live as Record<string, Record<string, unknown>[]>;
}
