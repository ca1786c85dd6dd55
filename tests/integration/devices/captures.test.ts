import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { captureChores } from '../../../src/devices/captures/capture.store.ts';
import { viidTime } from '../../../src/devices/captures/gat1400.ts';
import { loadConfig } from '../../../src/platform/config.ts';
import { digestHeader, parseChallenge } from '../../../src/platform/digest-auth.ts';
import { captureHandler, contactHandler } from '../../../src/vision/captures/capture.handlers.ts';
import { type OpenFaces, openFaces } from '../../../src/vision/open-vision.ts';
import { PEOPLE, type PersonName, photoOf } from '../../support/footage.ts';
import { workOff } from '../../support/work-off.ts';
import { CLINIC, OTHER_CLINIC } from '../access/access-app.ts';
import { type ConnectWorld, createConnectWorld } from './connect-world.ts';

const MINUTE = 60_000;
let world: ConnectWorld;
let faces: OpenFaces;
let pictures: Record<PersonName, Buffer>;
let serial = 0;

beforeAll(async () => {
  faces = await openFaces(loadConfig({}));
  world = await createConnectWorld();
  const cut = async (name: PersonName): Promise<[PersonName, Buffer]> => {
    const { photo, x, y, width, height } = PEOPLE[name];
    const left = Math.max(0, x - Math.round(width * 0.3));
    const top = Math.max(0, y - Math.round(height * 0.25));
    const area = { left, top, width: Math.round(width * 1.6), height: Math.round(height * 1.6) };
    return [name, await sharp(photoOf(photo)).extract(area).jpeg({ quality: 90 }).toBuffer()];
  };
  pictures = Object.fromEntries(await Promise.all((['ann', 'bea'] as const).map(cut))) as typeof pictures;
});
afterAll(async () => {
  await world.close();
  await faces.close();
});

const now = () => world.runtime.clock.now();
const work = (analyzer: OpenFaces['analyzer'] | null = faces.analyzer) => {
  const deps = { ...world.runtime, analyzer };
  return workOff(world.runtime, [captureHandler(deps), contactHandler(deps)]);
};

interface Device {
  readonly deviceId: string;
  readonly cameraId: string;
  readonly secret: string;
  readonly pushPathWithKey: string;
}

async function addDevice(protocol: 'gat1400' | 'isapi', clinicCode = CLINIC): Promise<Device> {
  const admin = await world.logIn('admin');
  const n = ++serial;
  const cameraId = `push-${n}`;
  const camera = { clinicCode, name: '抓拍机', scenePoint: 'counter', push: true };
  expect((await admin.call('PUT', `/v1/cameras/${cameraId}`, camera)).status).toBe(200);
  const deviceId = protocol === 'gat1400' ? `4116240009132200${String(n).padStart(4, '0')}` : `hik-${n}`;
  const made = await admin.call('PUT', `/v1/capture-devices/${deviceId}`, { cameraId, protocol });
  expect(made.status).toBe(200);
  return made.body as Device;
}

interface Sent {
  readonly url: string;
  readonly payload?: object | Buffer;
  readonly headers?: Record<string, string>;
  readonly from?: string;
  readonly method?: 'GET' | 'POST';
}
async function send({ url, payload, headers = {}, from = '10.1.1.1', method = 'POST' }: Sent) {
  const body = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload ?? {}));
  const answer = await world.app.inject({
    method,
    url,
    remoteAddress: from,
    headers: { 'content-type': 'application/VIID+JSON;charset=utf-8', ...headers },
    ...(method === 'POST' ? { payload: body } : {}),
  });
  return { status: answer.statusCode, body: answer.body, headers: answer.headers };
}

async function challenged(sent: Sent): Promise<string> {
  const first = await send(sent);
  expect(first.status).toBe(401);
  return String(first.headers['www-authenticate']);
}

