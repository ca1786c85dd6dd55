import { randomBytes } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../../access/fastify.ts';
import type { Principal } from '../../access/principal.ts';
import { actorOf, assertClinicInScope, regionInScope, scopeOf } from '../../access/scope.ts';
import { ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { getCamera, putCamera, SCENE_POINTS, type ScenePoint } from '../camera.store.ts';
import { formatCameraAddress, parseCameraAddress } from '../camera-address.ts';
import type { ConnectDeps } from '../connect.deps.ts';
import { medTypesNeeding, requiredScenePoints } from '../scene-points.ts';
import {
  channelsOfGateway,
  clientOf,
  type Gateway,
  gatewaySecretContext,
  getGateway,
  hookSecretContext,
  listGateways,
  syncGateway,
} from './gateway.store.ts';
import { DEFAULT_TEMPLATE, type GatewayKind, streamUrlOf } from './gateway.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
const GatewayId = Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$' });
const GbLike = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' });
const CALLS_PER_MINUTE = 30;

const GatewayAnswer = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  name: Type.String(),
  regionCode: Type.String(),
  url: Type.String(),
  streamTemplate: Type.String(),
  heardAt: nullable(Type.String({ description: 'Its newest web hook' })),
  askedAt: nullable(Type.String()),
  trouble: nullable(Type.String({ description: 'Why it could not be asked; null: it could' })),
});
const answerOf = (gateway: Gateway) => ({ ...gateway, heardAt: iso(gateway.heardAt), askedAt: iso(gateway.askedAt) });

