import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runScore } from '../../../src/simulation/score/run-score.ts';
import { folderOf } from './feed-support.ts';
import { A, at, B, C, rowsOf } from './score-support.ts';

const EVIL = '<img src=x onerror=alert(1)>';

describe('the report of a score', () => {
  let html = '';
  let printed: Record<string, unknown> = {};

  beforeAll(async () => {
    const rows = rowsOf({
      visits: [
        { id: 'HELD', fund: 4_321 },
        { id: 'NAMED', fund: 3_210 },
        { id: EVIL, fund: 2_000 },
        { id: 'PROXY', came: 'proxy' },
        { id: 'MISMATCH' },
        { id: 'BLIND', clinic: B },
        { id: 'GHOST', clinic: C, scheme: 'ghost', concentrated: true, fund: 5_555 },
      ],
      clinics: { [C]: { ghostShare: 0.5, fraudFrom: at('00:00'), mainScheme: 'ghost' } },
      covered: [A, C],
      alerts: [
        { id: 'false-alert', names: ['NAMED', EVIL, 'PROXY'] },
        { id: 'blind-alert', names: ['BLIND'], clinic: B, basis: ['presence'] },
        { id: 'clean-accused', clinic: A, subject: 'clinic', names: ['NAMED'] },
      ],
      decisions: [{ setl_id: 'HELD', msgid: 'MSG-HELD', decision: 'hold', reasons: ['listed'] }],
      verdicts: [{ setl_id: 'MISMATCH', verdict: 'mismatch', reason: 'every_face_differs', llr: -3.21, coverage: 1 }],
      feed: [
        { at: at('09:00'), kind: 'status', psn_no: 'LISTED', what: 'dead', from: at('08:00'), to: null },
        {
          at: at('10:30'),
          kind: 'message',
          request: { infno: '2206', msgid: 'ASKED', fixmedins_code: A, input: { data: { psn_no: 'LISTED' } } },
          response: null,
        },
        { at: at('09:59'), kind: 'auth', clinic: A, psn_no: 'P-HELD', authNo: 'N1', ok: true },
        {
          at: at('09:58'),
          kind: 'appearance',
          id: 'SEEN',
          camera: `${A}-K0`,
          state: 'closed',
          from: at('09:50'),
          to: at('09:57'),
          template: null,
          quality: 0.4,
          faces: 3,
        },
      ],
    });
    const dir = await folderOf({
      'meta.json': { dimension: 4, timeZone: 'Asia/Shanghai', calibration: null, seed: 42 },
      'feed.ndjson': rows.feed,
      'truth.ndjson': rows.truth,
      'outcome.ndjson': rows.outcome,
    });
    printed = await runScore(dir, join(dir, 'outcome.ndjson'), { report: join(dir, 'report.html'), bootstrap: 50 });
    html = await readFile(join(dir, 'report.html'), 'utf8');
  });

  const sectionOf = (id: string): string => html.split(`<section id="${id}">`)[1]?.split('</section>')[0] ?? '';

  it('prints the figures flat, with what stands behind them', () => {
    expect(printed).toMatchObject({
      shown: 3,
      blindWindowFraudAlerts: 1,
      recallByScheme: { ghost: 0 },
      settlements: 7,
      frauds: 1,
    });
    expect(printed.details).toMatchObject({ recallConcentrated: { numerator: 0, denominator: 5_555 } });
  });

  it('needs nothing beside itself: a closed network can open it', () => {
    expect(html.match(/(src|href)="(?!#)/g)).toBeNull();
    expect(html).not.toMatch(/https?:\/\/|@import|<script|url\(/);
  });

  it('shows nothing of a feed as markup', () => {
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  it.each([
    ['falseAlert', ['NAMED', '32.10', 'false-alert', '09:50:00']],
    ['honestHeld', ['HELD', '43.21', 'listed', '终端核验']],
    ['honestMismatch', ['MISMATCH', '-3.21', '所有人脸都不符']],
    ['proxyHarm', ['PROXY', 'false-alert']],
    ['blindAlert', ['BLIND', 'blind-alert', '覆盖 0 %']],
    ['cleanClinicAccused', ['clean-accused', A]],
    ['missedClinic', [C, '55.55']],
    ['missedSettlement', ['GHOST', '空刷', '55.55']],
    ['listedMissed', ['LISTED', 'ASKED']],
  ])('tells the worst of each kind with its rows: %s', (kind, words) => {
    for (const word of words) expect(sectionOf(kind)).toContain(word);
  });

  it('says so where there was no mistake', async () => {
    const rows = rowsOf({ visits: [{ id: 'S' }] });
    const dir = await folderOf({
      'meta.json': {},
      'feed.ndjson': rows.feed,
      'truth.ndjson': rows.truth,
      'outcome.ndjson': rows.outcome,
    });
    await runScore(dir, join(dir, 'outcome.ndjson'), { report: join(dir, 'report.html') });
    expect((await readFile(join(dir, 'report.html'), 'utf8')).match(/没有。/g)).toHaveLength(9);
  });
});

describe('what cannot be scored', () => {
  it('is said plainly: no truth, no outcome, a row of another form', async () => {
    const rows = rowsOf({ visits: [{ id: 'S' }] });
    const files = { 'meta.json': {}, 'feed.ndjson': rows.feed };
    const bare = await folderOf(files);
    await expect(runScore(bare, join(bare, 'x'))).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('truth.ndjson'),
    });
    const wrong = await folderOf({
      ...files,
      'truth.ndjson': rows.truth,
      'out.ndjson': [{ kind: 'verdict', setl_id: 'S', at: 'soon', verdict: 'match' }],
    });
    await expect(runScore(wrong, join(wrong, 'out.ndjson'))).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/out\.ndjson, line 1 \(verdict\): "at" must be a time/),
    });
    await expect(runScore(wrong, join(wrong, 'none.ndjson'))).rejects.toMatchObject({ code: 'not_found' });
    const twice = await folderOf({ ...files, 'truth.ndjson': [rows.truth[0], rows.truth[0]], 'out.ndjson': [] });
    await expect(runScore(twice, join(twice, 'out.ndjson'))).rejects.toMatchObject({
      message: expect.stringContaining('a second time'),
    });
  });
});
