import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileUrl } from '../../../src/media/ffmpeg/arguments.ts';
import type { Frame, SourceEvent } from '../../../src/media/frame.ts';
import { lengthOfBroken, probeVideo } from '../../../src/media/probe.ts';
import { openSource } from '../../../src/media/source.ts';
import { encodeJpeg, extractStill } from '../../../src/media/still.ts';
import { toRgb } from '../../../src/media/yuv.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { makeFootage } from '../../support/footage.ts';
import { everyFfmpeg, mediaTools, readUntil } from '../../support/media-tools.ts';
import { manualClock } from '../../support/test-runtime.ts';

let dir: string;
let film: string;
const frames = (events: readonly SourceEvent[]): Frame[] =>
  events.flatMap((event) => (event.kind === 'frame' ? [event.frame] : []));
const never = () => false;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'claimsight-media-'));
  // A name that ffmpeg could take for something else.
  film = await makeFootage(join(dir, 'a film: 100% (1).mp4'), { seconds: 6, size: [320, 240], fps: 10 });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe.each(everyFfmpeg())('recorded footage with ffmpeg %s', (_, tools) => {
  const open = (url: string, more: object = {}) => {
    const stop = new AbortController();
    return openSource({ tools, clock: systemClock, url, signal: stop.signal, ...more }).then((source) => ({
      source,
      stop,
    }));
  };

  it('comes frame by frame on a grid of time, whole to its end', async () => {
    const { source, stop } = await open(film, { fps: 4, glanceFps: null });
    const events = await readUntil(source, stop, never);
    expect(frames(events).map(({ at }) => at)).toEqual(Array.from({ length: 24 }, (_, i) => i * 250));
    expect(events[0]).toMatchObject({
      kind: 'connected',
      video: { codec: 'h264', width: 320, height: 240, durationMs: 6_000 },
    });
    expect(events.at(-1)).toMatchObject({ kind: 'ended', at: 6_000 });
  });

  it('is let go of while its length is still being found out', async () => {
    const endless = join(dir, 'endless.ts');
    execFileSync('mkfifo', [endless]);
    const stop = new AbortController();
    const video = { ...(await probeVideo(tools, fileUrl(film))), format: 'mpegts' };
    const finding = lengthOfBroken(tools, endless, video, stop.signal);
    stop.abort();
    await expect(finding).rejects.toMatchObject({ name: 'AbortError' });
    await rm(endless);
  });

  it('is read whole where its time stamps jump, back or far ahead, and taken up in the middle', async () => {
    const part = async (offset: number): Promise<Buffer> => {
      const path = join(dir, `part-${offset}.ts`);
      const options = ['-c', 'copy', '-output_ts_offset', String(offset), '-f', 'mpegts'];
      execFileSync(tools.binary.path, ['-y', '-v', 'error', '-i', fileUrl(film), ...options, fileUrl(path)]);
      return readFile(path);
    };
    for (const [name, second] of [
      ['again.ts', 0],
      ['ahead.ts', 5_000],
    ] as const) {
      const path = join(dir, name);
      await writeFile(path, Buffer.concat([await part(0), await part(second)]));
      const { source, stop } = await open(path, { fps: 4, glanceFps: 1 });
      const events = await readUntil(source, stop, never);
      expect(events.filter(({ kind }) => kind === 'silent' || kind === 'failed')).toEqual([]);
      expect(Math.max(...frames(events).map(({ at }) => at))).toBeGreaterThan(11_000);
      const later = await open(path, { fps: 4, fromAt: 9_000 });
      const rest = frames(await readUntil(later.source, later.stop, never));
      expect(rest[0]?.at).toBe(9_000);
      expect(rest.length).toBeGreaterThan(8);
    }
  });

  it('begins where its picture begins, not where its sound does', async () => {
    const path = join(dir, 'late.mkv');
    const sound = ['-f', 'lavfi', '-i', 'sine=440:duration=10'];
    const picture = [
      '-itsoffset',
      '4',
      '-i',
      fileUrl(film),
      '-map',
      '0:a',
      '-map',
      '1:v',
      '-c:v',
      'copy',
      '-c:a',
      'aac',
    ];
    execFileSync(tools.binary.path, ['-y', '-v', 'error', ...sound, ...picture, '-strict', '-2', fileUrl(path)]);
    const { source, stop } = await open(path, { fps: 4, glanceFps: 1 });
    const events = await readUntil(source, stop, never);
    expect(events.find(({ kind }) => kind === 'silent')).toMatchObject({ since: 0 });
    expect(frames(events)[0]?.at).toBe(4_000);
    expect(Math.max(...frames(events).map(({ at }) => at))).toBeGreaterThan(9_000);
  });

  it('gives the same frames when it is taken up in the middle', async () => {
    const whole = await open(film, { fps: 4, glanceFps: null });
    const later = await open(film, { fps: 4, glanceFps: null, fromAt: 2_500 });
    const expected = frames(await readUntil(whole.source, whole.stop, never)).filter(({ at }) => at >= 2_500);
    const got = frames(await readUntil(later.source, later.stop, never));
    expect(got.map(({ at }) => at)).toEqual(expected.map(({ at }) => at));
    for (const [i, frame] of got.entries()) {
      expect(Buffer.compare(frame.image.data, expected[i]?.image.data ?? Buffer.alloc(0)), `frame ${i}`).toBe(0);
    }
  });

  it('is glanced at by keyframes, looked at closely on demand, and its last seconds are not left out', async () => {
    const { source, stop } = await open(film, { fps: 4 });
    const got: Frame[] = [];
    for await (const event of source.events()) {
      if (event.kind !== 'frame') continue;
      got.push(event.frame);
      if (event.frame.gear === 'glance' && event.frame.at >= 2_000 && got.length < 6) source.lookCloser(1_500);
      if (event.frame.gear === 'close' && event.frame.at >= 2_500 && event.frame.at < 3_000) source.relax();
    }
    stop.abort();
    const close = got.filter(({ gear }) => gear === 'close').map(({ at }) => at);
    expect(close.slice(0, 5)).toEqual([1_500, 1_750, 2_000, 2_250, 2_500]);
    expect(got.at(-1)?.at).toBe(5_750);
  });

  it('stands upright when the camera was held upright', async () => {
    const upright = join(dir, 'upright.mp4');
    // Only builds before FFmpeg 6 write the rotation this way; the npm one is one of them.
    const writer = everyFfmpeg().at(-1)?.[1].binary.path ?? '';
    execFileSync(writer, [
      '-y',
      '-v',
      'error',
      '-i',
      fileUrl(film),
      '-c',
      'copy',
      '-metadata:s:v:0',
      'rotate=90',
      upright,
    ]);
    const { source, stop } = await open(upright, { fps: 1 });
    const [frame] = frames(await readUntil(source, stop, never));
    expect(frame?.image).toMatchObject({ width: 240, height: 320 });
  });

  it('is kept in segments that can be played by themselves', async () => {
    const { source, stop } = await open(film, { fps: 2, segmentSeconds: 2 });
    const kept: [number, number][] = [];
    for await (const event of source.events()) {
      if (event.kind !== 'segment') continue;
      await probeVideo(tools, fileUrl(event.segment.path));
      expect((await stat(event.segment.path)).size).toBeGreaterThan(1_000);
      kept.push([event.segment.from, event.segment.to]);
    }
    stop.abort();
    expect(kept).toHaveLength(3);
    kept.forEach(([from, to], i) => {
      // Up to the delay of reordered pictures.
      expect(Math.abs(from - 2_000 * i)).toBeLessThanOrEqual(300);
      expect(Math.abs(to - 2_000 * (i + 1))).toBeLessThanOrEqual(300);
    });
  });

  it('gives a still of any moment', async () => {
    const jpeg = await extractStill(tools, fileUrl(film), 3_300);
    expect(jpeg.subarray(0, 2).toString('hex')).toBe('ffd8');
    await expect(extractStill(tools, fileUrl(film), 60_000)).rejects.toThrow('no picture');
  });

  it('is refused in plain words when it is missing, no video, or cut off', async () => {
    const broken = join(dir, 'broken.mp4');
    await writeFile(broken, 'not a video at all');
    await expect(open(join(dir, 'nowhere.mp4'))).rejects.toThrow('no such file');
    await expect(open(broken)).rejects.toMatchObject({
      code: 'source_unavailable',
      details: { remedy: expect.any(String) },
    });
    await expect(open(dir)).rejects.toMatchObject({ code: 'source_unavailable' });
    await expect(open('gopher://x/y')).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('footage played as if live', () => {
  it('keeps to the clock, loses nothing to a slow reader, and has no picture where there is no footage', async () => {
    const start = Date.parse('2026-03-17T08:00:00+08:00');
    const index = join(dir, 'index.json');
    const iso = (ms: number): string => new Date(ms).toISOString();
    const segments = [0, 20_000].map((ms) => ({ startsAt: iso(start + ms), file: film }));
    await writeFile(index, JSON.stringify({ startsAt: iso(start), segments }));
    const clock = manualClock(start + 1_000);
    const stop = new AbortController();
    const url = `footage:${index}`;
    const source = await openSource({ tools: mediaTools(), clock, url, fps: 2, glanceFps: null, signal: stop.signal });
    const seen: [string, number][] = [];
    for await (const event of source.events()) {
      const at = event.kind === 'frame' ? event.frame.at : 'at' in event ? event.at : 0;
      expect(at).toBeLessThanOrEqual(clock.now());
      seen.push([event.kind, at - start]);
      // Everything that is due has come: only then does time go on.
      clock.set(at + (event.kind === 'silent' ? 2_000 : 500));
      if (at >= start + 24_000) stop.abort();
    }
    const times = seen.filter(([kind]) => kind === 'frame').map(([, at]) => at);
    expect(times.slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, i) => i * 500));
    expect(times[12]).toBe(20_000);
    const silent = seen.filter(([kind]) => kind === 'silent').map(([, at]) => at);
    expect([silent[0], silent.at(-1)]).toEqual([6_000, 18_000]);
  });
});

it('JPEG is made of frames', async () => {
  const stop = new AbortController();
  const source = await openSource({ tools: mediaTools(), clock: systemClock, url: film, signal: stop.signal });
  const [frame] = frames(await readUntil(source, stop, ({ kind }) => kind === 'frame'));
  expect(frame && (await encodeJpeg(toRgb(frame.image))).length).toBeGreaterThan(1_000);
});