/** Media gateways that speak GB/T 28181 for us: their channels become cameras, their words device states. */
export const gatewaysRoutes =
  (deps: ConnectDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock, keyring, guard, audit } = deps;

    const gatewayIn = async (principal: Principal, id: string): Promise<Gateway> => {
      const gateway = await getGateway(db, id);
      if (gateway === null || !regionInScope(scopeOf(principal), gateway.regionCode))
        throw new DomainError('not_found', `there is no gateway ${id} here`);
      return gateway;
    };

    app.put(
      '/v1/gateways/:id',
      {
        schema: {
          summary: 'Register a GB/T 28181 media gateway (WVP or ZLMediaKit); its key is never told again',
          description:
            'Answers `hookPath` once: set {server}{hookPath}/on_stream_changed and the others in the gateway. Each time a new one is made.',
          operationId: 'putGateway',
          tags: ['cameras'],
          params: Type.Object({ id: GatewayId }),
          body: Type.Object(
            {
              kind: Type.Unsafe<GatewayKind>({ type: 'string', enum: ['wvp', 'zlm'] }),
              name: Type.String({ minLength: 1, maxLength: 100 }),
              regionCode: Type.String({ pattern: '^(\\d{4}|\\d{6}|\\d{9}|\\d{12})$' }),
              url: Type.String({ maxLength: 300, description: 'Of its REST API: http(s)://host:port' }),
              secret: Type.String({
                minLength: 1,
                maxLength: 500,
                description: 'WVP: API key; ZLMediaKit: api.secret',
              }),
              streamTemplate: Type.String({
                maxLength: 300,
                default: DEFAULT_TEMPLATE,
                description: '{host} {device} {channel}',
              }),
            },
            { additionalProperties: false },
          ),
          response: { 200: Type.Object({ ...GatewayAnswer.properties, hookPath: Type.String() }) },
        },
        config: { right: 'devices.write' },
      },
      async (request) => {
        const { body, principal } = request;
        const { id } = request.params;
        if (!regionInScope(scopeOf(principal), body.regionCode))
          throw new DomainError('not_found', `there is no region ${body.regionCode} here`);
        if ((await getGateway(db, id)) !== null) await gatewayIn(principal, id);
        const address = parseCameraAddress(body.url);
        if (!address.scheme.startsWith('http') || address.login !== null)
          throw new DomainError(
            'invalid_input',
            '网关地址为 http(s)://主机:端口，不带用户和密码 / a gateway has http(s)://host:port, without log-in',
            {
              remedy: '密钥填在 secret / its key goes into secret',
            },
          );
        await guard.check(body.url);
        await guard.check(streamUrlOf(body.streamTemplate, address.host, { deviceId: '0', channelId: '0' }));
        const hookSecret = randomBytes(20).toString('hex');
        const now = ts(clock.now());
        await db.transaction(async (tx) => {
          await tx.query(
            `insert into gateways (id, kind, name, region_code, url, secret_enc, hook_secret_enc, stream_template, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
             on conflict (id) do update set kind = excluded.kind, name = excluded.name, region_code = excluded.region_code,
               url = excluded.url, secret_enc = excluded.secret_enc, hook_secret_enc = excluded.hook_secret_enc,
               stream_template = excluded.stream_template, asked_at = null, updated_at = excluded.updated_at`,
            [
              ...[id, body.kind, body.name, body.regionCode, formatCameraAddress(address, false)],
              keyring.sealText('secret', body.secret, gatewaySecretContext(id)),
              keyring.sealText('secret', hookSecret, hookSecretContext(id)),
              ...[body.streamTemplate, now],
            ],
          );
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'gateway.put',
            subjectKind: 'gateway',
            subjectId: id,
            outcome: 'done',
            detail: { kind: body.kind, regionCode: body.regionCode },
          });
        });
        return { ...answerOf(await gatewayIn(principal, id)), hookPath: `/gateway/${id}/${hookSecret}` };
      },
    );

    app.get(
      '/v1/gateways',
      {
        schema: {
          summary: 'Media gateways of my region',
          operationId: 'listGateways',
          tags: ['cameras'],
          response: { 200: Type.Object({ items: Type.Array(GatewayAnswer) }) },
        },
        config: { right: 'devices.read' },
      },
      async (request) => {
        const { regionPrefix } = scopeOf(request.principal);
        return { items: regionPrefix === null ? [] : (await listGateways(db, regionPrefix)).map(answerOf) };
      },
    );

    app.post(
      '/v1/gateways/:id/sync',
      {
        schema: {
          summary: 'Ask a gateway for its devices and channels now; it is asked every minute anyway',
          operationId: 'syncGateway',
          tags: ['cameras'],
          params: Type.Object({ id: GatewayId }),
          response: { 200: Type.Object({ channels: Type.Integer() }) },
        },
        config: { right: 'devices.write', rateLimit: { max: CALLS_PER_MINUTE, timeWindow: '1 minute' } },
      },
      async (request) => ({ channels: await syncGateway(deps, await gatewayIn(request.principal, request.params.id)) }),
    );

    app.get(
      '/v1/gateways/:id/channels',
      {
        schema: {
          summary: 'Channels of a gateway, and the cameras that they are',
          operationId: 'listGatewayChannels',
          tags: ['cameras'],
          params: Type.Object({ id: GatewayId }),
          response: {
            200: Type.Object({
              items: Type.Array(
                Type.Object({
                  deviceId: Type.String(),
                  channelId: Type.String(),
                  name: Type.String(),
                  online: nullable(Type.Boolean()),
                  cameraId: nullable(Type.String()),
                  toldAt: Type.String(),
                }),
              ),
            }),
          },
        },
        config: { right: 'devices.read' },
      },
      async (request) => {
        const { id } = await gatewayIn(request.principal, request.params.id);
        const channels = await channelsOfGateway(db, id);
        return { items: channels.map((channel) => ({ ...channel, toldAt: new Date(channel.toldAt).toISOString() })) };
      },
    );

    app.put(
      '/v1/gateways/:id/channels/:deviceId/:channelId/camera',
      {
        schema: {
          summary: 'Make a gateway’s channel a camera of a clinic; it is read at the gateway’s address for it',
          operationId: 'putGatewayCamera',
          tags: ['cameras'],
          params: Type.Object({ id: GatewayId, deviceId: GbLike, channelId: GbLike }),
          body: Type.Object(
            {
              cameraId: Type.String({ pattern: '^[A-Za-z0-9._:-]{1,64}$' }),
              clinicCode: Type.String(),
              name: Type.String({ minLength: 1, maxLength: 100 }),
              scenePoint: Type.Unsafe<ScenePoint>({ type: 'string', enum: [...SCENE_POINTS] }),
              play: Type.Boolean({ default: true, description: 'Ask the gateway to fetch the stream first' }),
            },
            { additionalProperties: false },
          ),
          response: { 200: Type.Object({ cameraId: Type.String(), stream: Type.String() }) },
        },
        config: { right: 'devices.write', rateLimit: { max: CALLS_PER_MINUTE, timeWindow: '1 minute' } },
      },
      async (request) => {
        const { body, principal } = request;
        const { deviceId, channelId } = request.params;
        const gateway = await gatewayIn(principal, request.params.id);
        const { code } = await assertClinicInScope(db, principal, body.clinicCode);
        const before = await getCamera(db, body.cameraId);
        if (before !== null) await assertClinicInScope(db, principal, before.clinicCode);
        const known = (await channelsOfGateway(db, gateway.id)).find(
          (each) => each.deviceId === deviceId && each.channelId === channelId,
        );
        if (known === undefined)
          throw new DomainError('not_found', `网关没有通道 ${channelId} / the gateway has no channel ${channelId}`, {
            remedy: '先同步网关 / POST /v1/gateways/{id}/sync',
          });
        if (body.play) await (await clientOf(deps, gateway.id)).play({ deviceId, channelId });
        const url = streamUrlOf(gateway.streamTemplate, parseCameraAddress(gateway.url).host, { deviceId, channelId });
        await guard.check(url);
        await db.transaction(async (tx) => {
          const points = await requiredScenePoints(tx, code);
          await putCamera(tx, deps, {
            ...{ id: body.cameraId, clinicCode: code, name: body.name, scenePoint: body.scenePoint, sourceUrl: url },
            requiredMedTypes: points.length === 0 ? [] : medTypesNeeding(points, body.scenePoint),
          });
          await tx.query('update gateway_channels set camera_id = null where camera_id = $1', [body.cameraId]);
          await tx.query(
            'update gateway_channels set camera_id = $4 where gateway_id = $1 and device_id = $2 and channel_id = $3',
            [gateway.id, deviceId, channelId, body.cameraId],
          );
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'camera.put',
            subjectKind: 'camera',
            subjectId: body.cameraId,
            outcome: 'done',
            detail: { gateway: gateway.id, deviceId, channelId, clinicCode: code },
          });
        });
        return { cameraId: body.cameraId, stream: formatCameraAddress(parseCameraAddress(url), false) };
      },
    );
  };
