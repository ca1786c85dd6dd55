import { randomBytes } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../../access/fastify.ts';
import { actorOf, assertClinicInScope } from '../../access/scope.ts';
import { ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { getCamera } from '../camera.store.ts';
import { classifyClock, clockWords } from '../clock-class.ts';
import { type CaptureDevice, captureDevices, secretContext } from './capture.store.ts';
import { CAPTURE_REFUSALS, isCaptureRefusal } from './capture.ts';
import type { CaptureDeps } from './captures.deps.ts';
import { pushKeyOf } from './device-login.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
const SECRET_BYTES = 18;

const DeviceAnswer = Type.Object({
  deviceId: Type.String(),
  cameraId: Type.String(),
  protocol: Type.String(),
  enabled: Type.Boolean(),
  registeredAt: nullable(Type.String()),
  heardAt: nullable(Type.String({ description: 'Anything at all' })),
  beatAt: nullable(Type.String({ description: 'Its newest heartbeat; without them its sight counts for nothing' })),
  capturedAt: nullable(Type.String({ description: 'When its newest capture came that showed a face' })),
  clock: nullable(
    Type.Object({
      offsetMs: Type.Integer({ description: 'Device less true time' }),
      class: Type.String(),
      hours: nullable(Type.Integer()),
      zh: Type.String(),
      en: Type.String(),
    }),
  ),
  quarantined: Type.Array(
    Type.Object({ reason: Type.String(), count: Type.Integer(), zh: Type.String(), en: Type.String() }),
    { description: 'Captures set aside within a day, by reason' },
  ),
});

/** Devices that push captures: who they are, and how they are doing. Their secrets are told once, when they are made. */
export const captureDevicesRoutes =
  (deps: CaptureDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock, keyring, audit } = deps;

    const describe = async (device: CaptureDevice) => {
      const now = clock.now();
      const offsets = await db.query<{ offset_ms: number; uncertainty_ms: number }>(
        'select offset_ms, uncertainty_ms from camera_clock_offsets where camera_id = $1 order by measured_at desc limit 1',
        [device.cameraId],
      );
      const refused = await db.query<{ reason: string; count: number }>(
        `select reason, count(*)::int as count from captures
         where camera_id = $1 and state = 'quarantined' and received_at > $2 group by reason order by reason`,
        [device.cameraId, ts(now - 86_400_000)],
      );
      const offset = offsets.rows[0];
      const judged = offset === undefined ? null : classifyClock(now + offset.offset_ms, now, offset.uncertainty_ms);
      return {
        deviceId: device.deviceId,
        cameraId: device.cameraId,
        protocol: device.protocol,
        enabled: device.enabled,
        registeredAt: iso(device.registeredAt),
        heardAt: iso(device.heardAt),
        beatAt: iso(device.beatAt),
        capturedAt: iso(device.capturedAt),
        clock:
          offset === undefined || judged === null
            ? null
            : { offsetMs: offset.offset_ms, ...judged, ...clockWords(offset.offset_ms, judged) },
        quarantined: refused.rows.map(({ reason, count }) => ({
          reason,
          count,
          ...(isCaptureRefusal(reason) ? CAPTURE_REFUSALS[reason] : { zh: reason, en: reason }),
        })),
      };
    };

    app.put(
      '/v1/capture-devices/:deviceId',
      {
        schema: {
          summary: 'Let a smart camera push its captures; its secret is answered once, and a new one made each time',
          description:
            'GA/T 1400: the device logs in at /VIID/System/Register by digest, with its 20 digits as user and this secret. ' +
            'ISAPI: it posts to `pushPath` by digest, or to `pushPathWithKey` where it can do none. The camera must be one that pushes.',
          operationId: 'putCaptureDevice',
          tags: ['cameras'],
          params: Type.Object({ deviceId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$' }) }),
          body: Type.Object(
            {
              cameraId: Type.String({ maxLength: 64 }),
              protocol: Type.Unsafe<'gat1400' | 'isapi'>({ type: 'string', enum: ['gat1400', 'isapi'] }),
              enabled: Type.Boolean({ default: true }),
            },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Object({
              deviceId: Type.String(),
              cameraId: Type.String(),
              username: Type.String(),
              secret: Type.String({ description: 'Told now and never again' }),
              pushPath: nullable(Type.String()),
              pushPathWithKey: nullable(Type.String()),
            }),
          },
        },
        config: { right: 'devices.write' },
      },
      async (request) => {
        const { body, principal } = request;
        const { deviceId } = request.params;
        const camera = await getCamera(db, body.cameraId);
        const absent = (): never => {
          throw new DomainError('not_found', `there is no camera ${body.cameraId} here`);
        };
        if (camera === null) return absent();
        await assertClinicInScope(db, principal, camera.clinicCode).catch(absent);
        if (camera.sourceKind !== 'push') {
          throw new DomainError(
            'conflict',
            `摄像头 ${camera.id} 已按码流接入 / the camera ${camera.id} is read as a stream`,
            {
              remedy: '抓拍与码流不能算同一路：请另登记一个 push 摄像头 / register another camera with push: true',
            },
          );
        }
        if (body.protocol === 'gat1400' && !/^\d{20}$/.test(deviceId)) {
          throw new DomainError(
            'invalid_input',
            'GA/T 1400 的设备编码为 20 位数字 / a GA/T 1400 device id has 20 digits',
            {
              remedy: 'POST /v1/gb-ids',
            },
          );
        }
        const [other] = await captureDevices(db, { cameraId: camera.id });
        if (other !== undefined && other.deviceId !== deviceId)
          throw new DomainError(
            'conflict',
            `摄像头 ${camera.id} 已有设备 ${other.deviceId} / the camera has the device ${other.deviceId}`,
          );
        const secret = randomBytes(SECRET_BYTES).toString('base64url');
        const now = ts(clock.now());
        await db.transaction(async (tx) => {
          const known = await tx.query<{ camera_id: string }>(
            'select camera_id from capture_devices where device_id = $1',
            [deviceId],
          );
          // Told the same whether it is another region's or another camera's.
          if (known.rows[0] !== undefined && known.rows[0].camera_id !== camera.id)
            throw new DomainError('conflict', `设备 ${deviceId} 已登记 / the device ${deviceId} is registered`);
          await tx.query(
            `insert into capture_devices (device_id, camera_id, protocol, secret_enc, enabled, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $6)
             on conflict (device_id) do update set protocol = excluded.protocol, secret_enc = excluded.secret_enc,
               enabled = excluded.enabled, session_address = null, updated_at = excluded.updated_at`,
            [
              deviceId,
              camera.id,
              body.protocol,
              keyring.sealText('secret', secret, secretContext(deviceId)),
              body.enabled,
              now,
            ],
          );
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'capture-device.put',
            subjectKind: 'camera',
            subjectId: camera.id,
            outcome: 'done',
            detail: { deviceId, protocol: body.protocol, enabled: body.enabled },
          });
        });
        const path = body.protocol === 'isapi' ? `/capture/isapi/${deviceId}` : null;
        return {
          deviceId,
          cameraId: camera.id,
          username: deviceId,
          secret,
          pushPath: path,
          pushPathWithKey: path === null ? null : `${path}/${pushKeyOf(keyring, deviceId, secret)}`,
        };
      },
    );

    app.get(
      '/v1/capture-devices',
      {
        schema: {
          summary: 'Devices that push captures at a clinic: signs of life, clock, what was set aside and why',
          operationId: 'listCaptureDevices',
          tags: ['cameras'],
          querystring: Type.Object({ clinic: Type.String() }),
          response: { 200: Type.Object({ items: Type.Array(DeviceAnswer) }) },
        },
        config: { right: 'devices.read' },
      },
      async (request) => {
        const { code } = await assertClinicInScope(db, request.principal, request.query.clinic);
        const devices = await captureDevices(db, { clinicCode: code });
        return { items: await Promise.all(devices.map(describe)) };
      },
    );
  };
