import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { camerasToWatch } from '../../../src/devices/camera.store.ts';
import { CLINIC, OTHER_CLINIC } from '../access/access-app.ts';
import { form } from '../people/people-world.ts';
import { type ConnectWorld, createConnectWorld } from './connect-world.ts';

let world: ConnectWorld;
beforeAll(async () => {
  world = await createConnectWorld();
});
afterAll(() => world.close());

interface Report {
  checksum: string;
  accepted: number;
  refused: number;
  lines: {
    line: number;
    result: string;
    errors: { field: string; zh: string; remedy: { zh: string } | null }[];
    warnings: { field: string }[];
  }[];
}
const upload = async (who: string, csv: string | Buffer, query = '') => {
  const { body, headers } = form({ file: { name: 'cameras.csv', content: csv } });
  return (await world.logIn(who)).call('POST', `/v1/camera-imports${query}`, body, headers);
};
const HEADER = '摄像头编号,机构编码,名称,场景点位,品牌,IP地址,通道号,用户名,密码,码流地址,抓拍推送';

describe('a table of cameras', () => {
  const table = [
    HEADER,
    `cam-a,${CLINIC},收费,收费处,海康威视,10.0.0.11,2,viewer,"Gr#y/Heron@41",,`,
    `cam-b,${CLINIC},,诊室,,,,viewer,Grey-Heron-42,rtsp://10.0.0.12/stream2,`,
    `cam-c,${CLINIC},,药房,大华,10.0.0.13,,admin,admin123,,`,
    `41162400091322000007,${CLINIC},,门口,,,,,,,是`,
    `bad-1,${CLINIC},,输液室,大华,10.0.0.14,,u,p,,`,
    `bad-2,${CLINIC},,收费处,大华,8.8.8.8,,u,p,,`,
    `bad-3,H00000000000,,收费处,大华,10.0.0.15,,u,p,,`,
    `cam-a,${CLINIC},,收费处,大华,10.0.0.16,,u,p,,`,
    `bad-4,${CLINIC},,收费处,,,,,,rtsp://u:S3cr/et@10.0.0.17/x,`,
    `bad-5,${CLINIC},,收费处,索尼,10.0.0.18,,u,p,,`,
    `bad-6,${CLINIC},,收费处,大华,10.0.0.19,9999,u,p,,`,
    `bad-7,${CLINIC},,收费处,,,,,,file:///etc/passwd,`,
    `41160300771322000001,${CLINIC},,收费处,大华,10.0.0.20,,u,p,,`,
    `bad-8,${CLINIC},,收费处,,,,,,rtsp://10.0.0.12/stream2,`,
    `,${CLINIC},,收费处,大华,10.0.0.21,,u,p,,`,
  ].join('\r\n');

  it('is checked first: each line with its reason and remedy, nothing written, no password told', async () => {
    const checked = await upload('wires', table);
    const report = checked.body as Report;
    expect(report).toMatchObject({ accepted: 4, refused: 11 });
    const refused = report.lines.filter(({ result }) => result === 'refused');
    expect(refused.map(({ line }) => line)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    for (const { errors, line } of refused) expect(errors[0]?.remedy?.zh, `line ${line}`).toBeTruthy();
    expect(refused[0]?.errors[0]).toMatchObject({ field: 'scene_point', zh: expect.stringContaining('隐私') });
    expect(refused[3]?.errors[0]?.zh).toContain('第 2 行');
    expect(report.lines.find(({ line }) => line === 4)?.warnings).toMatchObject([{ field: 'password' }]);
    expect(JSON.stringify(report)).not.toMatch(/Heron|admin123|S3cr/);
    expect((await world.runtime.db.query('select 1 from cameras')).rowCount).toBe(0);
    const file = await upload('wires', table, '?format=csv');
    expect(file.headers['content-disposition']).toContain('attachment');
    expect(file.raw.toString()).toContain('隐私场所');
    expect(file.raw.toString()).not.toMatch(/Heron|admin123|S3cr/);
  });

  it('is imported only as it was checked; refused lines only left out on purpose', async () => {
    const { checksum } = (await upload('wires', table)).body as Report;
    expect((await upload('wires', table, '?dryRun=false')).status).toBe(409);
    expect((await upload('wires', `${table}\r\n`, `?dryRun=false&checksum=${checksum}`)).status).toBe(409);
    expect((await upload('wires', table, `?dryRun=false&checksum=${checksum}`)).status).toBe(409);
    const done = await upload('wires', table, `?dryRun=false&partial=true&checksum=${checksum}`);
    expect(done.status).toBe(200);
    const { db, keyring } = world.runtime;
    const urls = Object.fromEntries((await camerasToWatch(db, keyring)).map(({ id, sourceUrl }) => [id, sourceUrl]));
    expect(urls['cam-a']).toBe('rtsp://viewer:Gr%23y%2FHeron%4041@10.0.0.11/Streaming/Channels/202');
    expect(urls['cam-b']).toBe('rtsp://viewer:Grey-Heron-42@10.0.0.12/stream2');
    expect(urls['41162400091322000007']).toBeUndefined();
    const again = (await upload('wires', table)).body as Report;
    expect(again.lines.filter(({ result }) => result === 'change')).toHaveLength(4);
  });

  it('cannot reach into another region, nor be sent without the right', async () => {
    const row = (id: string, clinic: string) => `${HEADER}\n${id},${clinic},,收费处,大华,10.1.0.1,,u,p,,`;
    const foreign = (await upload('shenqiu-admin', row('x-1', OTHER_CLINIC))).body as Report;
    expect(foreign.lines[0]?.errors[0]?.field).toBe('clinic_code');
    const admin = await world.logIn('admin');
    await admin.call('PUT', '/v1/cameras/theirs', {
      clinicCode: OTHER_CLINIC,
      name: 'x',
      scenePoint: 'counter',
      push: true,
    });
    const stolen = (await upload('shenqiu-admin', row('theirs', CLINIC))).body as Report;
    expect(stolen.lines[0]?.errors[0]?.field).toBe('camera_id');
    for (const who of ['shenqiu', 'reader', 'doctor'])
      expect((await upload(who, row('x-2', CLINIC))).status, who).toBe(403);
  });

  it('a file that is no table is refused as a whole, in GB18030 it is read', async () => {
    for (const bad of ['', 'just text', HEADER, Buffer.from([0, 1, 2, 255, 254]), '"open quote,\n'.repeat(9)])
      expect((await upload('wires', bad)).status).toBe(400);
    const gbk = Buffer.concat([
      Buffer.from('camera_id,clinic_code,scene_point,brand,host\n'),
      Buffer.from(`g-1,${CLINIC},`),
      Buffer.from([0xca, 0xd5, 0xb7, 0xd1, 0xb4, 0xa6]),
      Buffer.from(',dahua,10.2.0.1\n'),
    ]);
    expect(((await upload('wires', gbk)).body as Report).accepted).toBe(1);
  });
});

describe('required scene points', () => {
  it('cameras follow what a clinic’s settlements need, new ones too; what has no camera is told', async () => {
    const wires = await world.logIn('wires');
    const items = [
      { medType: '*', scenePoint: 'counter' },
      { medType: '11', scenePoint: 'pharmacy' },
      { medType: '21', scenePoint: 'consulting' },
    ];
    await wires.call('PUT', '/v1/cameras/e-1', { clinicCode: CLINIC, name: 'x', scenePoint: 'entrance', push: true });
    await world.runtime.db.query("delete from cameras where id = 'cam-b'");
    const put = await wires.call('PUT', `/v1/clinics/${CLINIC}/scene-points`, { items });
    expect(put.body).toMatchObject({ missing: ['consulting'] });
    await wires.call('PUT', '/v1/cameras/p-2', { clinicCode: CLINIC, name: 'x', scenePoint: 'pharmacy', push: true });
    const { rows } = await world.runtime.db.query<{ id: string; required_med_types: string[]; source_kind: string }>(
      "select id, required_med_types, source_kind from cameras where id in ('cam-a', 'cam-c', 'e-1', 'p-2') order by id",
    );
    expect(rows).toEqual([
      { id: 'cam-a', required_med_types: [], source_kind: 'rtsp' },
      { id: 'cam-c', required_med_types: ['11'], source_kind: 'rtsp' },
      { id: 'e-1', required_med_types: ['~'], source_kind: 'push' },
      { id: 'p-2', required_med_types: ['11'], source_kind: 'push' },
    ]);
    expect(
      (await (await world.logIn('doctor')).call('PUT', `/v1/clinics/${CLINIC}/scene-points`, { items })).status,
    ).toBe(403);
    expect((await (await world.logIn('huaiyang')).call('GET', `/v1/clinics/${CLINIC}/scene-points`)).status).toBe(404);
  });
});

describe('GB/T 28181 ids', () => {
  it('are made for a clinic’s division, without those that are taken', async () => {
    const wires = await world.logIn('wires');
    const made = await wires.call('POST', '/v1/gb-ids', { clinicCode: CLINIC, count: 8 });
    const { ids } = made.body as { ids: string[] };
    expect(new Set(ids).size).toBe(8);
    expect(ids).not.toContain('41162400091322000007');
    expect((await wires.call('GET', '/v1/gb-ids/41162400091322000007')).body).toMatchObject({ ok: true, taken: true });
    expect((await wires.call('GET', '/v1/gb-ids/4116')).body).toMatchObject({ ok: false, parts: null });
  });
});
