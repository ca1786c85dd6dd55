import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Audit } from '../access/audit.ts';
import '../access/fastify.ts';
import { decodeCursor, PageQuery, pageOf, pageSchema } from '../access/paging.ts';
import { actorOf, assertClinicInScope, scopeOf } from '../access/scope.ts';
import { GOP_REMEDY, isGopTooLong } from '../media/gop-limit.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Db } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { CameraOptionsSchema, getCamera, putCamera, SCENE_POINTS, type ScenePoint } from './camera.store.ts';
import type { CameraGuard } from './camera-guard.ts';
import { type CameraHealth, listCameraHealth } from './camera-health.store.ts';
import type { CameraReading } from './camera-reading.store.ts';
import type { CameraPreset } from './presets.ts';
import { medTypesNeeding, requiredScenePoints } from './scene-points.ts';
import { StreamSource, sourceUrlOf } from './stream-source.ts';

export interface CamerasRoutesDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly audit: Audit;
  readonly guard: CameraGuard;
  readonly presets: readonly CameraPreset[];
}

const CAMERA_ID = '^[A-Za-z0-9._:-]{1,64}$';
const nullable = <T extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const CameraAnswer = Type.Object({
  id: Type.String(),
  clinicCode: Type.String(),
  name: Type.String(),
  scenePoint: Type.Enum([...SCENE_POINTS]),
  requiredMedTypes: Type.Array(Type.String()),
  sourceKind: Type.String(),
  enabled: Type.Boolean(),
  state: Type.String({
    description:
      'ok, offline, dark, frozen, covered, moved, defocused, low_bit_rate, gaps; unknown: nobody watches. Only ok is a witness',
  }),
  since: nullable(Type.String({ description: 'Device time' })),
  reason: nullable(Type.String()),
  watermark: nullable(Type.String({ description: 'Footage has been processed until here; device time' })),
  clockOffsetMs: nullable(Type.Integer({ description: 'Device time less true time, as last measured' })),
  clock: Type.Object({
    kind: Type.String({ description: 'steady, drift, step (set or jumped in the last week), zone, reset, unknown' }),
    class: Type.String({ description: 'ok, off, zone, reset, unknown' }),
    offsetMs: nullable(Type.Integer({ description: 'Device time less true time' })),
    uncertaintyMs: nullable(Type.Integer()),
    driftMsPerDay: nullable(Type.Integer()),
    hours: nullable(Type.Integer({ description: 'Of a wrong time zone' })),
    year: nullable(Type.Integer({ description: 'That a clock shows which fell back' })),
    step: Type.Union([
      Type.Object({
        after: Type.String(),
        before: Type.String(),
        byMs: Type.Integer(),
      }),
      Type.Null(),
    ]),
    zh: Type.String(),
    en: Type.String(),
  }),
  reading: Type.Union([
    Type.Object({
      kind: Type.Enum(['keyframes', 'every_frame'], { description: 'every_frame costs several times as much' }),
      gopMs: nullable(Type.Integer({ description: 'Time between keyframes; null: longer than was waited for' })),
      at: Type.String({ description: 'When this was last found' }),
      remedy: Type.Union([Type.Object({ zh: Type.String(), en: Type.String() }), Type.Null()]),
    }),
    Type.Null({ description: 'Never read live' }),
  ]),
  framesRead: Type.Integer(),
  framesDropped: Type.Integer({ description: 'Missed because analysis was slower than the camera' }),
});

const readingAnswer = ({ reading: kind, gopMs, notedAt }: CameraReading) => ({
  ...{ kind, gopMs, at: new Date(notedAt).toISOString() },
  remedy: kind === 'every_frame' || (gopMs !== null && isGopTooLong(gopMs)) ? GOP_REMEDY : null,
});

const answerOf = (camera: CameraHealth) => ({
  ...camera,
  requiredMedTypes: [...camera.requiredMedTypes],
  since: iso(camera.since),
  watermark: iso(camera.watermark),
  reading: camera.reading && readingAnswer(camera.reading),
  clock: {
    ...camera.clock,
    step: camera.clock.step && {
      after: new Date(camera.clock.step.after).toISOString(),
      before: new Date(camera.clock.step.before).toISOString(),
      byMs: camera.clock.step.byMs,
    },
  },
});

