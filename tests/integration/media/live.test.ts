import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SourceEvent, VideoSource } from '../../../src/media/frame.ts';
import { openSource, type SourceOptions } from '../../../src/media/source.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { DomainError } from '../../../src/platform/errors.ts';
import { makeFootage } from '../../support/footage.ts';
import { mediaTools, readUntil } from '../../support/media-tools.ts';
import { rtspServerMissing, startRtspServer } from '../../support/rtsp-server.ts';

const tools = mediaTools();
const missing = rtspServerMissing();
let dir: string;
let film: string;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'claimsight-live-'));
  film = await makeFootage(join(dir, 'film.mp4'), {
    seconds: 8,
    size: [320, 240],
    fps: 10,
    keyframeSeconds: 1,
    baseline: true,
  });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function open(
  url: string,
  more: Partial<SourceOptions> = {},
): Promise<{ source: VideoSource; stop: AbortController }> {
  const stop = new AbortController();
  const pauses = { firstPauseMs: 50, mostPauseMs: 100 };
  const source = await openSource({ tools, clock: systemClock, url, signal: stop.signal, ...pauses, ...more });
  return { source, stop };
}
const count = (events: readonly SourceEvent[], kind: SourceEvent['kind']): number =>
  events.filter((event) => event.kind === kind).length;
/** True at the n-th event of a kind. */
const nth = (kind: SourceEvent['kind'], n: number) => {
  let seen = 0;
  return (event: SourceEvent): boolean => event.kind === kind && ++seen >= n;
};

describe.skipIf(missing)(`a real RTSP server${missing ? ` (${missing})` : ''}`, () => {
  it.each(['tcp', 'udp'] as const)('is read over %s, stamped with our clock and recorded', async (transport) => {
    const server = await startRtspServer(film);
    closers.push(server.stop);
    const before = Date.now();
    const { source, stop } = await open(server.url, { transport, segmentSeconds: 1 });
    const events = await readUntil(source, stop, nth('frame', 12));
    expect(events.find(({ kind }) => kind === 'connected')).toMatchObject({
      video: { codec: 'h264', width: 320, height: 240 },
    });
    const times = events.flatMap((event) => (event.kind === 'frame' ? [event.frame.at] : []));
    expect(times.length).toBeGreaterThanOrEqual(12);
    expect(times[0]).toBeGreaterThanOrEqual(before);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    const segment = events.find((event) => event.kind === 'segment');
    expect(segment).toMatchObject({ segment: { mediaType: 'video/mp4' } });
  });

  it('is taken up again when the camera loses power and comes back', async () => {
    const server = await startRtspServer(film);
    closers.push(server.stop);
    const { source, stop } = await open(server.url);
    // The film ends after eight seconds: for a camera that is a lost connection.
    const events = await readUntil(source, stop, nth('connected', 2));
    expect(count(events, 'failed')).toBeGreaterThan(0);
    expect(count(events, 'connected')).toBe(2);
  });
});

describe('HTTP-FLV from a media server', () => {
  it('is read while somebody publishes by RTMP', async () => {
    const [rtmp, http] = await Promise.all([freePort(), freePort()]);
    const server = await startMediaServer(rtmp, http);
    closers.push(server.stop);
    const publisher = spawn(tools.binary.path, [
      ...[
        '-v',
        'error',
        '-re',
        '-stream_loop',
        '-1',
        '-i',
        film,
        '-c',
        'copy',
        '-f',
        'flv',
        `rtmp://127.0.0.1:${rtmp}/live/cam`,
      ],
    ]);
    closers.push(async () => {
      const over = once(publisher, 'exit');
      publisher.kill('SIGKILL');
      await over;
    });
    for (const url of [`http://127.0.0.1:${http}/live/cam.flv`, `rtmp://127.0.0.1:${rtmp}/live/cam`]) {
      const { source, stop } = await open(url);
      const events = await readUntil(source, stop, nth('frame', 4));
      expect(count(events, 'frame'), url).toBeGreaterThanOrEqual(4);
    }
  });
});

