import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listCameraHealth } from '../../../src/devices/camera-health.store.ts';
import { keepClockReading } from '../../../src/devices/clock-readings.store.ts';
import { measureClock } from '../../../src/devices/measure-clock.ts';
import { type Clock, systemClock } from '../../../src/platform/clock.ts';
import { watchClock } from '../../../src/vision/clock-watch.ts';
import { mediaTools } from '../../support/media-tools.ts';
import { type ScriptedRtsp, startScriptedRtsp } from '../../support/scripted-rtsp.ts';
import type { ManualClock } from '../../support/test-runtime.ts';
import { CAMERA, createScene, HOUR, MINUTE, type Scene } from '../reconcile/support.ts';

let scene: Scene;
let clock: ManualClock;
beforeEach(async () => {
  scene = await createScene();
  clock = scene.runtime.clock;
  await scene.clinic();
  await scene.camera();
});
afterEach(() => scene.close());

const keep = (offsetMs: number, uncertaintyMs = 600): Promise<void> =>
  keepClockReading(scene.runtime, CAMERA, { offsetMs, uncertaintyMs, source: 'onvif' });
const readings = async (): Promise<{ offset_ms: number; source: string; measured_at: number }[]> =>
  (
    await scene.runtime.db.query<{ offset_ms: number; source: string; measured_at: number }>(
      'select offset_ms, source, measured_at from camera_clock_readings order by measured_at',
    )
  ).rows;
const shown = async () => {
  const all = { clinicCode: null, state: null, after: null, limit: 10 };
  const [camera] = await listCameraHealth(scene.runtime.db, { regionPrefix: null, clinicCode: null }, all);
  return camera?.clock;
};

describe('what is kept of a live camera’s clock', () => {
  it('a clock that is right leaves a series and no work for anybody', async () => {
    for (let hour = 0; hour < 24; hour++) {
      await keep(hour % 2 === 0 ? 300 : -400);
      clock.advance(HOUR);
    }
    await scene.drain();
    expect(await readings()).toHaveLength(4);
    expect(await scene.findings()).toEqual([]);
    expect(await shown()).toMatchObject({ kind: 'steady', class: 'ok' });
  });

  it('a clock that runs a few seconds fast each day is asked about when it has gone too far, however slowly it went', async () => {
    for (let hour = 0, day = 0; day < 25; hour++, day = hour / 24) {
      await keep(Math.round(3_000 * day));
      clock.advance(HOUR);
    }
    await scene.drain();
    expect(await scene.hits()).toEqual(['E5 drift']);
    expect(await shown()).toMatchObject({ kind: 'drift', driftMsPerDay: expect.closeTo(3_000, -2) });
  });

  it('a clock of another time zone is asked about at once, and no more when it was set', async () => {
    await keep(-8 * HOUR);
    await scene.drain();
    expect(await scene.hits()).toEqual(['E5 time_zone']);
    clock.advance(HOUR);
    await keep(200);
    await scene.drain();
    expect(await scene.hits()).toEqual([]);
  });

  it('a clock that crept back into order is asked about no more', async () => {
    const hits: number[] = [];
    for (let offset = 68_000; offset > 58_000; offset -= 900) {
      await keep(offset);
      await scene.drain();
      hits.push((await scene.hits()).length);
      clock.advance(7 * HOUR);
    }
    expect([hits[0], hits.at(-1)]).toEqual([1, 0]);
  });

  it('a clock that fell back to 1970 is told by its year', async () => {
    await keep(Date.UTC(1970, 0, 1) - clock.now());
    await scene.drain();
    expect(await scene.hits()).toEqual(['E5 reset']);
    expect(await shown()).toMatchObject({ kind: 'reset', year: 1970 });
  });

  it('readings of more than a year ago are forgotten', async () => {
    await keep(0);
    clock.advance(401 * 24 * HOUR);
    await keep(0);
    expect(await readings()).toHaveLength(1);
  });
});

