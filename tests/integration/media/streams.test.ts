import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RtspTransport } from '../../../src/media/ffmpeg/arguments.ts';
import { openSource } from '../../../src/media/source.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { startFlvCamera } from '../../support/fault-server/flv-camera.ts';
import { startHlsCamera } from '../../support/fault-server/hls-camera.ts';
import { makeFilm, toFlv, toPieces } from '../../support/films.ts';
import { startMediaServer } from '../../support/media-server.ts';
import { mediaTools, readUntil } from '../../support/media-tools.ts';
import { rtspServerMissing, startRtspServer } from '../../support/rtsp-server.ts';

/** Every kind of stream that a clinic's cameras send, read as they are sent. */
const CODECS = ['h264', 'h265'] as const;
type Codec = (typeof CODECS)[number];
const NAMED = { h264: 'h264', h265: 'hevc' } as const;

let dir: string;
const films: Partial<Record<Codec, string>> = {};
const closers: (() => Promise<unknown>)[] = [];
const film = (codec: Codec): string => films[codec] ?? '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'claimsight-streams-'));
  for (const codec of CODECS)
    films[codec] = await makeFilm(join(dir, `${codec}.mp4`), { codec, seconds: 16, size: '320x180' });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Reads a live stream: its keyframes first, then every frame of what was there already. */
async function read(url: string, codec: Codec, transport?: RtspTransport): Promise<void> {
  const stop = new AbortController();
  const options = { tools: mediaTools(), clock: systemClock, url, signal: stop.signal, segmentSeconds: 2 };
  const source = await openSource({ ...options, ...(transport ? { transport } : {}) });
  let close = 0;
  let regular = false;
  const events = await readUntil(source, stop, (event) => {
    if (event.kind === 'reading') regular = event.reading === 'keyframes';
    if (event.kind !== 'frame') return false;
    if (event.frame.gear === 'close') close++;
    else if (regular) source.lookCloser(event.frame.at - 2_000);
    return close >= 6;
  });
  const connected = events.find((event) => event.kind === 'connected');
  expect(connected).toMatchObject({ video: { codec: NAMED[codec], width: 320, height: 180 } });
  const glances = events.filter((event) => event.kind === 'frame' && event.frame.gear === 'glance');
  expect(glances.length).toBeGreaterThan(0);
  expect(close).toBeGreaterThanOrEqual(6);
  expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
}

describe.each(CODECS)('%s', (codec) => {
  const missing = rtspServerMissing();
  it.skipIf(missing !== null).each(['tcp', 'udp'] as const)(
    `by RTSP over %s${missing ? ` (${missing})` : ''}`,
    async (transport) => {
      const server = await startRtspServer(film(codec), codec);
      closers.push(server.stop);
      await read(server.url, codec, transport);
    },
  );

  it('by HLS', async () => {
    const camera = await startHlsCamera(await toPieces(film(codec), join(dir, `${codec}-pieces`)), 2);
    closers.push(camera.stop);
    await read(camera.url, codec);
  });

  it('from a file', async () => {
    const stop = new AbortController();
    const source = await openSource({
      ...{ tools: mediaTools(), clock: systemClock, url: film(codec), signal: stop.signal, glanceFps: null },
    });
    const events = await readUntil(source, stop, ({ kind }) => kind === 'ended');
    expect(events.find(({ kind }) => kind === 'connected')).toMatchObject({ video: { codec: NAMED[codec] } });
    expect(events.filter(({ kind }) => kind === 'frame').length).toBeGreaterThanOrEqual(60);
  });
});

describe('H.264 that a media server passes on', () => {
  it('by RTMP and by HTTP-FLV', async () => {
    const server = await startMediaServer(mediaTools().binary.path, film('h264'));
    closers.push(server.stop);
    await Promise.all([read(server.rtmp, 'h264'), read(server.flv, 'h264')]);
  });

  it('by HTTP-FLV without a media server', async () => {
    const flv = await toFlv(film('h264'), join(dir, 'film.flv'));
    const camera = await startFlvCamera(flv, flv);
    closers.push(camera.stop);
    await read(camera.url, 'h264');
  });
});
