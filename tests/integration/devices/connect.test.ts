import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFacesThread, type FacesThread } from '../../../src/devices/probe/faces-thread.ts';
import { decodeImage } from '../../../src/media/decode-image.ts';
import { loadConfig } from '../../../src/platform/config.ts';
import { makeFootage } from '../../support/footage.ts';
import { startMediaServer } from '../../support/media-server.ts';
import { mediaTools } from '../../support/media-tools.ts';
import { CLINIC, OTHER_CLINIC } from '../access/access-app.ts';
import { type ConnectWorld, createConnectWorld } from './connect-world.ts';

let world: ConnectWorld;
let faces: FacesThread;
beforeAll(async () => {
  faces = createFacesThread(loadConfig({}));
  world = await createConnectWorld({ findFaces: faces.find });
});
afterAll(async () => {
  await world.close();
  await faces.close();
});

const camera = { clinicCode: CLINIC, name: '收费窗口', scenePoint: 'counter' };
const SECRET = 'S3cret/@pass';

describe('presets', () => {
  it('an address is previewed without its password, special characters and all', async () => {
    const wires = await world.logIn('wires');
    const preview = (body: object) => wires.call('POST', '/v1/camera-presets/preview', body);
    const hik = await preview({ brand: 'hikvision', host: '10.1.2.3', channel: 2, user: 'admin', password: SECRET });
    expect(hik.body).toEqual({ url: 'rtsp://admin:***@10.1.2.3/Streaming/Channels/202' });
    const dahua = await preview({ brand: 'dahua', host: '10.1.2.3', stream: 'main', user: 'a b', password: SECRET });
    expect(dahua.body).toEqual({ url: 'rtsp://a%20b:***@10.1.2.3/cam/realmonitor?channel=1&subtype=0' });
    for (const host of ['10.1.2.3/../x', 'a@b', 'evil\r\nHost: x', '-oProxy', '10.1.2.3:1@2']) {
      const refused = await preview({ brand: 'tplink', host, user: 'u', password: SECRET });
      expect(refused.status, host).toBe(400);
      expect(JSON.stringify(refused.body)).not.toContain('S3cret');
    }
    expect((await preview({ brand: 'generic', host: '10.1.2.3' })).status).toBe(400);
    const list = (await wires.call('GET', '/v1/camera-presets')).body as { items: { brand: string }[] };
    expect(list.items.map(({ brand }) => brand)).toEqual(
      expect.arrayContaining(['hikvision', 'dahua', 'uniview', 'tplink', 'ezviz', 'generic']),
    );
  });
});

describe('passwords', () => {
  it('are stored encrypted, and never come back: by the list, an error, the audit or the log', async () => {
    const admin = await world.logIn('admin');
    const url = `rtsp://admin:${encodeURIComponent(SECRET)}@10.0.0.9/Streaming/Channels/102`;
    const put = await admin.call('PUT', '/v1/cameras/cam-1', { ...camera, sourceUrl: url });
    expect(put.status).toBe(200);
    const preset = { brand: 'hikvision', host: '10.0.0.9', user: 'admin', password: SECRET };
    expect((await admin.call('PUT', '/v1/cameras/cam-2', { ...camera, source: preset })).status).toBe(200);
    const { rows } = await world.runtime.db.query<{ source_url_enc: Buffer }>('select source_url_enc from cameras');
    const everything = [
      put.body,
      (await admin.call('GET', '/v1/cameras')).body,
      (await world.runtime.db.query('select * from audit_entries')).rows,
      rows.map((row) => row.source_url_enc.toString('latin1')),
    ];
    expect(JSON.stringify(everything)).not.toMatch(/S3cret|%40pass/);
    const sealed = await world.runtime.db.query<{ id: string; source_url_enc: Buffer }>(
      'select id, source_url_enc from cameras order by id',
    );
    for (const row of sealed.rows)
      expect(world.runtime.keyring.openText('secret', row.source_url_enc, `camera:${row.id}`)).toBe(url);
  });
});

