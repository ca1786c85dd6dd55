import { afterAll, beforeAll, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { listProxiesFor, listStaffOf, statusesOf } from '../../../src/people/people.store.ts';
import type { Db } from '../../../src/platform/db.ts';
import { type Caller, CLINIC, OTHER_CLINIC, waiting } from '../access/access-app.ts';
import {
  createPeopleWorld,
  form,
  idNumber,
  importState,
  type PeopleWorld,
  refusalsOf,
  sendImport,
} from './people-world.ts';

let world: PeopleWorld;
let shenqiu: Caller;
beforeAll(async () => {
  world = await createPeopleWorld();
  shenqiu = await world.logIn('shenqiu');
});
afterAll(() => world.close());

/** Sends a feed, works it off, and answers how it ended. */
const importNow = async (kind: string, csv: string | Buffer, portraits?: Buffer, caller = shenqiu) => {
  const sent = await sendImport(caller, kind, csv, portraits);
  expect(sent.status).toBe(202);
  await world.work();
  return { ...(await importState(caller, sent.body.id)), refusals: await refusalsOf(caller, sent.body.id) };
};
const reasons = (result: { refusals: { row: number; reason: string }[] }) =>
  result.refusals.map(({ row, reason }) => `${row} ${reason}`);

const ID1 = idNumber('411624', '19530412', 23);

it('imports people with Chinese headers, and tells of each refused row why', async () => {
  const csv = [
    '人员编号,姓名,身份证号,户号,区划编码',
    `A1,张三,${ID1},H1,411624001`,
    'A2,李四,110105194912310021,H1,411624001',
    ',王五,,H1,411624001',
    'A4,赵六,,,411603001',
    'A5,"引号,里",无,,411624001',
    'A6,多,,,411624001,多余',
    'A7,控制\u0007,,,411624001',
    `A8,${'长'.repeat(300)},,,411624001`,
    '',
    'A9,末,,,',
  ].join('\r\n');
  const result = await importNow('people', csv);
  expect(result).toMatchObject({ state: 'done', total: 9, done: 9, accepted: 3, refused: 6, error: null });
  expect(reasons(result)).toEqual([
    '3 certno_invalid',
    '4 missing',
    '5 out_of_scope',
    '7 wrong_columns',
    '8 bad_value',
    '9 too_long',
  ]);
  expect(JSON.stringify(result.refusals)).not.toContain('110105194912310021');
  expect(result.refusals[0]?.zh).toBe('身份证号码校验不通过');
  expect((await shenqiu.call('GET', '/v1/people/A5')).body).toMatchObject({ name: '引***', certno: null });
  expect((await shenqiu.call('GET', '/v1/people/A9')).body).toMatchObject({ regionCode: '411624' });
});

it('gives the refusals as a file that Excel reads and cannot be harmed by', async () => {
  const result = await importNow('people', 'psn_no,certno\n=HYPERLINK,123\nB1,123\n');
  const csv = await shenqiu.call('GET', `/v1/imports/${result.id}/refusals?format=csv`);
  expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
  const text = csv.raw.toString('utf8');
  expect(text.startsWith('\ufeff')).toBe(true);
  expect(text.split('\r\n')[1]).toMatch(/^2,,certno_invalid,身份证号码校验不通过,/);
  const huaiyang = await world.logIn('huaiyang');
  expect((await huaiyang.call('GET', `/v1/imports/${result.id}`)).status).toBe(404);
  expect((await huaiyang.call('GET', `/v1/imports/${result.id}/refusals`)).status).toBe(404);
});

it('reads what a Chinese Excel writes: GB18030, byte order marks, UTF-16, tabs, semicolons', async () => {
  const gb = Buffer.concat([
    // 人员编号,姓名 / C1,张三
    Buffer.from([0xc8, 0xcb, 0xd4, 0xb1, 0xb1, 0xe0, 0xba, 0xc5, 0x2c, 0xd0, 0xd5, 0xc3, 0xfb, 0x0d, 0x0a]),
    Buffer.from([0x43, 0x31, 0x2c, 0xd5, 0xc5, 0xc8, 0xfd, 0x0d, 0x0a]),
  ]);
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('人员编号\t姓名\r\nC2\t李四\r\n', 'utf16le')]);
  const files = [gb, utf16, '\ufeff人员编号;姓名\nC3;王五', '人员编号,姓名\rC4,赵六\r'];
  for (const [i, file] of files.entries()) {
    expect(await importNow('people', file)).toMatchObject({ state: 'done', accepted: 1, refused: 0 });
    expect((await shenqiu.call('GET', `/v1/people/C${i + 1}`)).body).toMatchObject({ name: `${'张李王赵'[i]}*` });
  }
});

