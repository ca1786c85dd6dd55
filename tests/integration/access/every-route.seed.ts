import { randomUUID } from 'node:crypto';
import { createApiKey } from '../../../src/access/api-keys.store.ts';
import { createUser } from '../../../src/access/users.store.ts';
import { identityContext } from '../../../src/people/persons.write.ts';
import { ts } from '../../../src/platform/db.ts';
import type { TestRuntime } from '../../support/test-runtime.ts';

const place = (n: string, region: string, clinic: string, name: string) => ({
  region,
  clinic,
  camera: `camera-${n}`,
  gateway: `gateway-${n}`,
  person: `PERSON${n}`,
  setlId: `SETL-${n}`,
  name,
  alert: randomUUID(),
  decision: randomUUID(),
  staff: randomUUID(),
  portrait: randomUUID(),
  webhook: randomUUID(),
  import: randomUUID(),
  request: randomUUID(),
  session: randomUUID(),
  ids: { user: '', key: '' },
});
export const NEAR = place('NEAR', '411624', 'H41162400123', '南宫近处');
export const FAR = place('FAR', '411603', 'H41160300456', '司徒远处');

interface Crossed {
  readonly near: string;
  readonly far: string;
  readonly absent: string;
}
const two = (of: (where: typeof NEAR) => string, absent: string = randomUUID()): Crossed => ({
  get near() {
    return of(NEAR);
  },
  get far() {
    return of(FAR);
  },
  absent,
});

/** One real object in each region for every route with a parameter, by the route up to its first parameter. */
export const SEEDED: Readonly<Record<string, Crossed>> = {
  '/v1/account-requests/:id': two((where) => where.request),
  '/v1/alerts/:id': two((where) => where.alert),
  '/v1/api-keys/:id': two((where) => where.ids.key),
  '/v1/cameras/:id': two((where) => where.camera, 'camera-none'),
  '/v1/claims/settlements/:setlId': two((where) => where.setlId, 'SETL-none'),
  '/v1/claims/visits/:clinicCode': two((where) => where.clinic, 'H41160300999'),
  '/v1/clinics/:code': two((where) => where.clinic, 'H41160300999'),
  '/v1/decisions/:id': two((where) => where.decision),
  '/v1/gateways/:id': two((where) => where.gateway, 'gateway-none'),
  '/v1/imports/:id': two((where) => where.import),
  '/v1/people/:psnNo': two((where) => where.person, 'PERSONNONE'),
  '/v1/portraits/:id': two((where) => where.portrait),
  '/v1/sessions/:id': two((where) => where.session),
  '/v1/staff/:id': two((where) => where.staff),
  '/v1/users/:id': two((where) => where.ids.user),
  '/v1/webhooks/:id': two((where) => where.webhook),
};

/** Routes whose object belongs to no region, or is crossed by its own room’s test. */
export const NOT_CROSSED: Readonly<Record<string, string>> = {
  '/v1/backtests/:id': 'rules hold for every clinic: whole-scope.ts',
  '/v1/rule-sets/:id': 'rules hold for every clinic: whole-scope.ts',
  '/v1/faces/calibrations/:id': 'the model is one for all',
  '/v1/faces/re-enrolments/:id': 'the model is one for all',
  '/v1/claims/mappings/:id': 'names of the interface, not of a clinic',
  '/v1/clearing/:month': 'a month is no object',
  '/v1/gb-ids/:id': 'reads the number itself',
  '/v1/regions/:code': 'only written: tests/integration/access/accounts.test.ts',
  '/v1/session/all/:id': 'the caller’s own: second-factor.test.ts',
  '/v1/assessments/:id': 'tests/integration/reconcile/routes.test.ts',
  '/v1/capture-devices/:deviceId': 'tests/integration/devices',
  '/v1/claims/quarantine/:id': 'tests/integration/claims',
  '/v1/holding/:scope': 'tests/integration/reconcile',
  '/v1/portrait-conflicts/:id': 'tests/integration/people',
  '/v1/proxies/:id': 'tests/integration/people',
  '/v1/sample-checks/:id': 'tests/integration/review/budget.test.ts',
  '/v1/second-looks/:id': 'tests/integration/review',
};

export async function seedBoth(runtime: TestRuntime): Promise<void> {
  await runtime.db.query(`insert into regions (code, name, level, parent) values ('4116', '周口市', 'city', null)`);
  for (const where of [NEAR, FAR]) await seedOne(runtime, where);
}