describe('the address guard', () => {
  it.each([
    ['rtsp://8.8.8.8/1', 'outside'],
    ['rtsp://169.254.169.254/latest', 'metadata'],
    ['http://192.168.1.1/x.flv', 'not in this installation’s networks'],
    ['rtsp://[::ffff:8.8.8.8]/1', 'IPv4 in IPv6'],
    ['rtsp://0x8080808/1', 'another spelling'],
    ['file:///etc/passwd', 'a file'],
    ['/etc/passwd', 'a path'],
    ['footage:/data/index.json', 'our own recordings'],
    ['concat:/etc/passwd|/etc/hosts', 'ffmpeg’s own protocols'],
    ['ftp://10.0.0.1/x', 'another protocol'],
    ['tcp://10.0.0.1:5432', 'a bare port'],
    ['rtmp://10.0.0.1/live/x live=1 swfUrl=file', 'options behind a blank'],
    ['rtsp://10.0.0.1/x\r\nHost: evil', 'a header'],
    ['rtsp://10.0.0.1:99999/x', 'no port'],
    ['rtsp://admin:a/b@10.0.0.1/x', 'a password that was not encoded'],
  ])('%s is refused (%s), nothing of it stored', async (sourceUrl) => {
    const wires = await world.logIn('wires');
    const put = await wires.call('PUT', '/v1/cameras/bad', { ...camera, sourceUrl });
    expect(put.status).toBe(400);
    const body = put.body as { error: { remedy: string } };
    expect(body.error.remedy).toBeTruthy();
    expect((await world.runtime.db.query("select 1 from cameras where id = 'bad'")).rowCount).toBe(0);
    const probe = await wires.call('POST', '/v1/cameras/probe', { sourceUrl });
    const found = probe.body as { ok: boolean; checks: { id: string; ok: boolean }[] };
    expect(found.ok).toBe(false);
    expect(found.checks.filter(({ ok }) => !ok).map(({ id }) => id)).toEqual(['address']);
  });
});

describe('who may', () => {
  it('only those with the right, only in their region', async () => {
    const url = 'rtsp://10.0.0.1/1';
    for (const name of ['shenqiu', 'reader', 'doctor']) {
      const caller = await world.logIn(name);
      expect((await caller.call('POST', '/v1/cameras/probe', { sourceUrl: url })).status, name).toBe(403);
      expect(
        (await caller.call('POST', '/v1/camera-presets/preview', { brand: 'dahua', host: '10.0.0.1' })).status,
      ).toBe(403);
    }
    const admin = await world.logIn('admin');
    await admin.call('PUT', '/v1/cameras/elsewhere', { ...camera, clinicCode: OTHER_CLINIC, sourceUrl: url });
    const local = await world.logIn('shenqiu-admin');
    expect((await local.call('POST', '/v1/cameras/probe', { cameraId: 'elsewhere' })).status).toBe(404);
    expect((await local.call('POST', '/v1/cameras/elsewhere/reference')).status).toBe(404);
    expect((await local.call('GET', '/v1/cameras/elsewhere/reference')).status).toBe(404);
  });
});

describe('with a stream', () => {
  let dir: string;
  let server: Awaited<ReturnType<typeof startMediaServer>>;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'claimsight-connect-'));
    const film = await makeFootage(join(dir, 'film.mp4'), {
      seconds: 20,
      keyframeSeconds: 1,
      baseline: true,
      people: [{ who: 'ann', from: 0, to: 20, start: [0.5, 0.5] }],
    });
    server = await startMediaServer(mediaTools().binary.path, film);
  });
  afterAll(async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('a registered camera is probed; its face is measured and hidden; its reference view is kept encrypted, without people', async () => {
    const wires = await world.logIn('wires');
    await wires.call('PUT', '/v1/cameras/live', { ...camera, sourceUrl: server.flv });
    const probe = await wires.call('POST', '/v1/cameras/probe', { cameraId: 'live', seconds: 3 });
    const found = probe.body as { ok: boolean; faces: { facePx: number }[]; picture: { jpeg: string } };
    expect(found.ok).toBe(true);
    expect(found.faces).toHaveLength(1);
    const shown = await decodeImage(Buffer.from(found.picture.jpeg, 'base64'));
    expect(await faces.find(shown)).toEqual([]);

    expect((await wires.call('GET', '/v1/cameras/live/reference')).status).toBe(404);
    const taken = await wires.call('POST', '/v1/cameras/live/reference');
    expect(taken.status).toBe(201);
    const view = await wires.call('GET', '/v1/cameras/live/reference');
    expect(view.headers['content-type']).toBe('image/jpeg');
    expect(await faces.find(await decodeImage(view.raw))).toEqual([]);
  });
});
