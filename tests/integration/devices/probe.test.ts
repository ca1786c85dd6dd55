import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCameraGuard } from '../../../src/devices/camera-guard.ts';
import type { CheckId } from '../../../src/devices/probe/check.ts';
import { findFacesWith } from '../../../src/devices/probe/look.ts';
import { type CameraProbe, type ProbeOptions, probeCamera } from '../../../src/devices/probe/probe.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { loadConfig } from '../../../src/platform/config.ts';
import { freePort } from '../../../src/platform/ports.ts';
import { type OpenFaces, openFaces } from '../../../src/vision/open-vision.ts';
import { makeFootage } from '../../support/footage.ts';
import { startMediaServer } from '../../support/media-server.ts';
import { mediaTools } from '../../support/media-tools.ts';
import { rtspServerMissing, startRtspServer } from '../../support/rtsp-server.ts';
import { startScriptedRtsp } from '../../support/scripted-rtsp.ts';

const tools = mediaTools();
const missing = rtspServerMissing();
const closers: (() => Promise<unknown>)[] = [];
let dir: string;
let film: string;
let faces: OpenFaces;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'claimsight-probe-test-'));
  faces = await openFaces(loadConfig({}));
  film = await makeFootage(join(dir, 'film.mp4'), {
    seconds: 30,
    size: [640, 360],
    fps: 12,
    keyframeSeconds: 1,
    baseline: true,
    people: [{ who: 'ann', from: 0, to: 30, start: [0.5, 0.5], facePx: 130 }],
  });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await faces.close();
  await rm(dir, { recursive: true, force: true });
});