function answerTo(
  challenge: string,
  device: { deviceId: string; secret: string },
  url: string,
  method = 'POST',
): string {
  const parsed = parseChallenge([challenge]);
  if (parsed === null) throw new Error('no challenge');
  const cnonce = randomBytes(4).toString('hex');
  return digestHeader(parsed, {
    username: device.deviceId,
    password: device.secret,
    method,
    uri: url,
    nc: '00000001',
    cnonce,
  });
}

async function register(device: Device, from = '10.1.1.1') {
  const url = '/VIID/System/Register';
  const payload = { RegisterObject: { DeviceID: device.deviceId } };
  const authorization = answerTo(await challenged({ url, payload, from }), device, url);
  return send({ url, payload, from, headers: { authorization } });
}
const keepalive = (device: Device, from = '10.1.1.1') =>
  send({
    url: '/VIID/System/Keepalive',
    payload: { KeepaliveObject: { DeviceID: device.deviceId } },
    headers: { 'user-identify': device.deviceId },
    from,
  });

const faceOf = (id: string, picture: Buffer | null, at: number, more: object = {}) => ({
  FaceID: id,
  InfoKind: 1,
  SourceID: id.slice(0, 41),
  ...more,
  SubImageList: {
    SubImageInfoObject: [
      { ImageID: `${id}-scene`, Type: '14', FileFormat: 'Jpeg', ShotTime: viidTime(at, 'Asia/Shanghai'), Data: '' },
      {
        ImageID: id,
        Type: '11',
        FileFormat: 'Jpeg',
        ShotTime: viidTime(at, 'Asia/Shanghai'),
        Data: picture?.toString('base64') ?? '',
      },
    ],
  },
});
const pushFaces = (device: Device, list: readonly object[], from = '10.1.1.1') =>
  send({
    url: '/VIID/Faces',
    payload: { FaceListObject: { FaceObject: list } },
    headers: { 'user-identify': device.deviceId },
    from,
  });
const appearances = async (cameraId: string) =>
  (
    await world.runtime.db.query<{
      id: string;
      from_at: number;
      to_at: number;
      faces: number;
      template_id: string | null;
      quality: number;
    }>(
      'select id, from_at, to_at, faces, template_id, quality from appearances where camera_id = $1 order by from_at',
      [cameraId],
    )
  ).rows;
const capturesOf = async (cameraId: string) =>
  (
    await world.runtime.db.query<{ state: string; reason: string | null }>(
      'select state, reason from captures where camera_id = $1 order by received_at, id',
      [cameraId],
    )
  ).rows;

