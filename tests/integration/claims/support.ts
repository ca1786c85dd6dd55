import { join } from 'node:path';
import fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { createAudit } from '../../../src/access/audit.ts';
import type { Principal } from '../../../src/access/principal.ts';
import type { MessageAnswer } from '../../../src/ledgers/claims/answer.ts';
import { type Claims, createClaims } from '../../../src/ledgers/claims/create-claims.ts';
import type { Decide, DecideWithin } from '../../../src/ledgers/claims/decision-answer.ts';
import { loadInterfaceTable } from '../../../src/ledgers/claims/interface-table.load.ts';
import { DomainError, httpStatusOf } from '../../../src/platform/errors.ts';
import { createJournal } from '../../../src/platform/journal.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';

export const CLINIC = 'H41162400123';
export const OTHER_CLINIC = 'H41162400124';
export const HOOK_CLINIC = 'H41162400125';
export const FAR_CLINIC = 'H41160200001';

export const MIRROR: Principal = {
  kind: 'key',
  id: '00000000-0000-7000-8000-000000000001',
  name: 'mirror',
  role: 'mirror',
  regionCode: '411624',
  clinicCode: null,
  cameraId: null,
  personNo: null,
};
export const HIS: Principal = { ...MIRROR, name: 'his', role: 'his', regionCode: null, clinicCode: CLINIC };
export const SUPERVISOR: Principal = { ...MIRROR, kind: 'user', name: 'supervisor', role: 'supervisor' };
export const ADMIN: Principal = { ...MIRROR, kind: 'user', name: 'admin', role: 'admin' };
export const FAR_SUPERVISOR: Principal = { ...SUPERVISOR, name: 'far', regionCode: '411602' };

export interface ClaimsHarness {
  readonly runtime: TestRuntime;
  readonly claims: Claims;
  readonly app: FastifyInstance;
  send(pair: unknown, as?: Principal): Promise<MessageAnswer>;
  sendRaw(
    payload: string | Buffer,
    options?: { readonly as?: Principal; readonly contentType?: string | null },
  ): Promise<LightMyRequestResponse>;
  get<T>(url: string, as?: Principal): Promise<T>;
  call<T>(method: 'POST' | 'DELETE', url: string, body?: object, as?: Principal): Promise<{ status: number; body: T }>;
  close(): Promise<void>;
}

/** Three clinics of one county, and one of another. */
export async function seedClinics({ db, clock }: TestRuntime): Promise<void> {
  await db.query(
    `insert into regions (code, name, level, parent) values ('4116', '周口市', 'city', null), ('411624', '沈丘县', 'county', '4116'),
       ('411602', '川汇区', 'county', '4116')`,
  );
  await db.query(
    `insert into clinics (code, name, region_code, mode, created_at) values ($1, '一', '411624', 'mirror', $5),
       ($2, '二', '411624', 'mirror', $5), ($3, '三', '411624', 'hook', $5), ($4, '四', '411602', 'mirror', $5)`,
    [CLINIC, OTHER_CLINIC, HOOK_CLINIC, FAR_CLINIC, new Date(clock.now()).toISOString()],
  );
}

/** The claims routes on a real database, behind a caller whom each request names. */
export async function createClaimsHarness(
  options: {
    readonly decide?: Decide;
    readonly decideWithin?: DecideWithin;
    readonly decideTimeoutMs?: number;
    readonly storeWithinMs?: number;
    /** What of the runtime the claims room gets in its place. */
    readonly over?: (runtime: TestRuntime) => Partial<Parameters<typeof createClaims>[0]>;
  } = {},
): Promise<ClaimsHarness> {
  const runtime = await createTestRuntime();
  await seedClinics(runtime);
  const claims = createClaims({
    ...runtime,
    audit: createAudit(runtime),
    table: await loadInterfaceTable(),
    timeZone: runtime.config.TIME_ZONE,
    ...options.over?.(runtime),
    journal: createJournal({ ...runtime, dir: join(runtime.config.dataDir, 'journal'), name: 'claims' }),
  });
  const principals = new Map<string, Principal>();
  const app = fastify();
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request) => {
    const principal = principals.get(String(request.headers['x-test-as']));
    if (principal) request.principal = principal;
  });
  app.setErrorHandler((error, _request, reply) => {
    const failure = error as Error & { statusCode?: number };
    const status = failure instanceof DomainError ? httpStatusOf(failure.code) : (failure.statusCode ?? 500);
    return reply.code(status).send({ error: { message: failure.message } });
  });
  for (const routes of claims.routes({
    decide: options.decide ?? (async () => null),
    ...(options.decideWithin === undefined ? {} : { decideWithin: options.decideWithin }),
    ...(options.decideTimeoutMs === undefined ? {} : { decideTimeoutMs: options.decideTimeoutMs }),
    ...(options.storeWithinMs === undefined ? {} : { storeWithinMs: options.storeWithinMs }),
  })) {
    await app.register(routes);
  }
  await app.ready();

  const headersFor = (principal: Principal): Record<string, string> => {
    principals.set(principal.name, principal);
    return { 'x-test-as': principal.name };
  };
  const sendRaw: ClaimsHarness['sendRaw'] = (payload, { as = MIRROR, contentType = 'application/json' } = {}) =>
    app.inject({
      method: 'POST',
      url: '/v1/claims/messages',
      payload,
      headers: { ...headersFor(as), ...(contentType === null ? {} : { 'content-type': contentType }) },
    });
  return {
    runtime,
    claims,
    app,
    sendRaw,
    send: async (pair, as) => (await sendRaw(JSON.stringify(pair), as ? { as } : {})).json(),
    get: async (url, as = SUPERVISOR) => (await app.inject({ url, headers: headersFor(as) })).json(),
    call: async (method, url, body, as = ADMIN) => {
      const response = await app.inject({ method, url, headers: headersFor(as), ...(body ? { payload: body } : {}) });
      return { status: response.statusCode, body: response.json() };
    },
    close: async () => {
      await app.close();
      await runtime.close();
    },
  };
}
