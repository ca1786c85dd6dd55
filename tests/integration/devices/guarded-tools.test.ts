import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCameraGuard } from '../../../src/devices/camera-guard.ts';
import { type GuardedMedia, openGuardedMedia } from '../../../src/devices/guarded-tools.ts';
import { inputOf, probeJob } from '../../../src/media/ffmpeg/arguments.ts';
import { probeVideo } from '../../../src/media/probe.ts';
import { openSource } from '../../../src/media/source.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { DomainError } from '../../../src/platform/errors.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { makeFootage } from '../../support/footage.ts';
import { everyFfmpeg, mediaTools, readUntil } from '../../support/media-tools.ts';
import { startScriptedRtsp } from '../../support/scripted-rtsp.ts';

let dir: string;
let film: Buffer;
let port: number;
const asked: { host: string | undefined; url: string | undefined; auth: string | undefined }[] = [];
let server: ReturnType<typeof createServer>;
let tls: ReturnType<typeof createTlsServer>;
let tlsPort: number;
let guarded: GuardedMedia;
/** What the name cam.lan means, in turn. */
let meanings: string[] = [];

const listOf = (piece: string): string => `#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n${piece}\n#EXT-X-ENDLIST\n`;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'claimsight-guard-'));
  const path = await makeFootage(join(dir, 'film.ts'), {
    seconds: 3,
    size: [320, 240],
    keyframeSeconds: 1,
    baseline: true,
  });
  film = await readFile(path);
  const answer: RequestListener = (request, response) => {
    const { host, authorization: auth } = request.headers;
    asked.push({ host, url: request.url, auth });
    const local = `http://127.0.0.2:${port}`;
    const sealed = `https://127.0.0.2:${tlsPort}`;
    if (request.url === '/private.ts' && auth === undefined)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="cam"' }).end();
    else if (request.url === '/redirect') response.writeHead(302, { location: `${local}/internal.ts` }).end();
    else if (request.url === '/redirect-sealed') response.writeHead(302, { location: `${sealed}/internal.ts` }).end();
    else if (request.url === '/list.m3u8') response.end(listOf(`${local}/internal.ts`));
    else if (request.url === '/list-sealed.m3u8') response.end(listOf(`${sealed}/internal.ts`));
    else if (request.url === '/good.m3u8') response.end(listOf('film.ts'));
    else if (request.url === '/endless') response.write(film);
    else response.end(film);
  };
  server = createServer(answer).listen(0);
  tls = createTlsServer(makeCertificate(), answer).listen(0);
  await Promise.all([once(server, 'listening'), once(tls, 'listening')]);
  port = (server.address() as AddressInfo).port;
  tlsPort = (tls.address() as AddressInfo).port;
  const resolve = async (host: string) => (host === 'cam.lan' ? [meanings.shift() ?? '10.255.255.1'] : [host]);
  guarded = await openGuardedMedia(createCameraGuard({ networks: '127.0.0.1/32', resolve }));
});
afterAll(async () => {
  await guarded.close();
  for (const each of [server, tls]) {
    each.closeAllConnections();
    each.close();
  }
  await rm(dir, { recursive: true, force: true });
});

describe.each(everyFfmpeg())('reading over http with ffmpeg (%s)', (_origin, bare) => {
  const probe = (path: string) =>
    probeVideo(guarded.wrap(bare), `http://user:p%40ss@127.0.0.1:${port}${path}`, { timeoutMs: 8_000 });

  it('a stream and a playlist of one’s own are read, with the log-in', async () => {
    asked.length = 0;
    expect((await probe('/private.ts')).width).toBe(320);
    expect(asked.some(({ auth }) => auth === `Basic ${Buffer.from('user:p@ss').toString('base64')}`)).toBe(true);
    expect((await probe('/good.m3u8')).width).toBe(320);
  });

  it.each(['/redirect', '/list.m3u8'])('%s to a place where no camera may stand does not get there', async (path) => {
    asked.length = 0;
    // Not as a wrong password: the operator would look for it in vain, and the camera be asked once a minute only.
    await expect(probe(path)).rejects.toMatchObject({ details: { fault: 'elsewhere' } });
    expect(asked.map(({ url }) => url)).not.toContain('/internal.ts');
  });

  it('a camera that is switched off is told as such', async () => {
    const gone = createServer().listen(0);
    await once(gone, 'listening');
    const url = `http://127.0.0.1:${(gone.address() as AddressInfo).port}/film.ts`;
    gone.close();
    const failed = probeVideo(guarded.wrap(bare), url, { timeoutMs: 8_000 });
    await expect(failed).rejects.toMatchObject({ details: { fault: 'refused' } });
  });
});