describe('GA/T 1400', () => {
  let device: Device;
  beforeEach(async () => {
    device = await addDevice('gat1400');
  });

  it('a device logs in by digest, keeps alive and pushes a face: it becomes an appearance at the device’s own time', async () => {
    expect(JSON.parse((await register(device)).body)).toMatchObject({
      ResponseStatusObject: { StatusCode: 0, Id: device.deviceId },
    });
    expect(JSON.parse((await keepalive(device)).body).ResponseStatusObject.StatusCode).toBe(0);
    const answer = await pushFaces(device, [faceOf('F1', pictures.ann, now() - 3_000)]);
    expect(answer.headers['content-type']).toContain('VIID+JSON');
    expect(JSON.parse(answer.body)).toMatchObject({
      ResponseStatusListObject: { ResponseStatusObject: [{ StatusCode: 0, Id: 'F1', RequestURL: '/VIID/Faces' }] },
    });
    await work();
    const [seen, ...others] = await appearances(device.cameraId);
    expect(others).toEqual([]);
    expect(seen).toMatchObject({ from_at: Math.floor((now() - 3_000) / 1000) * 1000, faces: 1 });
    expect(seen?.template_id).not.toBeNull();
    const shots = await world.runtime.db.query<{ blob_sha256: Buffer }>(
      'select blob_sha256 from appearance_shots where appearance_id = $1',
      [seen?.id],
    );
    const kept = await world.runtime.blobs.get(shots.rows[0]?.blob_sha256 ?? Buffer.alloc(0));
    expect((await sharp(kept).metadata()).format).toBe('jpeg');
  });

  it('a client that keeps its body back until it is asked to log in is asked, also within a session', async () => {
    await register(device);
    const url = '/VIID/System/Keepalive';
    const headers = { 'user-identify': device.deviceId };
    const empty = await send({ url, payload: Buffer.alloc(0), headers });
    expect(empty.status).toBe(401);
    const authorization = answerTo(String(empty.headers['www-authenticate']), device, url);
    const payload = { KeepaliveObject: { DeviceID: device.deviceId } };
    expect((await send({ url, payload, headers: { ...headers, authorization } })).status).toBe(200);
  });

  it('the same capture pushed again changes nothing; another face, one more; the same face soon after, the same visit', async () => {
    await register(device);
    for (let i = 0; i < 3; i++) await pushFaces(device, [faceOf('F1', pictures.ann, now())]);
    await work();
    expect(await appearances(device.cameraId)).toHaveLength(1);
    await pushFaces(device, [faceOf('F2', pictures.bea, now() + 5_000), faceOf('F3', pictures.ann, now() + 10_000)]);
    await work();
    await work();
    const seen = await appearances(device.cameraId);
    expect(seen.map(({ faces: count }) => count).sort()).toEqual([1, 2]);
  });

  it('bad pictures are set aside with their reason, and are no appearance', async () => {
    await register(device);
    const plain = await sharp({ create: { width: 200, height: 200, channels: 3, background: '#887766' } })
      .jpeg()
      .toBuffer();
    const garbage = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(4000)]);
    await pushFaces(device, [
      faceOf('B1', plain, now()),
      faceOf('B2', garbage, now()),
      faceOf('B3', randomBytes(500), now()),
      faceOf('B4', null, now()),
      faceOf('B5', pictures.ann, Date.parse('1970-01-02T00:00:00Z')),
      faceOf('B6', pictures.ann, now() - 40 * 86_400_000),
    ]);
    await work();
    expect(await appearances(device.cameraId)).toEqual([]);
    const reasons = (await capturesOf(device.cameraId)).map(({ state, reason }) => `${state}:${reason}`);
    expect(reasons.sort()).toEqual(
      ['clock_implausible', 'clock_reset', 'no_face', 'no_picture', 'not_a_picture', 'not_a_picture'].map(
        (reason) => `quarantined:${reason}`,
      ),
    );
    const list = (await (await world.logIn('wires')).call('GET', `/v1/capture-devices?clinic=${CLINIC}`)).body as {
      items: { deviceId: string; quarantined: { reason: string; zh: string }[] }[];
    };
    const mine = list.items.find(({ deviceId }) => deviceId === device.deviceId);
    expect(mine?.quarantined.find(({ reason }) => reason === 'clock_reset')?.zh).toContain('时钟');
  });

  it('without a log-in, with a wrong secret, an old challenge, another’s name or address: nothing is taken', async () => {
    const other = await addDevice('gat1400');
    const url = '/VIID/System/Register';
    const payload = { RegisterObject: { DeviceID: device.deviceId } };
    const challenge = await challenged({ url, payload });
    const wrong = answerTo(challenge, { ...device, secret: 'guess' }, url);
    expect((await send({ url, payload, headers: { authorization: wrong } })).status).toBe(401);
    const right = answerTo(challenge, device, url);
    // Overheard, and sent from elsewhere, for another thing, or for somebody else.
    expect((await send({ url, payload, headers: { authorization: right }, from: '10.9.9.9' })).status).toBe(401);
    expect((await send({ url: '/VIID/Faces', payload: {}, headers: { authorization: right } })).status).toBe(401);
    const asOther = { RegisterObject: { DeviceID: other.deviceId } };
    expect((await send({ url, payload: asOther, headers: { authorization: right } })).status).toBe(400);
    expect((await keepalive(device)).status).toBe(401);
    expect((await pushFaces(device, [faceOf('X', pictures.ann, now())])).status).toBe(401);
    const nobody = answerTo(challenge, { deviceId: '41160000001322000999', secret: '' }, url);
    expect((await send({ url, payload, headers: { authorization: nobody } })).status).toBe(401);
    await register(device);
    expect((await keepalive(device, '10.9.9.9')).status).toBe(401);
    world.runtime.clock.advance(4 * MINUTE);
    expect((await keepalive(device)).status).toBe(401);
    expect(await capturesOf(device.cameraId)).toEqual([]);
  });

  it('broken, endless and unasked-for messages are answered in the protocol, never by a crash', async () => {
    await register(device);
    const headers = { 'user-identify': device.deviceId };
    const url = '/VIID/Faces';
    const status = async (payload: object | Buffer) => {
      const answer = await send({ url, payload, headers });
      return [answer.status, JSON.parse(answer.body).ResponseStatusObject?.StatusCode];
    };
    expect(await status(Buffer.from('{"FaceListObject":'))).toEqual([400, 7]);
    expect(await status({ nothing: true })).toEqual([400, 8]);
    expect(await status({ FaceListObject: { FaceObject: Array.from({ length: 100 }, () => ({})) } })).toEqual([400, 8]);
    expect(await status(Buffer.alloc(17 * 1024 * 1024, 0x20))).toEqual([413, 8]);
    expect((await send({ url: '/VIID/System/Time', method: 'GET', headers })).body).toContain('LocalTime');
  });

  it('its secret is told once, never again, and those without the right cannot make one', async () => {
    const wires = await world.logIn('wires');
    expect(JSON.stringify((await wires.call('GET', `/v1/capture-devices?clinic=${CLINIC}`)).body)).not.toContain(
      device.secret,
    );
    const { rows } = await world.runtime.db.query('select * from capture_devices');
    expect(JSON.stringify(rows)).not.toContain(device.secret);
    const body = { cameraId: device.cameraId, protocol: 'gat1400' };
    for (const name of ['shenqiu', 'reader', 'doctor'])
      expect((await (await world.logIn(name)).call('PUT', `/v1/capture-devices/${device.deviceId}`, body)).status).toBe(
        403,
      );
    const elsewhere = await addDevice('gat1400', OTHER_CLINIC);
    const local = await world.logIn('shenqiu-admin');
    const taken = await local.call('PUT', '/v1/capture-devices/41160000001322009998', {
      ...body,
      cameraId: elsewhere.cameraId,
    });
    expect(taken.status).toBe(404);
    const stolen = await local.call('PUT', `/v1/capture-devices/${elsewhere.deviceId}`, body);
    expect(stolen.status).toBe(409);
    const renewed = (await wires.call('PUT', `/v1/capture-devices/${device.deviceId}`, body)).body as Device;
    expect(renewed.secret).not.toBe(device.secret);
    const url = '/VIID/System/Register';
    const payload = { RegisterObject: { DeviceID: device.deviceId } };
    const old = answerTo(await challenged({ url, payload }), device, url);
    expect((await send({ url, payload, headers: { authorization: old } })).status).toBe(401);
  });

  it('where face recognition is off, faces are counted and no picture is stored', async () => {
    await world.runtime.db.query('update clinics set face_recognition = false where code = $1', [CLINIC]);
    await register(device);
    await pushFaces(device, [faceOf('F1', pictures.ann, now())]);
    await work();
    await world.runtime.db.query('update clinics set face_recognition = true where code = $1', [CLINIC]);
    expect(await appearances(device.cameraId)).toMatchObject([{ template_id: null, faces: 1 }]);
    const stored = await world.runtime.db.query(
      'select 1 from captures where camera_id = $1 and blob_sha256 is not null',
      [device.cameraId],
    );
    expect(stored.rowCount).toBe(0);
  });
});

