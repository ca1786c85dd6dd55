import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimStatementTopic } from '../../../src/ledgers/claims/claims.topics.ts';
import { ts } from '../../../src/platform/db.ts';
import { at, CLINIC, createScene, HOUR, type Scene, workingClinic } from './support.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await createScene({ now: at('09:00') });
  await workingClinic(scene, at('08:00'));
});
afterEach(() => scene.close());

const told = async (over: { settlements?: number | null; setlIds?: string[] } = {}): Promise<void> => {
  const { db, outbox, clock } = scene.runtime;
  await db.transaction(async (tx) => {
    await tx.query(
      `insert into claim_statements (msgid, infno, clinic_code, from_at, to_at, settlements, setl_ids, received_at)
       values ('R1', '3201', $1, $2, $3, $4, $5, $6)`,
      [
        CLINIC,
        ts(at('00:00')),
        ts(at('00:00', '2026-03-18')),
        over.settlements === undefined ? 2 : over.settlements,
        over.setlIds ?? [],
        ts(clock.now()),
      ],
    );
    await outbox.add(tx, claimStatementTopic, { msgid: 'R1', clinicCode: CLINIC });
  });
};
const missing = async () => (await scene.findings()).filter(({ rule }) => rule === 'N1');

it('tells of claims that a reconciliation knows and that have not come, and takes it back when they arrive', async () => {
  await scene.settle('V1', 'P1', at('09:00'));
  await told();
  await scene.until(at('20:00'));
  expect(await missing()).toEqual([]);
  await scene.until(at('00:00', '2026-03-19'));
  expect(await missing()).toMatchObject([
    { outcome: 'hit', class: 'data', reason: 'claims_missing', incident: `statement:${CLINIC}:R1` },
  ]);
  await scene.settle('V2', 'P2', at('10:00'));
  await scene.until(at('00:00', '2026-03-19') + HOUR);
  expect(await missing()).toMatchObject([{ outcome: 'clear', reason: 'complete' }]);
});

it('tells of settlements that a pull brought and the mirror never saw', async () => {
  await scene.settle('V1', 'P1', at('09:00'));
  await scene.runtime.db.query(
    'insert into settlement_key (setl_id, settlement_id, clinic_code, at) select setl_id, id, clinic_code, at from settlements',
  );
  await told({ settlements: null, setlIds: ['S-V1', 'S-lost'] });
  await scene.until(at('00:00', '2026-03-19'));
  expect(await missing()).toMatchObject([{ outcome: 'hit' }]);
  const { rows } = await scene.runtime.db.query<{ evidence: { unknown: string[] } }>(
    "select evidence from findings where rule_id = 'N1'",
  );
  expect(rows[0]?.evidence.unknown).toEqual(['S-lost']);
});

it('is quiet where everything has come', async () => {
  for (const visit of ['V1', 'V2']) await scene.settle(visit, 'P1', at('09:00'));
  await told();
  await scene.until(at('00:00', '2026-03-20'));
  expect(await missing()).toEqual([]);
});
