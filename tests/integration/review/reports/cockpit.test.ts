import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ts } from '../../../../src/platform/db.ts';
import { newId } from '../../../../src/platform/ids.ts';
import type { Cockpit } from '../../../../src/review/reports/cockpit.schemas.ts';
import {
  CLINIC,
  city,
  clinic,
  createWorld,
  determineViolation,
  elsewhere,
  NOW,
  OTHER_CLINIC,
  raiseAlert,
  seedSettlement,
  step,
  supervisor,
  type World,
} from '../world.ts';

const DAY = 86_400_000;
const VILLAGE_CLINIC = 'H41162400777';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  const { db } = world.runtime;
  await db.query(`insert into regions (code, name, level, parent) values
    ('411624101', '新安集镇', 'township', '411624'), ('411624102', '留福镇', 'township', '411624'),
    ('411624101201', '前王庄村', 'village', '411624101')`);
  await db.query(
    `insert into clinics (code, name, region_code, created_at) values ($1, '前王庄村卫生室', '411624101201', $2)`,
    [VILLAGE_CLINIC, ts(NOW)],
  );
  const seen = async (setlId: string, clinicCode: string, coverage: number | null, at = NOW) => {
    const id = await seedSettlement(world, setlId, { clinicCode, fundFen: 1000, at });
    if (coverage === null) return;
    await db.query(
      `insert into assessment_heads (subject_kind, subject_id, clinic_code, assessment_id, assessed_at, window_from, window_to,
         facts_hash, coverage) values ('settlement', $1, $2, $3, $4, $4, $4, '\\x00', $5)`,
      [id, clinicCode, newId(), ts(at), coverage],
    );
  };
  await seen('V1', VILLAGE_CLINIC, 0.95);
  await seen('V2', VILLAGE_CLINIC, 0.1);
  await seen('V3', VILLAGE_CLINIC, null);
  await seen('C1', CLINIC, 0.9);
  await seen('O1', OTHER_CLINIC, 0.9);
  await seen('OLD', CLINIC, 0.9, NOW - 20 * DAY);
  // Two alerts about one settlement: its money is at risk once.
  await raiseAlert(world, { incidentKey: 'visit:a', clinicCode: VILLAGE_CLINIC, setlIds: ['V1', 'V2'], phase: 'pre' });
  await raiseAlert(world, { incidentKey: 'visit:b', clinicCode: VILLAGE_CLINIC, setlIds: ['V2'], phase: 'post' });
  await raiseAlert(world, { incidentKey: 'visit:o', clinicCode: OTHER_CLINIC, setlIds: ['O1'] });
  const excluded = await raiseAlert(world, { incidentKey: 'visit:c', clinicCode: CLINIC, setlIds: ['C1'] });
  await step(world, excluded, { step: 'exclude', reason: 'proxy' }, city);
  await world.reports.rollUp();
});
afterAll(() => world?.close());

const cockpit = async (query: string, as = supervisor): Promise<Cockpit> => {
  const { status, body } = await world.get(`/v1/cockpit${query}`, as);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
};
const item = (from: Cockpit, code: string) => {
  const found = from.items.find((each) => each.code === code);
  if (found === undefined) throw new Error(`${code} is not among ${from.items.map((each) => each.code).join(' ')}`);
  return found;
};

