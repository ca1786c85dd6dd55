import type { FastifyPluginAsync } from 'fastify';
import { ts } from '../../platform/db.ts';
import { sameDigest } from '../../platform/digest-auth.ts';
import type { ConnectDeps } from '../connect.deps.ts';
import { hookSecretOf, takeNews } from './gateway.store.ts';
import { GATEWAY_HOOKS, type GatewayHook, newsOf } from './gateway.ts';

const BODY_BYTES = 256 * 1024;
const HOOKS_PER_MINUTE = 3_000;

/**
 * Web hooks of a gateway, at an address with a key of its own: ZLMediaKit's, in its form of question and answer, and
 * `device_status` for whatever tells a device's status ({deviceId, channelId?, status: ON|OFF}).
 */
export const gatewayHooksRoutes =
  (deps: ConnectDeps): FastifyPluginAsync =>
  async (app) => {
    const { db, clock, keyring } = deps;
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
      const code = error.statusCode ?? 500;
      if (code >= 500) request.log.error({ err: error.message }, 'a gateway’s web hook failed');
      return reply.code(code).send({ code: -1, msg: 'failed' });
    });

    app.post(
      '/gateway/:id/:key/:hook',
      {
        bodyLimit: BODY_BYTES,
        config: { rateLimit: { max: HOOKS_PER_MINUTE, timeWindow: '1 minute' } },
        schema: { hide: true },
      },
      async (request, reply) => {
        const { id, key, hook } = request.params as { id: string; key: string; hook: string };
        const secret = await hookSecretOf(db, keyring, id);
        if (!sameDigest(key, secret ?? '') || secret === null)
          return reply.code(401).send({ code: -1, msg: 'unauthorized' });
        const name = GATEWAY_HOOKS.find((each) => each === hook) as GatewayHook | undefined;
        if (name === undefined) return reply.send({ code: 0, msg: 'success' });
        let body: unknown;
        try {
          body = JSON.parse(Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '');
        } catch {
          return reply.code(400).send({ code: -1, msg: 'no JSON' });
        }
        const news = newsOf(name, body);
        await db.transaction(async (tx) => {
          await tx.query('update gateways set heard_at = $2 where id = $1', [id, ts(clock.now())]);
          if (news !== null) await takeNews(tx, deps, id, news, news.online ? 'gateway_online' : 'gateway_offline');
        });
        // Whether a stream that nobody reads is closed, the gateway's own settings say: our reader comes back for it.
        return reply.send({ code: 0, msg: 'success', ...(name === 'on_stream_none_reader' ? { close: true } : {}) });
      },
    );
  };
