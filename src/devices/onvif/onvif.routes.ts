import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../../access/fastify.ts';
import { actorOf } from '../../access/scope.ts';
import type { ConnectDeps } from '../connect.deps.ts';
import { discoverOnvif, onvifStreams } from './onvif.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const CALLS_PER_MINUTE = 20;

/** Cameras that describe themselves: found on the network, asked for their streams and clock. */
export const onvifRoutes =
  (deps: ConnectDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, guard, audit } = deps;
    const config = { right: 'devices.write', rateLimit: { max: CALLS_PER_MINUTE, timeWindow: '1 minute' } } as const;

    app.post(
      '/v1/onvif/discover',
      {
        schema: {
          summary: 'ONVIF cameras of the server’s own network, where cameras may stand',
          operationId: 'discoverOnvif',
          tags: ['cameras'],
          body: Type.Object(
            { seconds: Type.Integer({ minimum: 1, maximum: 15, default: 4 }) },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Object({
              items: Type.Array(
                Type.Object({
                  host: Type.String(),
                  port: Type.Integer(),
                  name: nullable(Type.String()),
                  hardware: nullable(Type.String()),
                }),
              ),
            }),
          },
        },
        config,
      },
      async (request) => ({ items: await discoverOnvif(guard, request.body.seconds) }),
    );

    app.post(
      '/v1/onvif/streams',
      {
        schema: {
          summary:
            'What a camera says of itself by ONVIF: its streams, model and clock; for `source` with brand generic',
          operationId: 'askOnvif',
          tags: ['cameras'],
          body: Type.Object(
            {
              host: Type.String({ minLength: 1, maxLength: 253, pattern: '^[A-Za-z0-9._:-]+$' }),
              port: Type.Integer({ minimum: 1, maximum: 65_535, default: 80 }),
              user: Type.Optional(Type.String({ maxLength: 100 })),
              password: Type.Optional(Type.String({ maxLength: 200 })),
            },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Object({
              manufacturer: nullable(Type.String()),
              model: nullable(Type.String()),
              firmware: nullable(Type.String()),
              clock: nullable(
                Type.Object({
                  offsetMs: Type.Integer({ description: 'Device less true time' }),
                  class: Type.String(),
                  hours: nullable(Type.Integer()),
                }),
              ),
              profiles: Type.Array(
                Type.Object({
                  name: Type.String(),
                  codec: nullable(Type.String()),
                  width: nullable(Type.Integer()),
                  height: nullable(Type.Integer()),
                  fps: nullable(Type.Number()),
                  kbps: nullable(Type.Number()),
                  gop: nullable(Type.Number()),
                  port: nullable(Type.Integer()),
                  path: nullable(Type.String()),
                }),
              ),
            }),
          },
        },
        config,
      },
      async (request) => {
        const { host } = request.body;
        const found = await onvifStreams(guard, request.body);
        await audit.record(db, {
          actor: actorOf(request.principal),
          action: 'camera.onvif',
          subjectKind: 'camera',
          subjectId: null,
          outcome: 'done',
          detail: { host },
        });
        return { ...found, profiles: [...found.profiles] };
      },
    );
  };
