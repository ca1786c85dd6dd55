import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryPeople } from '../../../src/people/memory-people.ts';
import { newId } from '../../../src/platform/ids.ts';
import { type Agenda, createAgenda } from '../../../src/platform/working-set/agenda.ts';
import { openWorkingSet, type WorkingSet } from '../../../src/platform/working-set/working-set.ts';
import { visitKeyOf } from '../../../src/reconcile/facts.ts';
import {
  continueDecisionEvents,
  createMemoryReconcileStore,
  type MemoryReconcileStore,
} from '../../../src/reconcile/memory-store.ts';
import { createPgReconcileStore } from '../../../src/reconcile/pg-store.ts';
import { subjectDue } from '../../../src/reconcile/reconcile.topics.ts';
import type { ReconcileStore } from '../../../src/reconcile/store.ts';
import type { DecisionEventRow } from '../../../src/reconcile/tables.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';
import { drawChecks } from './memory-checks.ts';
import { assessmentOf, work } from './memory-works.ts';
import { DAY, drawWorld, fillWorld, HOUR, NOW, type Random, randomOf, START, type World } from './memory-world.ts';

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
  compare(times: number, only?: RegExp): Promise<void>;
}

const closing: (() => Promise<void>)[] = [];
const closeAll = async (): Promise<void> => {
  for (const close of closing.splice(0).reverse()) await close();
};

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
    await fillWorld(workingSet, runtime, world);
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
    async compare(times, only = /./) {
      const checks = Array.from({ length: times }, () => drawChecks(random, world))
        .flat()
        .filter(({ name }) => only.test(name));
      // What one question brings back must not be all that the next one finds.
      checks.sort(() => random.int(3) - 1);
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
  afterEach(closeAll);

  it.each([1, 2])('while everything is in memory (world %i)', async (seed) => {
    const scene = await createScene(seed);
    await scene.work(150);
    await scene.compare(15);
    await scene.workingSet.flush();
    await scene.workingSet.written();
    expect(await rowsOf(scene.behind)).toEqual(await rowsOf(scene.live));
  });

  it.each([4, 5])('and when older days leave memory while work goes on (world %i)', async (seed) => {
    const scene = await createScene(seed);
    for (const day of [1, 5, 9, 14]) {
      await scene.work(50);
      expect(await scene.evict(START + day * DAY)).toBeGreaterThan(0);
      for (let i = 0; i < 8; i++) {
        await scene.compare(1);
        await scene.compare(4, /^(camera|deviceStates|outageStates|offsetAt)/);
        await scene.evict(START + day * DAY);
      }
    }
    await scene.workingSet.flush();
    await scene.workingSet.written();
    expect(await rowsOf(scene.behind)).toEqual(await rowsOf(scene.live));
  });
});

describe('a store in memory', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await createScene(7);
    await scene.work(30);
  });
  afterAll(closeAll);

  it('leaves word for the agenda', async () => {
    const payload = { subjectKind: 'camera' as const, subjectId: 'b-1@0', trigger: 'test' };
    scene.memory.tell(subjectDue, [{ payload, options: { dedupeKey: 'k' } }]);
    await scene.memory.lock('k');
    expect(scene.agenda.takeDue(NOW)?.payload).toEqual(payload);
  });

  it('finds stored facts, written or not, and nothing under another hash', async () => {
    const { rows } = await scene.live.db.query<{ hash: Buffer }>('select hash from facts');
    for (const written of [false, true]) {
      if (written) await scene.workingSet.flush();
      for (const hash of [...rows.map((row) => row.hash), Buffer.alloc(32)]) {
        const body = await scene.onLive((store) => store.factsBody(hash));
        expect(await scene.memory.factsBody(hash)).toEqual(body);
      }
    }
  });

  it('goes on numbering histories where the database stands, and the database where memory ended', async () => {
    const { db } = scene.behind;
    await scene.workingSet.flush();
    await scene.workingSet.written();
    await continueDecisionEvents(db);
    const before = (await rowsOf(scene.behind)).decision_events as DecisionEventRow[];
    expect(before.map(({ id }) => id)).toEqual(before.map((_, i) => i + 1));
    const { id: _id, ...event } = before[0] as DecisionEventRow;
    const { rows } = await db.query<{ id: number }>(
      'insert into decision_events (decision_id, at, actor, action) values ($1, now(), $2, $2) returning id',
      [event.decision_id, 'test'],
    );
    expect(rows[0]?.id).toBe(before.length + 1);

    const people = await createMemoryPeople({ ...scene.behind, workingSet: scene.workingSet });
    const next = await createMemoryReconcileStore({ ...scene.behind, ...scene, people, db });
    next.addDecisionEvent(event);
    await scene.workingSet.flush();
    await scene.workingSet.written();
    expect((await rowsOf(scene.behind)).decision_events).toHaveLength(before.length + 2);
  });

  it('finds what was said of a settlement whose window began days before it', async () => {
    const { settlements } = scene.world;
    const ofOwnVisit = settlements.filter((row) => row.mdtrt_id?.startsWith('S') && row.at % DAY === 12 * HOUR);
    const untold = async ({ id, clinic_code, at, mdtrt_id, msgid }: (typeof settlements)[number]) => {
      const visitKey = visitKeyOf(clinic_code, mdtrt_id, msgid);
      const asked = { subject: { kind: 'settlement', id } as const, visitKey };
      const { head, decision, findings } = await scene.memory.standingOf(asked);
      return head === null && decision === null && findings.length === 0 ? { asked, clinic_code, at } : null;
    };
    const [found] = (await Promise.all(ofOwnVisit.map(untold))).filter((row) => row !== null);
    if (!found) throw new Error('the world has no such settlement');
    const { asked, clinic_code, at } = found;
    scene.memory.putAssessment(assessmentOf(asked.subject, clinic_code, { from: at - 2 * DAY, to: at }));
    await scene.evict(at - DAY);
    expect((await scene.memory.standingOf(asked)).head).toMatchObject({ window_from: at - 2 * DAY });
  });
});