describe.each(everyFfmpeg())('reading over rtsp with ffmpeg (%s)', (_origin, bare) => {
  it('a camera that sends it on, log-in and all, is let go of, and the operator told', async () => {
    const elsewhere = createNetServer().listen(0, '127.0.0.2');
    await once(elsewhere, 'listening');
    const { port: there } = elsewhere.address() as AddressInfo;
    const camera = await startScriptedRtsp({ status: 302, headers: [`Location: rtsp://127.0.0.2:${there}/internal`] });
    // What it is sent to never answers. A quick guard stops it before it gets there.
    const visits: Promise<unknown>[] = [];
    elsewhere.on('connection', (socket: Socket) => visits.push(once(socket.resume(), 'close')));
    try {
      const failed = probeVideo(guarded.wrap(bare), `rtsp://user:p%40ss@127.0.0.1:${camera.port}/1`, {
        timeoutMs: 50_000,
      });
      await expect(failed).rejects.toMatchObject({ details: { fault: 'elsewhere', remedy: expect.any(String) } });
      await Promise.all(visits);
    } finally {
      await camera.stop();
      elsewhere.close();
    }
  });

  it('a media server that sends it on within the camera networks is followed', async () => {
    const node = await startScriptedRtsp({ status: 404 });
    const camera = await startScriptedRtsp({ status: 302, headers: [`Location: rtsp://127.0.0.1:${node.port}/live`] });
    try {
      const failed = probeVideo(guarded.wrap(bare), `rtsp://127.0.0.1:${camera.port}/1`, { timeoutMs: 8_000 });
      await expect(failed).rejects.toMatchObject({ details: { fault: 'path' } });
    } finally {
      await camera.stop();
      await node.stop();
    }
  });
});

