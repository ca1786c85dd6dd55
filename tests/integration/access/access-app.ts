import type { FastifyPluginAsync } from 'fastify';
import { createAccess } from '../../../src/access/access.ts';
import { createApiKey } from '../../../src/access/api-keys.store.ts';
import { type Audit, createAudit } from '../../../src/access/audit.ts';
import { putClinic } from '../../../src/access/clinics.store.ts';
import type { Role } from '../../../src/access/principal.ts';
import { seedRegions } from '../../../src/access/regions.store.ts';
import { createUser } from '../../../src/access/users.store.ts';
import { type App, buildApp } from '../../../src/http/app.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';

export const PASSWORD = 'right horse 42';
/** In Shenqiu county, and in Huaiyang district. */
export const CLINIC = 'H41162400123';
export const OTHER_CLINIC = 'H41160300456';

export interface AccessWorld {
  readonly runtime: TestRuntime;
  readonly audit: Audit;
  readonly app: App;
  /** A caller with a session. */
  logIn(username: string): Promise<Caller>;
  /** A caller with a fresh key. */
  withKey(role: Role, binding: { regionCode?: string; clinicCode?: string; cameraId?: string }): Promise<Caller>;
  close(): Promise<void>;
}

export interface Caller {
  readonly headers: Record<string, string>;
  call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: object | Buffer,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: never; raw: Buffer; headers: Record<string, unknown> }>;
}

/** Zhoukou with two clinics and one account of each role and region, behind the real application. */
export async function createAccessWorld(
  options: {
    env?: Record<string, string>;
    totpRoles?: ReadonlySet<Role>;
    routes?: (runtime: TestRuntime, audit: Audit) => readonly FastifyPluginAsync[];
  } = {},
): Promise<AccessWorld> {
  const runtime = await createTestRuntime(options.env === undefined ? {} : { env: options.env });
  const { db, clock, keyring } = runtime;
  const audit = createAudit({ clock, keyring });
  await seedRegions(db, 'config/regions/zhoukou.csv');
  const openHours = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '18:00' }];
  const clinic = { openHours, mode: 'mirror', faceRecognition: true } as const;
  await db.transaction(async (tx) => {
    await putClinic(tx, runtime, { ...clinic, code: CLINIC, name: '测试村卫生室', regionCode: '411624001' });
    await putClinic(tx, runtime, { ...clinic, code: OTHER_CLINIC, name: '别处村卫生室', regionCode: '411603001' });
  });
  const accounts: [string, Role, string | null, string | null][] = [
    ['admin', 'admin', '4116', null],
    ['shenqiu-admin', 'admin', '411624', null],
    ['guard', 'security', '4116', null],
    ['shenqiu-guard', 'security', '411624', null],
    ['shenqiu-auditor', 'auditor', '411624', null],
    ['shenqiu', 'supervisor', '411624', null],
    ['huaiyang', 'supervisor', '411603', null],
    ['reader', 'investigator', '4116', null],
    ['wires', 'integrator', '4116', null],
    ['doctor', 'clinic', null, CLINIC],
  ];
  for (const [username, role, regionCode, clinicCode] of accounts) {
    await createUser(db, clock, { username, displayName: username, role, regionCode, clinicCode, password: PASSWORD });
  }
  const access = createAccess({ ...runtime, audit, wallClock: clock, cookieSecure: false, ...options });
  const app = await buildApp({
    log: runtime.log,
    db,
    clock: runtime.clock,
    trustProxy: false,
    access: access.plugin,
    routes: [...access.routes, ...(options.routes?.(runtime, audit) ?? [])],
    consoleDir: null,
  });
  await app.ready();

  const callerOf = (own: Record<string, string>): Caller => ({
    headers: own,
    async call(method, url, body, headers = {}) {
      const answer = await app.inject({
        method,
        url,
        headers: { ...own, ...headers },
        ...(body === undefined ? {} : { payload: body }),
      });
      const json = String(answer.headers['content-type'] ?? '').includes('json');
      return {
        status: answer.statusCode,
        body: (json ? answer.json() : answer.body) as never,
        raw: answer.rawPayload,
        headers: answer.headers as Record<string, unknown>,
      };
    },
  });

  return {
    runtime,
    audit,
    app,
    async logIn(username) {
      const answer = await app.inject({
        method: 'POST',
        url: '/v1/session',
        payload: { username, password: PASSWORD },
      });
      const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
      return callerOf({ cookie, 'x-csrf-token': (answer.json() as { csrfToken: string }).csrfToken });
    },
    async withKey(role, { regionCode = null, clinicCode = null, cameraId = null }: Record<string, string | null>) {
      const { key } = await createApiKey(db, clock, { name: `${role} key`, role, regionCode, clinicCode, cameraId });
      return callerOf({ authorization: `Bearer ${key}` });
    },
    async close() {
      await app.close();
      await runtime.close();
    },
  };
}

/** Work of one topic that waits in the outbox, oldest first. */
export async function waiting(runtime: TestRuntime, topic: string): Promise<Record<string, unknown>[]> {
  const { rows } = await runtime.db.query<{ payload: Record<string, unknown> }>(
    'select payload from outbox where topic = $1 and done_at is null order by id',
    [topic],
  );
  return rows.map((row) => row.payload);
}