const probe = async (url: string, more: Partial<ProbeOptions> = {}): Promise<CameraProbe> =>
  (
    await probeCamera({
      ...{ tools, clock: systemClock, url, guard: null, findFaces: findFacesWith(faces.analyzer) },
      ...(/^[a-z]+:\/\//.test(url) ? { seconds: 3 } : {}),
      ...more,
    })
  ).probe;
const checkOf = (found: CameraProbe, id: CheckId) => found.checks.find((check) => check.id === id);
const failures = (found: CameraProbe) => found.checks.filter(({ ok }) => ok === false).map(({ id }) => id);

describe('recordings', () => {
  it('tells size, rate, groups and the face’s size', async () => {
    const found = await probe(film);
    expect(found).toMatchObject({
      ok: true,
      kind: 'file',
      codec: 'h264',
      width: 640,
      height: 360,
      fps: 12,
      gop: { seconds: 1, frames: 12, regular: true },
      clock: null,
    });
    expect(failures(found)).toEqual([]);
    expect(found.faces[0]?.facePx).toBeGreaterThan(100);
    expect(found.faces[0]?.facePx).toBeLessThan(160);
    expect(checkOf(found, 'face_size')?.ok).toBe(true);
  });

  it('names a smart codec by its keyframes, a group that is too long and a bit rate that is too low, each with a remedy', async () => {
    const smart = join(dir, 'smart.mp4');
    await encode(film, smart, ['-g', '400', '-sc_threshold', '0', '-force_key_frames', '0,1,2,8,14,15']);
    const stretched = await probe(smart);
    expect(failures(stretched)).toEqual(expect.arrayContaining(['smart_codec', 'gop']));
    expect(checkOf(stretched, 'smart_codec')?.remedy?.zh).toContain('H.265+');

    const long = await encode(film, join(dir, 'long.mp4'), ['-g', '120', '-sc_threshold', '0']);
    expect(failures(await probe(long))).toEqual(['gop']);

    const poor = join(dir, 'poor.mp4');
    await encode(film, poor, [
      '-g',
      '24',
      '-sc_threshold',
      '0',
      '-b:v',
      '14k',
      '-maxrate',
      '14k',
      '-bufsize',
      '14k',
      '-qmax',
      '69',
    ]);
    expect(failures(await probe(poor))).toContain('bit_rate');
  });

  it('cannot tell view and face size when nobody is there, and says what to do', async () => {
    const empty = await makeFootage(join(dir, 'empty.mp4'), { seconds: 6, keyframeSeconds: 1 });
    const found = await probe(empty);
    expect(found.ok).toBe(true);
    expect([checkOf(found, 'face_size')?.ok, checkOf(found, 'view')?.ok]).toEqual([null, null]);
    expect(checkOf(found, 'view')?.remedy?.en).toContain('stand at the counter');
  });

  it('small faces and a lens that is covered fail', async () => {
    const small = await makeFootage(join(dir, 'small.mp4'), {
      seconds: 5,
      size: [1280, 720],
      people: [{ who: 'ann', from: 0, to: 5, start: [0.5, 0.5], facePx: 44 }],
    });
    expect(failures(await probe(small))).toContain('face_size');
    const dark = await makeFootage(join(dir, 'dark.mp4'), { seconds: 4, dark: [0, 4] });
    expect(failures(await probe(dark))).toContain('picture');
  });

  it('no file, a folder and garbage could not be measured', async () => {
    for (const path of [join(dir, 'nothing.mp4'), dir, import.meta.filename, 'file:///%zz']) {
      const found = await probe(path);
      expect(found.ok, path).toBe(false);
      expect(failures(found), path).toEqual(['stream']);
    }
  });
});

describe.skipIf(missing)(`a real RTSP server${missing ? ` (${missing})` : ''}`, () => {
  it.each(['tcp', 'udp'] as const)('is measured over %s, its clock told', async (transport) => {
    const server = await startRtspServer(film);
    closers.push(server.stop);
    const found = await probe(server.url, { transport });
    expect(found).toMatchObject({ ok: true, kind: 'rtsp', transport, codec: 'h264', width: 640, gop: { seconds: 1 } });
    expect(found.fps).toBeGreaterThan(10);
    expect(found.fps).toBeLessThan(14);
    expect(found.clock).toMatchObject({ class: 'ok' });
    expect(failures(found)).toEqual(['password']);
    expect(checkOf(found, 'face_size')?.ok).toBe(true);
  });

  it('a path that it does not have is named', async () => {
    const server = await startRtspServer(film);
    closers.push(server.stop);
    const found = await probe(server.url.replace('/live', '/Streaming/Channels/101'));
    expect(found.ok).toBe(false);
    expect(failures(found)).toEqual(['path']);
    expect(checkOf(found, 'path')?.remedy?.zh).toContain('/cam/realmonitor');
  });
});

describe('media servers', () => {
  it('RTMP and HTTP-FLV are measured', async () => {
    const server = await startMediaServer(tools.binary.path, film);
    closers.push(server.stop);
    for (const url of [server.rtmp, server.flv]) {
      const found = await probe(url);
      expect(found, url).toMatchObject({ ok: true, codec: 'h264', width: 640, gop: { seconds: 1, regular: true } });
    }
  });

  it('HLS is measured', async () => {
    await encode(film, join(dir, 'hls.m3u8'), ['-c', 'copy', '-f', 'hls', '-hls_time', '2', '-hls_list_size', '0']);
    const port = await serveFolder();
    const found = await probe(`http://127.0.0.1:${port}/hls.m3u8`);
    expect(found).toMatchObject({ ok: true, kind: 'http', codec: 'h264', width: 640, gop: { seconds: 1 } });
  });

  it('a playlist that names a file of ours does not get it', async () => {
    const port = await serveFolder({
      '/evil.m3u8': `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:${film}\n#EXT-X-ENDLIST\n`,
    });
    const found = await probe(`http://127.0.0.1:${port}/evil.m3u8`, { timeoutMs: 5_000 });
    expect(found.ok).toBe(false);
  });

  it('an address that sends us elsewhere is not followed', async () => {
    const port = await listen(
      createHttpServer((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()),
    );
    expect(failures(await probe(`http://127.0.0.1:${port}/live.flv`))).toEqual(['path']);
  });
});

describe('what goes wrong before the first picture', () => {
  it('refused, no answer and an unknown name are told apart', async () => {
    const refused = await probe(`rtsp://127.0.0.1:${await freePort()}/1`);
    expect(checkOf(refused, 'reachable')).toMatchObject({ ok: false, zh: expect.stringContaining('拒绝') });
    const silent = await listen(createServer(() => undefined));
    const found = await probe(`rtsp://127.0.0.1:${silent}/1`, { timeoutMs: 1_500 });
    expect(failures(found)).toEqual(['stream']);
    const unknown = await probe('rtsp://no-such-host.invalid/1');
    expect(checkOf(unknown, 'reachable')?.zh).toContain('主机名');
  });

  it('a wrong password is tried once, and never told', async () => {
    const server = await startScriptedRtsp({ login: { user: 'admin', password: 'R1ght!pass' } });
    closers.push(server.stop);
    const found = await probe(`rtsp://admin:Wr0ng%23secret@127.0.0.1:${server.port}/1`);
    expect(failures(found)).toEqual(['login']);
    expect(server.logins).toBe(1);
    expect(JSON.stringify(found)).not.toMatch(/Wr0ng|secret/);
    const without = await probe(`rtsp://127.0.0.1:${server.port}/1`);
    expect(checkOf(without, 'login')?.en).toContain('asks for');
  });

  it('a password with special characters logs in, percent-encoded', async () => {
    const server = await startScriptedRtsp({ login: { user: 'admin', password: 'a@b:c/d#e?f%' }, status: 404 });
    closers.push(server.stop);
    const found = await probe(`rtsp://admin:${encodeURIComponent('a@b:c/d#e?f%')}@127.0.0.1:${server.port}/1`);
    expect(failures(found)).toEqual(['path']);
    const raw = await probe(`rtsp://admin:a@b:c/d#e?f%@127.0.0.1:${server.port}/1`);
    expect(failures(raw)).toEqual(['address']);
    expect(checkOf(raw, 'address')?.remedy?.zh).toContain('%40');
    expect(JSON.stringify(raw)).not.toMatch(/b:c|d#e/);
  });

  it('a default password is named without being told', async () => {
    const server = await startScriptedRtsp({ login: { user: 'admin', password: 'admin12345' } });
    closers.push(server.stop);
    const found = await probe(`rtsp://admin:admin12345@127.0.0.1:${server.port}/1`);
    expect(failures(found)).toEqual(['path', 'password']);
    expect(JSON.stringify(found)).not.toContain('admin12345');
  });

  it('a clock in another zone is named, also where there is no picture', async () => {
    const date = () => new Date(Date.now() + 8 * 3_600_000).toUTCString();
    const server = await startScriptedRtsp({ date });
    closers.push(server.stop);
    const found = await probe(`rtsp://127.0.0.1:${server.port}/1`);
    expect(found.clock).toMatchObject({ source: 'rtsp', class: 'zone', hours: 8 });
  });

  it('with a guard, no other network, no file, no other protocol', async () => {
    const guard = createCameraGuard({ networks: '10.0.0.0/8' });
    for (const url of [
      'rtsp://127.0.0.1/1',
      'rtsp://0x7f.1/1',
      'http://[::ffff:127.0.0.1]/x',
      'rtsp://169.254.169.254/1',
    ]) {
      expect(failures(await probe(url, { guard })), url).toEqual(['address']);
    }
    for (const url of [film, `file:${film}`, 'concat:/etc/passwd', 'ftp://10.0.0.1/x', 'tcp://10.0.0.1:5432']) {
      expect(failures(await probe(url, { guard })), url).toEqual(['address']);
    }
  });
});

async function encode(from: string, to: string, options: readonly string[]): Promise<string> {
  const child = spawn(tools.binary.path, ['-y', '-v', 'error', '-nostdin', '-i', from, ...options, to]);
  await once(child, 'exit');
  return to;
}

async function serveFolder(more: Record<string, string> = {}): Promise<number> {
  return listen(
    createHttpServer((request, response) => {
      const path = (request.url ?? '/').split('?')[0] ?? '/';
      const text = more[path];
      if (text !== undefined) return void response.end(text);
      readFile(join(dir, path)).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    }),
  );
}

async function listen(server: ReturnType<typeof createServer> | ReturnType<typeof createHttpServer>): Promise<number> {
  const sockets = new Set<import('node:net').Socket>();
  server.on('connection', (socket: import('node:net').Socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
