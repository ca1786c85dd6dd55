import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Db, Tx } from '../../../src/platform/db.ts';
import { createPgReconcileStore } from '../../../src/reconcile/pg-store.ts';
import type { ReconcileStore } from '../../../src/reconcile/store.ts';
import type { ClinicScheduleRow } from '../../../src/reconcile/tables.ts';
import { at, CLINIC, createScene, HOUR, type Scene, settlementId, workingClinic } from './support.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await createScene({ now: at('09:00') });
});
afterEach(() => scene.close());

/** Work on a store, with how often it asked the database. */
async function asked(work: (store: ReconcileStore) => Promise<unknown>): Promise<number> {
  let statements = 0;
  const { db } = scene.runtime;
  await db.transaction(async (tx: Tx) => {
    const counting: Tx = {
      inTransaction: true,
      query: (...args: Parameters<Db['query']>) => {
        statements += 1;
        return tx.query(...args);
      },
      later: (...args) => {
        statements += 1;
        tx.later(...args);
      },
    };
    const store = createPgReconcileStore(counting, scene.runtime);
    await work(store);
    await store.finish();
  });
  return statements;
}

it('decides with a handful of statements: a clinic waits for each of them', async () => {
  await workingClinic(scene, at('09:30'));
  await scene.staff('D1', { face: 9 });
  await scene.person('P1', { face: 1, household: 'h' });
  await scene.person('P2', { face: 2, household: 'h' });
  await scene.see({ person: 1, from: at('08:59'), to: at('09:01') });
  const ref = await scene.settle('V1', 'P1', at('09:00'));
  const decide = () => asked((store) => scene.reconcile.decideOn(store, { ...ref, repeat: false }));
  // Lock, standing, parties, presence, people, templates; everything written; everything told.
  expect(await decide()).toBeLessThanOrEqual(8);
  expect(await decide()).toBeLessThanOrEqual(7);
  expect(await asked((store) => scene.reconcile.decideOn(store, { ...ref, repeat: true }))).toBeLessThanOrEqual(3);
  expect(await scene.verdict('V1')).toBe('match matched');
});

it('keeps what is missing as missing, so that reports can count it', async () => {
  await workingClinic(scene, at('09:30'));
  await scene.person('P1', { face: 1 });
  await scene.see({ person: 1, from: at('08:59'), to: at('09:01') });
  const ref = await scene.settle('V1', 'P1', at('09:00'));
  await scene.reconcile.decide({ ...ref, repeat: false });
  await scene.reconcile.decide({ ...(await scene.register('V2', 'P1', at('09:00'))), repeat: false });
  const { rows } = await scene.runtime.db.query(
    `select d.alternative is null as no_alternative, e.before is null as no_before, a.verdict is null as no_verdict
     from decisions d join decision_events e on e.decision_id = d.id join assessments a on a.id = d.assessment_id
     order by d.subject_key`,
  );
  expect(rows).toEqual([
    { no_alternative: true, no_before: true, no_verdict: false },
    { no_alternative: true, no_before: true, no_verdict: true },
  ]);
});

it('sees what it has put itself, and leaves nothing of it behind when the work fails', async () => {
  await workingClinic(scene, at('09:30'));
  const { db } = scene.runtime;
  const day = { clinic_code: CLINIC, scheduled_until: '2026-03-18', open_hours: [] } satisfies ClinicScheduleRow;
  const failing = db.transaction(async (tx) => {
    const store = createPgReconcileStore(tx, scene.runtime);
    store.putSchedule(day);
    expect(await store.scheduleOf(CLINIC)).toMatchObject({ scheduled_until: '2026-03-18' });
    throw new Error('the work failed');
  });
  await expect(failing).rejects.toThrow('the work failed');
  await db.transaction(async (tx) =>
    expect(await createPgReconcileStore(tx, scene.runtime).scheduleOf(CLINIC)).toMatchObject({ scheduled_until: null }),
  );
});

it('finds the outage that a moment falls into by the camera’s own clock', async () => {
  await scene.clinic();
  await scene.camera('late');
  await scene.camera('sees');
  const { db } = scene.runtime;
  await db.query(
    `insert into camera_clock_offsets (camera_id, measured_at, offset_ms, uncertainty_ms, source)
     values ('late', to_timestamp($1 / 1000.0), $2, 100, 'test')`,
    [at('06:00'), HOUR],
  );
  await scene.device('ok', at('06:00'), null, 'late');
  await scene.device('offline', at('10:00'), at('10:10'), 'late');
  await scene.device('dark', at('10:10'), at('10:30'), 'late');
  await scene.device('ok', at('10:30'), null, 'late');
  await scene.device('ok', at('06:00'), null, 'sees');
  const states = (when: number) =>
    db.transaction(async (tx) => {
      const store = createPgReconcileStore(tx, scene.runtime);
      const rows = await store.outageStates({ clinicCode: CLINIC, at: when, lookBackMs: 24 * HOUR });
      return rows.map(({ camera_id, state }) => `${camera_id} ${state}`).sort();
    });
  expect(await states(at('09:20'))).toEqual(['late dark', 'late offline']);
  expect(await states(at('09:30'))).toEqual(['late dark', 'late offline', 'late ok']);
  expect(await states(at('09:31'))).toEqual([]);
  expect(await states(at('08:59'))).toEqual([]);
});

it('locks a settlement under its visit, and knows when there is none', async () => {
  await workingClinic(scene, at('09:30'));
  await scene.settle('V1', 'P1', at('09:00'));
  await scene.runtime.db.transaction(async (tx) => {
    const store = createPgReconcileStore(tx, scene.runtime);
    expect(await store.lockSettlement(settlementId('V1'))).toMatchObject({ mdtrt_id: 'M-V1', clinic_code: CLINIC });
    expect(await store.lockSettlement(settlementId('V2'))).toBeNull();
    const { rows } = await tx.query<{ n: number }>(
      `select count(*)::int as n from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`,
    );
    expect(rows[0]?.n).toBe(1);
  });
});
