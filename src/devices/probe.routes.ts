import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../access/fastify.ts';
import type { Principal } from '../access/principal.ts';
import { actorOf, assertClinicInScope } from '../access/scope.ts';
import { decodeImage } from '../media/decode-image.ts';
import { encodeJpeg } from '../media/still.ts';
import { toRgb } from '../media/yuv.ts';
import { ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { CAMERA_CHANNEL, getCamera } from './camera.store.ts';
import type { ConnectDeps } from './connect.deps.ts';
import { hideFaces } from './hide-faces.ts';
import { onvifClock } from './onvif/onvif.ts';
import { addressFromPreset, PresetSource, previewOf } from './presets.ts';
import { CHECK_IDS } from './probe/check.ts';
import type { ProbedPicture } from './probe/look.ts';
import { type ProbeResult, probeCamera } from './probe/probe.ts';
import { StreamSource, sourceUrlOf, storedSourceUrl } from './stream-source.ts';

/** A probe holds an ffmpeg for half a minute: more at once would slow the cameras of this machine. */
const MOST_AT_ONCE = 2;
const PROBES_PER_MINUTE = 20;
const PICTURE_SIDE = 1280;

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Bilingual = Type.Object({ zh: Type.String(), en: Type.String() });
const ClockAnswer = Type.Object({
  source: Type.String({ description: 'onvif, rtsp, rtcp or http: who told the time' }),
  offsetMs: Type.Integer({ description: 'Device less true time' }),
  uncertaintyMs: Type.Integer(),
  class: Type.String({ description: 'ok, off, zone (whole hours), reset (1970, 2000)' }),
  hours: nullable(Type.Integer()),
});
const ProbeAnswer = Type.Object({
  ok: Type.Boolean({ description: 'It could be measured; whether it is good, the checks say' }),
  source: Type.String({ description: 'The address without log-in' }),
  kind: Type.String(),
  transport: nullable(Type.String()),
  codec: nullable(Type.String()),
  width: nullable(Type.Integer()),
  height: nullable(Type.Integer()),
  fps: nullable(Type.Number()),
  bitRateKbps: nullable(Type.Number()),
  gop: nullable(
    Type.Object({
      seconds: nullable(Type.Number()),
      shortest: nullable(Type.Number()),
      longest: nullable(Type.Number()),
      frames: nullable(Type.Integer()),
      groups: Type.Integer(),
      regular: nullable(Type.Boolean()),
      openSeconds: Type.Number(),
    }),
  ),
  clock: nullable(ClockAnswer),
  clocks: Type.Array(ClockAnswer),
  picture: nullable(
    Type.Object({
      width: Type.Integer(),
      height: Type.Integer(),
      brightness: Type.Number(),
      structure: Type.Number(),
      jpeg: Type.String({ description: 'Base64; faces are hidden in it' }),
    }),
  ),
  faces: Type.Array(
    Type.Object({
      x: Type.Integer(),
      y: Type.Integer(),
      width: Type.Integer(),
      height: Type.Integer(),
      facePx: Type.Number(),
      interOcularPx: Type.Number(),
      sharpness: Type.Number(),
      yaw: Type.Integer(),
      cutOff: Type.Boolean(),
    }),
  ),
  measuredSeconds: Type.Number(),
  server: nullable(Type.String()),
  checks: Type.Array(
    Type.Object({
      id: Type.Enum([...CHECK_IDS]),
      ok: nullable(Type.Boolean({ description: 'null: it cannot be told' })),
      zh: Type.String(),
      en: Type.String(),
      remedy: nullable(Bilingual),
    }),
  ),
  said: nullable(Type.String()),
});

const ReferenceAnswer = Type.Object({
  cameraId: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
  takenAt: Type.String(),
  takenBy: Type.String(),
});

/** The picture of a probe as it may leave us: the place, without its people. */
async function placeOf(best: ProbedPicture): Promise<Buffer> {
  const jpeg = await encodeJpeg(hideFaces(toRgb(best.image), best.boxes), 80);
  if (best.image.width <= PICTURE_SIDE && best.image.height <= PICTURE_SIDE) return jpeg;
  return encodeJpeg(await decodeImage(jpeg, { maxSide: PICTURE_SIDE }), 80);
}

/** Presets, probes and reference views: connecting a camera, step by step. */
export const probeRoutes =
  (deps: ConnectDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, audit, presets, clock } = deps;
    let running = 0;

    const probe = async (
      url: string,
      options: { transport?: 'tcp' | 'udp'; seconds?: number },
    ): Promise<ProbeResult> => {
      if (running >= MOST_AT_ONCE) {
        throw new DomainError('rate_limited', '正在探测其他摄像头 / other cameras are being probed', {
          remedy: '半分钟后再试 / try again in half a minute',
        });
      }
      running++;
      try {
        const { guard, findFaces, wallClock } = deps;
        return await probeCamera({
          tools: deps.tools(),
          clock: wallClock,
          guard,
          findFaces,
          url,
          onvifClock,
          ...options,
        });
      } finally {
        running--;
      }
    };

    const cameraOf = async (principal: Principal, id: string) => {
      const camera = await getCamera(db, id);
      if (camera === null) throw new DomainError('not_found', `there is no camera ${id} here`);
      await assertClinicInScope(db, principal, camera.clinicCode).catch(() => {
        throw new DomainError('not_found', `there is no camera ${id} here`);
      });
      return camera;
    };

    const addressOf = async (id: string): Promise<string> => {
      const url = await storedSourceUrl(db, deps.keyring, id);
      if (url === null)
        throw new DomainError('conflict', `摄像头 ${id} 没有码流地址 / the camera ${id} has no stream`, {
          remedy: '它自行推送抓拍；请登记其码流地址 / it pushes captures; register its stream',
        });
      return url;
    };

    app.get(
      '/v1/camera-presets',
      {
        schema: {
          summary: 'Where cameras of each brand keep their streams',
          operationId: 'listCameraPresets',
          tags: ['cameras'],
          response: {
            200: Type.Object({
              items: Type.Array(
                Type.Object({
                  brand: Type.String(),
                  zh: Type.String(),
                  en: Type.String(),
                  port: Type.Integer(),
                  onvifPort: Type.Integer(),
                  main: nullable(Type.String()),
                  sub: nullable(Type.String()),
                  note: nullable(Bilingual),
                }),
              ),
            }),
          },
        },
        config: { right: 'devices.read' },
      },
      async () => ({ items: presets.map((preset) => ({ ...preset, note: preset.note ?? null })) }),
    );

    app.post(
      '/v1/camera-presets/preview',
      {
        schema: {
          summary: 'The address that a preset makes; its password is not in it',
          operationId: 'previewCameraAddress',
          tags: ['cameras'],
          body: PresetSource,
          response: { 200: Type.Object({ url: Type.String() }) },
        },
        config: { right: 'devices.write' },
      },
      async (request) => ({ url: previewOf(addressFromPreset(presets, request.body)) }),
    );

    app.post(
      '/v1/cameras/probe',
      {
        schema: {
          summary: 'Measure a camera before or after it is registered, and say what is wrong with it and what to do',
          description:
            'Takes up to a minute. Name an address, brand and host, or a registered camera. Only networks of CAMERA_NETWORKS. ' +
            'Faces are measured and hidden in the picture.',
          operationId: 'probeCamera',
          tags: ['cameras'],
          body: Type.Object(
            {
              ...StreamSource,
              cameraId: Type.Optional(Type.String({ maxLength: 64 })),
              transport: Type.Optional(Type.Enum(['tcp', 'udp'])),
              seconds: Type.Integer({
                minimum: 3,
                maximum: 30,
                default: 10,
                description: 'Measure for so long at least',
              }),
            },
            { additionalProperties: false },
          ),
          response: { 200: ProbeAnswer },
        },
        config: { right: 'devices.write', rateLimit: { max: PROBES_PER_MINUTE, timeWindow: '1 minute' } },
      },
      async (request) => {
        const { body, principal } = request;
        const { cameraId, seconds, transport } = body;
        const named = sourceUrlOf(presets, body);
        if ((named === undefined) === (cameraId === undefined)) {
          throw new DomainError(
            'invalid_input',
            '填写 sourceUrl、source 或 cameraId 之一 / send one of sourceUrl, source, cameraId',
          );
        }
        const camera = cameraId === undefined ? null : await cameraOf(principal, cameraId);
        const url = named ?? (await addressOf(camera?.id ?? ''));
        const way = transport ?? camera?.options.transport;
        const { probe: found, best } = await probe(url, { seconds, ...(way === undefined ? {} : { transport: way }) });
        await audit.record(db, {
          actor: actorOf(principal),
          action: 'camera.probe',
          subjectKind: 'camera',
          subjectId: cameraId ?? null,
          outcome: 'done',
          detail: { source: found.source, ok: found.ok },
        });
        const picture =
          found.picture === null || best === null
            ? null
            : { ...found.picture, jpeg: (await placeOf(best)).toString('base64') };
        return {
          ...found,
          picture,
          clocks: [...found.clocks],
          faces: [...found.faces],
          checks: [...found.checks],
        };
      },
    );

    app.post(
      '/v1/cameras/:id/reference',
      {
        schema: {
          summary: 'Take the view of a camera as its reference, faces hidden: what a moved camera is told by',
          operationId: 'takeCameraReference',
          tags: ['cameras'],
          params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
          response: { 201: ReferenceAnswer },
        },
        config: { right: 'devices.write', rateLimit: { max: PROBES_PER_MINUTE, timeWindow: '1 minute' } },
      },
      async (request, reply) => {
        const { principal } = request;
        const camera = await cameraOf(principal, request.params.id);
        const { transport } = camera.options;
        const url = await addressOf(camera.id);
        const { probe: found, best } = await probe(url, {
          seconds: 3,
          ...(transport === undefined ? {} : { transport }),
        });
        if (best === null) {
          const failed = found.checks.find(({ ok }) => ok === false);
          throw new DomainError(
            'source_unavailable',
            `${failed?.zh ?? '没有画面'} / ${failed?.en ?? 'no picture came'}`,
            {
              ...(failed?.remedy ? { remedy: `${failed.remedy.zh} / ${failed.remedy.en}` } : {}),
            },
          );
        }
        const jpeg = await placeOf(best);
        const takenAt = clock.now();
        const takenBy = actorOf(principal);
        const { width, height } = best.image;
        await db.transaction(async (tx) => {
          const blob = await deps.blobs.put(tx, jpeg, { mediaType: 'image/jpeg', retentionClass: 'reference' });
          await tx.query(
            `insert into camera_references (camera_id, blob_sha256, width, height, taken_at, taken_by)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (camera_id) do update set blob_sha256 = excluded.blob_sha256, width = excluded.width,
               height = excluded.height, taken_at = excluded.taken_at, taken_by = excluded.taken_by`,
            [camera.id, blob.sha256, width, height, ts(takenAt), takenBy],
          );
          // Whoever watches it holds its pictures against this view from now on.
          await tx.query('select pg_notify($1, $2)', [CAMERA_CHANNEL, camera.id]);
          await audit.record(tx, {
            actor: takenBy,
            action: 'camera.reference',
            subjectKind: 'camera',
            subjectId: camera.id,
            outcome: 'done',
          });
        });
        return reply
          .code(201)
          .send({ cameraId: camera.id, width, height, takenAt: new Date(takenAt).toISOString(), takenBy });
      },
    );

    app.get(
      '/v1/cameras/:id/reference',
      {
        schema: {
          summary: 'The reference view of a camera, a JPEG without faces',
          operationId: 'getCameraReference',
          tags: ['cameras'],
          params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
          response: {
            200: { content: { 'image/jpeg': { schema: Type.Unsafe<Buffer>({ type: 'string', format: 'binary' }) } } },
          },
        },
        config: { right: 'devices.read' },
      },
      async (request, reply) => {
        const camera = await cameraOf(request.principal, request.params.id);
        const { rows } = await db.query<{ blob_sha256: Buffer }>(
          'select blob_sha256 from camera_references where camera_id = $1',
          [camera.id],
        );
        if (rows[0] === undefined)
          throw new DomainError(
            'not_found',
            `摄像头 ${camera.id} 没有参考画面 / the camera ${camera.id} has no reference view`,
            {
              remedy: 'POST /v1/cameras/{id}/reference',
            },
          );
        return reply
          .type('image/jpeg')
          .header('cache-control', 'private, no-store')
          .send(await deps.blobs.get(rows[0].blob_sha256));
      },
    );
  };