async function seedOne({ db, clock, keyring }: TestRuntime, where: typeof NEAR): Promise<void> {
  const now = ts(clock.now());
  const put = (sql: string, values: readonly unknown[]) => db.query(sql, [...values]);
  await put(`insert into regions (code, name, level, parent) values ($1, $1, 'county', '4116')`, [where.region]);
  await put('insert into clinics (code, name, region_code, created_at) values ($1, $1, $2, $3)', [
    where.clinic,
    where.region,
    now,
  ]);
  await put(
    `insert into cameras (id, clinic_code, name, scene_point, source_kind, created_at, updated_at)
     values ($1, $2, $1, 'counter', 'file', $3, $3)`,
    [where.camera, where.clinic, now],
  );
  await put(
    `insert into gateways (id, kind, name, region_code, url, secret_enc, hook_secret_enc, stream_template, created_at, updated_at)
     values ($1, 'wvp', $1, $2, 'http://10.0.0.9', '\\x00', '\\x00', '', $3, $3)`,
    [where.gateway, where.region, now],
  );
  await put(
    `insert into persons (psn_no, name_enc, sex, birth, region_code, created_at, updated_at)
     values ($1, $2, 'male', '1958-01-05', $3, $4, $4)`,
    [where.person, keyring.sealText('identity', where.name, identityContext(where.person)), where.region, now],
  );
  await put(`insert into staff (id, clinic_code, staff_no, active_from, created_at) values ($1, $2, $3, $4, $4)`, [
    where.staff,
    where.clinic,
    `D-${where.person}`,
    now,
  ]);
  await put(
    `insert into portraits (id, subject_kind, subject_ref, state, created_at) values ($1, 'enrollee', $2, 'quarantined', $3)`,
    [where.portrait, where.person, now],
  );
  await put(
    `insert into decisions (id, subject_key, clinic_code, psn_no, mdtrt_id, msgid, clearing_month, decision, reasons, state,
       decided_at, updated_at) values ($1::uuid, $1::text, $2, $3, 'M1', $1::text, '2026-03', 'review', '[]', 'standing', $4, $4)`,
    [where.decision, where.clinic, where.person, now],
  );
  const settlement = randomUUID();
  await put('insert into settlement_key (setl_id, settlement_id, clinic_code, at) values ($1, $2, $3, $4)', [
    where.setlId,
    settlement,
    where.clinic,
    now,
  ]);
  await put(
    `insert into settlements (id, at, at_offset_min, msgid, setl_id, mdtrt_id, clinic_code, psn_no, med_type, total_fen,
       fund_fen, account_fen, cash_fen, received_at) values ($1, $2, 480, $3, $3, 'M1', $4, $5, '11', 100, 60, 0, 40, $2)`,
    [settlement, now, where.setlId, where.clinic, where.person],
  );
  await put(
    `insert into webhooks (id, url, secret_enc, topics, region_code, created_by, created_at)
     values ($1, 'http://10.0.0.8/hook', '\\x00', '{alert.raised}', $2, 'user:x', $3)`,
    [where.webhook, where.region, now],
  );
  await put(
    `insert into imports (id, kind, state, file_name, blob_sha256, requested_by, scope_region, created_at)
     values ($1, 'people', 'done', 'people.csv', '\\x00', 'user:x', $2, $3)`,
    [where.import, where.region, now],
  );
  await put(
    `insert into alerts (id, incident_key, phase, phases, class, severity, subject_kind, clinic_code, region_code, psn_no,
       title_zh, title_en, rules, findings, state, queue_state, queued_at, shown_at, occurred_at, raised_at, updated_at)
     values ($1::uuid, $1::text, 'in', '{in}', 'fraud', 'high', 'settlement', $2, $3, $4, '测试', 'Test', '{A1@1}', '[]', 'asked', 'shown',
       $5, $5, $5, $5, $5)`,
    [where.alert, where.clinic, where.region, where.person, now],
  );
  // A clinic sees what it was asked about.
  await put('insert into alert_flow (alert_id, entered_at, asked_at) values ($1, $2, $2)', [where.alert, now]);
  const { apiKey } = await createApiKey(db, clock, {
    name: `key ${where.person}`,
    role: 'mirror',
    regionCode: where.region,
    clinicCode: null,
    cameraId: null,
  });
  const user = await createUser(db, clock, {
    username: `user-${where.person}`,
    displayName: where.person,
    role: 'observer',
    regionCode: where.region,
    clinicCode: null,
    password: 'right horse 42',
  });
  where.ids.key = apiKey.id;
  where.ids.user = user.id;
  // Sessions end by the time of people at desks.
  await put(
    `insert into sessions (id, token_hash, user_id, created_at, last_seen_at, expires_at)
     values ($1::uuid, decode(replace($1::text, '-', ''), 'hex'), $2, now(), now(), now() + interval '1 hour')`,
    [where.session, user.id],
  );
  await put(
    `insert into account_requests (id, user_id, kind, role, region_code, asked_by, asked_person, asked_at)
     values ($1, $2, 'change', 'observer', $3, 'user:x', 'x', $4)`,
    [where.request, user.id, where.region, now],
  );
}