describe('what heartbeats promise', () => {
  const health = async (device: Device) => {
    const { rows } = await world.runtime.db.query<{ state: string; from_at: number; reason: string | null }>(
      'select state, from_at, reason from device_states where camera_id = $1 order by from_at',
      [device.cameraId],
    );
    const mark = await world.runtime.db.query<{ until_at: number }>(
      'select until_at from camera_watermarks where camera_id = $1',
      [device.cameraId],
    );
    return { states: rows.map(({ state }) => state), last: rows.at(-1), until: mark.rows[0]?.until_at ?? null };
  };
  const beatFor = async (device: Device, minutes: number) => {
    for (let i = 0; i < minutes; i++) {
      world.runtime.clock.advance(MINUTE);
      expect((await keepalive(device)).status).toBe(200);
      await work();
    }
  };

  it('alone they are no sight: the camera is unknown until it proves itself by a capture, and offline when they stop', async () => {
    const device = await addDevice('gat1400');
    await register(device);
    await beatFor(device, 12);
    expect(await health(device)).toMatchObject({ states: ['unknown'], last: { reason: 'heartbeat_only' } });
    await pushFaces(device, [faceOf('F1', pictures.ann, now())]);
    await work();
    await beatFor(device, 1);
    const good = await health(device);
    expect(good.states).toEqual(['unknown', 'ok']);
    // A minute for what is on its way; and never further than the newest heartbeat.
    expect(good.until).toBe(now() - MINUTE);
    world.runtime.clock.advance(10 * MINUTE);
    await captureChores(world.runtime);
    await work();
    expect((await health(device)).states).toEqual(['unknown', 'ok', 'offline']);
    expect((await health(device)).until).toBe(good.until);
  });

  it('a camera that comes back may still have captures of the time before: the watermark waits', async () => {
    const device = await addDevice('gat1400');
    await register(device);
    await pushFaces(device, [faceOf('F1', pictures.ann, now())]);
    await beatFor(device, 12);
    const before = (await health(device)).until;
    world.runtime.clock.advance(30 * MINUTE);
    await register(device);
    await beatFor(device, 5);
    expect((await health(device)).until).toBe(before);
    await beatFor(device, 8);
    expect((await health(device)).until).toBeGreaterThan(before ?? 0);
  });

  it('a clock eight hours off is measured from captures that agree, and named', async () => {
    const device = await addDevice('gat1400');
    await register(device);
    for (const id of ['F1', 'F2', 'F3']) {
      await pushFaces(device, [faceOf(id, pictures.ann, now() - 8 * 3_600_000)]);
      await work();
      await beatFor(device, 2);
    }
    const list = (await (await world.logIn('wires')).call('GET', `/v1/capture-devices?clinic=${CLINIC}`)).body as {
      items: { deviceId: string; clock: { class: string; hours: number; zh: string } }[];
    };
    expect(list.items.find(({ deviceId }) => deviceId === device.deviceId)?.clock).toMatchObject({
      class: 'zone',
      hours: -8,
      zh: expect.stringContaining('时区'),
    });
  });

  it('a store being emptied does not move the clock', async () => {
    const device = await addDevice('gat1400');
    await register(device);
    const old = now() - 5 * 3_600_000;
    for (let i = 0; i < 8; i++) {
      await pushFaces(device, [faceOf(`L${i}`, pictures.ann, old + i * 20 * MINUTE)]);
      await work();
      await beatFor(device, 1);
    }
    const { rowCount } = await world.runtime.db.query('select 1 from camera_clock_offsets where camera_id = $1', [
      device.cameraId,
    ]);
    expect(rowCount).toBe(0);
    expect(await appearances(device.cameraId)).toHaveLength(8);
  });
});

