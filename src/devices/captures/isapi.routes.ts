import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../platform/errors.ts';
import { type CaptureDevice, heardFrom, takeCapture } from './capture.store.ts';
import type { CaptureDeps } from './captures.deps.ts';
import { createDeviceLogin } from './device-login.ts';
import { readNotification, readParts } from './isapi.ts';

const BODY_BYTES = 16 * 1024 * 1024;
const EVENTS_PER_MINUTE = 600;

/**
 * Hikvision cameras post their events to an address that is set in them (/ISAPI/Event/notification/httpHosts): with digest
 * to /capture/isapi/{device}, or where they can do none, with a key in the address. Other events than faces are taken and
 * forgotten.
 */
export const isapiRoutes =
  (deps: CaptureDeps): FastifyPluginAsync =>
  async (app) => {
    const { db, timeZone } = deps;
    const login = createDeviceLogin(deps);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const options = {
      bodyLimit: BODY_BYTES,
      config: { rateLimit: { max: EVENTS_PER_MINUTE, timeWindow: '1 minute' } },
      schema: { hide: true },
    };

    const say = (request: FastifyRequest, reply: FastifyReply, code: number, text: string) =>
      reply
        .type('application/xml')
        .send(
          `<?xml version="1.0" encoding="UTF-8"?><ResponseStatus version="2.0"><requestURL>${request.routeOptions.url ?? ''}</requestURL><statusCode>${code}</statusCode><statusString>${text}</statusString></ResponseStatus>`,
        );
    app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
      const busy = error instanceof DomainError && (error.code === 'unavailable' || error.code === 'rate_limited');
      const code = busy ? 503 : (error.statusCode ?? 500);
      if (code >= 500 && !busy) request.log.error({ err: error.message }, 'a capture message failed');
      return say(request, reply.code(code), busy ? 2 : 4, busy ? 'Device Busy' : 'Invalid Operation');
    });

    const take = async (request: FastifyRequest, reply: FastifyReply, device: CaptureDevice) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const message = await readParts(body, request.headers['content-type'] ?? '')
        .then((parts) => readNotification(parts, timeZone))
        .catch(() => null);
      if (message === null) return say(request, reply.code(400), 5, 'Invalid Message Content');
      await db.transaction(async (tx) => {
        await heardFrom(tx, deps, device, message.heartbeat ? { deviceAt: message.deviceAt } : null);
        for (const capture of message.captures) await takeCapture(tx, deps, device, capture);
      });
      return say(request, reply, 1, 'OK');
    };

    app.post('/capture/isapi/:device', options, async (request, reply) => {
      const { device: id } = request.params as { device: string };
      const device = await login.byDigest(request);
      if (device === null || device.deviceId !== id || device.protocol !== 'isapi')
        return say(request, reply.code(401).header('www-authenticate', login.challenge(request.ip)), 4, 'Unauthorized');
      return take(request, reply, device);
    });

    app.post('/capture/isapi/:device/:key', options, async (request, reply) => {
      const { device: id, key } = request.params as { device: string; key: string };
      const device = await login.byKey(id, key);
      if (device === null) return say(request, reply.code(401), 4, 'Unauthorized');
      return take(request, reply, device);
    });
  };
