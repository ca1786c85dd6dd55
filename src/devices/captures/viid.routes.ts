import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { type CaptureDevice, heardFrom, takeCapture } from './capture.store.ts';
import type { CaptureDeps } from './captures.deps.ts';
import { createDeviceLogin } from './device-login.ts';
import { deviceOfRegistration, parseFaceList, statusObject, type ViidStatus, viidTime } from './gat1400.ts';

/** A list of faces with their pictures in base64. */
const BODY_BYTES = 16 * 1024 * 1024;
const MOST_FACES = 32;
/** A backlog this long means that nobody looks at captures: the device shall keep them. */
const MOST_WAITING = 500;
const REQUESTS_PER_MINUTE = 600;
const LOGINS_PER_MINUTE = 30;
const TYPE = 'application/VIID+JSON;charset=utf-8';

/**
 * GA/T 1400.4, the part that a face capture camera speaks to its platform: Register (digest), Keepalive, Time, Faces. Log in
 * by digest at Register; later requests may do so again, or come from the same address under the same User-Identify.
 */
export const viidRoutes =
  (deps: CaptureDeps): FastifyPluginAsync =>
  async (app) => {
    const { db, clock, timeZone } = deps;
    const login = createDeviceLogin(deps);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const limited = (max: number) => ({ rateLimit: { max, timeWindow: '1 minute' } });
    const options = (max: number) => ({ bodyLimit: BODY_BYTES, config: limited(max), schema: { hide: true } });

    const say = (request: FastifyRequest, reply: FastifyReply, status: ViidStatus, id: string) =>
      reply
        .type(TYPE)
        .send(JSON.stringify({ ResponseStatusObject: statusObject(request.url, status, id, clock.now(), timeZone) }));

    app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
      const code = error.statusCode ?? (error instanceof DomainError && error.code === 'unavailable' ? 503 : 500);
      const limitedOut = code === 429 || (error instanceof DomainError && error.code === 'rate_limited');
      if (code >= 500 && !limitedOut)
        request.log.error({ err: error.message, route: request.routeOptions.url }, 'a capture message failed');
      const status = limitedOut || code === 503 ? 'busy' : code === 413 ? 'invalidJsonContent' : 'otherError';
      return say(request, reply.code(limitedOut ? 429 : code), status, '');
    });

    const refuse = (request: FastifyRequest, reply: FastifyReply) =>
      say(request, reply.code(401).header('www-authenticate', login.challenge(request.ip)), 'invalidOperation', '');

    const jsonOf = (request: FastifyRequest): { readonly value: unknown } | null => {
      try {
        const text = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
        return { value: JSON.parse(text.replace(/^\uFEFF/, '')) };
      } catch {
        return null;
      }
    };

    const deviceOf = async (request: FastifyRequest): Promise<CaptureDevice | null> => {
      const proven = await login.byDigest(request);
      if (proven !== null) return proven.protocol === 'gat1400' ? proven : null;
      // Clients that mean to log in keep their body back until they are asked: they are asked.
      if (request.method === 'POST' && (!Buffer.isBuffer(request.body) || request.body.length === 0)) return null;
      const identity = request.headers['user-identify'];
      return typeof identity === 'string' ? login.bySession(identity.trim(), request.ip) : null;
    };

    app.post('/VIID/System/Register', options(LOGINS_PER_MINUTE), async (request, reply) => {
      const device = await login.byDigest(request);
      if (device === null || device.protocol !== 'gat1400') return refuse(request, reply);
      const body = jsonOf(request);
      if (body === null) return say(request, reply.code(400), 'invalidJsonFormat', device.deviceId);
      // Who logged in speaks for himself alone.
      if (deviceOfRegistration(body.value) !== device.deviceId)
        return say(request, reply.code(400), 'invalidJsonContent', device.deviceId);
      await db.transaction(async (tx) => {
        await tx.query('update capture_devices set registered_at = $2, session_address = $3 where device_id = $1', [
          device.deviceId,
          ts(clock.now()),
          request.ip,
        ]);
        await heardFrom(tx, deps, device, { deviceAt: null });
      });
      return say(request, reply, 'ok', device.deviceId);
    });

    app.post('/VIID/System/UnRegister', options(REQUESTS_PER_MINUTE), async (request, reply) => {
      const device = await deviceOf(request);
      if (device === null) return refuse(request, reply);
      await db.query('update capture_devices set session_address = null where device_id = $1', [device.deviceId]);
      return say(request, reply, 'ok', device.deviceId);
    });

    app.post('/VIID/System/Keepalive', options(REQUESTS_PER_MINUTE), async (request, reply) => {
      const device = await deviceOf(request);
      if (device === null) return refuse(request, reply);
      const body = jsonOf(request);
      if (body === null) return say(request, reply.code(400), 'invalidJsonFormat', device.deviceId);
      if (deviceOfRegistration(body.value) !== device.deviceId)
        return say(request, reply.code(400), 'invalidJsonContent', device.deviceId);
      await db.transaction((tx) => heardFrom(tx, deps, device, { deviceAt: null }));
      return say(request, reply, 'ok', device.deviceId);
    });

    app.get('/VIID/System/Time', options(REQUESTS_PER_MINUTE), async (request, reply) => {
      const device = await deviceOf(request);
      if (device === null) return refuse(request, reply);
      const time = {
        VIIDServerID: 'ClaimSight',
        TimeMode: '1',
        LocalTime: viidTime(clock.now(), timeZone),
        TimeZone: timeZone,
      };
      return reply.type(TYPE).send(JSON.stringify({ SystemTimeObject: time }));
    });

    app.post('/VIID/Faces', options(REQUESTS_PER_MINUTE), async (request, reply) => {
      const device = await deviceOf(request);
      if (device === null) return refuse(request, reply);
      const body = jsonOf(request);
      if (body === null) return say(request, reply.code(400), 'invalidJsonFormat', device.deviceId);
      const faces = parseFaceList(body.value, timeZone);
      if (faces === null || faces.length === 0 || faces.length > MOST_FACES)
        return say(request, reply.code(400), 'invalidJsonContent', device.deviceId);
      const waiting = await db.query<{ count: number }>(
        `select count(*)::int as count from captures where camera_id = $1 and state = 'waiting'`,
        [device.cameraId],
      );
      if ((waiting.rows[0]?.count ?? 0) >= MOST_WAITING) return say(request, reply.code(503), 'busy', device.deviceId);
      const statuses = await db.transaction(async (tx) => {
        await heardFrom(tx, deps, device, null);
        const told = [];
        for (const { faceId, capture } of faces) {
          const taken = await takeCapture(tx, deps, device, capture);
          // What we set aside was still delivered: told otherwise, the device would send it for ever.
          const status: ViidStatus = taken === 'no_picture' || taken === 'no_time' ? 'invalidJsonContent' : 'ok';
          told.push(statusObject(request.url, status, faceId, clock.now(), timeZone));
        }
        return told;
      });
      return reply.type(TYPE).send(JSON.stringify({ ResponseStatusListObject: { ResponseStatusObject: statuses } }));
    });
  };
