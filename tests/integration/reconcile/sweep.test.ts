import { afterAll, beforeAll, expect, it } from 'vitest';
import { sweepLookBacks } from '../../../src/reconcile/sweep.ts';
import { createTestRuntime, manualClock, type TestRuntime } from '../../support/test-runtime.ts';

let runtime: TestRuntime;
beforeAll(async () => {
  runtime = await createTestRuntime();
});
afterAll(() => runtime.close());

it('forgets whose card was settled when, once no score looks back so far, and not a day earlier', async () => {
  const { db } = runtime;
  await db.query(
    `insert into score_entries (settlement_id, clinic_code, at, leaves_on, fund_fen, sight, confirmed, looking, psn_no)
     select gen_random_uuid(), 'H1', '2026-03-01', leaves_on, 1600, 'absent', false, '', 'P1'
     from unnest(array['2026-05-01', '2026-05-02', '2026-05-03']::date[]) as t (leaves_on), generate_series(1, 1500)`,
  );
  await db.query(
    `insert into clinic_rolls (clinic_code, day, leaves_on, body)
     select 'H1', leaves_on - 70, leaves_on, '[]' from unnest(array['2026-05-01', '2026-05-02']::date[]) as t (leaves_on)`,
  );
  const clock = manualClock(Date.parse('2026-05-03T00:30:00+08:00'));
  const sweep = (): Promise<number> => sweepLookBacks({ db, clock, timeZone: 'Asia/Shanghai' });
  expect(await sweep()).toBe(3002);
  const left = await db.query<{ leaves_on: string }>('select distinct leaves_on::text from score_entries');
  expect(left.rows).toEqual([{ leaves_on: '2026-05-03' }]);
  expect(await sweep()).toBe(0);
});
