import type { FastifyPluginAsync } from 'fastify';
import { createAudit } from '../../../src/access/audit.ts';
import type { Principal } from '../../../src/access/principal.ts';
import { loadEvidenceSettings } from '../../../src/evidence/settings.ts';
import { type App, buildApp } from '../../../src/http/app.ts';
import { identityContext } from '../../../src/people/persons.write.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { ts } from '../../../src/platform/db.ts';
import { DomainError } from '../../../src/platform/errors.ts';
import { newId } from '../../../src/platform/ids.ts';
import type { AlertStreamLimits } from '../../../src/review/alert-stream.routes.ts';
import { applyFindings } from '../../../src/review/alert-writer.ts';
import type { AlertItem } from '../../../src/review/alerts.schemas.ts';
import { alarmPolicyOf } from '../../../src/review/budget/policy.ts';
import { loadFlowPolicy } from '../../../src/review/flow/policy.load.ts';
import { createEvidenceKeeper } from '../../../src/review/incident-evidence.ts';
import { createPgReviewStore } from '../../../src/review/pg-store.ts';
import { createReports, type Reports } from '../../../src/review/reports/reports.ts';
import { createReview, type Review, type ReviewDeps } from '../../../src/review/review.ts';
import { createTestRuntime, TEST_NOW, type TestRuntime } from '../../support/test-runtime.ts';

/** Every alert is shown as it comes. */
export const SHOW_ALL = { mode: 'learning', budgets: { fraud: {} } };
const WEEKENDS = { holidays: new Set<string>(), workdays: new Set<string>() };
export const CLINIC = 'H41162400123';
export const OTHER_CLINIC = 'H41162700456';
export const NOW = TEST_NOW;

export const supervisor: Principal = {
  kind: 'user',
  id: '0190aaaa-0000-7000-8000-0000000000aa',
  name: 'wang',
  role: 'supervisor',
  regionCode: '411624',
  clinicCode: null,
  cameraId: null,
  personNo: null,
};
export const elsewhere: Principal = { ...supervisor, name: 'li', regionCode: '411627' };
export const clinic: Principal = { ...supervisor, name: 'zhang', role: 'clinic', regionCode: null, clinicCode: CLINIC };
export const city: Principal = { ...supervisor, name: 'zhao', regionCode: '4116' };

/** A database with two counties, a clinic in each, and the room's API in front; callers name themselves in a header. */
export interface World {
  readonly runtime: TestRuntime;
  readonly app: App;
  readonly review: Review;
  readonly reports: Reports;
  readonly deps: ReviewDeps;
  apply(incidentKey: string): Promise<void>;
  get(url: string, as?: Principal): Promise<{ status: number; body: never }>;
  post(url: string, body: unknown, as?: Principal): Promise<{ status: number; body: never }>;
  close(): Promise<void>;
}

const asHeader = (principal: Principal) => ({ 'x-test-principal': JSON.stringify(principal) });

export { asHeader };

const testAccess: FastifyPluginAsync = async (app) => {
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request) => {
    const header = request.headers['x-test-principal'];
    if (typeof header !== 'string') throw new DomainError('unauthenticated', 'who are you?');
    request.principal = JSON.parse(header) as Principal;
  });
};

export async function createWorld(
  options: { streamLimits?: AlertStreamLimits; policy?: unknown } = {},
): Promise<World> {
  const runtime = await createTestRuntime();
  const { db, clock, keyring, blobs, outbox, log } = runtime;
  const audit = createAudit({ clock, keyring });
  const settings = await loadEvidenceSettings('config/evidence.yaml');
  const deps: ReviewDeps = {
    db,
    clock,
    wallClock: systemClock,
    keyring,
    blobs,
    outbox,
    audit,
    log,
    settings,
    timeZone: 'Asia/Shanghai',
    policy: alarmPolicyOf(options.policy ?? SHOW_ALL),
    flow: await loadFlowPolicy('config/review/flow.yaml', { calendar: WEEKENDS, timeZone: 'Asia/Shanghai' }),
    allowPrivateWebhooks: true,
    ...(options.streamLimits === undefined ? {} : { streamLimits: options.streamLimits }),
  };
  const review = createReview(deps);
  const reports = createReports({ ...deps, minCoverage: () => 0.8 });
  const app = await buildApp({
    log,
    db,
    clock: runtime.clock,
    trustProxy: false,
    access: testAccess,
    routes: [...review.routes, ...reports.routes],
    consoleDir: null,
  });
  await seedPlaces(runtime);
  return {
    runtime,
    app,
    review,
    reports,
    deps,
    apply: (incidentKey) =>
      db.transaction((tx) =>
        applyFindings(
          createPgReviewStore(tx, deps),
          { ...deps, evidence: createEvidenceKeeper(tx, deps) },
          incidentKey,
        ),
      ),
    get: async (url, as = supervisor) => {
      const answer = await app.inject({ method: 'GET', url, headers: asHeader(as) });
      return { status: answer.statusCode, body: (answer.body === '' ? null : answer.json()) as never };
    },
    post: async (url, body, as = supervisor) => {
      const answer = await app.inject({ method: 'POST', url, headers: asHeader(as), payload: body as object });
      return { status: answer.statusCode, body: (answer.body === '' ? null : answer.json()) as never };
    },
    close: async () => {
      await app.close();
      await runtime.close();
    },
  };
}

