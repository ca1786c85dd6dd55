import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryPeople } from '../../../src/people/memory-people.ts';
import { newId } from '../../../src/platform/ids.ts';
import { type Agenda, createAgenda } from '../../../src/platform/working-set/agenda.ts';
import { openWorkingSet, type WorkingSet } from '../../../src/platform/working-set/working-set.ts';
import {
  continueDecisionEvents,
  createMemoryReconcileStore,
  type MemoryReconcileStore,
} from '../../../src/reconcile/memory-store.ts';
import { createPgReconcileStore } from '../../../src/reconcile/pg-store.ts';
import { subjectDue } from '../../../src/reconcile/reconcile.topics.ts';
import type { ReconcileStore } from '../../../src/reconcile/store.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';
import { drawChecks } from './memory-checks.ts';
import { work } from './memory-works.ts';
import { DAY, drawWorld, fillWorld, NOW, type Random, randomOf, START, type World } from './memory-world.ts';

/** The same world twice: in one database, and in memory before another. */
interface Scene {
  readonly world: World;
  readonly memory: MemoryReconcileStore;
  readonly agenda: Agenda;
  readonly workingSet: WorkingSet;
  readonly behind: TestRuntime;
  readonly live: TestRuntime;
  onLive<T>(work: (store: ReconcileStore) => Promise<T>): Promise<T>;
  /** Everything older leaves memory. */
  evict(beforeMs: number): Promise<number>;
  /** Does the same work on both. */
  work(times: number): Promise<void>;
  /** Asks both the same questions. */
  compare(times: number): Promise<void>;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function createScene(seed: number): Promise<Scene> {
  const random = randomOf(seed);
  const world = drawWorld(
    random,
    Array.from({ length: 12 }, () => newId()),
  );
  const open = async (): Promise<[TestRuntime, WorkingSet]> => {
    const runtime = await createTestRuntime({ now: NOW });
    closing.push(() => runtime.close());
    const workingSet = await openWorkingSet({ db: runtime.db, connectionString: runtime.db.connectionString });
    closing.push(() => workingSet.close());
    await fillWorld(workingSet, runtime.keyring, world);
    return [runtime, workingSet];
  };
  const [live] = await open();
  const [behind, workingSet] = await open();
  const { db, clock, keyring } = behind;
  const agenda = createAgenda({ clock });
  const people = await createMemoryPeople({ workingSet, db, keyring });
  const memory = await createMemoryReconcileStore({ workingSet, agenda, people, db, clock });
  const onLive: Scene['onLive'] = (ask) =>
    live.db.transaction(async (tx) => {
      const store = createPgReconcileStore(tx, live);
      const answer = await ask(store);
      await store.finish();
      return answer;
    });
  let done = 0;
  return {
    world,
    memory,
    agenda,
    workingSet,
    behind,
    live,
    onLive,
    async evict(beforeMs) {
      await workingSet.flush();
      memory.leaving(beforeMs);
      return workingSet.evict(beforeMs);
    },
    async work(times) {
      const twice = (): Random => randomOf(seed * 1_000 + done);
      const [inMemory, onDatabase] = [twice(), twice()];
      for (let n = done; n < done + times; n++) await work(memory, inMemory, world, n);
      for (let n = done; n < done + times; n++) await onLive((store) => work(store, onDatabase, world, n));
      done += times;
    },
    async compare(times) {
      const checks = Array.from({ length: times }, () => drawChecks(random, world)).flat();
      const expected = await onLive(async (store) => {
        const answers: unknown[] = [];
        for (const { ask } of checks) answers.push(await ask(store));
        return answers;
      });
      for (const [i, { name, ask }] of checks.entries()) expect(await ask(memory), name).toEqual(expected[i]);
    },
  };
}

const TABLES = {
  assessments: 'id',
  assessment_heads: 'subject_kind, subject_id',
  findings: 'id',
  decisions: 'id',
  decision_events: 'id',
  watermarks_seen: 'camera_id',
  clinic_schedule: 'clinic_code',
  facts: 'hash',
};

const rowsOf = async ({ db }: TestRuntime): Promise<Record<string, unknown[]>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(TABLES).map(async ([name, key]) => [
        name,
        (await db.query(`select * from ${name} order by ${key}`)).rows,
      ]),
    ),
  );

describe('what bulk work reads and writes in memory is what the database would have given and kept', () => {
  it.each([1, 2, 3])('while everything is in memory (world %i)', async (seed) => {
    const scene = await createScene(seed);
    await scene.work(150);
    await scene.compare(25);
    await scene.workingSet.flush();
    await scene.workingSet.written();
    expect(await rowsOf(scene.behind)).toEqual(await rowsOf(scene.live));
  });

  it.each([4, 5, 6])('and when older days leave memory while work goes on (world %i)', async (seed) => {
    const scene = await createScene(seed);
    for (const day of [1, 4, 7, 10, 14]) {
      await scene.work(50);
      expect(await scene.evict(START + day * DAY)).toBeGreaterThan(0);
      await scene.compare(10);
    }
    await scene.workingSet.flush();
    await scene.workingSet.written();
    expect(await rowsOf(scene.behind)).toEqual(await rowsOf(scene.live));
  });
});

it('finds stored facts, written or not, and nothing under another hash', async () => {
  const scene = await createScene(7);
  await scene.work(20);
  const hashes = (await scene.live.db.query<{ hash: Buffer }>('select hash from facts')).rows.map(({ hash }) => hash);
  for (const written of [false, true]) {
    if (written) await scene.workingSet.flush();
    for (const hash of [...hashes, Buffer.alloc(32)]) {
      const body = await scene.onLive((store) => store.factsBody(hash));
      expect(await scene.memory.factsBody(hash)).toEqual(body);
    }
  }
});

it('goes on numbering histories where the database stands, and the database where memory ended', async () => {
  const scene = await createScene(8);
  await scene.work(20);
  await scene.workingSet.flush();
  await scene.workingSet.written();
  await continueDecisionEvents(scene.behind.db);
  const { db } = scene.behind;
  const before = (await rowsOf(scene.behind)).decision_events as { id: number; decision_id: string }[];
  expect(before.map(({ id }) => id)).toEqual(before.map((_, i) => i + 1));
  const { rows } = await db.query<{ id: number }>(
    `insert into decision_events (decision_id, at, actor, action) values ($1, now(), 'test', 'test') returning id`,
    [before[0]?.decision_id],
  );
  expect(rows[0]?.id).toBe(before.length + 1);

  const people = await createMemoryPeople({ ...scene.behind, workingSet: scene.workingSet });
  const next = await createMemoryReconcileStore({ ...scene.behind, ...scene, people, db });
  next.addDecisionEvent({
    decision_id: before[0]?.decision_id ?? '',
    at: NOW,
    actor: 'test',
    action: 'test',
    before: null,
    after: null,
    note: null,
  });
  await scene.workingSet.flush();
  await scene.workingSet.written();
  expect((await rowsOf(scene.behind)).decision_events).toHaveLength(before.length + 2);
});

it('leaves word for the agenda', async () => {
  const scene = await createScene(9);
  const payload = { subjectKind: 'camera' as const, subjectId: 'b-1@0', trigger: 'test' };
  scene.memory.tell(subjectDue, [{ payload, options: { dedupeKey: 'k' } }]);
  await scene.memory.lock('k');
  expect(scene.agenda.takeDue(NOW)?.payload).toEqual(payload);
});
