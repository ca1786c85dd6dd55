import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/access/principal.ts';
import type { AlertDetail } from '../../../src/review/alert-detail.schemas.ts';
import type { AlertList } from '../../../src/review/alerts.schemas.ts';
import type { AlertState } from '../../../src/review/flow/states.ts';
import { allows, STEPS, type Step } from '../../../src/review/flow/transitions.ts';
import {
  CLINIC,
  city,
  clinic,
  createWorld,
  determineViolation,
  NOW,
  raiseAlert,
  seedCamera,
  seedPerson,
  seedSettlement,
  step,
  supervisor,
  type World,
} from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await seedCamera(world, 'cam-1');
  await seedPerson(world, 'P1', '张三丰');
});
afterAll(() => world.close());

const DAY = 86_400_000;
const as = (name: string, role: Principal['role']): Principal => ({ ...city, name, role });
let n = 0;
async function raised(): Promise<string> {
  n += 1;
  await seedSettlement(world, `S-flow-${n}`, { mdtrtId: `M-flow-${n}` });
  return raiseAlert(world, { incidentKey: `visit:${CLINIC}:M-flow-${n}`, setlIds: [`S-flow-${n}`] });
}
const detail = async (id: string, who: Principal = city): Promise<AlertDetail> =>
  (await world.get(`/v1/alerts/${id}`, who)).body;
const versionOf = async (id: string): Promise<number> => (await detail(id)).version;
const refused = async (id: string, body: object, who: Principal) =>
  world.post(`/v1/alerts/${id}/steps`, { version: await versionOf(id), ...body }, who);

interface HistoryRow {
  readonly [column: string]: unknown;
  readonly seq: number;
  readonly action: Step;
  readonly from_state: AlertState | null;
  readonly to_state: AlertState | null;
  readonly undoes: number | null;
}
const historyOf = async (id: string): Promise<HistoryRow[]> =>
  (
    await world.runtime.db.query<HistoryRow>(
      `select seq, action, from_state, to_state, undoes from alert_events
       where alert_id = $1 and to_state is not null order by seq`,
      [id],
    )
  ).rows;

