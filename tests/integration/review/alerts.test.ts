import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pinsCovering } from '../../../src/evidence/footage-pins.ts';
import { ts } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/ids.ts';
import { assessmentRows } from '../../../src/reconcile/assessment-rows.ts';
import { packFacts } from '../../../src/reconcile/facts-form.ts';
import { createPgStores } from '../../../src/reconcile/pg-store.ts';
import type { AlertDetail } from '../../../src/review/alert-detail.schemas.ts';
import type { AlertItem, AlertList, AlertSummary } from '../../../src/review/alerts.schemas.ts';
import { appearance, comparison, settlementFacts } from '../../unit/review/facts.ts';
import {
  CLINIC,
  city,
  createWorld,
  elsewhere,
  NOW,
  OTHER_CLINIC,
  raiseAlert,
  seedCamera,
  seedPerson,
  seedSettlement,
  supervisor,
  type World,
  writeFinding,
} from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await seedCamera(world, 'cam-1', { offsetMs: 5_000 });
  await seedPerson(world, 'P1', '张三丰');
});
afterAll(() => world.close());

const visit = (mdtrtId: string, clinicCode = CLINIC): string => `visit:${clinicCode}:${mdtrtId}`;
const item = async (id: string): Promise<AlertItem> => (await world.get(`/v1/alerts/${id}`, city)).body;
const events = async (id: string): Promise<string[]> =>
  (
    await world.runtime.db.query<{ action: string }>(
      'select action from alert_events where alert_id = $1 order by seq',
      [id],
    )
  ).rows.map((row) => row.action);

describe('findings become alerts', () => {
  it('makes one alert of an incident however often and by however many workers it is told', async () => {
    await seedSettlement(world, 'S-once', { mdtrtId: 'M-once' });
    const incidentKey = visit('M-once');
    await writeFinding(world, { incidentKey, setlIds: ['S-once'] });
    await writeFinding(world, { incidentKey, rule: 'A2', outcome: 'undetermined', setlIds: ['S-once'] });
    await Promise.all([1, 2, 3, 4].map(() => world.apply(incidentKey)));
    const { rows } = await world.runtime.db.query<{ id: string; fund_fen: number; occurred_at: number }>(
      'select id, fund_fen, occurred_at from alerts where incident_key = $1',
      [incidentKey],
    );
    expect(rows).toEqual([expect.objectContaining({ fund_fen: 1742, occurred_at: NOW })]);
    expect(await events(rows[0]?.id ?? '')).toEqual(['raised']);
    const told = await world.runtime.db.query(
      `select 1 from outbox where topic = 'alert.changed' and payload ->> 'alertId' = $1`,
      [rows[0]?.id],
    );
    expect(told.rowCount).toBe(1);
  });

  it('raises nothing while nothing can be determined', async () => {
    expect(await raiseAlert(world, { incidentKey: visit('M-dark'), outcome: 'undetermined' })).toBe('');
  });

  it('takes an alert back with its findings, keeps its history, and brings it back with them', async () => {
    const incidentKey = visit('M-reversed');
    const id = await raiseAlert(world, { incidentKey });
    await raiseAlert(world, { incidentKey, outcome: 'clear' });
    expect((await item(id)).state).toBe('withdrawn');
    await raiseAlert(world, { incidentKey });
    expect((await item(id)).state).toBe('new');
    expect(await events(id)).toEqual(['raised', 'withdrawn', 'returned']);
  });

  it('leaves an excluded alert excluded until another rule hits', async () => {
    const incidentKey = visit('M-dismissed');
    const id = await raiseAlert(world, { incidentKey });
    const dismissed = await world.post(`/v1/alerts/${id}/steps`, { step: 'exclude', version: 1, reason: 'twins' });
    expect(dismissed).toMatchObject({ status: 200, body: { state: 'excluded', stateReason: 'twins', version: 2 } });
    await raiseAlert(world, { incidentKey, severity: 'low' });
    expect((await item(id)).state).toBe('excluded');
    await raiseAlert(world, { incidentKey, outcome: 'clear' });
    expect((await item(id)).state).toBe('excluded');
    await raiseAlert(world, { incidentKey, rule: 'A4', phase: 'post' });
    expect(await item(id)).toMatchObject({ state: 'new', stateReason: 'new_rule', rules: ['A4@1'] });
    expect(await events(id)).toEqual(['raised', 'exclude', 'revised', 'settled', 'returned']);
  });

  it('numbers that move do not outdate what a reviewer has open', async () => {
    const incidentKey = visit('M-numbers');
    const id = await raiseAlert(world, { incidentKey });
    await raiseAlert(world, { incidentKey, evidence: { zh: '到场的人不是本人。', en: 'x', coverage: 0.98 } });
    expect((await item(id)).version).toBe(1);
  });
});

