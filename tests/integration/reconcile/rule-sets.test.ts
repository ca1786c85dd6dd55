import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAudit } from '../../../src/access/audit.ts';
import type { Principal } from '../../../src/access/principal.ts';
import { DomainError, httpStatusOf } from '../../../src/platform/errors.ts';
import { createFaceJudge } from '../../../src/reconcile/face-judge.ts';
import { createReconcile, type Reconcile } from '../../../src/reconcile/reconcile.ts';
import { replayAssessment, replaySpan } from '../../../src/reconcile/replay.ts';
import type { Disposition } from '../../../src/reconcile/rule-sets/summary.ts';
import { createCatalogue } from '../../../src/reconcile/rules/catalogue.ts';
import { allRules } from '../../../src/reconcile/rules/index.ts';
import { at, CARD, CLINIC, createScene, HOUR, type Scene, settlementId, workingClinic } from './support.ts';

let scene: Scene;
/** Another process of the same installation. */
let other: Reconcile;
let watch: { close(): Promise<void> };
let app: FastifyInstance;
let caller: Principal;
const said = new Map<string, Disposition>();
let dispositionsFail = false;

const person = (name: string, regionCode = '4116'): Principal => ({
  kind: 'user',
  id: name,
  name,
  role: 'supervisor',
  regionCode,
  clinicCode: null,
  cameraId: null,
  personNo: null,
});

beforeAll(async () => {
  scene = await createScene({ now: at('09:00') });
  const { runtime } = scene;
  other = await createReconcile({
    ...runtime,
    audit: createAudit(runtime),
    judge: createFaceJudge(CARD),
    ruleSet: scene.reconcile.ruleSet,
    dispositionsOf: async (_db, keys) => {
      if (dispositionsFail) throw new Error('the connection broke');
      return new Map(keys.flatMap((key) => (said.has(key) ? [[key, said.get(key) as Disposition]] : [])));
    },
  });
  watch = await other.watchRules();
  await workingClinic(scene, at('09:00'));
  await scene.person('P1', { face: 1 });
  await scene.person('P2', { face: 2 });
  await scene.status('P1', 'dead', at('00:00', '2026-03-01'));
  await scene.see({ person: 1, from: at('08:59'), to: at('09:01') });
  await scene.settle('V1', 'P1', at('09:00'));
  await scene.settle('V2', 'P2', at('09:30'));
  await scene.watermark(at('12:00'));
  await scene.until(at('12:00'));
  app = fastify();
  app.decorateRequest('principal', { getter: () => caller });
  app.setErrorHandler((error, _request, reply) =>
    reply
      .code(
        error instanceof DomainError
          ? httpStatusOf(error.code)
          : ((error as { statusCode?: number }).statusCode ?? 500),
      )
      .send({ message: (error as Error).message, details: error instanceof DomainError ? error.details : null }),
  );
  for (const routes of other.routes) await app.register(routes);
});
afterAll(async () => {
  await watch.close();
  await app.close();
  await scene.close();
});

interface Body {
  [key: string]: unknown;
}
const call = async (
  who: string | Principal,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
) => {
  caller = typeof who === 'string' ? person(who) : who;
  const response = await app.inject({ method, url, ...(payload ? { payload } : {}) });
  return { status: response.statusCode, body: response.json<Body>() };
};
const draft = async (changes: object, more: object = {}) => {
  const { status, body } = await call('li', 'POST', '/v1/rule-sets', {
    name: '试用',
    reason: '误报多',
    changes,
    ...more,
  });
  expect({ status, message: body.message }).toEqual({ status: 201, message: undefined });
  return body as Body & { id: string; revision: number };
};
/** From draft to force, by two people. */
const putIntoForce = async (changes: object, more: object = {}): Promise<string> => {
  const { id } = await draft(changes, more);
  await call('li', 'POST', `/v1/rule-sets/${id}/propose`, { revision: 1 });
  const { status, body } = await call('wang', 'POST', `/v1/rule-sets/${id}/approve`, { revision: 2 });
  expect({ status, message: body.message }).toEqual({ status: 200, message: undefined });
  return id;
};
const rollOut = async (): Promise<void> => {
  await scene.reconcile.tickRuleSets();
  await scene.drain();
};
const liveVersion = (): string => other.ruleSet.version;

