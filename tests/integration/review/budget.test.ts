import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ts } from '../../../src/platform/db.ts';
import type { AlertItem, AlertList, AlertSummary } from '../../../src/review/alerts.schemas.ts';
import type {
  BudgetState,
  MissedReport,
  PrecisionReport,
  SampleCheckList,
} from '../../../src/review/budget/budget.schemas.ts';
import type { FairnessReport } from '../../../src/review/fairness/fairness.schemas.ts';
import {
  CLINIC,
  createWorld,
  determineViolation,
  elsewhere,
  NOW,
  OTHER_CLINIC,
  raiseAlert,
  seedPerson,
  seedSettlement,
  supervisor,
  type World,
  writeFinding,
} from './world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const investigator = { ...supervisor, name: 'sun', role: 'investigator' } as const;

const POLICY = {
  leastPrecision: 0.8,
  fillAt: ['07:00'],
  settleHours: 12,
  budgets: { fraud: { perDay: 2, regions: { '411627': 1 } } },
  sample: { perDay: 2 },
  rules: {
    A1: { mean: 0.9, strength: 4, minutes: 5 },
    A2: { mean: 0.05, strength: 20, minutes: 5 },
  },
  fairness: { leastShown: 3, maxRatio: 1.2 },
};

let world: World;
beforeAll(async () => {
  world = await createWorld({ policy: POLICY });
  await seedPerson(world, 'P1', '张三丰');
});
afterAll(() => world?.close());

/** Does what the outbox holds and is due. */
async function doDue(): Promise<void> {
  const { db, clock } = world.runtime;
  for (;;) {
    const { rows } = await db.query<{ id: number; topic: string; payload: never }>(
      `select id, topic, payload from outbox where done_at is null and available_at <= $1 and topic = any($2) order by available_at, id limit 1`,
      [ts(clock.now()), ['alert.queue', 'alert.precision', 'fairness.day']],
    );
    const [row] = rows;
    if (row === undefined) return;
    // As the publisher does: what is told meanwhile is another row.
    await db.query('update outbox set published_at = now() where id = $1', [row.id]);
    const handler = world.review.handlers.find(({ topic }) => topic.name === row.topic);
    await handler?.handle({ payload: row.payload, once: (effects) => db.transaction(effects) });
    await db.query('update outbox set done_at = now() where id = $1', [row.id]);
  }
}

let made = 0;
async function suspect(options: { rule?: string; fundFen?: number; clinicCode?: string; phase?: 'pre' | 'in' } = {}) {
  made += 1;
  const setlId = `SB${made}`;
  const clinicCode = options.clinicCode ?? CLINIC;
  await seedSettlement(world, setlId, { clinicCode, fundFen: options.fundFen ?? 1000, at: world.runtime.clock.now() });
  const incidentKey = `visit:${clinicCode}:M-${setlId}`;
  const id = await raiseAlert(world, {
    incidentKey,
    clinicCode,
    setlIds: [setlId],
    rule: options.rule ?? 'A1',
    phase: options.phase ?? 'in',
  });
  return { id, incidentKey };
}

async function list(query = '', as: typeof supervisor = { ...supervisor, regionCode: '4116' }): Promise<AlertItem[]> {
  const { status, body } = await world.get(`/v1/alerts?limit=100${query}`, as);
  expect(status).toBe(200);
  return (body as AlertList).items;
}
const ids = (items: readonly AlertItem[]): string[] => items.map(({ id }) => id).sort();
const nextMorning = async (): Promise<void> => {
  const { clock } = world.runtime;
  clock.set(Math.ceil((clock.now() + 8 * HOUR - 7 * HOUR + 1) / DAY) * DAY - HOUR);
  await doDue();
};

