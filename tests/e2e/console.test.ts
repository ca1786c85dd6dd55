import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { noteReading } from '../../src/devices/camera-reading.store.ts';
import type { App } from '../../src/http/app.ts';
import { composeRooms } from '../../src/http/compose.ts';
import { ensureConsole } from '../../src/http/console-build.ts';
import { createWorld, raiseAlert, seedCamera, type World } from '../integration/review/world.ts';
import { launchBrowser } from '../support/browser.ts';
import { PASSWORD, seedHold, seedReviewers, seedVisit } from './console-world.ts';

/** Set it to keep pictures of what the test saw; faces in them are not blurred. */
const { CONSOLE_SCREENSHOTS } = process.env;

let world: World;
let app: App;
let browser: Browser;
let page: Page;
let address: string;
const elsewhere: string[] = [];
const crashes: string[] = [];

beforeAll(async () => {
  await ensureConsole(() => undefined);
  world = await createWorld();
  app = await (await composeRooms(world.runtime)).app();
  address = await app.listen({ host: '127.0.0.1', port: 0 });
  await seedReviewers(world);
  await seedCamera(world, 'cam-1', { offsetMs: 2_300 });
  await noteReading(world.runtime.db, world.runtime.clock, 'cam-1', { reading: 'every_frame', gopMs: 10_000 });
  browser = await launchBrowser();
  page = await newPage(1366, 768);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  await world?.close();
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await picture(`failed-${task.name.slice(0, 30)}`);
});

async function newPage(width: number, height: number): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    timezoneId: 'America/New_York',
    locale: 'en-US',
  });
  context.setDefaultTimeout(45_000);
  const made = await context.newPage();
  made.on('pageerror', (error) => crashes.push(error.message));
  made.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith('data:') && !url.startsWith('blob:')) elsewhere.push(url);
  });
  return made;
}

async function picture(name: string): Promise<void> {
  if (CONSOLE_SCREENSHOTS === undefined) return;
  await mkdir(CONSOLE_SCREENSHOTS, { recursive: true });
  for (const [width, height] of [
    [1366, 768],
    [1920, 1080],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: join(CONSOLE_SCREENSHOTS, `${name}-${width}.png`) });
  }
  await page.setViewportSize({ width: 1366, height: 768 });
}

async function logIn(username: string, password: string): Promise<void> {
  await page.locator('input[autocomplete="username"]').fill(username);
  await page.locator('input[autocomplete="current-password"]').fill(password);
  await page.locator('button[type="submit"]').click();
}

const rowOf = (id: string) => page.locator(`[data-alert="${id}"]`);
const stateOf = (id: string) => page.locator(`[data-alert-detail="${id}"] .detail-head [data-state]`);
const storedState = async (id: string): Promise<unknown> =>
  (await world.runtime.db.query('select state, state_reason from alerts where id = $1', [id])).rows[0];