describe('the whole way', () => {
  it('takes two people to a violation, tells the clinic what it may know, and counts what came back', async () => {
    const id = await raised();
    await determineViolation(world, id);
    const determined = await detail(id);
    expect(determined).toMatchObject({
      state: 'determined',
      flow: { determination: 'violation', firstReviewer: 'chu', secondReviewer: 'fu' },
    });
    const { rows } = await world.runtime.db.query('select confirmed from alert_dispositions where alert_id = $1', [id]);
    expect(rows).toEqual([{ confirmed: true }]);

    expect((await refused(id, { step: 'archive' }, as('jia', 'director'))).status).toBe(409);
    await step(world, id, { step: 'handle', measures: [{ kind: 'recover', amountFen: 1742 }] }, as('qian', 'payments'));
    const measureId = (await detail(id)).flow.measures[0]?.id;
    const recovery = { step: 'recover', measureId, recoveredOn: '2026-03-20' };
    expect((await refused(id, { ...recovery, amountFen: 9_999 }, as('qian', 'payments'))).status).toBe(400);
    await step(world, id, { ...recovery, amountFen: 1000 }, as('qian', 'payments'));
    expect((await detail(id)).flow.measures).toMatchObject([{ kind: 'recover', amountFen: 1742, recoveredFen: 1000 }]);
    await step(world, id, { step: 'archive' }, as('qian', 'payments'));

    const seen = await detail(id, clinic);
    expect(seen).toMatchObject({
      pRight: null,
      flow: { question: '请说明就诊经过。', firstReviewer: null, proposal: null, determination: 'violation' },
    });
    expect(seen.flow.explanations).toMatchObject([{ text: '当日病人到诊。', late: false }]);
    expect(JSON.stringify(seen.history)).not.toMatch(/chu|fu|director|investigator/);
  });

  it('refuses whoever lacks the right, and who may not be the second of two', async () => {
    const id = await raised();
    expect((await refused(id, { step: 'take' }, as('ji', 'investigator'))).status).toBe(403);
    await step(world, id, { step: 'ask', question: '请说明。' }, supervisor);
    expect((await refused(id, { step: 'explain', text: '？' }, supervisor)).status).toBe(403);
    await step(world, id, { step: 'explain', text: '病人本人到诊。' }, clinic);
    const own = await refused(id, { step: 'take_second' }, supervisor);
    expect(own.status).toBe(403);
    expect(own.body).toMatchObject({ error: { message: expect.stringContaining('first reviewer') } });
    await step(world, id, { step: 'take_second' }, city);
    await step(world, id, { step: 'verify', way: 'on_site', task: '现场核对。' }, city);
    const alone = { step: 'report_verification', result: '属实。', officers: ['张'] };
    expect((await refused(id, alone, as('ji', 'investigator'))).status).toBe(400);
    await step(world, id, { ...alone, officers: ['张', '李'] }, as('ji', 'investigator'));
    const harsh = { determination: 'violation', grounds: '事实清楚。' };
    expect((await refused(id, { step: 'determine', ...harsh }, city)).status).toBe(400);
    await step(world, id, { step: 'propose', ...harsh }, city);
    expect((await refused(id, { step: 'agree' }, city)).status).toBe(403);
    expect((await refused(id, { step: 'agree' }, { ...as('cun', 'director'), regionCode: '411624000' })).status).toBe(
      404,
    );
    await step(world, id, { step: 'object', note: '证据不足。' }, as('yi', 'director'));
    await step(
      world,
      id,
      { step: 'determine', determination: 'no_violation', grounds: '证据不足。' },
      as('yi', 'director'),
    );
    expect(await detail(id)).toMatchObject({ state: 'determined', flow: { determination: 'no_violation' } });
  });

  it('hides from a clinic what it has not been asked about, also in the list', async () => {
    const id = await raised();
    expect((await world.get(`/v1/alerts/${id}`, clinic)).status).toBe(404);
    await step(world, id, { step: 'ask', question: '请说明。' });
    expect((await world.get(`/v1/alerts/${id}`, clinic)).status).toBe(200);
    const { body }: { body: AlertList } = await world.get('/v1/alerts?state=asked&limit=500', clinic);
    expect(body.items.map((item) => item.id)).toContain(id);
    expect(body.items.every(({ pRight, assignee }) => pRight === null && assignee === null)).toBe(true);
  });

  it('is taken back by the machine until people have it verified', async () => {
    const id = await raised();
    const incidentKey = (await detail(id)).incidentKey;
    await step(world, id, { step: 'ask', question: '请说明。' });
    await raiseAlert(world, { incidentKey, outcome: 'clear' });
    expect((await detail(id)).state).toBe('withdrawn');
    expect((await world.post(`/v1/alerts/${id}/undo`, { version: await versionOf(id) })).status).toBe(409);
  });
});

describe('taking back', () => {
  it('goes step by step, each by whoever took it, and brings back what stood', async () => {
    const id = await raised();
    await step(world, id, { step: 'take' });
    const due = (await detail(id)).flow.dueAt;
    await step(world, id, { step: 'exclude', reason: 'twins' });
    const other = as('chu', 'first_reviewer');
    expect((await world.post(`/v1/alerts/${id}/undo`, { version: await versionOf(id) }, other)).status).toBe(403);
    await world.post(`/v1/alerts/${id}/undo`, { version: await versionOf(id) });
    expect(await detail(id)).toMatchObject({ state: 'first_review', stateReason: null, flow: { dueAt: due } });
    await world.post(`/v1/alerts/${id}/undo`, { version: await versionOf(id) });
    expect(await detail(id, supervisor)).toMatchObject({ state: 'new', mayUndo: false, flow: { firstReviewer: null } });
    expect((await world.post(`/v1/alerts/${id}/undo`, { version: await versionOf(id) })).status).toBe(409);
    const { rows } = await world.runtime.db.query(
      'select 1 from alert_dispositions where alert_id = $1 and undone_at is null',
      [id],
    );
    expect(rows).toEqual([]);
  });

  it('is too late when another has gone on', async () => {
    const id = await raised();
    await step(world, id, { step: 'ask', question: '请说明。' });
    await step(world, id, { step: 'explain', text: '到诊。' }, clinic);
    expect(
      (await world.post(`/v1/alerts/${id}/undo`, { version: await versionOf(id) }, as('chu', 'first_reviewer'))).status,
    ).toBe(403);
    await world.post(`/v1/alerts/${id}/undo`, { version: await versionOf(id) }, clinic);
    expect(await detail(id, clinic)).toMatchObject({ state: 'asked', flow: { explanations: [] } });
  });
});