describe('asking a camera for its clock', () => {
  let camera: ScriptedRtsp | null = null;
  afterEach(async () => {
    await camera?.stop();
    camera = null;
  });
  const urlOf = (port: number): string => `rtsp://admin:p%40ss@127.0.0.1:${port}/1`;

  it('takes the Date of the server where there is no ONVIF; none where none is told, or nobody answers', async () => {
    camera = await startScriptedRtsp({ date: () => new Date(Date.now() + 90_000).toUTCString() });
    const read = await measureClock(urlOf(camera.port), systemClock, AbortSignal.timeout(60_000));
    expect(read).toMatchObject({ source: 'rtsp' });
    const offset = (read?.deviceAt ?? 0) - (read?.ourAt ?? 0);
    expect(Math.abs(offset - 90_000)).toBeLessThanOrEqual(read?.uncertaintyMs ?? 0);
    const { port } = camera;
    await camera.stop();
    expect(await measureClock(urlOf(port), systemClock, AbortSignal.timeout(60_000))).toBeNull();
    camera = await startScriptedRtsp({});
    expect(await measureClock(urlOf(camera.port), systemClock, AbortSignal.timeout(60_000))).toBeNull();
    camera.stop();
    camera = await startScriptedRtsp({ date: () => 'Sometime in May' });
    expect(await measureClock(urlOf(camera.port), systemClock, AbortSignal.timeout(60_000))).toBeNull();
  });

  /** Waits of a minute and more are the watch's own: they end when the test says so. Time limits never come. */
  const byHand = () => {
    const waiting: (() => void)[] = [];
    let changed: () => void = () => undefined;
    const timer: Clock = {
      now: clock.now,
      sleepUntil: (at, signal) => timer.sleep(at - clock.now(), signal),
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason as Error);
          signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
          if (ms < 20_000) return;
          waiting.push(() => {
            clock.advance(ms);
            resolve();
          });
          changed();
        }),
    };
    /** Resolves when the watch waits again. */
    const waits = async (): Promise<void> => {
      if (waiting.length === 0)
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
    };
    return {
      timer,
      waits,
      /** Lets the wait end, and resolves at the next. */
      async pass(): Promise<void> {
        await waits();
        waiting.shift()?.();
        await waits();
      },
    };
  };

  it('is done each hour for as long as it is watched: the series goes on when a camera was silent for a while', async () => {
    let offset: number | null = -8 * HOUR;
    camera = await startScriptedRtsp({
      login: { user: 'admin', password: 'p@ss' },
      date: () => (offset === null ? 'none' : new Date(clock.now() + offset).toUTCString()),
    });
    const { timer, waits, pass } = byHand();
    const stop = new AbortController();
    const deps = { ...scene.runtime, tools: { ...mediaTools(), timer } };
    const watching = watchClock(deps, { id: CAMERA, url: urlOf(camera.port) }, stop.signal);
    await waits();
    expect(await readings()).toEqual([]);
    await pass();
    const [first] = await readings();
    expect(first).toMatchObject({ source: 'rtsp' });
    expect(Math.abs((first?.offset_ms ?? 0) + 8 * HOUR)).toBeLessThanOrEqual(1_000);
    await scene.drain();
    expect(await scene.hits()).toEqual(['E5 time_zone']);
    expect(await shown()).toMatchObject({ kind: 'zone', hours: -8 });

    // A firmware that tells no time for an hour, and then the right one.
    offset = null;
    await pass();
    expect(await readings()).toHaveLength(1);
    offset = 0;
    await pass();
    expect(await readings()).toHaveLength(2);
    await scene.drain();
    expect(await scene.hits()).toEqual([]);
    // It was asked politely: one log-in each time, for cameras lock themselves.
    expect(camera.logins).toBe(3);
    stop.abort();
    await watching;
  });

  it('never takes the watch of the camera down: not by a place that is not allowed any more, nor by a database that is gone', async () => {
    camera = await startScriptedRtsp({ date: () => new Date(clock.now() + 10 * MINUTE).toUTCString() });
    const { timer, waits, pass } = byHand();
    const stop = new AbortController();
    let refused = true;
    const tools = {
      ...mediaTools(),
      timer,
      address: async (url: string) => {
        if (refused) throw new Error('outside');
        return url;
      },
    };
    const deps = { ...scene.runtime, tools };
    const watching = watchClock(deps, { id: CAMERA, url: urlOf(camera.port) }, stop.signal);
    await pass();
    expect(await readings()).toEqual([]);
    refused = false;
    await scene.runtime.db.query('alter table camera_clock_readings rename to gone');
    await pass();
    await scene.runtime.db.query('alter table gone rename to camera_clock_readings');
    await pass();
    expect(await readings()).toHaveLength(1);
    await waits();
    stop.abort();
    await watching;
  });

  it('what a camera tells after it was let go of is not written', async () => {
    const stop = new AbortController();
    camera = await startScriptedRtsp({
      date: () => {
        stop.abort();
        return new Date(clock.now()).toUTCString();
      },
    });
    const { timer, pass } = byHand();
    const deps = { ...scene.runtime, tools: { ...mediaTools(), timer } };
    const watching = watchClock(deps, { id: CAMERA, url: urlOf(camera.port) }, stop.signal);
    void pass();
    await watching;
    expect(await readings()).toEqual([]);
  });
});
