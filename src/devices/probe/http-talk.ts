import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { Clock } from '../../platform/clock.ts';
import type { CameraAddress } from '../camera-address.ts';
import type { ClockReading } from './rtsp-talk.ts';

/** How a web server answers a stream's address; its body is not read. */
export interface HttpTalk {
  readonly status: number | null;
  readonly redirected: boolean;
  readonly asksForLogin: boolean;
  /** Of the server that answers: the camera's own, or a media server's before it. */
  readonly date: ClockReading | null;
}

export function talkHttp(
  where: { readonly address: CameraAddress; readonly ip: string },
  options: { readonly clock: Clock; readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<HttpTalk> {
  const { address, ip } = where;
  const { clock } = options;
  const askedAt = clock.now();
  const silent: HttpTalk = { status: null, redirected: false, asksForLogin: false, date: null };
  return new Promise((resolve) => {
    const asked = (address.scheme === 'https' ? requestHttps : requestHttp)(
      {
        host: ip,
        port: address.port,
        path: address.path,
        headers: { host: `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}` },
        timeout: options.timeoutMs,
        agent: false,
        // Which certificate a camera has does not matter for its status; the stream itself is checked by ffmpeg.
        ...(address.scheme === 'https'
          ? { ...(isIP(address.host) === 0 ? { servername: address.host } : {}), rejectUnauthorized: false }
          : {}),
        ...(address.login === null ? {} : { auth: `${address.login.user}:${address.login.password}` }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (answer) => {
        const ourAt = clock.now();
        const status = answer.statusCode ?? null;
        const deviceAt = Date.parse(answer.headers.date ?? '');
        answer.destroy();
        resolve({
          status,
          redirected: status !== null && status >= 300 && status < 400,
          asksForLogin: status === 401,
          date: Number.isFinite(deviceAt)
            ? { deviceAt: deviceAt + 500, ourAt, uncertaintyMs: 500 + (ourAt - askedAt) }
            : null,
        });
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(silent));
    asked.end();
  });
}