describe('suspicions and the reviewers’ queue', () => {
  it('wait, stand nowhere as an accusation, and a supervisor finds them with the reason', async () => {
    const sure = await suspect();
    const weak = await suspect({ rule: 'A2' });
    expect(await list()).toEqual([]);
    expect((await world.get('/v1/alerts/summary')).body).toMatchObject({ standing: 0 } satisfies Partial<AlertSummary>);
    expect((await world.get(`/v1/alerts/${sure.id}`, investigator)).status).toBe(404);
    expect((await world.get('/v1/alerts?queue=waiting', investigator)).status).toBe(403);
    const waiting = await list('&queue=waiting');
    expect(waiting.find(({ id }) => id === sure.id)).toMatchObject({
      waitReason: 'settling',
      pRight: 0.9,
      expectedFen: 900,
    });
    expect(waiting.find(({ id }) => id === weak.id)).toMatchObject({ waitReason: 'under_precision', pRight: 0.05 });
    const state = (await world.get('/v1/alarm-budget')).body as BudgetState;
    expect(state.waiting).toEqual({ n: 2, expectedFen: 950 });
    expect(state.byRule).toEqual(
      expect.arrayContaining([
        { rule: 'A1', n: 1, expectedFen: 900 },
        { rule: 'A2', n: 1, expectedFen: 50 },
      ]),
    );
    const { rows } = await world.runtime.db.query(`select 1 from outbox where topic = 'alert.changed'`);
    expect(rows).toEqual([]);
    const shown = await world.runtime.db.query('select 1 from alert_events where shown');
    expect(shown.rows).toEqual([]);
  });

  it('are shown at the next filling after they settled, the most worth first, and no more than the budget', async () => {
    const [small, big] = [await suspect({ fundFen: 500 }), await suspect({ fundFen: 9000 })];
    await nextMorning();
    const shown = await list();
    expect(shown).toHaveLength(2);
    expect(shown.map(({ id }) => id)).toContain(big.id);
    expect(shown.every(({ pRight }) => (pRight ?? 0) >= 0.8)).toBe(true);
    expect((await list('&queue=waiting')).find(({ id }) => id === small.id)?.waitReason).toBe('over_budget');
    const told = await world.runtime.db.query<{ action: string }>(
      `select payload ->> 'action' as action from outbox where topic = 'alert.changed'`,
    );
    expect(told.rows.map(({ action }) => action)).toEqual(['raised', 'raised']);
    await doDue();
    expect(await list()).toHaveLength(2);
    await nextMorning();
    expect(ids(await list())).toContain(small.id);
  });

  it('stay within a region’s own budget too', async () => {
    for (let i = 0; i < 3; i++) await suspect({ clinicCode: OTHER_CLINIC, fundFen: 50_000 });
    await nextMorning();
    expect(await list('', elsewhere)).toHaveLength(1);
    await nextMorning();
    expect(await list('', elsewhere)).toHaveLength(2);
  });

  it('that went away meanwhile are never shown', async () => {
    const gone = await suspect({ fundFen: 90_000 });
    await writeFinding(world, { incidentKey: gone.incidentKey, outcome: 'clear' });
    await world.apply(gone.incidentKey);
    await nextMorning();
    expect(ids(await list())).not.toContain(gone.id);
    const { rows } = await world.runtime.db.query('select 1 from alert_queue where alert_id = $1', [gone.id]);
    expect(rows).toEqual([]);
  });

  it('do not wait where somebody is stopped now', async () => {
    const held = await suspect();
    await nextMorning();
    await nextMorning();
    const urgent = `visit:${CLINIC}:M-urgent`;
    await world.runtime.db.query(
      `insert into decisions (id, subject_key, clinic_code, msgid, clearing_month, decision, reasons, state, decided_at, updated_at)
       values (gen_random_uuid(), $1, $2, 'm', '2026-03', 'hold', '[]', 'standing', $3, $3)`,
      [urgent, CLINIC, ts(NOW)],
    );
    const id = await raiseAlert(world, { incidentKey: urgent });
    await doDue();
    expect(ids(await list())).toEqual(expect.arrayContaining([held.id, id].sort()));
  });
});

