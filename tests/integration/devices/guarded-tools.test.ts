import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCameraGuard } from '../../../src/devices/camera-guard.ts';
import { type GuardedMedia, openGuardedMedia } from '../../../src/devices/guarded-tools.ts';
import { probeVideo } from '../../../src/media/probe.ts';
import { openSource } from '../../../src/media/source.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { DomainError } from '../../../src/platform/errors.ts';
import { makeFootage } from '../../support/footage.ts';
import { everyFfmpeg, mediaTools, readUntil } from '../../support/media-tools.ts';

let dir: string;
let film: Buffer;
let port: number;
const asked: { host: string | undefined; url: string | undefined; auth: string | undefined }[] = [];
let server: ReturnType<typeof createServer>;
let guarded: GuardedMedia;
/** What the name cam.lan means, in turn. */
let meanings: string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'claimsight-guard-'));
  const path = await makeFootage(join(dir, 'film.ts'), {
    seconds: 3,
    size: [320, 240],
    keyframeSeconds: 1,
    baseline: true,
  });
  film = await readFile(path);
  server = createServer((request, response) => {
    const { host, authorization: auth } = request.headers;
    asked.push({ host, url: request.url, auth });
    const local = `http://127.0.0.2:${port}`;
    if (request.url === '/private.ts' && auth === undefined)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="cam"' }).end();
    else if (request.url === '/redirect') response.writeHead(302, { location: `${local}/internal.ts` }).end();
    else if (request.url === '/list.m3u8')
      response.end(`#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n${local}/internal.ts\n#EXT-X-ENDLIST\n`);
    else if (request.url === '/good.m3u8')
      response.end('#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfilm.ts\n#EXT-X-ENDLIST\n');
    else response.end(film);
  }).listen(0);
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  const resolve = async (host: string) => (host === 'cam.lan' ? [meanings.shift() ?? '10.255.255.1'] : [host]);
  guarded = await openGuardedMedia(createCameraGuard({ networks: '127.0.0.1/32', resolve }));
});
afterAll(async () => {
  await guarded.close();
  server.closeAllConnections();
  server.close();
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
    await expect(probe(path)).rejects.toBeInstanceOf(DomainError);
    expect(asked.map(({ url }) => url)).not.toContain('/internal.ts');
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
