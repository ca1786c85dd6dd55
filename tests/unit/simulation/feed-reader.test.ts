import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isTruthFile, openFeedFile } from '../../../src/simulation/feed/feed-files.ts';
import { AT, CLINIC, folderOf, type Line, META, ndjson, readAll, readLines, template } from './feed-support.ts';

const ms = Date.parse(AT);
const one = async (line: Line, meta: unknown = META): Promise<unknown> =>
  (await readLines([{ at: AT, ...line }], meta)).lines[0];

describe('a feed in the format’s own words', () => {
  it('comes out as it is, with times as numbers and templates as vectors', async () => {
    const { lines, warnings } = await readLines(
      [
        { at: AT, kind: 'region', code: '411624', name: '沈丘县', level: 'county', parent: '4116' },
        {
          at: AT,
          kind: 'clinic',
          fixmedins_code: CLINIC,
          name: '村卫生室',
          region: '411624001001',
          openHours: [{ days: [1, 2], from: '08:00', to: '18:00' }],
          mode: 'hook',
        },
        { at: AT, kind: 'camera', id: 'K1', clinic: CLINIC, scenePoint: 'counter', required: ['11'] },
        {
          at: AT,
          kind: 'person',
          psn_no: 'P1',
          certno: null,
          name: '甲',
          sex: 'female',
          birth: '1950-04-30',
          household: 'H1',
          region: '411624001001',
          portrait: { taken: '2020-01-02', quality: 0.8, template: template(1, 0, 0, 0) },
        },
        { at: AT, kind: 'device', camera: 'K1', state: 'ok', from: AT, to: null, clockOffsetS: -31.5 },
        {
          at: AT,
          kind: 'appearance',
          id: 'A1',
          camera: 'K1',
          state: 'open',
          from: AT,
          to: null,
          template: null,
          quality: 0.3,
          faces: 2,
        },
        { at: AT, kind: 'watermark', camera: 'K1', until: AT },
        { at: AT, kind: 'message', request: { infno: '2207' }, response: null },
      ],
      {
        ...META,
        calibration: {
          bins: [
            {
              minQuality: 0,
              llr: [
                [0.1, -3],
                [0.6, 5],
              ],
              matchCut: 0.5,
              mismatchCut: 0.2,
            },
          ],
        },
      },
    );
    expect(warnings).toEqual([]);
    expect(lines).toEqual([
      { at: ms, kind: 'region', code: '411624', name: '沈丘县', level: 'county', parent: '4116' },
      {
        at: ms,
        kind: 'clinic',
        code: CLINIC,
        name: '村卫生室',
        region: '411624001001',
        openHours: [{ days: [1, 2], from: '08:00', to: '18:00' }],
        mode: 'hook',
      },
      { at: ms, kind: 'camera', id: 'K1', clinic: CLINIC, scenePoint: 'counter', required: ['11'] },
      {
        at: ms,
        kind: 'person',
        psnNo: 'P1',
        certno: null,
        name: '甲',
        sex: 'female',
        birth: '1950-04-30',
        household: 'H1',
        region: '411624001001',
        portrait: { taken: '2020-01-02', quality: 0.8, template: Float32Array.of(1, 0, 0, 0) },
      },
      { at: ms, kind: 'device', camera: 'K1', state: 'ok', from: ms, to: null, clockOffsetS: -31.5 },
      {
        at: ms,
        kind: 'appearance',
        id: 'A1',
        camera: 'K1',
        state: 'open',
        from: ms,
        to: null,
        template: null,
        quality: 0.3,
        faces: 2,
      },
      { at: ms, kind: 'watermark', camera: 'K1', until: ms },
      { at: ms, kind: 'message', request: { infno: '2207' }, response: null },
    ]);
  });
});