it('fails as a whole, with nothing stored, what is no such feed', async () => {
  const before = await world.runtime.db.query<{ n: number }>('select count(*) as n from persons');
  const broken = `psn_no,name\nD1,x\nD2,"${'y'.repeat(70_000)}\n`;
  for (const [csv, words] of [
    ['姓名\n张三', '缺少列：人员编号'],
    ['psn_no,人员编号\nD1,D1', '重复'],
    [Buffer.from([0, 1, 2, 3, 255, 254, 0]), 'CSV'],
    [broken, 'CSV 第'],
  ] as const) {
    const result = await importNow('people', csv);
    expect(result).toMatchObject({ state: 'failed', accepted: 0 });
    expect(result.error).toContain(words);
  }
  expect(await importNow('people', 'psn_no,name\n')).toMatchObject({ state: 'done', total: 0 });
  expect((await world.runtime.db.query('select count(*) as n from persons')).rows).toEqual(before.rows);
  expect((await sendImport(shenqiu, 'cats', 'x')).status).toBe(400);
  expect((await sendImport(shenqiu, 'people', '')).status).toBe(400);
  expect((await shenqiu.call('POST', '/v1/imports', { kind: 'people' })).status).toBe(415);
});

it('goes on after a kill exactly where it was', async () => {
  const rows = Array.from({ length: 1700 }, (_, i) => (i % 100 === 7 ? ',no number' : `K${i},人${i}`));
  const sent = await sendImport(shenqiu, 'people', `psn_no,name\n${rows.join('\n')}`);
  // The database goes away in the middle of the third batch.
  let transactions = 0;
  const dying: Db = {
    ...world.runtime.db,
    transaction: (work) => {
      transactions += 1;
      return world.runtime.db.transaction(async (tx) => {
        const result = await work(tx);
        if (transactions >= 3) throw new Error('killed');
        return result;
      });
    },
  };
  await expect(world.work(null, { ...world.deps, db: dying })).rejects.toThrow('killed');
  expect(await importState(shenqiu, sent.body.id)).toMatchObject({ state: 'running', done: 1000, refused: 10 });
  await world.work();
  expect(await importState(shenqiu, sent.body.id)).toMatchObject({
    state: 'done',
    total: 1700,
    done: 1700,
    accepted: 1683,
    refused: 17,
  });
  expect(await refusalsOf(shenqiu, sent.body.id)).toHaveLength(17);
  const stored = await world.runtime.db.query<{ n: number }>(
    `select count(*) as n from persons where psn_no like 'K%'`,
  );
  expect(stored.rows[0]?.n).toBe(1683);
});

it('lets two workers take the same import without doing a row twice', async () => {
  const rows = Array.from({ length: 3000 }, (_, i) => `L${i},人`);
  const sent = await sendImport(shenqiu, 'people', `psn_no,name\n${rows.join('\n')}`);
  await Promise.all([world.work(), world.work()]);
  expect(await importState(shenqiu, sent.body.id)).toMatchObject({ state: 'done', done: 3000, accepted: 3000 });
});

it('imports deaths and stays by psn_no or ID number; the same list again changes nothing', async () => {
  const { db } = world.runtime;
  const deaths = `身份证号,死亡日期\n${ID1},2026-02\nnobody,2026-02-01\n`;
  expect(reasons(await importNow('deaths', deaths))).toEqual(['3 unknown_person']);
  expect(await statusesOf(db, 'A1')).toMatchObject([
    { what: 'dead', from: Date.parse('2026-03-01T00:00:00+08:00'), source: 'user:shenqiu' },
  ]);
  const told = (await waiting(world.runtime, 'people.changed')).length;
  await db.query(`update outbox set published_at = now() where topic = 'people.changed'`);
  await importNow('deaths', deaths);
  expect(await waiting(world.runtime, 'people.changed')).toHaveLength(told);

  await importNow('deaths', `psn_no,death_date,withdrawn\nA1,2026-02,是\n`);
  expect(await statusesOf(db, 'A1')).toEqual([]);

  const stays = [
    '人员编号,医疗机构编码,入院时间,出院时间',
    'A1,H41162400001,2026-03-01 08:00,2026-03-05',
    'A5,H41162400001,2026-03-05,2026-03-01',
    'A9,,2026-03-05,',
  ].join('\n');
  expect(reasons(await importNow('inpatients', stays))).toEqual(['3 end_before_start', '4 missing']);
  expect(await statusesOf(db, 'A1')).toMatchObject([
    { what: 'inpatient', institution: 'H41162400001', to: Date.parse('2026-03-06T00:00:00+08:00') },
  ]);
  expect(await importNow('suspensions', 'psn_no,from,to\nA5,2026-01-01,\n')).toMatchObject({ accepted: 1 });
  expect(await statusesOf(db, 'A5')).toMatchObject([{ what: 'suspended', to: null }]);
});