it('puts the installed set into force at the first start, once, however many processes start', async () => {
  const { body } = await call('li', 'GET', '/v1/rule-sets');
  expect(body.items).toMatchObject([{ state: 'live', source: 'files', version: scene.reconcile.ruleSet.version }]);
});

it('refuses values out of bounds, unknown rules and changes that change nothing, and names them', async () => {
  const refused = async (changes: object): Promise<string> =>
    String((await call('li', 'POST', '/v1/rule-sets', { name: 'x', reason: 'x', changes })).body.message);
  expect(await refused({ rules: { A5: { parameters: { minShare: 7 } } } })).toContain('minShare must be <= 1');
  expect(await refused({ rules: { A5: { parameters: { minShares: 1 } } } })).toContain('no parameter minShares');
  expect(await refused({ rules: { Z1: {} } })).toContain('there is no rule Z1');
  expect(await refused({ rules: { A5: { version: 9 } } })).toContain('A5@9 is not in this program, which has A5@1');
  expect(await refused({ window: { beforeMin: -1 } })).toContain('beforeMin must be >= 0');
  expect(await refused({})).toContain('nothing is changed');
});

it('tells an author what a draft may name, and within which bounds', async () => {
  const { body } = await call('li', 'GET', '/v1/rules/catalogue');
  expect(body.items).toContainEqual(
    expect.objectContaining({
      id: 'A5',
      version: 1,
      newest: true,
      inForce: 'on',
      parameters: expect.objectContaining({ minShare: expect.objectContaining({ maximum: 1, default: 0.3 }) }),
    }),
  );
  expect(body.window).toHaveProperty('minCoverage.unit', 'share');
});

it('is drafted by whoever sees every clinic, never by somebody of a part of them', async () => {
  await scene.runtime.db.query(`insert into regions (code, name, level) values ('4117', '驻马店市', 'city')`);
  await scene.runtime.db.query(
    `insert into clinics (code, name, region_code, open_hours, created_at) values ('H41170000001', '外县', '4117', '[]', now())`,
  );
  const { status, body } = await call('li', 'POST', '/v1/rule-sets', { name: 'x', reason: 'x', changes: {} });
  expect(status).toBe(403);
  expect(body.details).toMatchObject({ remedy: expect.any(String), zh: expect.any(String) });
  await scene.runtime.db.query(`delete from clinics where code = 'H41170000001'`);
});

it('takes two people: no author approves, and nobody what has changed since he looked', async () => {
  const { id, revision } = await draft({ rules: { A5: { parameters: { minGap: 4 } } } });
  expect((await call('wang', 'POST', `/v1/rule-sets/${id}/approve`, { revision })).status).toBe(409);
  expect((await call('zhao', 'POST', `/v1/rule-sets/${id}/propose`, { revision })).body.state).toBe('proposed');
  for (const author of ['li', 'zhao'])
    expect((await call(author, 'POST', `/v1/rule-sets/${id}/approve`, { revision: 2 })).status).toBe(403);
  expect((await call('wang', 'POST', `/v1/rule-sets/${id}/approve`, { revision: 1 })).status).toBe(409);
  const revised = await call('zhao', 'PATCH', `/v1/rule-sets/${id}`, {
    revision: 2,
    changes: { rules: { A5: { parameters: { minGap: 6 } } } },
  });
  expect(revised.body).toMatchObject({
    state: 'draft',
    revision: 3,
    differences: [{ path: 'rules.A5.minGap', before: 3, after: 6 }],
  });
  await call('li', 'POST', `/v1/rule-sets/${id}/propose`, { revision: 3 });
  const live = await call('wang', 'POST', `/v1/rule-sets/${id}/approve`, { revision: 4, note: '同意' });
  expect(live.body).toMatchObject({ state: 'live', decidedBy: 'user:wang', liveFrom: expect.any(String) });
  expect((live.body.history as { action: string }[]).map(({ action }) => action)).toEqual([
    'drafted',
    'proposed',
    'revised',
    'proposed',
    'approved',
  ]);
  const { rows } = await scene.runtime.db.query(
    `select action from audit_entries where action like 'rule_set.%' order by id`,
  );
  expect(rows.map(({ action }) => action)).toContain('rule_set.approved');
  await rollOut();
});