describe('what reviewers find', () => {
  it('teaches the estimates, can be taken back, and brings what waits to the screens', async () => {
    const shown = await list();
    const [first, second] = shown;
    if (first === undefined || second === undefined) throw new Error('nothing is shown');
    expect(await determineViolation(world, first.id, first.clinic.code)).toMatchObject({ state: 'determined' });
    await world.post(
      `/v1/alerts/${second.id}/steps`,
      { step: 'exclude', version: second.version, reason: 'data_quality' },
      {
        ...supervisor,
        regionCode: '4116',
      },
    );
    const report = (await world.get('/v1/alarm-budget/precision', { ...supervisor, regionCode: '4116' }))
      .body as PrecisionReport;
    expect(report.overall).toMatchObject({ n: 2, confirmed: 1, excluded: 1, excludedDataQuality: 1, precision: 0.5 });
    expect(report.byRule).toMatchObject([{ group: 'A1', n: 2 }]);
    expect(report.byClinicKind).toMatchObject([{ group: 'H', n: 2 }]);
    const estimate = report.rules.find(({ rule }) => rule === 'A1');
    expect(estimate?.pRight).toBeCloseTo((0.9 * 4 + 1) / 6, 2);
    // Of a prior of little weight, one wrong is enough to make the next wait.
    await suspect();
    expect(
      (await list('&queue=waiting')).filter(({ waitReason }) => waitReason === 'under_precision').length,
    ).toBeGreaterThan(1);
    const again = (await world.get(`/v1/alerts/${second.id}`, { ...supervisor, regionCode: '4116' })).body as AlertItem;
    await world.post(`/v1/alerts/${second.id}/undo`, { version: again.version }, { ...supervisor, regionCode: '4116' });
    world.runtime.clock.advance(2 * 60_000);
    await doDue();
    expect((await list('&queue=waiting&rule=A1')).every(({ waitReason }) => waitReason !== 'under_precision')).toBe(
      true,
    );
    const after = (await world.get('/v1/alarm-budget/precision')).body as PrecisionReport;
    expect(after.overall).toMatchObject({ n: 1, confirmed: 1 });
  });

  it('of a check that accuses nobody says what is missed', async () => {
    for (let i = 0; i < 5; i++) await suspect({ rule: 'A2' });
    await nextMorning();
    await nextMorning();
    const all = { ...supervisor, regionCode: '4116' };
    const { items } = (await world.get('/v1/sample-checks?state=open&limit=50', all)).body as SampleCheckList;
    expect(items.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(items)).not.toMatch(/A1|A2|fraud|every_face_differs/);
    const [one, two] = items;
    expect((await world.post(`/v1/sample-checks/${one?.id}`, { outcome: 'fine' }, all)).status).toBe(200);
    expect((await world.post(`/v1/sample-checks/${one?.id}`, { outcome: 'fine' }, all)).status).toBe(409);
    await world.post(`/v1/sample-checks/${two?.id}`, { outcome: 'wrong', note: '电话核实' }, all);
    const { rules } = (await world.get('/v1/alarm-budget/missed', all)).body as MissedReport;
    expect(rules[0]).toMatchObject({ rule: '', checked: 2, wrong: 1 });
    expect(rules[0]?.low).toBeGreaterThan(0);
    // What a person found wrong stands on the screens.
    const { rows } = await world.runtime.db.query<{ alert_id: string }>(
      'select alert_id from sample_checks where id = $1',
      [two?.id],
    );
    expect(ids(await list())).toContain(rows[0]?.alert_id);
  });
});

describe('a group whose alerts are wrong too often', () => {
  it('is told of, its alerts wait, and a person can lift that', async () => {
    const all = { ...supervisor, regionCode: '4116' };
    const { db, clock } = world.runtime;
    for (const item of await list()) {
      if (item.state !== 'new' || item.clinic.code !== CLINIC) continue;
      await world.post(`/v1/alerts/${item.id}/steps`, { step: 'exclude', version: item.version, reason: 'twins' }, all);
    }
    const decided = await db.query<{ n: number }>('select count(*) as n from alert_dispositions where not confirmed');
    expect(decided.rows[0]?.n).toBeGreaterThanOrEqual(3);
    // The other county's clinic had many that were right.
    const today = new Date(clock.now() + 8 * HOUR).toISOString().slice(0, 10);
    await db.query(
      `insert into fairness_days (day, dimension, grp, settlements, judged, cannot_tell, shown, confirmed, excluded, computed_at)
       select d, dim, grp, 500, 500, 40, 60, 60, 0, $2 from (values (($1::date - 6), 'all', ''), ($1::date - 6, 'clinic', 'H41162799999')) v (d, dim, grp)`,
      [today, ts(clock.now())],
    );
    clock.advance(2 * 60_000);
    await doDue();
    const report = (await world.get('/v1/fairness', all)).body as FairnessReport;
    expect(report.bounds.map(({ dimension, group }) => `${dimension} ${group}`)).toContain(`clinic ${CLINIC}`);
    expect(report.overall.falseOfShown.n).toBeGreaterThan(60);
    expect(report.dimensions.map(({ dimension }) => dimension)).toEqual(['age', 'sex', 'portrait_age', 'clinic']);
    expect(report.dimensions[1]?.groups.map(({ group }) => group)).toContain('male');

    await db.query(`update rule_records set confirmed = 1000, excluded = 0, claimed = 900 where rule_key = 'A1'`);
    const next = await suspect({ fundFen: 99_000 });
    await nextMorning();
    await nextMorning();
    const waits = (await list('&queue=waiting')).find(({ id }) => id === next.id);
    expect(waits?.waitReason).toBe('fairness_bound');
    for (const bound of report.bounds) {
      const { dimension, group } = bound;
      await world.post('/v1/fairness/bounds/lift', { dimension, group, note: '已核查' }, all);
    }
    const { bounds } = (await world.get('/v1/fairness', all)).body as FairnessReport;
    expect(bounds.every(({ liftedBy }) => liftedBy !== null)).toBe(true);
    await nextMorning();
    expect(ids(await list())).toContain(next.id);
    expect(await world.review.housekeeping()).toBeGreaterThanOrEqual(0);
  });
});