it('imports the clinics’ lists within the sender’s region', async () => {
  const { db, clock } = world.runtime;
  const staff = `机构编码,工号,姓名\n${CLINIC},0001,赵医生\n${OTHER_CLINIC},0001,外人\nX1,0001,错\n${CLINIC},,缺\n`;
  expect(reasons(await importNow('staff', staff))).toEqual(['3 unknown_clinic', '4 bad_value', '5 missing']);
  expect(await listStaffOf(db, CLINIC, clock.now())).toMatchObject([{ staffNo: '0001' }]);

  const signIns = `机构编码,工号,签到时间,签退时间\n${CLINIC},0001,2026-03-17 08:00,\n${CLINIC},0009,2026-03-17 08:00,\n`;
  expect(reasons(await importNow('staff_sign_in', signIns))).toEqual(['3 unknown_staff']);
  await importNow(
    'staff_sign_in',
    `机构编码,工号,签到时间,签退时间\n${CLINIC},0001,2026-03-17 08:00,2026-03-17 12:00\n`,
  );
  expect((await db.query('select to_at from staff_sign_ins')).rows).toEqual([
    { to_at: Date.parse('2026-03-17T12:00:00+08:00') },
  ]);

  const hours = `机构编码,营业时间\n${CLINIC},周一至周五 8:00-12:00；周末 9:00-11:00\n${CLINIC},whenever\n${OTHER_CLINIC},8:00-12:00\n`;
  expect(reasons(await importNow('opening_hours', hours))).toEqual(['3 bad_value', '4 unknown_clinic']);
  expect((await shenqiu.call('GET', `/v1/clinics/${CLINIC}`)).body).toMatchObject({
    openHours: [
      { days: [1, 2, 3, 4, 5], from: '08:00', to: '12:00' },
      { days: [6, 7], from: '09:00', to: '11:00' },
    ],
  });
  expect(await waiting(world.runtime, 'clinic.changed')).toContainEqual({ clinicCode: CLINIC });

  const filings = `机构编码,报备事项,开始时间,结束时间\n${CLINIC},停电,2026-03-18 08:00,2026-03-18 10:00\n${CLINIC},喝茶,2026-03-18,\n`;
  expect(reasons(await importNow('filings', filings))).toEqual(['3 bad_value']);
  expect(await importNow('filings', filings)).toMatchObject({ accepted: 1 });
  expect((await db.query('select what from filings')).rows).toEqual([{ what: 'outage' }]);

  const proxies = [
    '人员编号,代办人编号,关系,开始时间',
    'A1,A5,配偶,2026-01-01',
    'A1,A1,本人,2026-01-01',
    'A1,nobody,子女,2026-01-01',
    'nobody,A1,子女,2026-01-01',
  ].join('\n');
  expect(reasons(await importNow('proxies', proxies))).toEqual(['3 self_proxy', '4 unknown_proxy', '5 unknown_person']);
  expect(await listProxiesFor(db, 'A1', clock.now())).toMatchObject([{ proxyPsnNo: 'A5', relation: '配偶' }]);
});

it('takes portraits out of a zip, and trusts no name or size in it', async () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  const other = Buffer.concat([png, Buffer.from('tail')]);
  const zip = new ZipFile();
  zip.addBuffer(png, '照片/A1@20240501.png');
  zip.addBuffer(other, 'A5.png');
  zip.addBuffer(png, 'A5 copy.png');
  zip.addBuffer(Buffer.from('<svg/>'), 'A9.jpg');
  zip.addBuffer(png, 'readme.txt');
  zip.addBuffer(Buffer.alloc(21 * 1024 * 1024), 'A4.png');
  zip.addBuffer(png, 'xx/xx/evil.png');
  zip.addBuffer(png, '__MACOSX/._A1.png');
  zip.addEmptyDirectory('照片');
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  // yazl writes no unsafe names itself.
  for (let at = bytes.indexOf('xx/xx/evil'); at >= 0; at = bytes.indexOf('xx/xx/evil')) bytes.write('../../evil', at);

  const result = await importNow('people', 'psn_no\nA1\n', bytes);
  expect(result).toMatchObject({ state: 'done', total: 8, done: 8, accepted: 3, refused: 5 });
  expect(result.refusals.map(({ file, reason }) => `${file} ${reason}`).sort()).toEqual([
    '../../evil.png unsafe_name',
    'A4.png picture_too_large',
    'A5 copy.png unknown_person',
    'A9.jpg not_a_picture',
    'readme.txt bad_name',
  ]);
  const { rows } = await world.runtime.db.query('select subject_ref, taken_on from portraits order by subject_ref');
  expect(rows).toEqual([
    { subject_ref: 'A1', taken_on: '2024-05-01' },
    { subject_ref: 'A5', taken_on: null },
  ]);
  expect(await importNow('people', 'psn_no\nA1\n', Buffer.from('no zip at all'))).toMatchObject({
    state: 'failed',
    done: 0,
  });
});

it('lets only those who may write people import, and reads the form in any order', async () => {
  const doctor = await world.logIn('doctor');
  expect((await sendImport(doctor, 'people', 'psn_no\nX1')).status).toBe(403);
  const { body, headers } = form({ file: { name: 'x.csv', content: 'psn_no\nX1' }, kind: 'people' });
  expect((await shenqiu.call('POST', '/v1/imports', body, headers)).status).toBe(202);
  await world.work();
  const { items } = (await shenqiu.call('GET', '/v1/imports?limit=1')).body as { items: { accepted: number }[] };
  expect(items).toMatchObject([{ accepted: 1 }]);
  const extra = form({ kind: 'people', file: { name: 'x', content: 'x' }, odd: { name: 'y', content: 'y' } });
  expect((await shenqiu.call('POST', '/v1/imports', extra.body, extra.headers)).status).toBe(400);
});