it('is taken up by every process without a restart, and named by what is assessed from then on', async () => {
  const before = scene.reconcile.ruleSet.version;
  const heard = await scene.reconcile.watchRules();
  await putIntoForce({ rules: { A5: { parameters: { minGap: 7 } } } });
  await expect.poll(() => scene.reconcile.ruleSet.version).not.toBe(before);
  await heard.close();
  await scene.settle('V3', 'P2', at('12:00'));
  await scene.drain();
  const { rows } = await scene.runtime.db.query(`select rule_set from assessment_heads where subject_id = $1`, [
    settlementId('V3'),
  ]);
  expect(rows).toEqual([{ rule_set: liveVersion() }]);
});

it('says when another set went into force meanwhile, and lays the changes over that one', async () => {
  const first = await draft({ rules: { A3: { parameters: { minPeople: 4 } } } });
  await putIntoForce({ rules: { A4: { parameters: { minSettlements: 5 } } } });
  const stale = await call('li', 'POST', `/v1/rule-sets/${first.id}/propose`, { revision: 1 });
  expect(stale).toMatchObject({ status: 409, body: { details: { remedy: expect.stringContaining('PATCH') } } });
  const rebased = await call('li', 'PATCH', `/v1/rule-sets/${first.id}`, { revision: 1 });
  expect(rebased.body.differences).toEqual([{ path: 'rules.A3.minPeople', before: 3, after: 4 }]);
  expect((await call('li', 'POST', `/v1/rule-sets/${first.id}/withdraw`, { revision: 2 })).body.state).toBe(
    'withdrawn',
  );
});

it('shows in shadow what a draft would change, and changes nothing', async () => {
  const { id } = await draft({ rules: { A8: { parameters: { graceDays: 31 } } } });
  expect((await call('li', 'POST', `/v1/rule-sets/${id}/shadow`)).body).toMatchObject({
    kind: 'shadow',
    state: 'running',
  });
  await scene.see({ person: 1, from: at('12:09'), to: at('12:11') });
  await scene.settle('V4', 'P1', at('12:10'));
  await scene.drain();
  const counts = async () =>
    (
      await scene.runtime.db.query(
        `select (select count(*) from findings) as findings, (select count(*) from assessments) as assessments,
           (select count(*) from decisions) as decisions, (select count(*) from outbox) as told`,
      )
    ).rows;
  await rollOut();
  const before = await counts();
  await other.tickRuleSets({ settledMs: -1000 });
  const { body } = await call('li', 'GET', `/v1/rule-sets/${id}/shadow`);
  expect(body.result).toMatchObject({
    // The visit before it is looked at again with it.
    alerts: { added: 0, removed: 2 },
    rules: expect.arrayContaining([
      expect.objectContaining({
        rule: 'A8',
        before: 2,
        after: 0,
        removed: 2,
        examples: expect.objectContaining({
          removed: expect.arrayContaining([expect.objectContaining({ clinicCode: CLINIC })]),
        }),
      }),
    ]),
  });
  expect(await counts()).toEqual(before);
  expect((await call('li', 'DELETE', `/v1/rule-sets/${id}/shadow`)).body.state).toBe('stopped');
  await call('li', 'POST', `/v1/rule-sets/${id}/withdraw`, { revision: 1 });
});

it('replays the past under a candidate: what is added, removed, and which confirmed ones are lost', async () => {
  const { db } = scene.runtime;
  const keys = (
    await db.query<{ incident_key: string }>(
      `select incident_key from findings where rule_id = 'A8' and outcome = 'hit'`,
    )
  ).rows;
  said.set(keys[0]?.incident_key ?? '', { alertId: '0a0a0a0a-0000-4000-8000-000000000000', said: 'confirmed' });
  const { status, body } = await call('li', 'POST', '/v1/backtests', {
    from: '2026-03-17T00:00:00+08:00',
    to: '2026-03-18T00:00:00+08:00',
    changes: { rules: { A8: { off: 'take_back' } }, window: { beforeMin: 20 }, decision: { workingDays: 5 } },
  });
  expect(status).toBe(202);
  // What is under way when the process dies, or the database goes away, is done again: nothing twice.
  dispositionsFail = true;
  await other.tickRuleSets();
  dispositionsFail = false;
  const broken = await call('li', 'GET', `/v1/backtests/${body.id}`);
  expect(broken.body).toMatchObject({ state: 'running', subjects: 0, lastError: 'the connection broke' });
  await other.tickRuleSets();
  const done = await call('li', 'GET', `/v1/backtests/${body.id}`);
  expect(done.body).toMatchObject({
    state: 'done',
    notReplayable: {},
    result: {
      confirmed: { before: 1, lost: 1 },
      notTested: ['decision.workingDays', 'window.beforeMin'],
      rules: expect.arrayContaining([
        expect.objectContaining({ rule: 'A8', before: 2, after: 0, removed: 2, confirmedLost: 1 }),
      ]),
    },
  });
  expect(done.body.subjects).toBe(done.body.total);
});