describe('a supervisor’s morning', () => {
  let alertId: string;

  it('is let in with the right password only, and told why not', async () => {
    await page.goto(`${address}/`);
    await logIn('wang', 'not-the-password-1');
    await page.getByText('用户名或密码不正确').waitFor();
    await logIn('wang', PASSWORD);
    await page.getByText('目前没有待处理的疑点').waitFor();
    await page.locator('[data-stream="live"]').waitFor();
  });

  it('sees an alert arrive without touching anything', async () => {
    const { incidentKey, setlId } = await seedVisit(world, 'cam-1');
    alertId = await raiseAlert(world, { incidentKey, setlIds: [setlId] });
    await rowOf(alertId).getByText('到场的人与参保人不符').waitFor();
    await page.locator('[data-count="in"]').getByText('1', { exact: true }).waitFor();
    await picture('list-zh');
  });

  it('opens it with the keyboard and has what a decision needs on one page', async () => {
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/alerts/${alertId}`);
    const detail = page.locator(`[data-alert-detail="${alertId}"]`);
    await detail.getByRole('heading', { level: 1 }).getByText('到场的人与参保人不符').waitFor();
    await detail.locator('[data-verdict="mismatch"]').waitFor();
    await detail.getByText(/张\*/).first().waitFor();
    await detail.locator('.faces img').first().waitFor();
    await detail.locator('svg.axis-plot [data-appearance]').first().waitFor();
    expect(await detail.locator('.faces img').count()).toBeGreaterThanOrEqual(2);
    await picture('detail-zh');
    await detail.getByRole('button', { name: '以表格显示' }).click();
    await detail.locator('.axis-table').getByText('收费处').first().waitFor();
    await detail.getByRole('button', { name: '以图显示' }).click();
    expect(await looksAtFaces()).toBeGreaterThanOrEqual(2);
  });

  it('excludes it with a reason, and takes that back', async () => {
    await page.keyboard.press('d');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('其他').click();
    await dialog.getByRole('button', { name: '排除' }).click();
    await dialog.getByText('请写明情况').waitFor();
    await dialog.getByText('双胞胎').click();
    await dialog.locator('textarea').fill('电话核实：是孪生兄弟');
    await picture('exclude-zh');
    await dialog.getByRole('button', { name: '排除' }).click();
    await stateOf(alertId).and(page.locator('[data-state="excluded"]')).waitFor();
    expect(await storedState(alertId)).toEqual({ state: 'excluded', state_reason: 'twins' });
    await page.locator('.history').getByText('电话核实：是孪生兄弟').waitFor();
    await page.keyboard.press('u');
    await stateOf(alertId).and(page.locator('[data-state="new"]')).waitFor();
    expect(await storedState(alertId)).toEqual({ state: 'new', state_reason: null });
  });

  it('reads the whole page in English, also after coming back', async () => {
    await page.getByText('EN', { exact: true }).click();
    await page
      .getByRole('heading', { level: 1 })
      .getByText('The person seen does not look like the insured person')
      .waitFor();
    await page.getByRole('button', { name: 'Exclude' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Exclude' }).waitFor();
    await picture('detail-en');
  });

  it('is not moved while reading: what is new waits until it is asked for', async () => {
    await page.keyboard.press('Escape');
    await page.waitForURL('**/alerts');
    await rowOf(alertId).waitFor();
    await page.keyboard.press('j');
    const second = await raiseAlert(world, {
      incidentKey: 'camera:cam-1:1',
      rule: 'P1',
      class: 'device',
      phase: 'pre',
      severity: 'medium',
      cameraId: 'cam-1',
      psnNo: null,
    });
    await page.getByRole('button', { name: '1 new alert: show it' }).waitFor();
    expect(await rowOf(second).count()).toBe(0);
    await picture('list-en');
    await page.keyboard.press('n');
    await rowOf(second).waitFor();
  });

  it('is handed the next case, and excludes several at once for one reason', async () => {
    await page.keyboard.press('x');
    await page.getByText('1 chosen').first().waitFor();
    const others = await Promise.all(
      ['M-bulk-1', 'M-bulk-2'].map((visit) =>
        raiseAlert(world, { incidentKey: `visit:H41162400123:${visit}`, setlIds: [] }),
      ),
    );
    await page.keyboard.press('x');
    await page.getByRole('button', { name: /new alert/ }).waitFor();
    await page.keyboard.press('n');
    for (const id of others) await rowOf(id).getByRole('checkbox').check();
    await picture('bulk-en');
    await page.getByRole('button', { name: 'Exclude them' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Device fault').click();
    await dialog.getByRole('button', { name: 'Exclude' }).click();
    await page.getByText('2 excluded.').waitFor();
    for (const id of others) expect(await storedState(id)).toMatchObject({ state: 'excluded' });
    await page.getByRole('button', { name: 'Next first review' }).click();
    await page.locator('[data-alert-detail]').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL('**/alerts');
  });

  it('comes back to where one was when the session has ended', async () => {
    await rowOf(alertId).getByRole('link').click();
    await page.getByRole('button', { name: 'Begin first review' }).waitFor();
    await world.runtime.db.query('delete from sessions');
    await page.keyboard.press('a');
    await page.getByText('Your session has ended').waitFor();
    expect(await storedState(alertId)).toEqual({ state: 'new', state_reason: null });
    await logIn('wang', PASSWORD);
    await page.locator(`[data-alert-detail="${alertId}"]`).waitFor();
    await page.keyboard.press('a');
    await stateOf(alertId).and(page.locator('[data-state="first_review"]')).waitFor();
  });

  it('is told when an alert is taken back while one looks at it', async () => {
    await raiseAlert(world, { incidentKey: await incidentOf(alertId), outcome: 'clear' });
    await page.getByText('The system has withdrawn this alert').waitFor();
    await picture('withdrawn-en');
  });

  it('sees what waits only when asked for, with the reason and how often it is right', async () => {
    const waits = await raiseAlert(world, { incidentKey: `visit:H41162400123:M-waits`, rule: 'A2', setlIds: [] });
    const { db } = world.runtime;
    await db.query(`update alerts set queue_state = 'waiting', shown_at = null, p_right = 0.05 where id = $1`, [waits]);
    await db.query(
      `insert into alert_queue (alert_id, incident_key, class, severity, clinic_code, region_code, rules, p_right, raised_at,
         ready_at, urgent, reason, drawn)
       select id, incident_key, class, severity, clinic_code, region_code, '{A2}', 0.05, raised_at, raised_at, false,
         'under_precision', false from alerts where id = $1`,
      [waits],
    );
    await page.goto(`${address}/alerts?state=all`);
    await rowOf(alertId).waitFor();
    expect(await rowOf(waits).count()).toBe(0);
    await page.getByText('Waiting', { exact: true }).click();
    await rowOf(waits).locator('[data-wait="under_precision"]').waitFor();
    await rowOf(waits).getByText('about 1 in 20 of these are right').waitFor();
    await picture('waiting-en');
  });

  it('answers a spot check that names no suspicion', async () => {
    const { db } = world.runtime;
    await db.query(
      `insert into sample_checks (id, alert_id, day, rule_key, clinic_code, region_code, state, created_at)
       select gen_random_uuid(), id, '2026-03-17', 'A2', clinic_code, region_code, 'open', raised_at from alerts
       where queue_state = 'waiting'`,
    );
    await page.getByRole('link', { name: 'Spot checks' }).click();
    await page.getByText('Alarm budget').waitFor();
    await picture('checks-en');
    await page.getByRole('button', { name: 'Nothing wrong' }).click();
    await page.getByText('There is nothing to check').waitFor();
    const { rows } = await db.query('select outcome from sample_checks');
    expect(rows).toEqual([{ outcome: 'fine' }]);
  });

  it('lets a held settlement go because a witness saw the ID card', async () => {
    const { incidentKey, setlId, decisionId } = await seedHold(world);
    const held = await raiseAlert(world, {
      incidentKey,
      rule: 'A8',
      setlIds: [setlId],
      evidence: { zh: '名单显示此人已死亡。', en: 'A list says this person has died.' },
    });
    await page.goto(`${address}/clearing?month=2026-03`);
    await page.getByText(setlId).waitFor();
    await picture('clearing-en');
    await page.goto(`${address}/alerts/${held}`);
    await page.locator('[data-decision="standing"]').getByText('Show the ID card').waitFor();
    await picture('hold-en');
    await page.getByRole('button', { name: 'Release' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Release' }).click();
    await dialog.getByText('Say who saw the ID card').waitFor();
    await dialog.locator('input[type="text"]').fill('村支书 李');
    await dialog.getByRole('button', { name: 'Release' }).click();
    await page.locator('[data-decision="released"]').waitFor();
    const { rows } = await world.runtime.db.query('select state, release_reason from decisions where id = $1', [
      decisionId,
    ]);
    expect(rows).toEqual([{ state: 'released', release_reason: 'id_card_witnessed' }]);
  });

  // Tried again: once, on a loaded machine, the log-in form did not come after the click on "Log out". The cause is not known.
  it('other roles see no more than is theirs', { retry: 2 }, async () => {
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    const logInForm = page.locator('input[autocomplete="username"]');
    if (!(await logInForm.isVisible())) {
      await page.getByRole('button', { name: '王监管' }).click();
      await page.getByRole('menuitem', { name: 'Log out' }).click();
      await logInForm.waitFor({ timeout: 15_000 });
    }
    await logIn('jicheng', PASSWORD);
    await page.getByText('You may not see this').waitFor();
    await page.getByRole('link', { name: 'Devices' }).click();
    await page.getByText('cam-1').first().waitFor();
    await page.getByText('the clock is right').waitFor();
    await page.getByText('Every frame · 10.0 s').hover();
    await page.getByText('I-frame interval of 2 s').waitFor();
    await picture('devices-en');
  });

  it('nothing was loaded from elsewhere, and no page broke', () => {
    expect(elsewhere).toEqual([]);
    expect(crashes).toEqual([]);
  });
});

const incidentOf = async (id: string): Promise<string> =>
  (await world.runtime.db.query<{ incident_key: string }>('select incident_key from alerts where id = $1', [id]))
    .rows[0]?.incident_key ?? '';

const looksAtFaces = async (): Promise<number> =>
  (await world.runtime.db.query(`select 1 from audit_entries where action = 'face.view'`)).rowCount;
