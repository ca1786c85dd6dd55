import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../access/fastify.ts';
import { actorOf, assertClinicInScope } from '../access/scope.ts';
import { camerasOfClinic, putCamera, SCENE_POINTS, type ScenePoint } from './camera.store.ts';
import type { ConnectDeps } from './connect.deps.ts';
import { GB_TYPES, gbFaults, makeGbIds, parseGbId } from './gb-id.ts';
import { medTypesNeeding, replaceScenePoints, requiredScenePoints } from './scene-points.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const PointSchema = Type.Object(
  {
    medType: Type.String({ pattern: '^([*]|[A-Za-z0-9]{1,10})$', description: 'med_type; *: every settlement' }),
    scenePoint: Type.Unsafe<ScenePoint>({ type: 'string', enum: [...SCENE_POINTS] }),
  },
  { additionalProperties: false },
);
const PointsAnswer = Type.Object({
  clinicCode: Type.String(),
  items: Type.Array(PointSchema),
  missing: Type.Array(Type.String(), { description: 'Required scene points at which no camera is switched on' }),
});

/** Which places of a clinic must be seen, and the numbers of its devices. */
export const placesRoutes =
  (deps: ConnectDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, audit } = deps;

    const describe = async (clinicCode: string) => {
      const items = await requiredScenePoints(db, clinicCode);
      const cameras = (await camerasOfClinic(db, clinicCode)).filter(({ enabled }) => enabled);
      const wanted = [...new Set(items.map(({ scenePoint }) => scenePoint))];
      return {
        clinicCode,
        items,
        missing: wanted.filter((point) => !cameras.some(({ scenePoint }) => scenePoint === point)),
      };
    };

    app.get(
      '/v1/clinics/:code/scene-points',
      {
        schema: {
          summary: 'Scene points that settlements of each type need at a clinic, and which have no camera',
          operationId: 'getScenePoints',
          tags: ['cameras'],
          params: Type.Object({ code: Type.String() }),
          response: { 200: PointsAnswer },
        },
        config: { right: 'devices.read' },
      },
      async (request) => describe((await assertClinicInScope(db, request.principal, request.params.code)).code),
    );

    app.put(
      '/v1/clinics/:code/scene-points',
      {
        schema: {
          summary: 'Say which scene points settlements of each type need; its cameras follow',
          description:
            'A camera at a scene point that no type needs is needed by none; one at a point of type * by all. Without any points ' +
            'every camera is needed by every settlement.',
          operationId: 'putScenePoints',
          tags: ['cameras'],
          params: Type.Object({ code: Type.String() }),
          body: Type.Object({ items: Type.Array(PointSchema, { maxItems: 200 }) }, { additionalProperties: false }),
          response: { 200: PointsAnswer },
        },
        config: { right: 'devices.write' },
      },
      async (request) => {
        const { principal, body } = request;
        const { code } = await assertClinicInScope(db, principal, request.params.code);
        await db.transaction(async (tx) => {
          await replaceScenePoints(tx, code, body.items);
          for (const { sourceKind: _kind, ...camera } of await camerasOfClinic(tx, code)) {
            const requiredMedTypes = body.items.length === 0 ? [] : medTypesNeeding(body.items, camera.scenePoint);
            await putCamera(tx, deps, { ...camera, requiredMedTypes });
          }
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'scene-points.put',
            subjectKind: 'clinic',
            subjectId: code,
            outcome: 'done',
            detail: { items: body.items },
          });
        });
        return describe(code);
      },
    );

    app.get(
      '/v1/gb-ids/:id',
      {
        schema: {
          summary: 'Whether a GB/T 28181 id is one, in its parts, and whether it is taken',
          operationId: 'checkGbId',
          tags: ['cameras'],
          params: Type.Object({ id: Type.String({ maxLength: 40 }) }),
          response: {
            200: Type.Object({
              id: Type.String(),
              ok: Type.Boolean(),
              taken: Type.Boolean(),
              faults: Type.Array(Type.Object({ zh: Type.String(), en: Type.String() })),
              parts: nullable(
                Type.Object({
                  division: Type.String(),
                  centre: Type.String(),
                  industry: Type.String(),
                  type: Type.String(),
                  network: Type.String(),
                  serial: Type.String(),
                }),
              ),
            }),
          },
        },
        config: { right: 'devices.read' },
      },
      async (request) => {
        const { id } = request.params;
        const faults = gbFaults(id);
        return { id, ok: faults.length === 0, taken: (await takenIds([id])).has(id), faults, parts: parseGbId(id) };
      },
    );

    app.post(
      '/v1/gb-ids',
      {
        schema: {
          summary: 'Make GB/T 28181 ids for devices of a clinic, with serials that nobody has here',
          operationId: 'makeGbIds',
          tags: ['cameras'],
          body: Type.Object(
            {
              clinicCode: Type.String(),
              type: Type.Enum(Object.keys(GB_TYPES), {
                default: '132',
                description: '132: network camera, 118: recorder',
              }),
              industry: Type.String({ pattern: '^\\d{2}$', default: '09', description: '09: health' }),
              network: Type.String({ pattern: '^\\d$', default: '2', description: '2: private network of a trade' }),
              count: Type.Integer({ minimum: 1, maximum: 100, default: 1 }),
            },
            { additionalProperties: false },
          ),
          response: { 200: Type.Object({ ids: Type.Array(Type.String()) }) },
        },
        config: { right: 'devices.write' },
      },
      async (request) => {
        const { clinicCode, type, industry, network, count } = request.body;
        const { regionCode } = await assertClinicInScope(db, request.principal, clinicCode);
        const taken = await takenIds(null, regionCode.slice(0, 6));
        return { ids: makeGbIds({ regionCode, industry, type: String(type), network }, taken, count) };
      },
    );

    /** Ids of 20 digits that something here has; of all regions: ids are one space. */
    const takenIds = async (ids: readonly string[] | null, prefix = ''): Promise<ReadonlySet<string>> => {
      const { rows } = await db.query<{ id: string }>(
        `select id from (
           select id from cameras union select device_id from capture_devices
           union select device_id from gateway_channels union select channel_id from gateway_channels) as every (id)
         where id ~ '^[0-9]{20}$' and ($1::text[] is null or id = any($1)) and id like $2 || '%'`,
        [ids, prefix],
      );
      return new Set(rows.map((row) => row.id));
    };
  };