it('goes on with a long backtest page by page, in bounded memory, and counts what cannot be replayed', async () => {
  const { db } = scene.runtime;
  // As many subjects as several pages hold, all with the facts of one; and some whose facts are gone.
  await db.query(
    `insert into assessment_heads (subject_kind, subject_id, clinic_code, assessment_id, assessed_at, window_from, window_to, facts_hash, rule_set)
     select 'settlement', 'copy-' || n, clinic_code || '-' || n % 3, assessment_id, assessed_at,
       timestamptz '2026-01-05' + n * interval '1 minute', timestamptz '2026-01-06',
       case when n % 100 = 0 then decode('00', 'hex') else facts_hash end, rule_set
     from assessment_heads, generate_series(1, 1000) n where subject_id = $1`,
    [settlementId('V2')],
  );
  const request = {
    from: '2026-01-01T00:00:00Z',
    to: '2026-02-01T00:00:00Z',
    changes: { rules: { A8: { off: 'leave' } } },
  };
  const { body } = await call('li', 'POST', '/v1/backtests', request);
  const steps: number[] = [];
  for (let state = 'running'; state === 'running'; ) {
    await other.tickRuleSets({ budgetMs: 1 });
    const now = (await call('li', 'GET', `/v1/backtests/${body.id}`)).body;
    state = String(now.state);
    steps.push(Number(now.subjects));
  }
  expect(steps.length).toBeGreaterThan(3);
  expect(steps.at(-1)).toBe(1000);
  const { body: end } = await call('li', 'GET', `/v1/backtests/${body.id}`);
  expect(end).toMatchObject({ total: 1000, replayed: 990, notReplayable: { facts_not_kept: 10 } });
  // The very same once more is another run only because this one has ended.
  expect((await call('li', 'POST', '/v1/backtests', request)).body.id).not.toBe(body.id);
  await db.query(`update candidate_runs set state = 'stopped' where state = 'running'`);
  await db.query(`delete from assessment_heads where subject_id like 'copy-%'`);
});

it('leaves what a rule had found when it is turned off and left: nothing new, and still taken back when it no longer holds', async () => {
  const id = await putIntoForce({ rules: { A8: { off: 'leave' } } });
  await rollOut();
  const progress = await call('li', 'GET', `/v1/rule-sets/${id}`);
  expect(progress.body.rollout).toMatchObject({ state: 'done', failed: 0 });
  const found = async () =>
    (
      await scene.runtime.db.query<{ subject_key: string; outcome: string; reason: string }>(
        `select subject_key, outcome, reason from findings where rule_id = 'A8' order by first_at, subject_key`,
      )
    ).rows;
  expect((await found()).filter(({ outcome }) => outcome === 'hit')).toHaveLength(2);
  await scene.settle('V5', 'P1', at('12:20'));
  await scene.drain();
  expect(await found()).toHaveLength(2);
  await scene.reverse('V4', at('12:30'));
  await scene.drain();
  expect((await found()).filter(({ outcome }) => outcome === 'hit')).toHaveLength(1);
});

it('takes back what a rule had found when it is turned off, in the background, with progress', async () => {
  const id = await putIntoForce({ rules: { A8: { off: 'take_back' } } });
  await rollOut();
  const { rows } = await scene.runtime.db.query(`select distinct outcome from findings where rule_id = 'A8'`);
  expect(rows).toEqual([{ outcome: 'clear' }]);
  expect((await scene.findings()).some(({ reason }) => reason === 'rule_turned_off')).toBe(true);
  expect((await scene.decision('V1')).decision).toBe('allow');
  const { body } = await call('li', 'GET', `/v1/rule-sets/${id}`);
  const rollout = body.rollout as { total: number; seen: number };
  expect(rollout.seen).toBe(rollout.total);
  const stale = await scene.runtime.db.query(
    `select 1 from findings f join assessment_heads h on f.subject_key = h.subject_kind || '/' || h.subject_id
     where f.outcome <> 'clear' and h.rule_set <> $1`,
    [liveVersion()],
  );
  expect(stale.rowCount).toBe(0);
});