/** One step, with the alert as it is now. */
export async function step(world: World, id: string, body: object, as: Principal = supervisor): Promise<AlertItem> {
  const { rows } = await world.runtime.db.query<{ version: number }>('select version from alerts where id = $1', [id]);
  const answer = await world.post(`/v1/alerts/${id}/steps`, { version: rows[0]?.version, ...body }, as);
  if (answer.status !== 200) throw new Error(`${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** The whole way to an adverse determination, by as many people as it takes. */
export async function determineViolation(
  world: World,
  id: string,
  clinicCode = CLINIC,
  amountFen?: number,
): Promise<AlertItem> {
  const of = (name: string, role: Principal['role']): Principal => ({ ...city, name, role });
  await step(world, id, { step: 'ask', question: '请说明就诊经过。' }, of('chu', 'first_reviewer'));
  await step(world, id, { step: 'explain', text: '当日病人到诊。' }, { ...clinic, clinicCode });
  await step(world, id, { step: 'take_second' }, of('fu', 'second_reviewer'));
  await step(world, id, { step: 'verify', way: 'online', task: '核对处方与影像。' }, of('fu', 'second_reviewer'));
  await step(world, id, { step: 'report_verification', result: '无对应就诊记录。' }, of('ji', 'investigator'));
  await step(
    world,
    id,
    { step: 'propose', determination: 'violation', grounds: '影像与处方不符。', amountFen },
    of('jia', 'director'),
  );
  return step(world, id, { step: 'agree' }, of('yi', 'director'));
}

async function seedPlaces({ db }: TestRuntime): Promise<void> {
  await db.query(`insert into regions (code, name, level, parent) values
    ('4116', '周口市', 'city', null), ('411624', '沈丘县', 'county', '4116'), ('411627', '太康县', 'county', '4116')`);
  await db.query(
    `insert into clinics (code, name, region_code, created_at) values
      ($1, '测试村卫生室', '411624', $3), ($2, '邻县村卫生室', '411627', $3)`,
    [CLINIC, OTHER_CLINIC, ts(NOW)],
  );
}

export async function seedCamera(
  world: World,
  id: string,
  options: { clinicCode?: string; offsetMs?: number; medTypes?: string[] } = {},
): Promise<void> {
  const { db } = world.runtime;
  await db.query(
    `insert into cameras (id, clinic_code, name, scene_point, required_med_types, source_kind, created_at, updated_at)
     values ($1, $2, $1, 'counter', $3, 'file', $4, $4)`,
    [id, options.clinicCode ?? CLINIC, options.medTypes ?? [], ts(NOW)],
  );
  if (options.offsetMs !== undefined) {
    await db.query(
      `insert into camera_clock_offsets (camera_id, measured_at, offset_ms, uncertainty_ms, source) values ($1, $2, $3, 500, 'test')`,
      [id, ts(NOW - 86_400_000), options.offsetMs],
    );
  }
}

export async function seedPerson(world: World, psnNo: string, name: string): Promise<void> {
  await world.runtime.db.query(
    `insert into persons (psn_no, name_enc, sex, birth, region_code, created_at, updated_at)
     values ($1, $2, 'male', '1958-01-05', '411624', $3, $3)`,
    [psnNo, world.runtime.keyring.sealText('identity', name, identityContext(psnNo)), ts(NOW)],
  );
}

export async function seedSettlement(
  world: World,
  setlId: string,
  options: { at?: number; clinicCode?: string; psnNo?: string; fundFen?: number; mdtrtId?: string } = {},
): Promise<string> {
  const { db } = world.runtime;
  const id = newId();
  const at = ts(options.at ?? NOW);
  const clinicCode = options.clinicCode ?? CLINIC;
  const mdtrtId = options.mdtrtId ?? `M-${setlId}`;
  await db.query('insert into settlement_key (setl_id, settlement_id, clinic_code, at) values ($1, $2, $3, $4)', [
    setlId,
    id,
    clinicCode,
    at,
  ]);
  await db.query(
    `insert into settlements (id, at, at_offset_min, msgid, setl_id, mdtrt_id, clinic_code, psn_no, med_type, total_fen,
       fund_fen, account_fen, cash_fen, received_at)
     values ($1, $2, 480, $3, $4, $5, $6, $7, '11', 2904, $8, 0, 1162, $2)`,
    [id, at, `msg-${setlId}`, setlId, mdtrtId, clinicCode, options.psnNo ?? 'P1', options.fundFen ?? 1742],
  );
  await db.query(
    `insert into claim_events (id, kind, at, at_offset_min, clinic_code, msgid, message_received_at, psn_no, mdtrt_id,
       setl_id, body, created_at)
     values ($1, 'settlement', $2, 480, $3, $4, $2, $5, $6, $7, '{}', $2)`,
    [newId(), at, clinicCode, `msg-${setlId}`, options.psnNo ?? 'P1', mdtrtId, setlId],
  );
  await db.query(
    `insert into fee_lines (id, at, clinic_code, mdtrt_id, feedetl_sn, msgid, psn_no, med_list_codg, name, cnt, price, amount_fen, sent_at)
     values ($1, $2, $3, $4, '1', $5, 'P1', 'XA10BAE041A001010100863', '盐酸二甲双胍缓释片', 2, 14.52, 2904, $2)`,
    [newId(), at, clinicCode, mdtrtId, `fees-${setlId}`],
  );
  return id;
}

export interface FindingSeed {
  readonly rule?: string;
  readonly incidentKey: string;
  readonly outcome?: 'hit' | 'undetermined' | 'clear';
  readonly class?: 'fraud' | 'evidence' | 'device' | 'data';
  readonly phase?: 'pre' | 'in' | 'post';
  readonly severity?: 'high' | 'medium' | 'low';
  readonly clinicCode?: string;
  readonly setlIds?: readonly string[];
  readonly psnNo?: string | null;
  readonly cameraId?: string | null;
  readonly evidence?: Record<string, unknown>;
}

/** Writes a finding as reconcile does: one row a rule and subject, the newest stands. */
export async function writeFinding(world: World, seed: FindingSeed): Promise<void> {
  const rule = seed.rule ?? 'A1';
  await world.runtime.db.query(
    `insert into findings (id, rule_id, rule_version, subject_key, incident_key, phase, class, severity, clinic_code, psn_no,
       camera_id, setl_ids, basis, outcome, reason, evidence, assessment_id, first_at, updated_at)
     values ($1, $2, '1', $3, $3, $4, $5, $6, $7, $8, $9, $10, '{face}', $11, 'every_face_differs', $12, $13, $14, $14)
     on conflict (rule_id, subject_key) do update set outcome = excluded.outcome, setl_ids = excluded.setl_ids,
       evidence = excluded.evidence, severity = excluded.severity, updated_at = excluded.updated_at`,
    [
      newId(),
      rule,
      seed.incidentKey,
      seed.phase ?? 'in',
      seed.class ?? 'fraud',
      seed.severity ?? 'high',
      seed.clinicCode ?? CLINIC,
      seed.psnNo === undefined ? 'P1' : seed.psnNo,
      seed.cameraId ?? null,
      seed.setlIds ?? [],
      seed.outcome ?? 'hit',
      JSON.stringify(seed.evidence ?? { zh: '到场的人不是本人。', en: 'Someone else was there.', coverage: 0.97 }),
      newId(),
      ts(world.runtime.clock.now()),
    ],
  );
}

/** A finding and its alert; answers the alert's id. */
export async function raiseAlert(world: World, seed: FindingSeed): Promise<string> {
  await writeFinding(world, seed);
  await world.apply(seed.incidentKey);
  const { rows } = await world.runtime.db.query<{ id: string }>('select id from alerts where incident_key = $1', [
    seed.incidentKey,
  ]);
  return rows[0]?.id ?? '';
}
