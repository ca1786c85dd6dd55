import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';

let runtime: TestRuntime;
beforeAll(async () => {
  runtime = await createTestRuntime();
  await runtime.db.query('create table sent (n int primary key)');
});
afterAll(() => runtime.close());

const stored = async (): Promise<number[]> =>
  (await runtime.db.query<{ n: number }>('select n from sent order by n')).rows.map(({ n }) => n);

it('sends statements without waiting, in order, and what is read next sees them', async () => {
  const seen = await runtime.db.transaction(async (tx) => {
    tx.later('insert into sent values (1)', [], 'sent-one');
    tx.later('insert into sent values ($1)', [2], 'sent-some');
    tx.later('insert into sent values ($1)', [3], 'sent-some');
    return (await tx.query<{ n: number }>('select count(*) as n from sent')).rows[0]?.n;
  });
  expect(seen).toBe(3);
  expect(await stored()).toEqual([1, 2, 3]);
});

it('commits nothing when one of them fails, and throws what failed first', async () => {
  await expect(
    runtime.db.transaction(async (tx) => {
      tx.later('insert into sent values (4)');
      tx.later('insert into sent values (1)');
      tx.later('insert into sent values (5)');
    }),
  ).rejects.toMatchObject({ code: '23505' });
  await expect(
    runtime.db.transaction(async (tx) => {
      tx.later('insert into sent values (1)');
      await tx.query('select 1');
    }),
  ).rejects.toMatchObject({ code: '23505' });
  expect(await stored()).toEqual([1, 2, 3]);
  await runtime.db.transaction(async (tx) => void tx.later('insert into sent values ($1)', [6], 'sent-some'));
  expect(await stored()).toContain(6);
});

it('throws the work’s own error where that came first, and gives a statement up that takes too long', async () => {
  await expect(
    runtime.db.transaction(async (tx) => {
      tx.later('insert into sent values (7)');
      throw new Error('changed my mind');
    }),
  ).rejects.toThrow('changed my mind');
  await expect(
    runtime.db.transaction(async (tx) => void (await tx.query('select pg_sleep(30)')), { statementTimeoutMs: 50 }),
  ).rejects.toMatchObject({ code: '57014' });
  expect(await stored()).not.toContain(7);
});