describe('a camera that misbehaves', () => {
  it('nothing listens: said in plain words, tried again, silence told', async () => {
    const port = await freePort();
    const { source, stop } = await open(`rtsp://admin:s3cret@127.0.0.1:${port}/1`);
    const events = await readUntil(source, stop, nth('failed', 3));
    const errors = events.flatMap((event) => (event.kind === 'failed' ? [event.error] : []));
    expect(errors[0]).toBeInstanceOf(DomainError);
    expect(errors[0]?.message).toContain('nothing listens');
    expect(JSON.stringify(errors.map(({ message, details }) => ({ message, details })))).not.toContain('s3cret');
  });

  it('is let go of when its reader gives up: what failed there is heard, and the camera can be taken up again', async () => {
    const { source } = await open(`rtsp://127.0.0.1:${await freePort()}/1`);
    const reading = async (): Promise<void> => {
      for await (const _event of source.events()) throw new Error('the database did not take it');
    };
    await expect(reading()).rejects.toThrow('the database did not take it');
  });

  it('accepts and never answers: given up by the watchdog, tried again', async () => {
    const sockets: Socket[] = [];
    const port = await listen(createServer((socket) => void sockets.push(socket)));
    const { source, stop } = await open(`rtsp://127.0.0.1:${port}/1`, { watchdogMs: 400 });
    const events = await readUntil(source, stop, nth('failed', 2));
    expect(count(events, 'failed')).toBeGreaterThanOrEqual(2);
    expect(sockets.length).toBeGreaterThanOrEqual(2);
  });

  it('sends garbage, nothing, or a page: each a failure, never a crash', async () => {
    const garbage = Buffer.alloc(200_000, 0).map((_, i) => (i * 7919) % 256);
    const answers = [garbage, Buffer.alloc(0), Buffer.from('<html>login</html>')];
    let turn = 0;
    const port = await listen(createHttpServer((_, response) => response.end(answers[turn++ % answers.length])));
    const { source, stop } = await open(`http://127.0.0.1:${port}/live.flv`, { watchdogMs: 3_000 });
    const events = await readUntil(source, stop, nth('failed', 4));
    expect(count(events, 'frame')).toBe(0);
    expect(turn).toBeGreaterThanOrEqual(3);
  });

  it('stalls in the middle: the watchdog takes it up again, and silence is told before', async () => {
    const bytes = await readFile(await asFlv(film));
    const port = await listen(
      createHttpServer((_, response) => {
        response.writeHead(200, { 'content-type': 'video/x-flv' });
        response.write(bytes.subarray(0, Math.floor(bytes.length * 0.6))); // and never another byte
      }),
    );
    const { source, stop } = await open(`http://127.0.0.1:${port}/live.flv`, { watchdogMs: 3_000 });
    const events = await readUntil(source, stop, nth('connected', 2));
    expect(count(events, 'frame')).toBeGreaterThan(0);
    expect(events.find((event) => event.kind === 'failed')).toMatchObject({
      error: { message: expect.stringContaining('no picture for') },
    });
  });

  it('is faster than we are: the oldest frames are dropped, and counted', async () => {
    const bytes = await readFile(await asFlv(film));
    const port = await listen(createHttpServer((_, response) => response.end(bytes)));
    const { source, stop } = await open(`http://127.0.0.1:${port}/live.flv`, { fps: 10, queueFrames: 4 });
    const events: SourceEvent[] = [];
    for await (const event of source.events()) {
      events.push(event);
      if (event.kind === 'failed') stop.abort();
      // The first frame is looked at until the whole film has passed by.
      if (event.kind === 'frame' && count(events, 'frame') === 1) await until(() => source.framesDropped > 20);
    }
    expect(source.framesDropped).toBeGreaterThan(20);
    const seqs = events.flatMap((event) => (event.kind === 'frame' ? [event.frame.seq] : []));
    expect(seqs.length + source.framesDropped).toBeGreaterThanOrEqual(Math.max(...seqs));
  });
});

/** Waits for what other processes bring about, turn by turn of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function asFlv(path: string): Promise<string> {
  const flv = `${path}.flv`;
  const run = spawn(tools.binary.path, ['-y', '-v', 'error', '-i', path, '-c', 'copy', flv]);
  await once(run, 'exit');
  return flv;
}

/** node-media-server in a process of its own: it has no clean stop. */
async function startMediaServer(rtmp: number, http: number): Promise<{ stop(): Promise<void> }> {
  const script = `
    import NodeMediaServer from ${JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve('node-media-server')).href)};
    const nms = new NodeMediaServer({ bind: '127.0.0.1', rtmp: { port: ${rtmp} }, http: { port: ${http} }, auth: { play: false, publish: false }, notify: {}, record: { path: '' }, static: {}, store: {} });
    nms.run();
    console.log('ready');`;
  // It keeps a store in its working directory.
  const home = await mkdtemp(join(tmpdir(), 'claimsight-nms-'));
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    stop: async () => {
      const over = once(child, 'exit');
      child.kill('SIGKILL');
      await over;
      await rm(home, { recursive: true, force: true });
    },
  };
}