describe('evidence is secured when an alert is raised', () => {
  it('pins the footage around it, orders stills, keeps faces and stills that it rests on', async () => {
    const { db, blobs } = world.runtime;
    const at = NOW - 600_000;
    const settlementId = await seedSettlement(world, 'S-pin', { mdtrtId: 'M-pin', at });
    const jpeg = Buffer.from('/9j/2wBDAP//////////////////////////////////////////////////////', 'base64');
    const shot = await blobs.put(db, jpeg, { mediaType: 'image/jpeg', retentionClass: 'appearance' });
    const segment = await blobs.put(db, Buffer.from('footage'), { mediaType: 'video/mp4', retentionClass: 'ring' });
    const appearanceId = newId();
    await db.query(
      `insert into appearances (id, camera_id, clinic_code, state, from_at, to_at, faces, quality, retention_class, received_at, updated_at)
       values ($1, 'cam-1', $2, 'closed', $3, $4, 3, 0.7, 'appearance', $4, $4)`,
      [appearanceId, CLINIC, ts(at - 20_000), ts(at + 20_000)],
    );
    await db.query(
      `insert into appearance_shots (id, appearance_id, at, quality, box, blob_sha256) values ($1, $2, $3, 0.7, '{}', $4)`,
      [newId(), appearanceId, ts(at + 5_000), shot.sha256],
    );
    await db.query(
      `insert into footage_segments (id, camera_id, from_at, to_at, blob_sha256, size_bytes, created_at) values ($1, 'cam-1', $2, $3, $4, 7, $3)`,
      [newId(), ts(at), ts(at + 10_000), segment.sha256],
    );
    const id = await raiseAlert(world, {
      incidentKey: visit('M-pin'),
      setlIds: ['S-pin'],
      evidence: { zh: '甲', en: 'a', appearanceId },
    });
    // Device time is 5 s ahead.
    expect(await pinsCovering(db, 'cam-1', at + 90_000, at + 94_000)).toContain(id);
    expect(await pinsCovering(db, 'cam-1', at + 96_000, at + 97_000)).not.toContain(id);
    const kept = await db.query<{ retention_class: string }>(
      'select retention_class from blobs where sha256 = any($1::bytea[])',
      [[shot.sha256, segment.sha256]],
    );
    expect(kept.rows.map((row) => row.retention_class)).toEqual(['alert', 'alert']);
    const { body: detail }: { body: AlertDetail } = await world.get(`/v1/alerts/${id}`);
    expect(detail.snapshots).toEqual([
      expect.objectContaining({
        state: 'pending',
        plannedAt: ts(at),
        plannedDeviceTime: ts(at + 5_000),
        clockOffsetMs: 5_000,
      }),
    ]);
    expect(detail.footage).toEqual([{ cameraId: 'cam-1', from: ts(at - 30_000), to: ts(at + 90_000) }]);
    expect(detail.claims[0]?.settlementId).toBe(settlementId);
    expect(detail.bestShots).toHaveLength(1);
    const url = detail.bestShots[0]?.image.url ?? '';
    const picture = await world.app.inject({
      method: 'GET',
      url,
      headers: { 'x-test-principal': JSON.stringify(supervisor) },
    });
    expect(picture.statusCode).toBe(200);
    expect(picture.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'image/jpeg' });
    expect(picture.rawPayload.equals(jpeg)).toBe(true);
    const looked = await db.query<{ actor: string; purpose: string }>(
      `select actor, purpose from audit_entries where action = 'face.view' and subject_id = $1`,
      [detail.bestShots[0]?.image.imageId],
    );
    expect(looked.rows).toEqual([{ actor: 'user:wang', purpose: `review of alert ${id}` }]);
    // A picture of one alert cannot be opened through another.
    const other = await raiseAlert(world, { incidentKey: visit('M-far-away') });
    await db.query('update alerts set occurred_at = $2 where id = $1', [other, ts(NOW - 30 * 86_400_000)]);
    const stolen = await world.get(url.replace(id, other));
    expect(stolen.status).toBe(404);
  });
});

