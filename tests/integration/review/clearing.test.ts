import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Principal } from '../../../src/access/principal.ts';
import { ts } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/ids.ts';
import type { HoldsPage } from '../../../src/review/clearing.schemas.ts';
import { CLINIC, createWorld, elsewhere, NOW, OTHER_CLINIC, seedSettlement, supervisor, type World } from './world.ts';

const clearing: Principal = { ...supervisor, kind: 'key', name: 'agency', role: 'clearing' };
const DAY_MS = 86_400_000;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

async function hold(
  setlId: string,
  over: { state?: string; decision?: string; clinicCode?: string; deadlineAt?: number | null; month?: string } = {},
): Promise<string> {
  const clinicCode = over.clinicCode ?? CLINIC;
  const settlementId = await seedSettlement(world, setlId, { clinicCode, at: NOW });
  const id = newId();
  await world.runtime.db.query(
    `insert into decisions (id, subject_key, clinic_code, mdtrt_id, setl_id, settlement_id, msgid, clearing_month, fund_fen,
       decision, reasons, deadline_at, state, decided_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 1742, $9, '[{"code":"dead","rule":"A8@1","zh":"名单","en":"list"}]', $10, $11, $12, $12)`,
    [
      id,
      `visit:${clinicCode}:M-${setlId}`,
      clinicCode,
      `M-${setlId}`,
      setlId,
      settlementId,
      `msg-${setlId}`,
      over.month ?? '2026-03',
      over.decision ?? 'hold',
      over.deadlineAt === null ? null : ts(over.deadlineAt ?? NOW + 3 * DAY_MS),
      over.state ?? 'standing',
      ts(NOW),
    ],
  );
  return id;
}

const month = async (query = '', as = clearing): Promise<HoldsPage> =>
  (await world.get(`/v1/clearing/2026-03/holds${query}`, as)).body;
const acknowledge = (decisionIds: string[], as = clearing) =>
  world.post('/v1/clearing/2026-03/holds/acknowledge', { decisionIds }, as);

it('hands over what is held, page by page, and nothing that must be paid', async () => {
  const held = [await hold('S1'), await hold('S2', { state: 'confirmed' }), await hold('S3')];
  await hold('S-released', { state: 'released' });
  await hold('S-review', { decision: 'review' });
  await hold('S-lapsed', { deadlineAt: NOW - 1 });
  await hold('S-april', { month: '2026-04' });
  await hold('S-far', { clinicCode: OTHER_CLINIC });
  await hold('S-reversed');
  await world.runtime.db.query(`update settlements set reversed_at = $1 where setl_id = 'S-reversed'`, [ts(NOW)]);

  const first = await month('?limit=2');
  const second = await month(`?limit=2&cursor=${first.nextCursor}`);
  expect([...first.items, ...second.items].map(({ decisionId }) => decisionId).toSorted()).toEqual(held.toSorted());
  expect(second.nextCursor).toBeNull();
  expect(first.totals).toEqual({ holds: 3, fundFen: 5226, fundYuan: '52.26', acknowledged: 0 });
  expect(first.items[0]).toMatchObject({
    fundYuan: '17.42',
    clinic: { name: '测试村卫生室' },
    reasons: [{ code: 'dead' }],
  });
  expect((await month('', { ...elsewhere, role: 'clearing' })).totals.holds).toBe(1);
});

it('takes an acknowledgement once, all or none, and shows what was released afterwards', async () => {
  const id = await hold('S-ack');
  const far = await hold('S-ack-far', { clinicCode: OTHER_CLINIC });
  expect((await acknowledge([id, far])).status).toBe(404);
  expect((await month()).totals.acknowledged).toBe(0);
  expect((await acknowledge([id])).body).toEqual({ acknowledged: 1, already: 0 });
  expect((await acknowledge([id, id])).body).toEqual({ acknowledged: 0, already: 1 });
  const page = await month();
  expect(page.items.find(({ decisionId }) => decisionId === id)?.acknowledgedAt).toBe(ts(NOW));
  expect(page.changes).toEqual([]);

  await world.runtime.db.query(`update decisions set state = 'released', updated_at = $2 where id = $1`, [
    id,
    ts(NOW + 5),
  ]);
  const after = await month();
  expect(after.items.some(({ decisionId }) => decisionId === id)).toBe(false);
  expect(after.changes).toEqual([
    expect.objectContaining({ decisionId: id, setlId: 'S-ack', change: 'released', at: ts(NOW + 5) }),
  ]);
  expect((await acknowledge([id])).body).toEqual({ acknowledged: 0, already: 1 });
  const history = await world.runtime.db.query<{ actor: string }>(
    `select actor from decision_events where decision_id = $1 and action = 'acknowledge'`,
    [id],
  );
  expect(history.rows).toEqual([{ actor: 'key:agency' }]);
});

it('refuses a month that is none', async () => {
  expect((await world.get('/v1/clearing/2026-13/holds', clearing)).status).toBe(400);
});
