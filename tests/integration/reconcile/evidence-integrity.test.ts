import { afterEach, beforeEach, expect, it } from 'vitest';
import { ts } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/ids.ts';
import { at, CAMERA, CLINIC, createScene, HOUR, MINUTE, type Scene } from './support.ts';

const DAY = 24 * HOUR;
const TODAY = at('00:00');
/** Days ago on which the camera sees nothing from ten to half past. */
const BLIND = [12, 9, 6, 3, 0];
const TEN = 10 * HOUR;

let scene: Scene;
beforeEach(async () => {
  scene = await createScene({ now: at('11:00') });
  await scene.clinic();
  await scene.camera();
  await scene.camera('cam-2', 'consulting');
});
afterEach(() => scene.close());

/** Settlements that were there before anybody looked: a moment, and how many. */
async function settled(from: number, count: number, more: { readonly reversed?: boolean } = {}): Promise<void> {
  for (let i = 0; i < count; i++) {
    const [id, when] = [newId(), ts(from + Math.floor((i * 29 * MINUTE) / Math.max(1, count)))];
    await scene.runtime.db.query(
      `insert into settlements (id, at, at_offset_min, msgid, setl_id, mdtrt_id, clinic_code, psn_no, med_type, total_fen,
         fund_fen, received_at, reversed_at, reversed_by)
       values ($1::uuid, $2, 480, $1::uuid::text, $1::uuid::text, $1::uuid::text, $3, 'P1', '11', 3560, 1640, $2, $4, $5)`,
      [id, when, CLINIC, more.reversed ? when : null, more.reversed ? 'R' : null],
    );
  }
}

/** A month in which the camera goes blind now and then, and others come and go as they do. */
async function month(options: {
  readonly inOutage: number;
  readonly otherDays: number;
  readonly reversed?: boolean;
  /** Device less true time. */
  readonly offset?: number;
  readonly camera?: string;
}): Promise<void> {
  const { inOutage, otherDays, offset = 0, camera = CAMERA, reversed = false } = options;
  if (offset !== 0)
    await scene.runtime.db.query('update camera_clock_offsets set offset_ms = $2 where camera_id = $1', [
      camera,
      offset,
    ]);
  await scene.device('ok', TODAY - 29 * DAY + offset, TODAY - Math.max(...BLIND) * DAY + TEN + offset, camera);
  for (let ago = 29; ago >= 0; ago--) {
    const ten = TODAY - ago * DAY + TEN;
    const blind = BLIND.includes(ago);
    await settled(ten, blind ? inOutage : otherDays, { reversed });
    if (!blind) continue;
    await scene.device('covered', ten + offset, ten + 30 * MINUTE + offset, camera);
    const next = BLIND[BLIND.indexOf(ago) + 1];
    const end = next === undefined ? null : TODAY - next * DAY + TEN + offset;
    await scene.device('ok', ten + 30 * MINUTE + offset, end, camera);
  }
  await scene.drain();
}
/** What a person is asked, once each. */
const together = async () => {
  const hits = (await scene.findings()).filter(({ rule, outcome }) => rule === 'E7' && outcome === 'hit');
  return [...new Map(hits.map((hit) => [hit.incident, hit])).values()];
};

it('a camera that is covered whenever many settle is asked about: once, and without a word about any patient', async () => {
  await month({ inOutage: 6, otherDays: 0 });
  expect(await together()).toMatchObject([
    { reason: 'together', class: 'device', incident: `evidence-integrity:${CAMERA}:2026-03`, setlIds: [] },
  ]);
});

it('a camera whose clock is in another time zone is judged by what happened at the time', async () => {
  await month({ inOutage: 6, otherDays: 0, offset: 8 * HOUR });
  expect(await together()).toHaveLength(1);
});

it('a clinic that is as busy at that hour on every day is not asked', async () => {
  await month({ inOutage: 6, otherDays: 6 });
  expect(await together()).toEqual([]);
});

it('settlements that were taken back are no burst', async () => {
  await month({ inOutage: 6, otherDays: 0, reversed: true });
  expect(await together()).toEqual([]);
});

it('outages that were filed are explained, and days of service too', async () => {
  for (const ago of BLIND.slice(0, 3)) {
    const ten = TODAY - ago * DAY + TEN;
    await scene.filing(ago === 9 ? 'vaccinationDay' : 'outage', ten - HOUR, ten + HOUR);
  }
  await month({ inOutage: 6, otherDays: 0 });
  expect(await together()).toEqual([]);
});

it('at night nobody could settle: outages then say nothing', async () => {
  await scene.runtime.db.query(
    `update clinics set open_hours = '[{"days":[1,2,3,4,5,6,7],"from":"14:00","to":"18:00"}]'`,
  );
  await month({ inOutage: 6, otherDays: 0 });
  expect(await together()).toEqual([]);
});

it('a clinic with thousands of settlements a month is judged by all of them', async () => {
  // Busy all afternoon: what is read first is not all there is.
  await scene.runtime.db.query(
    `insert into settlements (id, at, at_offset_min, msgid, setl_id, mdtrt_id, clinic_code, psn_no, med_type, total_fen,
       fund_fen, received_at)
     select gen_random_uuid(), t, 480, 'b' || n, 'b' || n, 'b' || n, $1, 'P1', '11', 3560, 1640, t from (
       select n, $2::timestamptz + (n % 29) * interval '1 day' + (n / 29) * interval '1 minute' as t
       from generate_series(0, 3999) n) x`,
    [CLINIC, ts(TODAY - 29 * DAY + 13 * HOUR)],
  );
  await month({ inOutage: 6, otherDays: 0 });
  expect(await together()).toHaveLength(1);
});