it('goes back to a set of earlier times, and looks again at everything since a moment', async () => {
  const first = (await call('li', 'GET', '/v1/rule-sets?state=superseded&limit=500')).body.items as {
    id: string;
    source: string;
  }[];
  const installed = first.find(({ source }) => source === 'files');
  await putIntoForce({}, { from: installed?.id, reassessFrom: '2026-03-17T00:00:00+08:00' });
  await rollOut();
  const { rows } = await scene.runtime.db.query(
    `select count(*) as n from assessment_heads where rule_set <> $1 and window_from >= '2026-03-17T00:00:00+08:00'`,
    [liveVersion()],
  );
  expect(rows).toEqual([{ n: 0 }]);
  const { rows: hits } = await scene.runtime.db.query(
    `select subject_key from findings where rule_id = 'A8' and outcome = 'hit'`,
  );
  expect(hits).toHaveLength(2);
});

it('makes a draft of what is changed in the files, and of that alone', async () => {
  const { createRuleSet } = await import('../../../src/reconcile/parameters.ts');
  await putIntoForce({ rules: { A3: { parameters: { minPeople: 4 } } } });
  const inForce = liveVersion();
  const changed = createRuleSet({
    valuesOf: (name) => (name === 'window' ? { missRate: 0 } : name === 'A4' ? { minSettlements: 9 } : {}),
  });
  for (let start = 0; start < 2; start++) {
    const third = await createReconcile({
      ...scene.runtime,
      audit: createAudit(scene.runtime),
      judge: createFaceJudge(CARD),
      ruleSet: changed,
    });
    expect(third.ruleSet.version).toBe(inForce);
  }
  const { body } = await call('li', 'GET', '/v1/rule-sets?state=draft');
  const drafts = (body.items as { id: string; source: string }[]).filter(({ source }) => source === 'files');
  expect(drafts).toHaveLength(1);
  const detail = await call('li', 'GET', `/v1/rule-sets/${drafts[0]?.id}`);
  expect(detail.body.differences).toEqual([{ path: 'rules.A4.minSettlements', before: 3, after: 9 }]);
});

it('goes on under the set in force when the files cannot be used any more', async () => {
  const { runtime } = scene;
  const dir = await mkdtemp(join(tmpdir(), 'rules-'));
  await writeFile(join(dir, 'A4.yaml'), 'minSettlements: -1');
  const deps = { ...runtime, audit: createAudit(runtime), judge: createFaceJudge(CARD) };
  const started = await createReconcile({ ...deps, config: { ...runtime.config, RULES_DIR: dir } });
  expect(started.ruleSet.version).toBe(liveVersion());
  await rm(dir, { recursive: true });
});

it('reproduces every assessment that was ever made here, under the set that stood then, byte for byte', async () => {
  const { db } = scene.runtime;
  const all = await replaySpan(db, { from: at('00:00'), to: at('00:00') + 24 * HOUR });
  expect(all).toMatchObject({ different: 0, notReproducible: {} });
  expect(all.identical).toBe(all.assessments);
  const { rows } = await db.query<{ n: number }>('select count(distinct rule_set) as n from assessments');
  expect(rows[0]?.n).toBeGreaterThan(4);
});

it('says in plain words what can no longer be reproduced', async () => {
  const { db } = scene.runtime;
  const { rows } = await db.query<{ id: string }>(
    `select a.id from assessments a where subject_id = $1 order by id limit 1`,
    [settlementId('V2')],
  );
  const newer = allRules.map((rule) => (rule.id === 'A2' ? { ...rule, version: 2 } : rule));
  const without = createCatalogue(newer);
  const id = rows[0]?.id ?? '';
  expect(await replayAssessment(db, id, { catalogue: without })).toMatchObject({
    identical: false,
    obstacles: [{ why: 'not reproducible: rule A2@1 is not in this program, which has A2@2' }],
  });
  // Kept beside the new version, it is reproduced.
  const kept = createCatalogue([...newer, ...allRules.filter((rule) => rule.id === 'A2')]);
  expect(await replayAssessment(db, id, { catalogue: kept })).toMatchObject({ identical: true, obstacles: [] });
  expect((await call('li', 'GET', `/v1/assessments/${id}/replay`)).body).toMatchObject({ identical: true });
  expect((await call(person('zhao', '4117'), 'GET', `/v1/assessments/${id}/replay`)).status).toBe(404);
});
