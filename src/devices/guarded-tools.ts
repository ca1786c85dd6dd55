import { once } from 'node:events';
import { request as ask, createServer } from 'node:http';
import { type AddressInfo, connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type FfmpegJob, schemeOf } from '../media/ffmpeg/arguments.ts';
import type { RunningFfmpeg } from '../media/ffmpeg/fluent-adapter.ts';
import type { MediaTools } from '../media/probe.ts';
import { parseCameraAddress } from './camera-address.ts';
import type { CameraGuard } from './camera-guard.ts';

/**
 * Keeps ffmpeg to where cameras may stand while it reads, not only when an address is registered. Names are resolved, checked
 * and opened as the IP address that was checked, before every connection. Streams over http and https go through a gate on
 * this machine, which holds every request to the same networks: a camera may answer with a redirection, and a playlist may
 * name any host. An ffmpeg of before 2020 takes https past the gate; ours of the npm package is one, and reads this machine only.
 */
export interface GuardedMedia {
  wrap(tools: MediaTools): MediaTools;
  close(): Promise<void>;
}

/** Reading goes on for hours; connecting may not. */
const CONNECT_MS = 10_000;
/** Misdirected: no camera's own answer, so that what failed can be told apart from a wrong password. */
const OUTSIDE = 421;

/** Told to ffmpeg in its own words, as if it had gone there itself. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
};
const wordsOf = (error: NodeJS.ErrnoException): string => WORDS[error.code ?? ''] ?? 'Bad Gateway';
const timedOut = (): Error => Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });

const bare = (host: string): string => host.replace(/^\[|\]$/g, '');

export async function openGuardedMedia(guard: CameraGuard): Promise<GuardedMedia> {
  /** IP addresses that were registered, and so checked. */
  const own = new Set<string>();
  const sockets = new Set<Duplex>();
  const keep = <Kept extends Duplex>(socket: Kept): Kept => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    return socket;
  };
  /** @returns the IP address to use */
  const placeOf = async (host: string): Promise<string> => (own.has(host) ? host : guard.checkHost(host));

  // ffmpeg would take hosts that the first names past the gate, and rtsps through what the second names.
  delete process.env.no_proxy;
  delete process.env.http_proxy;

  const gate = createServer((request, response) => {
    const refuse = (status: number, words?: string): void => void response.writeHead(status, words).end();
    const target = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : null;
    if (target?.protocol !== 'http:' || (request.method !== 'GET' && request.method !== 'HEAD')) return refuse(400);
    placeOf(bare(target.hostname)).then(
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
        onward.setTimeout(CONNECT_MS, () => onward.destroy(timedOut()));
        onward.on('error', (error) => (response.headersSent ? response.destroy() : refuse(502, wordsOf(error))));
        response.on('close', () => onward.destroy());
        onward.end();
      },
      () => refuse(OUTSIDE),
    );
  });
  gate.on('connection', keep);
  // What is inside is sealed: only where it goes can be seen to.
  gate.on('connect', (request, socket: Duplex, head: Buffer) => {
    const refuse = (status: string): void => void socket.end(`HTTP/1.1 ${status}\r\n\r\n`);
    const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(request.url ?? '') ?? [];
    if (host === '' || Number(port) > 65_535) return refuse('400 Bad Request');
    placeOf(bare(host)).then(
      (ip) => {
        if (socket.destroyed) return;
        const onward: Socket = keep(connect({ host: ip, port: Number(port) }));
        onward.setTimeout(CONNECT_MS, () => onward.destroy(timedOut()));
        const failed = (error: Error): void => refuse(`502 ${wordsOf(error)}`);
        onward.once('error', failed);
        onward.once('connect', () => {
          onward.off('error', failed).setTimeout(0);
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          onward.write(head);
          onward.pipe(socket);
          socket.pipe(onward);
        });
        onward.on('close', () => socket.end());
        socket.on('close', () => onward.destroy());
      },
      () => refuse(`${OUTSIDE} Misdirected Request`),
    );
  });
  gate.listen(0, '127.0.0.1');
  await once(gate, 'listening');
  gate.unref();
  const proxy = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`;

  /** RTSP passes no gate: ffmpeg says where it is sent, and is killed where no camera may stand. It has connected by then, once. */
  const runRtsp = (tools: MediaTools, job: FfmpegJob): RunningFfmpeg => {
    let outside: string | null = null;
    const running = tools.run({
      ...job,
      heard: (line) => {
        job.heard?.(line);
        const to = /Status 3\d\d: Redirecting to (\S+)/.exec(line)?.[1];
        if (to === undefined) return;
        const host = bare(/^rtsps?:\/\/(?:[^/]*@)?(\[[^\]/]*\]|[^/:?#]*)/i.exec(to)?.[1] ?? '');
        placeOf(host).catch(() => {
          outside = host;
          running.kill();
        });
      },
    });
    return {
      ...running,
      get log() {
        return outside === null ? running.log : [`Redirecting to ${outside}: ${OUTSIDE} Misdirected Request`];
      },
    };
  };

  return {
    wrap: (tools) => ({
      ...tools,
      async address(url) {
        // An IP address means what it meant when it was registered.
        if (isIP(parseCameraAddress(url).host) !== 0) return url;
        return (await guard.check(url)).url;
      },
      run(job) {
        const { url, before } = job.input;
        const scheme = schemeOf(url);
        if (!/^(https?|rtsps?)$/.test(scheme)) return tools.run(job);
        const { host } = parseCameraAddress(url);
        if (isIP(host) !== 0) own.add(host);
        if (scheme.startsWith('rtsp')) return runRtsp(tools, job);
        return tools.run({ ...job, input: { url, before: [...before, '-http_proxy', proxy] } });
      },
    }),
    async close() {
      for (const socket of sockets) socket.destroy();
      gate.close();
    },
  };
}
