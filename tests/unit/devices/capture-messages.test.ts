import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFaceList } from '../../../src/devices/captures/gat1400.ts';
import { readNotification, readParts } from '../../../src/devices/captures/isapi.ts';
import { channelsOf, devicesOf, idsOfStream, mediaOf, newsOf } from '../../../src/devices/gateway/gateway.ts';

const ZONE = 'Asia/Shanghai';
const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(200, 7)]);
const whole = Buffer.concat([
  Buffer.from(
    '--b\r\nContent-Disposition: form-data; name="x"\r\nContent-Type: application/xml\r\n\r\n<EventNotificationAlert><eventType>faceCapture</eventType><dateTime>2026-03-17T09:00:00+08:00</dateTime></EventNotificationAlert>\r\n--b\r\nContent-Type: image/jpeg\r\n\r\n',
  ),
  jpeg,
  Buffer.from('\r\n--b--\r\n'),
]);
const read = async (body: Buffer): Promise<ReturnType<typeof readNotification> | 'refused'> =>
  readParts(body, 'multipart/form-data; boundary=b').then(
    (parts) => readNotification(parts, ZONE),
    () => 'refused' as const,
  );

describe('ISAPI notifications', () => {
  it('are read, or refused, wherever they are cut off: nobody waits for ever', async () => {
    expect(await read(whole)).toMatchObject({ captures: [{ deviceAt: Date.parse('2026-03-17T01:00:00Z') }] });
    for (let end = 0; end < whole.length; end++) await read(whole.subarray(0, end));
  }, 20_000);

  it('any bytes, boundaries and trees are survived', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.string(), async (bytes, type) => {
        const parts = await readParts(Buffer.from(bytes), type).catch(() => []);
        readNotification(parts, ZONE);
      }),
    );
    fc.assert(
      fc.property(
        fc.json(),
        (json) =>
          void readNotification([{ headers: {}, body: Buffer.from(`{"eventType":"faceCapture","x":${json}}`) }], ZONE),
      ),
    );
  });

  it('a tree that is nested for ever costs no time', async () => {
    const deep = `<EventNotificationAlert>${'<a>'.repeat(3_000)}${'</a>'.repeat(3_000)}<eventType>heartBeat</eventType></EventNotificationAlert>`;
    // Whether it is read or refused does not matter.
    readNotification([{ headers: {}, body: Buffer.from(deep) }], ZONE);
    const bomb = `<!DOCTYPE a [<!ENTITY x "${'y'.repeat(1_000)}"><!ENTITY z "${'&x;'.repeat(1_000)}">]><EventNotificationAlert><eventType>&z;&z;</eventType></EventNotificationAlert>`;
    expect(JSON.stringify(readNotification([{ headers: {}, body: Buffer.from(bomb) }], ZONE)).length).toBeLessThan(
      10_000,
    );
  });
});

it('any face list is read or refused', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      parseFaceList(value, ZONE);
      parseFaceList({ FaceListObject: { FaceObject: value } }, ZONE);
    }),
  );
  const one = {
    FaceID: 7,
    SubImageList: { SubImageInfoObject: { Type: 11, ShotTime: '20260317090000', Data: jpeg.toString('base64') } },
  };
  expect(parseFaceList({ FaceListObject: { FaceObject: one } }, ZONE)).toMatchObject([
    { faceId: '7', capture: { captureId: '7', deviceAt: Date.parse('2026-03-17T01:00:00Z') } },
  ]);
});

it('any answer of a gateway is read as far as it goes', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      devicesOf(value);
      devicesOf({ list: [value] });
      channelsOf({ list: [value, { channelId: '1', status: value }] }, { deviceId: 'd', online: null });
      mediaOf([value]);
      newsOf('on_stream_changed', value);
      newsOf('device_status', { deviceId: '1', status: value });
    }),
    { examples: [[{ toString: false }]] },
  );
  const device = '41162400091182000001';
  expect(idsOfStream(`${device}_41162400091322000001`)).toEqual({
    deviceId: device,
    channelId: '41162400091322000001',
  });
  expect(
    channelsOf({ list: [{ channelId: 'c', status: 'ON' }] }, { deviceId: 'd', online: false }).rows[0]?.online,
  ).toBe(false);
});