describe('the cockpit', () => {
  it('begins where the caller’s region begins, and lists what lies one level below', async () => {
    const county = await cockpit('');
    expect(county.region).toMatchObject({ code: '411624', name: '沈丘县', level: 'county', clinics: 2 });
    expect(county.path).toEqual([{ code: '411624', name: '沈丘县' }]);
    // A clinic that is registered with the county itself stands beside its townships; an empty township is there too.
    expect(county.items.map(({ code, kind }) => [code, kind])).toEqual([
      ['411624101', 'region'],
      ['411624102', 'region'],
      [CLINIC, 'clinic'],
    ]);
    const whole = await cockpit('', city);
    expect(whole.items.map(({ code, clinics }) => [code, clinics])).toEqual([
      ['411624', 2],
      ['411627', 1],
    ]);
    expect(whole.total.alerts).toBe(4);
    expect(county.total.alerts).toBe(3);
  });

  it('goes down to the clinics, with the way back', async () => {
    const village = await cockpit('?region=411624101201');
    expect(village.path.map(({ name }) => name)).toEqual(['沈丘县', '新安集镇', '前王庄村']);
    expect(village.items).toMatchObject([{ code: VILLAGE_CLINIC, name: '前王庄村卫生室', kind: 'clinic', clinics: 1 }]);
    expect(village.total).toEqual(item(village, VILLAGE_CLINIC).figures);
  });

  it('tells money at risk once for each settlement, and none of what was excluded', async () => {
    const county = await cockpit('');
    expect(item(county, '411624101').figures).toMatchObject({
      alerts: 2,
      standing: 2,
      atRiskFen: 2000,
      byPhase: { pre: 1, in: 0, post: 1 },
    });
    expect(item(county, CLINIC).figures).toMatchObject({ alerts: 1, standing: 0, atRiskFen: 0 });
    expect(county.total).toMatchObject({ atRiskFen: 2000, byState: { excluded: 1, new: 2 } });
  });

  it('shows what is not known of coverage as not known, and no share where few answered', async () => {
    const { figures } = item(await cockpit(''), '411624101');
    expect(figures.coverage).toEqual({ seen: 1, blind: 1, unknown: 1, share: 0.5 });
    expect(figures.precision).toMatchObject({ n: 0, share: null, enough: false });
    const empty = item(await cockpit(''), '411624102').figures;
    expect(empty.coverage).toEqual({ seen: 0, blind: 0, unknown: 0, share: null });
    expect((await cockpit('')).total.precision).toMatchObject({ n: 1, hits: 0, enough: false });
  });

  it('counts days of the installation’s time zone, and says that today is not over', async () => {
    const today = await cockpit('?span=today');
    expect(today.span).toEqual({ from: '2026-03-17', to: '2026-03-17', over: false });
    expect(today.total.settlements).toBe(4);
    expect((await cockpit('?span=30d')).total.settlements).toBe(5);
    const february = await cockpit('?span=month&month=2026-02');
    expect(february).toMatchObject({ span: { from: '2026-02-01', to: '2026-02-28', over: true } });
    expect(february.total.settlements).toBe(1);
    expect((await world.get('/v1/cockpit?span=month&month=2026-04')).status).toBe(400);
  });

  it('answers for a region out of scope, or above it, as for one that does not exist', async () => {
    for (const region of ['411627', '4116', '411699']) {
      const { status, body } = await world.get(`/v1/cockpit?region=${region}`);
      expect([region, status, (body as { error: { code: string } }).error.code]).toEqual([region, 404, 'not_found']);
    }
    expect((await cockpit('', elsewhere)).items.map(({ code }) => code)).toEqual([OTHER_CLINIC]);
    expect((await cockpit('', { ...clinic, role: 'township', clinicCode: VILLAGE_CLINIC })).total.alerts).toBe(2);
  });

  it('says of which moment its figures are, and what has changed since', async () => {
    expect(await cockpit('')).toMatchObject({ pending: false, reckonedAt: ts(NOW) });
    world.runtime.clock.advance(120_000);
    await raiseAlert(world, { incidentKey: 'visit:late', setlIds: [] });
    expect(await cockpit('')).toMatchObject({ pending: true, reckonedAt: ts(NOW) });
    await world.reports.rollUp();
    expect(await cockpit('')).toMatchObject({ pending: false, reckonedAt: ts(world.runtime.clock.now()) });
  });

  it('follows a case to money found and recovered', async () => {
    const { rows } = await world.runtime.db.query<{ id: string }>(
      `select id from alerts where incident_key = 'visit:b'`,
    );
    const id = rows[0]?.id ?? '';
    await determineViolation(world, id, VILLAGE_CLINIC, 900);
    const payments = { ...city, name: 'jing', role: 'payments' } as const;
    await step(world, id, { step: 'handle', measures: [{ kind: 'recover', amountFen: 1000 }] }, payments);
    const measure = await world.runtime.db.query<{ id: string }>('select id from handling_measures');
    await step(
      world,
      id,
      { step: 'recover', measureId: measure.rows[0]?.id, amountFen: 400, recoveredOn: '2026-03-17' },
      payments,
    );
    await world.reports.rollUp();
    const { figures } = item(await cockpit(''), '411624101');
    expect(figures).toMatchObject({ foundFen: 900, orderedFen: 1000, recoveredFen: 400, atRiskFen: 2000 });
    expect(figures.precision).toMatchObject({ n: 1, hits: 1 });
  });

  it('shows work that is late, and what of the budget is used', async () => {
    await world.review.keepLimits();
    world.runtime.clock.advance(10 * DAY);
    const late = await cockpit('');
    expect(item(late, '411624101').figures.overdue).toBe(1);
    expect(late.budget.limits).toEqual([{ region: '', perDay: null, used: 0 }]);
    expect(late.budget.shownHere).toBe(0);
  });
});