export const camerasRoutes =
  (deps: CamerasRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, audit } = deps;

    app.get(
      '/v1/cameras',
      {
        schema: {
          summary: 'Cameras of my region with their health',
          operationId: 'listCameras',
          tags: ['cameras'],
          querystring: Type.Object({
            ...PageQuery,
            clinic: Type.Optional(Type.String()),
            state: Type.Optional(Type.String()),
          }),
          response: { 200: pageSchema(CameraAnswer) },
        },
        config: { right: 'devices.read' },
      },
      async (request) => {
        const { limit, cursor, clinic, state } = request.query;
        const rows = await listCameraHealth(db, scopeOf(request.principal), {
          clinicCode: clinic ?? null,
          state: state ?? null,
          after: decodeCursor(cursor),
          limit: limit + 1,
        });
        const page = pageOf(rows, limit, (camera) => camera.id);
        return { ...page, items: page.items.map(answerOf) };
      },
    );

    app.put(
      '/v1/cameras/:id',
      {
        schema: {
          summary:
            'Register a camera or change it; its address is stored encrypted and never told again. Left out: as it was',
          operationId: 'putCamera',
          tags: ['cameras'],
          params: Type.Object({ id: Type.String({ pattern: CAMERA_ID }) }),
          body: Type.Object(
            {
              clinicCode: Type.String(),
              name: Type.String({ minLength: 1, maxLength: 100 }),
              scenePoint: Type.Enum([...SCENE_POINTS]),
              requiredMedTypes: Type.Optional(
                Type.Array(Type.String({ maxLength: 10 }), {
                  maxItems: 50,
                  description:
                    'Settlements of these med_type codes need this camera; none: all. Left out: by the clinic’s scene points',
                }),
              ),
              ...StreamSource,
              push: Type.Optional(
                Type.Literal(true, { description: 'It pushes captures itself (PUT /v1/capture-devices): no address' }),
              ),
              options: Type.Optional(CameraOptionsSchema),
              enabled: Type.Boolean({ default: true }),
            },
            { additionalProperties: false },
          ),
          response: { 200: CameraAnswer },
        },
        config: { right: 'devices.write' },
      },
      async (request) => {
        const { body, principal } = request;
        const { id } = request.params;
        const { code } = await assertClinicInScope(db, principal, body.clinicCode);
        const before = await getCamera(db, id);
        if (before !== null) await assertClinicInScope(db, principal, before.clinicCode);
        const named = sourceUrlOf(deps.presets, body);
        if (named !== undefined && body.push)
          throw new DomainError('invalid_input', '填写地址或 push，不能同时填 / send an address or push, not both');
        const sourceUrl = body.push ? null : named;
        if (named !== undefined) await deps.guard.check(named);
        else if (before === null && !body.push)
          throw new DomainError('invalid_input', 'a new camera needs its address', {
            remedy: 'Send sourceUrl, or source with brand and host, or push: true for one that pushes captures.',
          });
        await db.transaction(async (tx) => {
          const { sourceUrl: _url, source: _source, push: _push, options, ...rest } = body;
          const points = await requiredScenePoints(tx, code);
          const scenePoint = body.scenePoint as ScenePoint;
          await putCamera(tx, deps, {
            ...rest,
            requiredMedTypes: body.requiredMedTypes ?? (points.length === 0 ? [] : medTypesNeeding(points, scenePoint)),
            id,
            clinicCode: code,
            scenePoint,
            ...(sourceUrl === undefined ? {} : { sourceUrl }),
            options: options ?? before?.options ?? {},
          });
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'camera.put',
            subjectKind: 'camera',
            subjectId: id,
            outcome: 'done',
            detail: {
              clinicCode: code,
              scenePoint: body.scenePoint,
              enabled: body.enabled,
              addressChanged: sourceUrl !== undefined,
            },
          });
        });
        const [camera] = await listCameraHealth(db, scopeOf(principal), {
          clinicCode: null,
          state: null,
          id,
          after: null,
          limit: 1,
        });
        if (!camera) throw new DomainError('not_found', `there is no camera ${id} here`);
        return answerOf(camera);
      },
    );
  };
