import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCameraAddress, parseCameraAddress } from '../../../src/devices/camera-address.ts';
import { createCameraGuard } from '../../../src/devices/camera-guard.ts';
import { classifyClock } from '../../../src/devices/clock-class.ts';
import { gbFaults, makeGbIds, parseGbId } from '../../../src/devices/gb-id.ts';
import { measurePackets, parseFrameCrc } from '../../../src/devices/probe/packets.ts';
import { passwordFault } from '../../../src/devices/probe/password.ts';
import { medTypesNeeding, NO_MED_TYPE } from '../../../src/devices/scene-points.ts';
import { hideSecretsOf, redactUrl } from '../../../src/platform/log.ts';
import { offsetFromArrivals, promiseOf } from '../../../src/vision/captures/contact.ts';

const HOUR = 3_600_000;

describe('addresses', () => {
  it('any password survives being put in an address and read back, and no message tells it', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.string({ minLength: 4, unit: 'grapheme' }),
        (user, password) => {
          const address = {
            scheme: 'rtsp',
            host: '10.0.0.1',
            port: 554,
            login: { user, password },
            path: '/x',
          } as const;
          const url = formatCameraAddress(address, true);
          expect(parseCameraAddress(url).login).toEqual({ user, password });
          expect(redactUrl(`open ${url} failed`)).toBe('open rtsp://10.0.0.1/x failed');
        },
      ),
    );
  });

  it('ffmpeg’s words about a password that was not encoded hide its pieces', () => {
    const url = 'rtsp://admin:s3cr/et#w0rd@10.0.0.1:554/1';
    const hide = hideSecretsOf(url);
    for (const said of [
      `${url}: Invalid argument`,
      '[tcp @ 0x5581] Failed to resolve hostname admin: port s3cr',
      'Could not open et#w0rd@10.0.0.1',
      'path=et%23w0rd w0rd',
    ])
      expect(hide(said)).not.toMatch(/s3cr|w0rd/);
  });

  it('a name that means an allowed address now and another a moment later is opened where it was checked', async () => {
    const answers = [['10.0.0.7'], ['169.254.169.254']];
    const guard = createCameraGuard({ networks: '10.0.0.0/8', resolve: async () => answers.shift() ?? [] });
    expect((await guard.check('rtsp://u:p@cam.lan/1')).url).toBe('rtsp://u:p@10.0.0.7/1');
    await expect(guard.check('rtsp://u:p@cam.lan/1')).rejects.toMatchObject({ code: 'invalid_input' });
    const mixed = createCameraGuard({ networks: '10.0.0.0/8', resolve: async () => ['10.0.0.7', '127.0.0.1'] });
    await expect(mixed.check('rtsp://cam.lan/1')).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('clocks', () => {
  const now = Date.parse('2026-03-17T09:00:00+08:00');
  it.each([
    [0, 'ok', null],
    [4_000, 'ok', null],
    [-90_000, 'off', null],
    [8 * HOUR + 20_000, 'zone', 8],
    [-8 * HOUR, 'zone', -8],
    [HOUR + 10 * 60_000, 'off', null],
    [30 * 24 * HOUR, 'off', null],
  ])('%i ms off is called %s', (offset, name, hours) => {
    expect(classifyClock(now + offset, now, 1_000)).toEqual({ class: name, hours });
  });
  it('1970 and 2000 are a clock that fell back', () => {
    for (const at of ['1970-01-01T00:05:00Z', '2000-01-01T08:00:00Z'])
      expect(classifyClock(Date.parse(at), now, 1_000).class).toBe('reset');
  });
  it('captures of a store being emptied, in bursts too, measure no clock; two that agree a minute apart do', () => {
    const burst = [0, 1, 2]
      .map((i) => ({ deviceAt: now - 5 * HOUR + i * 1_000, receivedAt: now + i * 1_000 }))
      .reverse();
    expect(offsetFromArrivals(burst)).toBeNull();
    const live = [
      { deviceAt: now + 8 * HOUR + 65_000, receivedAt: now + 67_000 },
      { deviceAt: now + 8 * HOUR, receivedAt: now + 1_000 },
    ];
    expect(Math.abs((offsetFromArrivals(live)?.offsetMs ?? 0) - 8 * HOUR)).toBeLessThan(3_000);
  });
  it('heartbeats never promise sight without a capture, and never beyond themselves', () => {
    const contact = { beatAt: now, contactSince: now - HOUR, capturedAt: null, lateAt: null, waitingSince: null };
    expect(promiseOf(contact, now)?.state).toBe('unknown');
    expect(promiseOf({ ...contact, capturedAt: now - 25 * HOUR }, now)?.state).toBe('unknown');
    expect(promiseOf({ ...contact, capturedAt: now - HOUR }, now)).toMatchObject({ state: 'ok', until: now - 60_000 });
    expect(promiseOf({ ...contact, capturedAt: now - HOUR, waitingSince: now - 300_000 }, now)?.until).toBe(
      now - 360_000,
    );
    expect(promiseOf({ ...contact, capturedAt: now, lateAt: now - 60_000 }, now)?.until).toBeNull();
    expect(promiseOf({ ...contact, beatAt: now - 181_000 }, now)).toMatchObject({
      state: 'offline',
      from: now - 181_000,
    });
  });
});

describe('packets', () => {
  const crc = (frames: readonly [at: number, key: boolean][]) =>
    `#tb 0: 1/1000\n${frames.map(([at, key]) => `0, ${at}, ${at}, 66, 1000, 0xabcdef01${key ? '' : ', F=0x0'}`).join('\n')}\n`;
  const stream = (keys: readonly number[], seconds: number) =>
    Array.from({ length: seconds * 10 }, (_, i): [number, boolean] => [i * 100, keys.includes(i)]);

  it('measures rate and groups', () => {
    const measured = measurePackets(parseFrameCrc(crc(stream([0, 20, 40, 60], 8))), null);
    expect(measured).toMatchObject({ fps: 10, kbps: 80, gop: { seconds: 2, frames: 20, groups: 3, regular: true } });
  });
  it('tells groups that stretch from regular ones, and says when too few came', () => {
    expect(measurePackets(parseFrameCrc(crc(stream([0, 20, 60, 80], 10))), null).gop.regular).toBe(false);
    expect(measurePackets(parseFrameCrc(crc(stream([0], 10))), null).gop).toMatchObject({
      regular: null,
      seconds: null,
      openSeconds: 10,
    });
    expect(measurePackets([], null).fps).toBeNull();
  });
  it('a time stamp that leaps neither stretches the stream nor the rate', () => {
    const frames = stream([0, 20, 40], 6).map(([at, key]): [number, boolean] => [
      at > 3_000 ? at + 90_000_000 : at,
      key,
    ]);
    const measured = measurePackets(parseFrameCrc(crc(frames)), null);
    expect(measured.fps).toBe(10);
    expect(measured.gop.seconds).toBe(2);
  });
  it('anything at all can be read', () => {
    fc.assert(fc.property(fc.string(), (text) => void measurePackets(parseFrameCrc(text), 1)));
  });
});

it('passwords that are tried first are weak, long mixed ones are not', () => {
  for (const password of [
    '12345',
    'admin',
    'Hik12345',
    '888888',
    '12345678',
    'aaaaaaaa',
    'root',
    '7654321',
    'abcdefgh',
  ])
    expect(passwordFault({ user: 'admin', password }), password).not.toBeNull();
  expect(passwordFault({ user: 'watcher01', password: 'watcher01' })).toBe('same_as_user');
  expect(passwordFault(null)).toBe('none');
  expect(passwordFault({ user: 'admin', password: 'Grey-Heron-41' })).toBeNull();
});

it('ids of GB/T 28181 are read, refused with a reason, and made without doubles', () => {
  expect(parseGbId('41160300091322000001')).toMatchObject({
    division: '411603',
    industry: '09',
    type: '132',
    network: '2',
  });
  for (const bad of ['4116030009132200001', '99160300091322000001', '41160300771322000001', '4116030009132200000x'])
    expect(gbFaults(bad).length, bad).toBeGreaterThan(0);
  const parts = { regionCode: '411603001', industry: '09', type: '132', network: '2' };
  expect(makeGbIds(parts, new Set(['41160300091322000001']), 2)).toEqual([
    '41160300091322000002',
    '41160300091322000003',
  ]);
});

it('scene points say which settlements need a camera', () => {
  const points = [
    { medType: '*', scenePoint: 'counter' },
    { medType: '11', scenePoint: 'consulting' },
  ] as const;
  expect(medTypesNeeding(points, 'counter')).toEqual([]);
  expect(medTypesNeeding(points, 'consulting')).toEqual(['11']);
  expect(medTypesNeeding(points, 'entrance')).toEqual([NO_MED_TYPE]);
});