describe('Hikvision ISAPI', () => {
  const part = (headers: readonly string[], body: Buffer | string) =>
    Buffer.concat([
      Buffer.from(`--boundary\r\n${headers.join('\r\n')}\r\n\r\n`),
      Buffer.from(body as string),
      Buffer.from('\r\n'),
    ]);
  const multipart = (...parts: Buffer[]) => Buffer.concat([...parts, Buffer.from('--boundary--\r\n')]);
  const alert = (at: number, type = 'faceCapture', id = 'pid-1') =>
    `<?xml version="1.0" encoding="UTF-8"?><EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"><ipAddress>10.0.0.5</ipAddress><channelID>1</channelID><dateTime>${new Date(at + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00</dateTime><activePostCount>1</activePostCount><eventType>${type}</eventType><eventState>${type === 'videoloss' ? 'inactive' : 'active'}</eventState><FaceCaptureList><FaceCapture><pid>${id}</pid></FaceCapture></FaceCaptureList></EventNotificationAlert>`;
  const post = (
    url: string,
    payload: Buffer,
    type = 'multipart/form-data; boundary=boundary',
    headers: Record<string, string> = {},
  ) => send({ url, payload, headers: { 'content-type': type, ...headers } });

  it('a multipart of XML and pictures becomes an appearance: the face, not the scene behind it', async () => {
    const device = await addDevice('isapi');
    const body = multipart(
      part(['Content-Disposition: form-data; name="faceCapture"', 'Content-Type: application/xml'], alert(now())),
      part(
        [
          'Content-Disposition: form-data; name="backgroundImage"; filename="background.jpg"',
          'Content-Type: image/jpeg',
        ],
        pictures.bea,
      ),
      part(
        ['Content-Disposition: form-data; name="faceImage"; filename="face.jpg"', 'Content-Type: image/jpeg'],
        pictures.ann,
      ),
    );
    for (let i = 0; i < 2; i++) {
      const answer = await post(device.pushPathWithKey, body);
      expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('<statusCode>1</statusCode>')]);
    }
    await work();
    const seen = await appearances(device.cameraId);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.from_at).toBe(Math.floor(now() / 1000) * 1000);
  });

  it('JSON in multipart/mixed, without dispositions and by digest, is the same', async () => {
    const device = await addDevice('isapi');
    const json = JSON.stringify({
      dateTime: new Date(now()).toISOString(),
      eventType: 'alarmResult',
      alarmResult: [{ faces: [{ faceId: 7 }] }],
    });
    const body = multipart(
      part(['Content-Type: application/json'], json),
      part(['Content-Type: image/jpeg'], pictures.ann),
    );
    const url = `/capture/isapi/${device.deviceId}`;
    const type = 'multipart/mixed; boundary=boundary';
    const challenge = String((await post(url, body, type)).headers['www-authenticate']);
    expect((await post(url, body, type, { authorization: answerTo(challenge, device, url) })).status).toBe(200);
    await work();
    expect(await appearances(device.cameraId)).toHaveLength(1);
  });

  it('a heartbeat with a time measures the clock; other events and broken ones do no harm; a wrong key is refused', async () => {
    const device = await addDevice('isapi');
    const xmlType = 'application/xml';
    expect((await post(device.pushPathWithKey, Buffer.from(alert(now() + 90_000, 'videoloss')), xmlType)).status).toBe(
      200,
    );
    expect((await post(device.pushPathWithKey, Buffer.from(alert(now(), 'linedetection')), xmlType)).status).toBe(200);
    for (const broken of [
      '',
      '<EventNotificationAlert',
      '{"a":',
      '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    ])
      expect((await post(device.pushPathWithKey, Buffer.from(broken), xmlType)).status, broken).toBeLessThan(500);
    expect((await post(device.pushPathWithKey, Buffer.from('--boundary\r\nhalf'), undefined)).status).toBe(400);
    expect((await post(`${device.pushPathWithKey}0`, Buffer.from(alert(now())), xmlType)).status).toBe(401);
    expect((await post('/capture/isapi/nobody/00', Buffer.from(alert(now())), xmlType)).status).toBe(401);
    await work();
    const { rows } = await world.runtime.db.query<{ offset_ms: number }>(
      'select offset_ms from camera_clock_offsets where camera_id = $1',
      [device.cameraId],
    );
    expect(Math.abs((rows[0]?.offset_ms ?? 0) - 90_000)).toBeLessThan(1_500);
    expect(await appearances(device.cameraId)).toEqual([]);
  });
});