const maintained = everyFfmpeg().filter(([, { binary }]) => !binary.localOnly);
describe.each(maintained)('reading over https with a maintained ffmpeg (%s)', (_origin, bare) => {
  const probe = (path: string, host = '127.0.0.1', at = tlsPort) =>
    probeVideo(guarded.wrap(bare), `https://user:p%40ss@${host}:${at}${path}`, { timeoutMs: 8_000 });

  it('a stream and a playlist of one’s own are read, with the log-in, whoever signed the certificate', async () => {
    asked.length = 0;
    expect((await probe('/private.ts')).width).toBe(320);
    expect(asked.some(({ auth }) => auth === `Basic ${Buffer.from('user:p@ss').toString('base64')}`)).toBe(true);
    expect((await probe('/good.m3u8')).width).toBe(320);
  });

  it.each(['/redirect', '/redirect-sealed', '/list.m3u8', '/list-sealed.m3u8'])(
    '%s to a place where no camera may stand does not get there',
    async (path) => {
      asked.length = 0;
      await expect(probe(path)).rejects.toMatchObject({ details: { fault: 'elsewhere' } });
      expect(asked.map(({ url }) => url)).toEqual(expect.arrayContaining([path]));
      expect(asked.map(({ url }) => url)).not.toContain('/internal.ts');
    },
  );

  it('an http camera cannot lead to https elsewhere either', async () => {
    asked.length = 0;
    const url = `http://127.0.0.1:${port}/redirect-sealed`;
    const failed = probeVideo(guarded.wrap(bare), url, { timeoutMs: 8_000 });
    await expect(failed).rejects.toMatchObject({ details: { fault: 'elsewhere' } });
    expect(asked.map(({ url }) => url)).not.toContain('/internal.ts');
  });

  it('a name is opened where it was checked, and under its name', async () => {
    asked.length = 0;
    meanings = ['127.0.0.1'];
    expect((await probe('/film.ts', 'cam.lan')).width).toBe(320);
    expect(asked.map(({ host }) => host)).toContain(`cam.lan:${tlsPort}`);
    asked.length = 0;
    meanings = ['127.0.0.2'];
    await expect(probe('/film.ts', 'cam.lan')).rejects.toMatchObject({ details: { fault: 'elsewhere' } });
    expect(asked).toEqual([]);
  });

  it('a machine that passes its own network’s hosts by other proxies does not pass the gate by', async () => {
    process.env.no_proxy = '127.0.0.1,127.0.0.2';
    const other = await openGuardedMedia(createCameraGuard({ networks: '127.0.0.1/32' }));
    try {
      asked.length = 0;
      for (const url of [`http://127.0.0.1:${port}/redirect`, `https://127.0.0.1:${tlsPort}/redirect`])
        await expect(probeVideo(other.wrap(bare), url, { timeoutMs: 8_000 })).rejects.toBeInstanceOf(DomainError);
      expect(asked.map(({ url }) => url)).toEqual(['/redirect', '/redirect']);
    } finally {
      await other.close();
    }
  });

  it('who stops reading leaves no connection to the camera behind', async () => {
    const other = await openGuardedMedia(createCameraGuard({ networks: '127.0.0.1/32' }));
    const url = `https://127.0.0.1:${tlsPort}/endless`;
    const running = other.wrap(bare).run(probeJob(inputOf(url)));
    const socket = await new Promise<Socket>((resolve) => tls.once('secureConnection', resolve));
    const over = once(socket, 'close');
    await other.close();
    await over;
    running.kill();
    await running.done;
  });
});

it.each(['s3cr/w0rd', 's3cr@w0rd', 's3cr#w0rd', 's3cr?w0rd', 's3cr%zzw0rd', 's3cr:w0rd'])(
  'ffmpeg’s last words about an address with the password %s tell nothing of it',
  async (password) => {
    for (const url of [
      `rtsp://admin:${password}@127.0.0.1:1/x`,
      `http://admin:${password}@127.0.0.1:1/x`,
      `rtmp://admin:${password}@127.0.0.1:1/x`,
    ]) {
      const error = await probeVideo(mediaTools(), url, { timeoutMs: 4_000 }).catch((caught: DomainError) => caught);
      expect(error).toBeInstanceOf(DomainError);
      const { message, details, stack } = error as DomainError;
      expect(JSON.stringify({ message, details, stack }), url).not.toMatch(/s3cr|w0rd/);
    }
  },
);

it('a name that means another place at the next connection is not followed there', async () => {
  meanings = ['127.0.0.1', '127.0.0.2', '127.0.0.2'];
  asked.length = 0;
  const stop = new AbortController();
  const source = await openSource({
    ...{ tools: guarded.wrap(mediaTools()), clock: systemClock, signal: stop.signal },
    url: `http://cam.lan:${port}/film.ts`,
    ...{ firstPauseMs: 20, mostPauseMs: 40 },
  });
  let failures = 0;
  const events = await readUntil(source, stop, (event) => event.kind === 'failed' && ++failures >= 2);
  const told = events.flatMap((event) => (event.kind === 'failed' ? [event.error.message] : []));
  expect(events.some(({ kind }) => kind === 'frame')).toBe(true);
  expect(told.at(-1)).toContain('cam.lan');
  expect(asked.every(({ host }) => host?.startsWith('127.0.0.1:') === true)).toBe(true);
});
