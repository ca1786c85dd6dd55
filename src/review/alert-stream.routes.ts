import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../access/fastify.ts';
import type { Logger } from '../platform/log.ts';
import type { AlertFeed, FeedSink } from './alert-feed.ts';
import { sightOf } from './alert-list.store.ts';

export interface AlertStreamLimits {
  /** Real time between signs of life, so that proxies keep the connection. */
  readonly heartbeatMs: number;
  /** A reader that takes nothing for so long is sent away; it comes back and resumes. */
  readonly patienceMs: number;
  /** A connection ends after this, so that the right to read is checked anew. */
  readonly lifetimeMs: number;
}

export const DEFAULT_STREAM_LIMITS: AlertStreamLimits = {
  heartbeatMs: 15_000,
  patienceMs: 30_000,
  lifetimeMs: 15 * 60_000,
};

export interface AlertStreamRoutesDeps {
  readonly feed: AlertFeed;
  readonly log: Logger;
  readonly limits?: AlertStreamLimits;
}

/** Live alerts as server-sent events. */
export const alertStreamRoutes =
  (deps: AlertStreamRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const limits = deps.limits ?? DEFAULT_STREAM_LIMITS;
    const shutdown = new AbortController();
    app.addHook('preClose', async () => {
      shutdown.abort();
      await deps.feed.close();
    });

    app.get(
      '/v1/alerts/stream',
      {
        schema: {
          summary: 'Live alerts as server-sent events, resumed by Last-Event-ID',
          description:
            'Events `ready` {seq} at first, then `alert`: {seq, action, at, actor, reason, alert}. `id` is `seq`; ' +
            'send it back as Last-Event-ID (browsers do) or ?after= to miss nothing. The connection is ended now and ' +
            'then; reconnect.',
          operationId: 'streamAlerts',
          tags: ['alerts'],
          querystring: Type.Object({
            after: Type.Optional(Type.Integer({ minimum: 0, description: 'seq behind which to begin; default: now' })),
          }),
          response: {
            200: { description: 'Server-sent events', content: { 'text/event-stream': { schema: Type.String() } } },
          },
        },
        config: { right: 'alerts.read' },
      },
      async (request, reply) => {
        const sight = sightOf(request.principal);
        const afterSeq = lastEventId(request.headers['last-event-id']) ?? request.query.after ?? null;
        const response = reply.raw;
        const gone = new AbortController();
        response.on('close', () => gone.abort());
        reply.hijack();
        response.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
          'x-content-type-options': 'nosniff',
        });
        const signal = AbortSignal.any([gone.signal, shutdown.signal, AbortSignal.timeout(limits.lifetimeMs)]);
        const heartbeat = setInterval(() => {
          if (!response.writableNeedDrain) response.write(': still here\n\n');
        }, limits.heartbeatMs);
        try {
          await deps.feed.follow({ sight, afterSeq, sink: sinkOf(response, limits.patienceMs, signal), signal });
        } catch (error) {
          if (!signal.aborted) {
            deps.log.warn({ reqId: request.id, err: (error as Error).message }, 'a live stream ended early');
          }
        } finally {
          clearInterval(heartbeat);
          if (response.writableNeedDrain) response.destroy();
          else response.end();
        }
      },
    );
  };

/** A header that is no number of ours is no reason to refuse: the reader begins with what is new. */
function lastEventId(header: string | string[] | undefined): number | null {
  const text = Array.isArray(header) ? header[0] : header;
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

const sinkOf = (response: ServerResponse, patienceMs: number, signal: AbortSignal): FeedSink => ({
  write: (frame) => response.write(frame),
  drained: async () => {
    await once(response, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) });
  },
});
