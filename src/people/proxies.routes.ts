import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { DateTime } from 'luxon';
import { Type } from 'typebox';
import '../access/fastify.ts';
import { UUID_FORM } from '../access/paging.ts';
import { actorOf, scopeOf } from '../access/scope.ts';
import { DomainError } from '../platform/errors.ts';
import type { PeopleDeps } from './deps.ts';
import { isoOf, isoOrNull, NullableTime, ProxyAnswer, PsnNo } from './people.schemas.ts';
import { getPerson, type RegisteredProxy } from './people.store.ts';
import { noSuchPerson, personsWithin, proxyPrefix } from './people-scope.ts';
import { getProxies, proxyIdOf, putProxies, revokeProxy } from './proxies.write.ts';

export const proxyAnswer = (proxy: RegisteredProxy) => ({
  ...proxy,
  from: isoOf(proxy.from),
  to: isoOrNull(proxy.to),
  createdAt: isoOf(proxy.createdAt),
  revokedAt: isoOrNull(proxy.revokedAt),
});

const noSuchProxy = () => new DomainError('not_found', 'there is no such registration here');

export const proxiesRoutes =
  (deps: PeopleDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock, audit, timeZone } = deps;

    app.post(
      '/v1/proxies',
      {
        schema: {
          summary: 'Register who may come to the clinic for an insured person (代办)',
          description: 'The same two people from the same moment are one registration.',
          operationId: 'registerProxy',
          tags: ['people'],
          body: Type.Object({
            psnNo: PsnNo,
            proxyPsnNo: PsnNo,
            relation: Type.String({ minLength: 1, maxLength: 30 }),
            from: Type.Optional(Type.String({ format: 'date-time', description: 'Default: the beginning of today' })),
            to: Type.Optional(NullableTime),
          }),
          response: { 201: ProxyAnswer },
        },
        config: { right: 'proxies.write' },
      },
      async (request, reply) => {
        const { body, principal } = request;
        const prefix = await proxyPrefix(db, scopeOf(principal));
        if (!(await personsWithin(db, prefix, [body.psnNo])).has(body.psnNo)) throw noSuchPerson();
        if ((await getPerson(db, body.proxyPsnNo)) === null) {
          throw new DomainError('invalid_input', 'the proxy is not registered as a person', {
            remedy: 'Register him first, with a portrait: he is recognised by it.',
          });
        }
        const to = body.to == null ? null : Date.parse(body.to);
        const inputFrom = (from: number) => ({
          psnNo: body.psnNo,
          proxyPsnNo: body.proxyPsnNo,
          relation: body.relation,
          from,
          to,
        });
        const isRevoked = async (from: number): Promise<boolean> => {
          const id = proxyIdOf(inputFrom(from));
          return (await getProxies(db, [id])).get(id)?.revokedAt != null;
        };
        // Who collects first and registers afterwards, on the same day, was a proxy when he came.
        const today = DateTime.fromMillis(clock.now(), { zone: timeZone }).startOf('day').toMillis();
        const defaultFrom = async (): Promise<number> => ((await isRevoked(today)) ? clock.now() : today);
        const from = body.from === undefined ? await defaultFrom() : Date.parse(body.from);
        assertProxy({ ...body, from, to });
        const input = inputFrom(from);
        const id = proxyIdOf(input);
        if (await isRevoked(from)) {
          throw new DomainError('conflict', 'this registration was revoked', {
            remedy: 'Register anew from a later time.',
          });
        }
        await db.transaction(async (tx) => {
          await putProxies(tx, deps, [input], actorOf(principal));
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'proxy.register',
            subjectKind: 'person',
            subjectId: body.psnNo,
            outcome: 'done',
            detail: { proxyId: id, proxyPsnNo: body.proxyPsnNo, relation: body.relation },
          });
        });
        const stored = (await getProxies(db, [id])).get(id);
        if (stored === undefined) throw noSuchProxy();
        return reply.code(201).send(proxyAnswer(stored));
      },
    );

    app.delete(
      '/v1/proxies/:id',
      {
        schema: {
          summary: 'Revoke a registration from now on',
          operationId: 'revokeProxy',
          tags: ['people'],
          params: Type.Object({ id: Type.String() }),
          response: { 204: Type.Null() },
        },
        config: { right: 'proxies.write' },
      },
      async (request, reply) => {
        const { principal } = request;
        const { id } = request.params;
        const proxy = UUID_FORM.test(id) ? (await getProxies(db, [id])).get(id) : undefined;
        if (proxy === undefined) throw noSuchProxy();
        const prefix = await proxyPrefix(db, scopeOf(principal));
        if (!(await personsWithin(db, prefix, [proxy.psnNo])).has(proxy.psnNo)) throw noSuchProxy();
        await db.transaction(async (tx) => {
          await revokeProxy(tx, deps, proxy);
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'proxy.revoke',
            subjectKind: 'person',
            subjectId: proxy.psnNo,
            outcome: 'done',
            detail: { proxyId: id },
          });
        });
        return reply.code(204).send(null);
      },
    );
  };

function assertProxy(proxy: { psnNo: string; proxyPsnNo: string; from: number; to: number | null }): void {
  if (proxy.psnNo === proxy.proxyPsnNo) {
    throw new DomainError('invalid_input', 'nobody is his own proxy', {
      remedy: 'Give the psn_no of the one who comes.',
    });
  }
  if (proxy.to !== null && proxy.to <= proxy.from) {
    throw new DomainError('invalid_input', 'to must be later than from');
  }
}
