import { once } from 'node:events';
import { request as ask, createServer } from 'node:http';
import { type AddressInfo, isIP, type Socket } from 'node:net';
import { schemeOf } from '../media/ffmpeg/arguments.ts';
import type { MediaTools } from '../media/probe.ts';
import { parseCameraAddress } from './camera-address.ts';
import type { CameraGuard } from './camera-guard.ts';

/**
 * Keeps ffmpeg to where cameras may stand while it reads, not only when an address is registered. Names are resolved, checked
 * and opened as the IP address that was checked, before every connection. Streams over http go through a gate on this machine,
 * which holds every request to the same networks: a camera may answer with a redirection, and a playlist may name any host.
 */
export interface GuardedMedia {
  wrap(tools: MediaTools): MediaTools;
  close(): Promise<void>;
}

/** Reading goes on for hours; connecting may not. */
const CONNECT_MS = 10_000;

export async function openGuardedMedia(guard: CameraGuard): Promise<GuardedMedia> {
  /** Hosts of addresses that were registered, and so checked. */
  const own = new Set<string>();
  const sockets = new Set<Socket>();

  const gate = createServer((request, response) => {
    const refuse = (status: number): void => void response.writeHead(status).end();
    const target = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : null;
    if (target?.protocol !== 'http:' || (request.method !== 'GET' && request.method !== 'HEAD')) return refuse(400);
    const host = target.hostname.replace(/^\[|\]$/g, '');
    const place = own.has(host) ? Promise.resolve(host) : guard.checkHost(host);
    place.then(
      (ip) => {
        const { 'proxy-connection': _c, 'proxy-authorization': _a, ...headers } = request.headers;
        const onward = ask(
          {
            ...{ host: ip, port: target.port === '' ? 80 : Number(target.port), method: request.method, agent: false },
            path: `${target.pathname}${target.search}`,
            headers: { ...headers, host: target.host, connection: 'close' },
          },
          (answer) => {
            onward.setTimeout(0);
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.on('error', () => response.destroy());
            answer.pipe(response);
          },
        );
        onward.setTimeout(CONNECT_MS, () => onward.destroy());
        onward.on('error', () => (response.headersSent ? response.destroy() : refuse(502)));
        response.on('close', () => onward.destroy());
        onward.end();
      },
      () => refuse(403),
    );
  });
  gate.on('connection', (socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  gate.listen(0, '127.0.0.1');
  await once(gate, 'listening');
  gate.unref();
  const proxy = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`;

  return {
    wrap: (tools) => ({
      ...tools,
      async address(url) {
        const { scheme, host } = parseCameraAddress(url);
        // An IP address means what it meant when it was registered; so does the name of a certificate's owner.
        if (isIP(host) !== 0) return url;
        const checked = await guard.check(url);
        return scheme === 'https' ? url : checked.url;
      },
      run(job) {
        const { url, before } = job.input;
        if (schemeOf(url) !== 'http') return tools.run(job);
        own.add(parseCameraAddress(url).host);
        return tools.run({ ...job, input: { url, before: [...before, '-http_proxy', proxy] } });
      },
    }),
    async close() {
      for (const socket of sockets) socket.destroy();
      gate.close();
    },
  };
}
