import { Type } from 'typebox';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defineTopic } from '../../../src/platform/outbox.ts';
import { createAgenda } from '../../../src/platform/working-set/agenda.ts';
import { defineTable } from '../../../src/platform/working-set/table.ts';
import { openWorkingSet, type WorkingSet } from '../../../src/platform/working-set/working-set.ts';
import { createTestRuntime, manualClock, type TestRuntime } from '../../support/test-runtime.ts';

interface Visit {
  id: number;
  clinic: string;
  at: number;
  day: string | null;
  fen: number | null;
  cnt: string | null;
  names: string[];
  body: unknown;
  secret: Buffer | null;
  good: boolean;
  note: string | null;
}
const visits = defineTable<Visit>()({
  name: 'visits_in_memory',
  columns: {
    id: 'bigint',
    clinic: 'text',
    at: 'timestamptz',
    day: 'date',
    fen: 'bigint',
    cnt: 'numeric',
    names: 'text[]',
    body: 'jsonb',
    secret: 'bytea',
    good: 'boolean',
    note: 'text',
  },
  key: ['id'],
  page: { clinic: 'clinic', at: 'at' },
  indexes: { byNote: (row) => row.note },
});

let runtime: TestRuntime;
let set: WorkingSet;
beforeAll(async () => {
  runtime = await createTestRuntime();
  await runtime.db.query(`create table visits_in_memory (id bigint generated always as identity primary key, clinic text not null,
    at timestamptz not null, day date, fen bigint, cnt numeric, names text[] not null, body jsonb, secret bytea, good boolean, note text)`);
  set = await openWorkingSet({ db: runtime.db, connectionString: runtime.config.DATABASE_URL ?? '' });
});
afterAll(async () => {
  await set?.close();
  await runtime?.close();
});

const DAY = 86_400_000;
const visit = (id: number, over: Partial<Visit> = {}): Visit => ({
  id,
  clinic: 'H1',
  at: 1_800_000_000_123 + id * DAY,
  day: '2026-03-17',
  fen: 3_500,
  cnt: '0.125',
  names: ['张\t三', 'a"b\\c', ''],
  body: { tab: '\t', line: 'a\nb\\n', list: [1, null] },
  secret: Buffer.from([0, 255, 92]),
  good: true,
  note: 'first\\N',
  ...over,
});
const stored = async (): Promise<Visit[]> =>
  (await runtime.db.query<Visit & Record<string, unknown>>('select * from visits_in_memory order by id')).rows;

it('writes what was put, changed and deleted, whatever the values look like, and brings pages back', async () => {
  const table = set.table(visits);
  const rows = [
    visit(1),
    visit(2, { day: null, fen: null, cnt: null, body: null, secret: null, note: null }),
    visit(3),
  ];
  for (const row of rows) table.put(row);
  await set.flush();
  await set.written();
  expect(await stored()).toEqual(rows);

  const changed = visit(1, { note: '\\.', names: [] });
  table.put(changed);
  table.delete(visit(3));
  table.put(visit(4));
  expect(table.by('byNote', '\\.')).toEqual([changed]);
  expect(table.by('byNote', 'first\\N').map(({ id }) => id)).toEqual([4]);
  await set.flush();
  await set.written();
  expect((await stored()).map(({ id }) => id)).toEqual([1, 2, 4]);

  expect(await set.evict(visit(3).at)).toBe(2);
  expect(table.get(1)).toBeUndefined();
  await set.ensure('H1', visit(1).at - 1, visit(2).at);
  expect(table.get(1)).toEqual(changed);
  expect(table.within('H1', visit(1).at, visit(2).at)).toHaveLength(2);
  expect(table.within('H1', visit(1).at + 1, visit(2).at)).toHaveLength(1);
});

it('undoes all that a failed piece of work did', async () => {
  const table = set.table(visits);
  const before = table.all();
  const failing = set.transaction(async () => {
    table.put(visit(9));
    table.put(visit(4, { note: 'changed' }));
    table.delete(visit(1));
    table.put(visit(1, { note: 'anew' }));
    throw new Error('refused');
  });
  await expect(failing).rejects.toThrow('refused');
  expect(table.all().toSorted((a, b) => a.id - b.id)).toEqual(before.toSorted((a, b) => a.id - b.id));
  await set.flush();
  await set.written();
  expect((await stored()).map(({ id }) => id)).toEqual([1, 2, 4]);
});

it('brings a page back without the row whose deletion is not written yet', async () => {
  const table = set.table(visits);
  const rows = [visit(21), visit(22, { at: visit(21).at + 1 })];
  for (const row of rows) table.put(row);
  await set.flush();
  await set.written();
  table.delete(visit(21));
  set.evict(visit(22).at + DAY);
  expect(table.get(22)).toBeUndefined();
  await set.ensure('H1', visit(21).at, visit(21).at);
  expect(table.within('H1', visit(21).at, visit(22).at).map(({ id }) => id)).toEqual([22]);
  table.delete(visit(22));
  await set.flush();
  await set.written();
});

it('lets no page go of which anything is still on its way to the database', async () => {
  const table = set.table(visits);
  table.put(visit(31));
  await set.flush();
  expect(set.evict(visit(31).at + DAY)).toBe(0);
  expect(table.get(31)).toEqual(visit(31));
  await set.written();
  table.delete(visit(31));
  await set.flush();
  await set.written();
});

it('keeps work that waits under one key as one: the earliest moment, the newest word', () => {
  const clock = manualClock(1_000);
  const topic = defineTopic({ name: 'test.due', queue: 'reconcile', payload: Type.Object({ n: Type.Number() }) });
  const agenda = createAgenda({ clock });
  agenda.addAll(topic, [
    { payload: { n: 1 }, options: { dedupeKey: 'a', availableAt: 5_000 } },
    { payload: { n: 2 }, options: { availableAt: 2_000 } },
    { payload: { n: 3 }, options: { dedupeKey: 'a', availableAt: 1_500 } },
    { payload: { n: 4 }, options: { dedupeKey: 'a', availableAt: 9_000 } },
  ]);
  expect(agenda.nextAt()).toBe(1_500);
  expect(agenda.takeDue(1_400)).toBeNull();
  expect(agenda.takeDue(9_999)?.payload).toEqual({ n: 4 });
  expect(agenda.takeDue(9_999)?.payload).toEqual({ n: 2 });
  expect(agenda.takeDue(9_999)).toBeNull();
  agenda.addAll(topic, [{ payload: { n: 5 }, options: { dedupeKey: 'a' } }]);
  const other = defineTopic({ name: 'test.other', queue: 'reconcile', payload: Type.Object({ n: Type.Number() }) });
  agenda.addAll(other, [{ payload: { n: 6 }, options: { dedupeKey: 'a' } }]);
  expect(agenda.takeDue(1_000)).toEqual({ topic: 'test.due', payload: { n: 5 } });
  expect(agenda.takeDue(1_000)).toEqual({ topic: 'test.other', payload: { n: 6 } });
  expect(agenda.waiting).toBe(0);
});

it('says that the database went away, and what to do', async () => {
  const other = await openWorkingSet({ db: runtime.db, connectionString: runtime.config.DATABASE_URL ?? '' });
  await runtime.db.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'working-set' and datname = current_database() and state = 'idle'`);
  other.table(visits).put(visit(77));
  await other.flush();
  await expect(other.written()).rejects.toMatchObject({ code: 'unavailable' });
  await other.close();
});