describe('time', () => {
  it('gives each state its limit in working days, lets a clinic’s time run out, and sends up what lies too long', async () => {
    const { clock, db } = world.runtime;
    const id = await raised();
    await world.review.keepLimits();
    // NOW is a Tuesday: three working days are Friday.
    expect(Date.parse((await detail(id)).flow.dueAt ?? '')).toBe(NOW + 3 * DAY);
    await step(world, id, { step: 'ask', question: '请说明。' });
    expect(Date.parse((await detail(id)).flow.dueAt ?? '')).toBe(NOW + 7 * DAY);
    clock.advance(7 * DAY + 1);
    await world.review.keepLimits();
    expect(await detail(id, clinic)).toMatchObject({ state: 'overdue' });
    await step(world, id, { step: 'explain', text: '补充说明。' }, clinic);
    expect((await detail(id)).flow.explanations).toMatchObject([{ late: true }]);
    clock.advance(12 * DAY);
    await world.review.keepLimits();
    expect(await detail(id)).toMatchObject({ escalated: true, flow: { overdue: true } });
    const { rows } = await db.query(
      `select actor, action from alert_events where alert_id = $1 and actor like 'system:%' and action <> 'raised' order by seq`,
      [id],
    );
    expect(rows).toEqual([
      { actor: 'system:limits', action: 'lapse' },
      { actor: 'system:limits', action: 'escalated' },
    ]);
  });
});

describe('two clients racing', () => {
  it('leave a history that the table allows, whatever they try', async () => {
    const ids = await Promise.all([raised(), raised(), raised(), raised()]);
    const people: readonly Principal[] = [
      ...[supervisor, city, clinic],
      ...[as('chu', 'first_reviewer'), as('fu', 'second_reviewer'), as('ji', 'investigator')],
      ...[as('jia', 'director'), as('yi', 'director'), as('qian', 'payments')],
    ];
    const everything = {
      ...{ reason: 'proxy', question: '请说明。', text: '到诊。', way: 'online', task: '核对。', result: '属实。' },
      ...{ officers: ['张', '李'], grounds: '事实清楚。', note: '理由。', amountFen: 5, recoveredOn: '2026-03-20' },
      measures: [{ kind: 'recover', amountFen: 100 }],
    };
    let seed = 7;
    const pick = <T>(from: readonly T[]): T => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return from[seed % from.length] as T;
    };
    const attempt = async (): Promise<number> => {
      const id = pick(ids);
      const who = pick(people);
      const seen = await world.get(`/v1/alerts/${id}`, who);
      if (seen.status !== 200) return seen.status;
      const { version, steps, flow, mayUndo } = seen.body as AlertDetail;
      if (mayUndo && pick([true, false, false, false])) {
        return (await world.post(`/v1/alerts/${id}/undo`, { version }, who)).status;
      }
      const chosen =
        pick([true, true, true, false]) && steps.length > 0 ? pick(steps) : pick(STEPS.filter((s) => s !== 'lapse'));
      const determination = chosen === 'propose' ? 'suspected_fraud' : 'no_violation';
      const body = { ...everything, determination, measureId: flow.measures[0]?.id, step: chosen, version };
      return (await world.post(`/v1/alerts/${id}/steps`, body, who)).status;
    };
    const client = async (): Promise<number[]> => {
      const answers: number[] = [];
      for (let i = 0; i < 500; i++) answers.push(await attempt());
      return answers;
    };
    const answers = (await Promise.all([client(), client()])).flat();
    expect(answers.filter((status) => status === 200).length).toBeGreaterThan(200);
    expect([...new Set(answers)].filter((status) => ![200, 400, 403, 404, 409].includes(status))).toEqual([]);

    for (const id of ids) {
      const rows = await historyOf(id);
      let state: AlertState = 'new';
      const done = new Map<number, HistoryRow>();
      for (const row of rows) {
        expect(row.from_state).toBe(state);
        if (row.undoes === null) {
          expect(allows(row.action, state, row.to_state ?? 'new'), `${row.action} ${state} → ${row.to_state}`).toBe(
            true,
          );
        } else expect(done.get(row.undoes)).toMatchObject({ from_state: row.to_state, to_state: state });
        state = row.to_state ?? state;
        done.set(row.seq, row);
      }
      expect((await detail(id)).state).toBe(state);
      const stands = await world.runtime.db.query<{ n: number }>(
        'select count(*) as n from alert_dispositions where alert_id = $1 and undone_at is null',
        [id],
      );
      expect(stands.rows[0]?.n).toBeLessThanOrEqual(1);
    }
  }, 120_000);
});