describe('a feed from another generator', () => {
  const mark = (until: unknown): Line => ({ kind: 'watermark', camera: 'K1', until });

  it.each([
    ['2026-03-02T00:00:00Z'],
    ['2026-03-02T00:00:00.000Z'],
    ['2026-03-02T08:00:00'],
    ['2026-03-02 08:00:00'],
    ['2026-03-02T08:00'],
    ['2026-03-02T08:00:00+08'],
    ['2026-03-02T08:00:00+0800'],
    ['2026-03-01T19:30:00.000000-04:30'],
    [ms],
    [ms / 1000],
  ])('writes the same moment as %s', async (until) => {
    expect(await one(mark(until))).toMatchObject({ until: ms });
  });

  it('keeps milliseconds, and takes a time without an offset in the zone that meta.json names', async () => {
    expect(await one(mark('2026-03-02T08:00:00.25+08:00'))).toMatchObject({ until: ms + 250 });
    const berlin = { ...META, timeZone: 'Europe/Berlin' };
    expect(await one(mark('2026-03-28T12:00:00'), berlin)).toMatchObject({ until: Date.parse('2026-03-28T11:00:00Z') });
    expect(await one(mark('2026-03-29T12:00:00'), berlin)).toMatchObject({ until: Date.parse('2026-03-29T10:00:00Z') });
    expect(await one(mark('2026-03-02T08:00:00'), { dimension: 4 })).toMatchObject({ until: ms });
  });

  it('takes a bare day as its begin, and as an end as its end', async () => {
    const status = { kind: 'status', psn_no: 'P1', what: 'inpatient', from: '2026-03-02', to: '2026-03-02' };
    expect(await one(status)).toMatchObject({
      from: Date.parse('2026-03-02T00:00:00+08:00'),
      to: Date.parse('2026-03-03T00:00:00+08:00'),
    });
  });

  it.each([
    [[{ days: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '18:00' }]],
    [['08:00-18:00']],
    ['8:00 - 18:00'],
    ['08:00–18:00'],
    [{ from: '08:00', to: '18:00' }],
    [{ days: null, from: '08:00:00', to: '18:00:00' }],
    [{ open: '08:00', close: '18:00' }],
    [['08:00', '18:00']],
    [[['08:00', '18:00']]],
    [[8, 18]],
    ['8-18'],
  ])('writes opening hours as %j', async (openHours) => {
    const clinic = { kind: 'clinic', fixmedins_code: CLINIC, name: '甲', region: '411624', openHours, mode: 'mirror' };
    expect(await one(clinic)).toMatchObject({
      openHours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '18:00' }],
    });
  });

  it('may give opening hours day by day; what is not understood is not known, with a warning', async () => {
    const clinic = { kind: 'clinic', fixmedins_code: CLINIC, region: '411624' };
    expect(
      await one({ ...clinic, openHours: { mon: '08:00-12:00', sat: null, '7': ['09:00', '11:00'] } }),
    ).toMatchObject({
      openHours: [
        { days: [7], from: '09:00', to: '11:00' },
        { days: [1], from: '08:00', to: '12:00' },
      ],
    });
    for (const openHours of [
      '25:00-26:00',
      'always',
      17,
      { from: '08:00' },
      [{ days: [9], from: '08:00', to: '18:00' }],
    ]) {
      const { lines, warnings } = await readLines([{ at: AT, ...clinic, openHours }]);
      expect(lines[0]).toMatchObject({ openHours: [] });
      expect(warnings.join()).toContain('are not understood');
    }
  });

  it('may be sorted by the second only, and round a quality beyond its end', async () => {
    const late = { ...mark(AT), at: '2026-03-02T08:00:00.600+08:00' };
    const { lines, warnings } = await readLines([late, { ...mark(AT), at: '2026-03-02T08:00:00.100+08:00' }]);
    expect(lines.map((line) => line.at)).toEqual([ms + 600, ms + 600]);
    expect(warnings.join()).toContain('sorted by the second only');
    const appearance = { kind: 'appearance', id: 'A', camera: 'K', from: AT, quality: 1.0000001, faces: 2.0 };
    expect(await one(appearance)).toMatchObject({ quality: 1, faces: 2 });
  });

  it('names days of the week in words, and leaves out what it does not know', async () => {
    const hours = [{ days: ['Mon', 'sunday', 0], from: '08:00', to: '24:00' }];
    expect(await one({ kind: 'clinic', fixmedins_code: CLINIC, region: 411624, openHours: hours })).toEqual({
      at: ms,
      kind: 'clinic',
      code: CLINIC,
      name: CLINIC,
      region: '411624',
      mode: 'mirror',
      openHours: [{ days: [1, 7, 7], from: '08:00', to: '24:00' }],
    });
    expect(await one({ kind: 'person', psn_no: 17 })).toEqual({
      at: ms,
      kind: 'person',
      psnNo: '17',
      certno: null,
      name: null,
      sex: null,
      birth: null,
      household: null,
      region: null,
      portrait: null,
    });
    expect(await one({ kind: 'appearance', id: 1, camera: 'K1', from: AT, to: AT })).toMatchObject({
      id: '1',
      state: 'closed',
      template: null,
      quality: 0,
      faces: 0,
    });
    expect(await one({ kind: 'proxy', psn_no: 'P1', proxyPsnNo: 'P2' })).toMatchObject({
      from: ms,
      to: null,
      relation: null,
    });
    expect(await one({ kind: 'camera', id: 'K', clinic: CLINIC, scenePoint: 'counter' })).toMatchObject({
      required: [],
    });
  });

  it.each([
    ['male', 'male'],
    ['M', 'male'],
    ['1', 'male'],
    [1, 'male'],
    ['男', 'male'],
    ['F', 'female'],
    [2, 'female'],
    ['女', 'female'],
    ['unknown', null],
  ])('writes sex as %s', async (sex, meant) => {
    expect(await one({ kind: 'person', psn_no: 'P', sex })).toMatchObject({ sex: meant });
  });

  it('lets the ID number tell sex and day of birth', async () => {
    expect(await one({ kind: 'person', psn_no: 'P', certno: '411624195304120233' })).toMatchObject({
      sex: 'male',
      birth: '1953-04-12',
    });
  });

  it.each([
    ['411624000000', 'county', '411624', '4116'],
    ['411600', 1, '4116', null],
    ['411624001', '乡', '411624001', '411624'],
    ['411624001203', 4, '411624001203', '411624001'],
    [411624, 'County', '411624', '4116'],
  ])('writes a region as %s, %s', async (code, level, meant, parent) => {
    const { lines, warnings } = await readLines([{ at: AT, kind: 'region', code, name: '某地', level, parent: null }]);
    expect(lines[0]).toMatchObject({ code: meant, parent });
    expect(warnings.filter((what) => what.startsWith('region'))).toEqual([]);
  });

  it.each([
    ['consulting room', 'consulting'],
    ['Counter', 'counter'],
    ['waiting_room', 'entrance'],
    ['药房', 'pharmacy'],
  ])('calls a scene point %s', async (scenePoint, meant) => {
    expect(await one({ kind: 'camera', id: 'K', clinic: CLINIC, scenePoint, required: null })).toMatchObject({
      scenePoint: meant,
    });
  });

  it('takes a scene point that nobody knows for the one that says least, with a warning', async () => {
    const { lines, warnings } = await readLines([
      { at: AT, kind: 'camera', id: 'K', clinic: CLINIC, scenePoint: 'roof' },
    ]);
    expect(lines[0]).toMatchObject({ scenePoint: 'entrance' });
    expect(warnings).toContain('scene point "roof" is not known: taken for an entrance');
  });

  it('carries a message pair beside the kind or inside it', async () => {
    const request = { infno: '2207' };
    const response = { infcode: 0 };
    expect(await one({ kind: 'message', message: { request, response } })).toMatchObject({ request, response });
    expect(await one({ kind: 'message', request })).toMatchObject({ request, response: null });
    expect(await one({ kind: 'message', request: '{broken' })).toMatchObject({ request: '{broken' });
  });

  it('loses no digit of a long number in a message, and tells how long a long message is', async () => {
    const text = (note: string) =>
      `{"at":"${AT}","kind":"message","request":{"setl_id":12345678901234567890,"n":12.5,"note":"1234567890123456,7"${note}}}`;
    const read = async (line: string) =>
      (await readAll(await folderOf({ 'meta.json': META, 'city.ndjson': `${line}\n` }))).lines[0];
    expect(await read(text(''))).toEqual({
      at: ms,
      kind: 'message',
      request: { setl_id: '12345678901234567890', n: 12.5, note: '1234567890123456,7' },
      response: null,
    });
    const long = text(`,"more":"${'x'.repeat(2 ** 20)}"`);
    const { textBytes } = (await read(long)) as { textBytes?: number };
    expect(textBytes).toBeGreaterThanOrEqual(Buffer.byteLength(long));
  });

  it('sends templates of another length than 1, or as numbers', async () => {
    const line = { kind: 'staff', id: 'D1', clinic: CLINIC, name: null };
    expect(await one({ ...line, template: template(3, 0, 4, 0) })).toMatchObject({
      template: Float32Array.of(0.6, 0, 0.8, 0),
    });
    expect(await one({ ...line, template: [3, 0, 4, 0] })).toMatchObject({ template: Float32Array.of(0.6, 0, 0.8, 0) });
    expect(await one({ ...line, template: '' })).toMatchObject({ template: null });
  });

  it('has codes of its own for clinics and regions', async () => {
    const { lines, refused } = await readLines([
      { at: AT, kind: 'region', code: 'R-7', name: '甲乡', level: 'township', parent: null },
      { at: AT, kind: 'clinic', fixmedins_code: 'C1', region: 'R-7' },
      { at: AT, kind: 'clinic', fixmedins_code: 1002, region: 7 },
      { at: AT, kind: 'camera', id: 'K', clinic: 1002, scenePoint: 'counter' },
    ]);
    expect(refused).toEqual({});
    expect(lines).toMatchObject([
      { code: 'R-7', level: 'township', parent: null },
      { code: 'C1', region: 'R-7' },
      { code: '1002', region: '7' },
      { clinic: '1002' },
    ]);
  });

  it('rounds an end to the second, and tells of people who went before they came', async () => {
    const to = '2026-03-02T08:00:00+08:00';
    const device = { kind: 'device', camera: 'K', state: 'ok', from: '2026-03-02T08:00:00.400+08:00', to };
    expect(await one(device)).toMatchObject({ from: ms + 400, to: ms + 400 });
    const appearance = { kind: 'appearance', id: 'A', camera: 'K', from: '2026-03-02T08:05:00+08:00', to };
    expect(await one(appearance)).toMatchObject({ from: ms + 300_000, to: ms + 300_000 });
  });

  it('passes by fields and kinds that are not of the format, and says so', async () => {
    const weather = { at: AT, kind: 'weather', sky: 'clear' };
    const { lines, warnings } = await readLines([
      weather,
      weather,
      { at: AT, kind: 'sign_in', staff: 'D1', clinic: CLINIC, from: AT, mood: 'fine' },
    ]);
    expect(lines).toEqual([{ at: ms, kind: 'signIn', staff: 'D1', clinic: CLINIC, from: ms, to: null }]);
    expect(warnings).toContain('kind "weather" is not known: its lines are passed by');
  });

  it('has blank lines, a byte order mark and line ends of Windows', async () => {
    const text = `\uFEFF${JSON.stringify({ at: AT, ...mark(AT) })}\r\n\r\n  \n${JSON.stringify({ at: AT, ...mark(AT) })}`;
    expect((await readAll(await folderOf({ 'meta.json': META, 'feed.ndjson': text }))).lines).toHaveLength(2);
  });

  it('comes in several files, some packed, which are merged by arrival', async () => {
    const at = (minute: number): string => `2026-03-02T08:${String(minute).padStart(2, '0')}:00+08:00`;
    const marks = (camera: string, minutes: number[]): Line[] =>
      minutes.map((minute) => ({ at: at(minute), kind: 'watermark', camera, until: at(minute) }));
    const dir = await folderOf({
      'meta.json': META,
      'b.ndjson.gz': marks('B', [1, 3, 5, 5]),
      'a.ndjson': marks('A', [2, 3, 5, 9]),
      'c.ndjson': [],
    });
    const { lines } = await readAll(dir);
    expect(lines.map((line) => `${line.kind === 'watermark' ? line.camera : ''}${(line.at - ms) / 60_000}`)).toEqual([
      'B1',
      'A2',
      'A3',
      'B3',
      'A5',
      'B5',
      'B5',
      'A9',
    ]);
  });

  it('describes packs in words, which are then not known', async () => {
    const drug = { kind: 'catalogue', med_list_codg: 'X1', name: null, procured: 1 };
    expect(await one({ ...drug, pack: '24', dailyDose: 3 })).toMatchObject({ pack: 24, dailyDose: 3, procured: true });
    expect(await one({ ...drug, pack: '10片×2板', dailyDose: 0 })).toMatchObject({ pack: null, dailyDose: null });
  });

  it('can be asked for some kinds only', async () => {
    const dir = await folderOf({
      'meta.json': META,
      'feed.ndjson': [
        { at: AT, ...mark(AT) },
        { camera: 'K1', until: AT, kind: 'watermark', at: AT },
        { at: AT, kind: 'auth', clinic: CLINIC, psn_no: 'P', authNo: 'N', ok: 1 },
      ],
    });
    const { lines } = await readAll(dir, { only: new Set(['auth']) });
    expect(lines).toEqual([{ at: ms, kind: 'auth', clinic: CLINIC, psnNo: 'P', authNo: 'N', ok: true }]);
  });
});

