import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Db } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { Audit } from './audit.ts';
import './fastify.ts';
import type { LoginLimiter } from './login-limit.ts';
import { verifyPassword } from './passwords.ts';
import type { Role } from './principal.ts';
import { actorOf } from './scope.ts';
import type { SecondFactors } from './second-factor.store.ts';
import { otpauthUri } from './totp.ts';
import { findLogin } from './users.store.ts';

const Code = Type.String({ minLength: 6, maxLength: 20, description: 'Six digits of the phone, or a recovery code' });
const RecoveryCodes = Type.Object({
  recoveryCodes: Type.Array(Type.String(), { description: 'Told this once; each lets in once without the phone' }),
});

const wrongCode = () =>
  new DomainError('invalid_input', 'this code is wrong or was used before', {
    remedy: 'Wait for the next one, and check that the clock of the phone is right.',
    why: 'code',
  });

/** The caller's own second factor. */
export const secondFactorRoutes =
  (deps: {
    readonly db: Db;
    readonly limiter: LoginLimiter;
    readonly audit: Audit;
    readonly factors: SecondFactors;
    readonly totpRoles: ReadonlySet<Role>;
  }): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, limiter, audit, factors, totpRoles } = deps;
    const config = { signedIn: true, enrolling: true } as const;

    const personWhoTries = async (request: FastifyRequest): Promise<string> => {
      const { principal } = request;
      if (principal.kind !== 'user') throw new DomainError('forbidden', 'a key has no second factor');
      if (await limiter.take(principal.name, request.ip)) return principal.id;
      throw new DomainError('rate_limited', 'too many tries', { remedy: 'Wait a quarter of an hour.' });
    };
    const refuse = async (request: FastifyRequest, action: string): Promise<never> => {
      await audit.record(db, { actor: actorOf(request.principal), action, outcome: 'refused' });
      throw wrongCode();
    };

    app.get(
      '/v1/session/second-factor',
      {
        schema: {
          summary: 'Whether I log in with a second factor, and how many recovery codes I have left',
          operationId: 'getSecondFactor',
          tags: ['session'],
          response: {
            200: Type.Object({ on: Type.Boolean(), recoveryCodesLeft: Type.Integer(), required: Type.Boolean() }),
          },
        },
        config,
      },
      async ({ principal }) => ({
        ...(principal.kind === 'user' ? await factors.stateOf(db, principal.id) : { on: false, recoveryCodesLeft: 0 }),
        required: principal.kind === 'user' && totpRoles.has(principal.role),
      }),
    );

    app.post(
      '/v1/session/second-factor',
      {
        schema: {
          summary: 'Begin to enrol a second factor: its secret, told this once; it counts when a code confirms it',
          operationId: 'beginSecondFactor',
          tags: ['session'],
          body: Type.Object({ password: Type.String({ minLength: 1, maxLength: 200 }) }),
          response: { 200: Type.Object({ secret: Type.String(), uri: Type.String() }) },
        },
        config,
      },
      async (request, reply) => {
        const { principal } = request;
        const userId = await personWhoTries(request);
        const login = await findLogin(db, principal.name);
        if (!(await verifyPassword(login?.passwordHash ?? null, request.body.password))) {
          throw new DomainError('invalid_input', 'the password is wrong', { why: 'password' });
        }
        const secret = await db.transaction(async (tx) => {
          await limiter.clear(tx, principal.name, request.ip);
          return factors.begin(tx, userId);
        });
        if (secret === null) {
          throw new DomainError('conflict', 'a second factor is on already', { remedy: 'Turn it off first.' });
        }
        reply.header('cache-control', 'no-store');
        return { secret, uri: otpauthUri(secret, principal.name) };
      },
    );

    app.post(
      '/v1/session/second-factor/confirm',
      {
        schema: {
          summary: 'Confirm the second factor with a code of it; answers the recovery codes',
          operationId: 'confirmSecondFactor',
          tags: ['session'],
          body: Type.Object({ code: Code }),
          response: { 200: RecoveryCodes },
        },
        config,
      },
      async (request, reply) => {
        const userId = await personWhoTries(request);
        const recoveryCodes = await db.transaction(async (tx) => {
          const codes = await factors.confirm(tx, userId, request.body.code);
          if (codes === null) return null;
          await limiter.clear(tx, request.principal.name, request.ip);
          await audit.record(tx, { actor: actorOf(request.principal), action: 'session.totp_on', outcome: 'done' });
          return codes;
        });
        if (recoveryCodes === null) return refuse(request, 'session.totp_on');
        reply.header('cache-control', 'no-store');
        return { recoveryCodes };
      },
    );

    app.post(
      '/v1/session/second-factor/recovery-codes',
      {
        schema: {
          summary: 'New recovery codes in place of the old ones',
          operationId: 'renewRecoveryCodes',
          tags: ['session'],
          body: Type.Object({ code: Code }),
          response: { 200: RecoveryCodes },
        },
        config: { signedIn: true },
      },
      async (request, reply) => {
        const userId = await personWhoTries(request);
        if (!(await factors.take(db, userId, request.body.code))) return refuse(request, 'session.recovery_codes');
        const recoveryCodes = await db.transaction(async (tx) => {
          await limiter.clear(tx, request.principal.name, request.ip);
          await audit.record(tx, {
            actor: actorOf(request.principal),
            action: 'session.recovery_codes',
            outcome: 'done',
          });
          return factors.renewRecoveryCodes(tx, userId);
        });
        reply.header('cache-control', 'no-store');
        return { recoveryCodes };
      },
    );

    app.post(
      '/v1/session/second-factor/off',
      {
        schema: {
          summary: 'Turn my second factor off; not where my role must have one',
          operationId: 'removeSecondFactor',
          tags: ['session'],
          body: Type.Object({ code: Code }),
          response: { 204: Type.Null() },
        },
        config: { signedIn: true },
      },
      async (request, reply) => {
        if (totpRoles.has(request.principal.role)) {
          throw new DomainError('conflict', 'your role must have a second factor', {
            remedy: 'For a new phone, ask the security officer to reset it.',
          });
        }
        const userId = await personWhoTries(request);
        if (!(await factors.take(db, userId, request.body.code))) return refuse(request, 'session.totp_off');
        await db.transaction(async (tx) => {
          await limiter.clear(tx, request.principal.name, request.ip);
          await factors.remove(tx, userId);
          await audit.record(tx, { actor: actorOf(request.principal), action: 'session.totp_off', outcome: 'done' });
        });
        return reply.code(204).send(null);
      },
    );
  };