describe('the detail', () => {
  it('tells the claim in plain words with a masked name, its fee lines and its history', async () => {
    await seedSettlement(world, 'S-words', { mdtrtId: 'M-words' });
    const id = await raiseAlert(world, { incidentKey: visit('M-words'), setlIds: ['S-words'] });
    const { body: detail }: { body: AlertDetail } = await world.get(`/v1/alerts/${id}`);
    expect(detail.claims[0]?.words.zh).toMatch(/^张\*\*（男，68岁）于 2026年3月17日 09:00 在测试村卫生室结算普通门诊/);
    expect(detail.claims[0]?.feeLines).toEqual([
      { name: '盐酸二甲双胍缓释片', code: 'XA10BAE041A001010100863', count: '2', price: '14.52', amountFen: 2904 },
    ]);
    expect(JSON.stringify(detail)).not.toContain('张三丰');
    expect(detail.findings[0]).toMatchObject({ rule: 'A1@1', outcome: 'hit', words: { zh: '到场的人不是本人。' } });
    expect(detail.findings[0]?.law?.zh).toContain('条例');
    expect(detail.timeline.claims[0]).toMatchObject({ kind: 'settlement', at: ts(NOW), label: { zh: '结算' } });
    expect(detail.history.map(({ words }) => words.zh)).toEqual(['系统生成疑点']);
    expect(detail).toMatchObject({ maySeeFaces: true, mayUndo: false, flow: { firstReviewer: null, overdue: false } });
    expect(detail.steps).toEqual(['take', 'exclude', 'ask']);
  });

  it('hides what lies in another region as if it were not there', async () => {
    const id = await raiseAlert(world, { incidentKey: visit('M-there', OTHER_CLINIC), clinicCode: OTHER_CLINIC });
    expect((await world.get(`/v1/alerts/${id}`)).status).toBe(404);
    expect((await world.get(`/v1/alerts/${id}`, elsewhere)).status).toBe(200);
    expect((await world.post(`/v1/alerts/${id}/steps`, { step: 'take', version: 1 })).status).toBe(404);
    const { body: mine }: { body: AlertList } = await world.get('/v1/alerts?limit=500');
    expect(mine.items.some((alert) => alert.id === id)).toBe(false);
  });
});

