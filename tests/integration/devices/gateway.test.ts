import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { camerasToWatch } from '../../../src/devices/camera.store.ts';
import { createGatewayChore } from '../../../src/devices/gateway/gateway.store.ts';
import { advanceWatermark } from '../../../src/ledgers/presence/watermark.store.ts';
import { gatewayStreamHandler } from '../../../src/vision/captures/stream.handler.ts';
import { workOff } from '../../support/work-off.ts';
import { CLINIC, OTHER_CLINIC } from '../access/access-app.ts';
import { type ConnectWorld, createConnectWorld } from './connect-world.ts';

const NVR = '41162400091182000001';
const channel = (n: number) => `4116240009132200000${n}`;
const KEY = 'gateway-key-S3cret';

/** A WVP as far as it is asked, by a script: what it lists and what goes wrong. */
interface Wvp {
  url: string;
  devices: { deviceId: string; name: string; onLine: boolean }[];
  channels: Record<string, object[]>;
  fail: 'no' | 'login' | 'html' | 'redirect' | 'code';
  readonly played: string[];
  close(): void;
}
async function startWvp(): Promise<Wvp> {
  const wvp: Wvp = {
    url: '',
    devices: [{ deviceId: NVR, name: '录像机', onLine: true }],
    channels: { [NVR]: [1, 2].map((n) => ({ channelId: channel(n), name: `通道${n}`, status: 'ON' })) },
    fail: 'no',
    played: [],
    close: () => server.close(),
  };
  const server = createServer((request: IncomingMessage, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
    const say = (body: unknown, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (wvp.fail === 'redirect') return void response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    if (wvp.fail === 'html') return say('<html>nginx</html>');
    if (wvp.fail === 'code') return say({ code: 100, msg: `failed for key ${KEY}` });
    if (wvp.fail === 'login' || request.headers['api-key'] !== KEY) return say({ code: 401, msg: '未登录' }, 401);
    const listed = (all: readonly object[]): void => {
      const [page, count] = [Number(searchParams.get('page')), Number(searchParams.get('count'))];
      say({ code: 0, msg: '成功', data: { total: all.length, list: all.slice((page - 1) * count, page * count) } });
    };
    const channels = /^\/api\/device\/query\/devices\/(\d+)\/channels$/.exec(pathname)?.[1];
    if (pathname === '/api/device/query/devices') return listed(wvp.devices);
    if (channels !== undefined) return listed(wvp.channels[channels] ?? []);
    if (pathname.startsWith('/api/play/start/')) {
      wvp.played.push(pathname);
      return say({ code: 0, data: { rtsp: 'rtsp://evil/' } });
    }
    say({ code: 404 }, 404);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  wvp.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return wvp;
}

let world: ConnectWorld;
let wvp: Wvp;
let hookPath: string;
beforeAll(async () => {
  [world, wvp] = await Promise.all([createConnectWorld(), startWvp()]);
});
afterAll(async () => {
  await world.close();
  wvp.close();
});

const gateway = (more: object = {}) => ({
  kind: 'wvp',
  name: '县级网关',
  regionCode: '411624',
  url: wvp.url,
  secret: KEY,
  ...more,
});
const hook = (name: string, body: unknown, path = hookPath) =>
  world.app.inject({
    method: 'POST',
    url: `${path}/${name}`,
    headers: { 'content-type': 'application/json' },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
const work = () => workOff(world.runtime, [gatewayStreamHandler(world.runtime)]);
const states = async (id: string) =>
  (
    await world.runtime.db.query<{ state: string; reason: string }>(
      'select state, reason from device_states where camera_id = $1 order by from_at',
      [id],
    )
  ).rows.map(({ state, reason }) => `${state}:${reason}`);

describe('a GB/T 28181 gateway', () => {
  it('is registered with a key that is never told, within the region, where cameras may stand', async () => {
    const wires = await world.logIn('wires');
    const put = await wires.call('PUT', '/v1/gateways/gw1', gateway());
    expect(put.status).toBe(200);
    ({ hookPath } = put.body as { hookPath: string });
    const listed = (await wires.call('GET', '/v1/gateways')).body;
    const { rows } = await world.runtime.db.query('select * from gateways');
    expect(JSON.stringify([put.body, listed, rows])).not.toContain('S3cret');
    expect(JSON.stringify([listed, rows])).not.toContain(hookPath.split('/').at(-1));
    for (const url of ['http://8.8.8.8', 'file:///etc', 'rtsp://127.0.0.1', 'http://u:p@127.0.0.1'])
      expect((await wires.call('PUT', '/v1/gateways/gw2', gateway({ url }))).status, url).toBe(400);
    const template = await wires.call('PUT', '/v1/gateways/gw2', gateway({ streamTemplate: 'file:///{device}' }));
    expect(template.status).toBe(400);
    const local = await world.logIn('shenqiu-admin');
    expect((await local.call('PUT', '/v1/gateways/gw3', gateway({ regionCode: '411603' }))).status).toBe(404);
    expect((await (await world.logIn('doctor')).call('PUT', '/v1/gateways/gw3', gateway())).status).toBe(403);
    expect((await (await world.logIn('huaiyang')).call('GET', '/v1/gateways')).body).toEqual({ items: [] });
  });

  it('its channels become cameras, read at the address of the template and nowhere else', async () => {
    const wires = await world.logIn('wires');
    expect((await wires.call('POST', '/v1/gateways/gw1/sync')).body).toEqual({ channels: 2 });
    const bind = (n: number, body: object = {}) =>
      wires.call('PUT', `/v1/gateways/gw1/channels/${NVR}/${channel(n)}/camera`, {
        ...{ cameraId: `gb-${n}`, clinicCode: CLINIC, name: '窗口', scenePoint: 'counter' },
        ...body,
      });
    expect((await bind(1)).body).toEqual({ cameraId: 'gb-1', stream: `rtsp://127.0.0.1/rtp/${NVR}_${channel(1)}` });
    expect(wvp.played).toEqual([`/api/play/start/${NVR}/${channel(1)}`]);
    expect((await bind(2, { play: false })).status).toBe(200);
    expect((await bind(3)).status).toBe(404);
    const local = await world.logIn('shenqiu-admin');
    const foreign = { cameraId: 'gb-9', clinicCode: OTHER_CLINIC, name: 'x', scenePoint: 'counter' };
    expect((await local.call('PUT', `/v1/gateways/gw1/channels/${NVR}/${channel(1)}/camera`, foreign)).status).toBe(
      404,
    );
    const watched = await camerasToWatch(world.runtime.db, world.runtime.keyring);
    expect(watched.map(({ id, sourceUrl }) => [id, sourceUrl])).toContainEqual([
      'gb-1',
      `rtsp://127.0.0.1:554/rtp/${NVR}_${channel(1)}`,
    ]);
  });

  it('a device that is gone is offline, one that is back unknown until it is seen; frames count more than words', async () => {
    wvp.devices = [{ deviceId: NVR, name: '录像机', onLine: false }];
    const wires = await world.logIn('wires');
    world.runtime.clock.advance(60_000);
    const { db, clock } = world.runtime;
    // Of the second, pictures come all the same.
    await db.transaction((tx) =>
      advanceWatermark(tx, world.runtime, CLINIC, {
        cameraId: 'gb-2',
        until: clock.now(),
        framesRead: 1,
        framesDropped: 0,
      }),
    );
    await wires.call('POST', '/v1/gateways/gw1/sync');
    await work();
    expect(await states('gb-1')).toEqual(['offline:gateway_offline']);
    expect(await states('gb-2')).toEqual([]);
    world.runtime.clock.advance(60_000);
    await hook('device_status', { deviceId: NVR, channelId: channel(1), status: 'ON' });
    await work();
    expect(await states('gb-1')).toEqual(['offline:gateway_offline', 'unknown:gateway_online']);
    world.runtime.clock.advance(60_000);
    wvp.channels[NVR] = [];
    const chore = createGatewayChore(world.deps);
    await chore.run();
    await chore.idle();
    await work();
    expect(await states('gb-1')).toEqual(['offline:gateway_offline', 'unknown:gateway_online', 'offline:gateway_gone']);
  });

  it('web hooks need their key; a stream that nobody reads is no outage; nonsense is answered and forgotten', async () => {
    const before = await states('gb-1');
    expect((await hook('on_stream_changed', {}, '/gateway/gw1/0000')).statusCode).toBe(401);
    expect((await hook('on_stream_changed', {}, '/gateway/nobody/0000')).statusCode).toBe(401);
    const stream = { app: 'rtp', stream: `${NVR}_${channel(1)}`, schema: 'rtsp', vhost: '__defaultVhost__' };
    expect((await hook('on_stream_none_reader', stream)).json()).toEqual({ code: 0, msg: 'success', close: true });
    expect((await hook('on_stream_changed', { ...stream, regist: false })).json()).toEqual({ code: 0, msg: 'success' });
    expect((await hook('on_server_keepalive', { data: {}, mediaServerId: 'x' })).statusCode).toBe(200);
    expect((await hook('on_something_new', {})).statusCode).toBe(200);
    expect((await hook('on_stream_changed', 'half {')).statusCode).toBe(400);
    expect((await hook('device_status', { deviceId: { evil: 1 }, status: 'OFF' })).statusCode).toBe(200);
    expect((await hook('on_stream_changed', 'x'.repeat(300_000))).statusCode).toBe(413);
    await work();
    expect(await states('gb-1')).toEqual(before);
    world.runtime.clock.advance(1_000);
    await hook('on_stream_changed', { ...stream, regist: true });
    await work();
    expect((await states('gb-1')).at(-1)).toBe('unknown:gateway_online');
    const wires = await world.logIn('wires');
    const list = (await wires.call('GET', '/v1/gateways')).body as { items: { heardAt: string }[] };
    expect(Date.parse(list.items[0]?.heardAt ?? '')).toBe(world.runtime.clock.now());
  });

  it.each(['login', 'html', 'redirect', 'code'] as const)(
    'a gateway that fails (%s) is told with a remedy, without its key, and changes nothing',
    async (fail) => {
      const before = await states('gb-1');
      wvp.fail = fail;
      const wires = await world.logIn('wires');
      const answer = await wires.call('POST', '/v1/gateways/gw1/sync');
      wvp.fail = 'no';
      expect(answer.status).toBe(502);
      expect((answer.body as { error: { remedy: string } }).error.remedy).toBeTruthy();
      const list = (await wires.call('GET', '/v1/gateways')).body as { items: { trouble: string }[] };
      expect(list.items[0]?.trouble).toBeTruthy();
      expect(JSON.stringify([answer.body, list])).not.toContain('S3cret');
      await work();
      expect(await states('gb-1')).toEqual(before);
    },
  );
});