describe('a wrong line', () => {
  const good: Line = { at: AT, kind: 'watermark', camera: 'K1', until: AT };
  const device: Line = { at: AT, kind: 'device', camera: 'K1', state: 'ok', from: AT, to: null };
  const staff: Line = { at: AT, kind: 'staff', id: 'D', clinic: CLINIC, name: '乙' };

  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{"at":', /line 3: it is not JSON/],
    ['no object', [], /line 3: it must be one JSON object/],
    ['no kind', { at: AT }, /line 3: "kind" must be/],
    [
      'no moment of arrival',
      { kind: 'watermark', camera: 'K1', until: AT },
      /line 3 \(watermark\): "at" is missing: it must be a time/,
    ],
    [
      'a moment of arrival that no calendar has',
      { ...good, at: '2026-02-30T08:00:00Z' },
      /line 3 \(watermark\): "at" must be a moment that exists, but is "2026-02-30/,
    ],
    [
      'an arrival before the line above',
      { ...good, at: '2026-03-02T07:59:59+08:00' },
      /line 3 \(watermark\): "at" must not be before/,
    ],
  ])('that cannot be put in its place ends the reading and is named: %s', async (_, line, message) => {
    const text = `${ndjson([good])}\n${typeof line === 'string' ? line : JSON.stringify(line)}\n${ndjson([good])}`;
    const dir = await folderOf({ 'meta.json': META, 'city.ndjson': text });
    await expect(readAll(dir)).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(message),
      details: { file: 'city.ndjson', line: 3, remedy: expect.stringContaining('docs/feed-format.md') },
    });
  });

  it.each<[string, unknown, RegExp, string]>([
    [
      'a field missing',
      { at: AT, kind: 'watermark', until: AT },
      /^watermark: "camera" is missing: it must be the id of a camera/,
      '',
    ],
    [
      'a time that is none',
      { ...good, until: 'yesterday' },
      /^watermark: "until" must be a time: ISO 8601/,
      'yesterday',
    ],
    [
      'a day that no calendar has',
      { ...good, until: '2026-02-30T08:00:00Z' },
      /^watermark: "until" must be a moment that exists/,
      '2026-02-30',
    ],
    [
      'a word that is not of the format',
      { ...device, state: 'sleepy' },
      /^device: "state" must be ok, offline/,
      'sleepy',
    ],
    ['an end before its begin', { ...device, to: '2026-03-01T08:00:00+08:00' }, /"to" must not be before `from`/, ''],
    [
      'a number that is a word',
      { ...device, clockOffsetS: 'fast' },
      /"clockOffsetS" must be device time minus true time/,
      'fast',
    ],
    ['a clinic without a code', { ...staff, clinic: '' }, /^staff: "clinic" must be a fixmedins_code/, ''],
    [
      'a template of another length',
      { ...staff, template: template(1, 0) },
      /^staff: "template" must hold 4 numbers, as meta.json says, but holds 2/,
      '',
    ],
    ['a template that is no base64', { ...staff, template: '*** not base64 ***' }, /"template" must be base64/, ''],
    ['a template of nothing', { ...staff, template: template(0, 0, 0, 0) }, /"template" must hold finite numbers/, ''],
    [
      'a share above one',
      { at: AT, kind: 'person', psn_no: 'P', portrait: { quality: 80, template: null } },
      /^person: "portrait\/quality" must be/,
      '',
    ],
    [
      'a message without a request',
      { at: AT, kind: 'message', response: null },
      /^message: "request" must be there/,
      '',
    ],
  ])('is left out, counted, and named with its place: %s', async (_, line, what, shown) => {
    const text = `${ndjson([good])}\n${ndjson([line, line, good])}`;
    const { lines, refused } = await readAll(await folderOf({ 'meta.json': META, 'city.ndjson': text }));
    expect(lines).toHaveLength(2);
    const [[told, { n, first }] = ['', { n: 0, first: '' }]] = Object.entries(refused);
    expect(told).toMatch(what);
    expect(n).toBe(2);
    expect(first).toMatch(/^city\.ndjson:3/);
    expect(first).toContain(shown);
  });

  it('ends the reading where all lines of a kind are wrong from the first one on: it is another format', async () => {
    const wrong = { at: AT, kind: 'camera', camera_id: 'K1' };
    await expect(readLines([good, ...Array.from({ length: 25 }, () => wrong)])).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('(camera): "id" is missing'),
    });
    const camera = { at: AT, kind: 'camera', id: 'K1', clinic: CLINIC, scenePoint: 'counter' };
    const { lines } = await readLines([camera, ...Array.from({ length: 25 }, () => wrong)]);
    expect(lines).toHaveLength(1);
  });

  it('does not repeat a name or an ID number in its message', async () => {
    const person = { at: AT, kind: 'person', psn_no: 'P', name: 17, certno: { no: '411624195304120233' } };
    const { refused } = await readLines([person]);
    expect(Object.keys(refused)).toHaveLength(1);
    expect(JSON.stringify(refused)).not.toContain('411624195304120233');
  });

  it('tells a damaged package from a wrong line', async () => {
    const dir = await folderOf({ 'meta.json': META });
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(dir, 'feed.ndjson.gz'), Buffer.from('no gzip at all'));
    await expect(readAll(dir)).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('feed.ndjson.gz cannot be read'),
    });
  });

  it('is not looked for without meta.json or without any line', async () => {
    await expect(readAll(await folderOf({ 'feed.ndjson': [good] }))).rejects.toMatchObject({ code: 'not_found' });
    await expect(readAll(await folderOf({ 'meta.json': META }))).rejects.toMatchObject({ code: 'not_found' });
    await expect(readAll(await folderOf({ 'meta.json': '{', 'feed.ndjson': [good] }))).rejects.toMatchObject({
      code: 'invalid_input',
    });
    await expect(readLines([good], { ...META, timeZone: 'Mars/Base' })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    await expect(readLines([good], { ...META, dimension: 'many' })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('the truth of a city', () => {
  it('is never opened by what reads a feed, whatever its ending', async () => {
    const poison = 'this would be a bad line';
    const dir = await folderOf({
      'meta.json': META,
      'feed.ndjson': [{ at: AT, kind: 'watermark', camera: 'K1', until: AT }],
      'truth.ndjson': poison,
      'truth.ndjson.gz': poison,
      'Truth.part2.ndjson': poison,
    });
    expect((await readAll(dir)).lines).toHaveLength(1);
    for (const name of ['truth.ndjson', 'truth.ndjson.gz', 'Truth.part2.ndjson']) {
      expect(isTruthFile(join(dir, name))).toBe(true);
      await expect(openFeedFile(join(dir, name))).rejects.toMatchObject({ code: 'forbidden' });
    }
  });

  it('is refused behind a link too', async () => {
    const dir = await folderOf({ 'meta.json': META, 'truth.ndjson': '{}' });
    await symlink(join(dir, 'truth.ndjson'), join(dir, 'feed.ndjson'));
    await expect(readAll(dir)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('does not mistake what run-feed wrote into the same folder for a feed', async () => {
    const dir = await folderOf({
      'meta.json': META,
      'feed.ndjson': [{ at: AT, kind: 'watermark', camera: 'K1', until: AT }],
      'out.ndjson': [{ kind: 'verdict', setl_id: 'S', at: AT, verdict: 'match' }],
    });
    const { lines, warnings } = await readAll(dir);
    expect(lines).toHaveLength(1);
    expect(warnings).toContain('out.ndjson holds what run-feed wrote, no feed: passed by');
  });
});