describe('acting on an alert', () => {
  it('lets one of two racing exclusions through and tells the other what happened', async () => {
    const id = await raiseAlert(world, { incidentKey: visit('M-race') });
    const answers = await Promise.all([
      world.post(`/v1/alerts/${id}/steps`, { step: 'exclude', version: 1, reason: 'proxy' }),
      world.post(`/v1/alerts/${id}/steps`, { step: 'exclude', version: 1, reason: 'data_quality' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.body).toMatchObject({ error: { code: 'conflict', details: { version: 2, state: 'excluded' } } });
    expect(await events(id)).toEqual(['raised', 'exclude']);
  });

  it('takes an exclusion back, and wants a note for "other"', async () => {
    const id = await raiseAlert(world, { incidentKey: visit('M-undo') });
    expect((await world.post(`/v1/alerts/${id}/steps`, { step: 'exclude', version: 1, reason: 'other' })).status).toBe(
      400,
    );
    await world.post(`/v1/alerts/${id}/steps`, { step: 'exclude', version: 1, reason: 'other', note: '已电话核实' });
    const undone = await world.post(`/v1/alerts/${id}/undo`, { version: 2 });
    expect(undone).toMatchObject({ status: 200, body: { state: 'new', stateReason: null, version: 3 } });
    expect((await world.post(`/v1/alerts/${id}/steps`, { step: 'take', version: 3 })).body).toMatchObject({
      state: 'first_review',
    });
    const { body: detail }: { body: AlertDetail } = await world.get(`/v1/alerts/${id}`);
    expect(detail.history.map(({ note }) => note)).toEqual([null, '已电话核实', null, null]);
  });
});

describe('the list', () => {
  it('pages without a gap or a double while new alerts come in', async () => {
    const before = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((n) => raiseAlert(world, { incidentKey: visit(`page-${n}`), rule: 'A4' })),
    );
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 10; page++) {
      const { body }: { body: AlertList } = await world.get(
        `/v1/alerts?rule=A4&q=visit:${CLINIC}:page&limit=2${cursor}`,
      );
      seen.push(...body.items.map(({ id }) => id));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
      world.runtime.clock.advance(1_000);
      await raiseAlert(world, { incidentKey: visit(`page-new-${page}`), rule: 'A4' });
    }
    expect(seen.toSorted()).toEqual(before.toSorted());
    expect((await world.get('/v1/alerts?cursor=nonsense')).status).toBe(400);
  });

  it('filters by phase, class, state, rule, clinic, region, time and ids, and counts the same', async () => {
    const id = await raiseAlert(world, {
      incidentKey: 'camera:cam-1:1773708000000',
      rule: 'P1',
      phase: 'pre',
      class: 'device',
      psnNo: null,
      cameraId: 'cam-1',
      evidence: { zh: '甲', en: 'a', state: 'offline' },
    });
    const ids = async (query: string): Promise<string[]> => {
      const { body }: { body: AlertList } = await world.get(`/v1/alerts?limit=500&${query}`);
      return body.items.map((alert) => alert.id);
    };
    expect(await ids('phase=pre&class=device&rule=P1&state=new&region=411624')).toEqual([id]);
    expect(await ids('q=cam-1')).toEqual([id]);
    expect(await ids('rule=P1@1&rule=A9')).toEqual([id]);
    expect(await ids('rule=P')).toEqual([]);
    expect(await ids('q=S-wor')).toHaveLength(1);
    expect(await ids('q=%25')).toEqual([]);
    expect(await ids(`clinic=${OTHER_CLINIC}`)).toEqual([]);
    expect(await ids(`phase=pre&to=${encodeURIComponent(ts(1773708000000 - 5_000))}`)).toEqual([]);
    expect(await ids(`phase=pre&from=${encodeURIComponent(ts(1773708000000 - 5_000))}`)).toEqual([id]);
    const { body: summary }: { body: AlertSummary } = await world.get('/v1/alerts/summary');
    expect(summary.byPhase.pre).toBe((await ids('phase=pre&state=new&state=first_review')).length);
    expect(summary.byState.excluded).toBe((await ids('state=excluded')).length);
    expect(summary.standing).toBe((await ids('state=new&state=first_review')).length);
    expect((await item(id)).title.zh).toBe('即将开诊，摄像机离线');
  });
});

describe('the verdict in the detail', () => {
  it('comes from the stored facts: who was there, how sure, how much was covered, what speaks for the person', async () => {
    const { db } = world.runtime;
    const at = NOW - 3_600_000;
    const settlementId = await seedSettlement(world, 'S-facts', { mdtrtId: 'M-facts', at });
    const appearanceId = newId();
    await db.query(
      `insert into appearances (id, camera_id, clinic_code, state, from_at, to_at, faces, quality, retention_class, received_at, updated_at)
       values ($1, 'cam-1', $2, 'closed', $3, $4, 3, 0.7, 'appearance', $4, $4)`,
      [appearanceId, CLINIC, ts(at - 15_000), ts(at + 25_000)],
    );
    const facts = settlementFacts({
      settlementId,
      at,
      seen: {
        appearances: [appearance({ id: appearanceId, household: { ...comparison('match', 3), ref: 'P9' } })],
        candidates: [{ role: 'proxy', ref: 'P2', hasPortrait: true }],
      },
    });
    await db.query(`insert into rule_sets (version, body, created_at) values ('test', '{}', $1)`, [ts(NOW)]);
    const made = assessmentRows({
      at,
      subject: { kind: 'settlement', id: settlementId },
      clinicCode: CLINIC,
      trigger: 'test',
      facts: packFacts(facts),
      ruleSet: 'test',
      modelVersion: 'm@1',
      verdict: { verdict: 'mismatch', reason: 'every_face_differs', llr: -4, coverage: 0.97, appearanceId } as never,
      outcomes: [],
      window: facts.presence.window,
      awaitsUntil: null,
    });
    await createPgStores(world.runtime).inStore(async (store) => store.putAssessment(made));
    const id = await raiseAlert(world, { incidentKey: visit('M-facts'), setlIds: ['S-facts'] });
    const { body: detail }: { body: AlertDetail } = await world.get(`/v1/alerts/${id}`);
    expect(detail.claims[0]?.verdict).toMatchObject({
      verdict: 'mismatch',
      reason: 'every_face_differs',
      llr: -4,
      coverageWords: { zh: '该时段摄像机有效覆盖 97%（要求 80%，足够）。' },
    });
    expect(detail.claims[0]?.verdict?.llrWords?.en).toContain('10,000 times');
    expect(detail.timeline.appearances.find((seen) => seen.id === appearanceId)).toMatchObject({
      who: 'household',
      zone: 'mismatch',
      from: ts(at - 20_000),
      to: ts(at + 20_000),
    });
    expect(detail.inFavour.map(({ code }) => code)).toEqual(['proxy_registered', 'household_seen']);
  });
});
