import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playLive } from '../../../bench/support/live-feed.ts';
import { openFeed } from '../../../src/simulation/feed/read-feed.ts';
import { AFTER_END_MS, driveFeed } from '../../../src/simulation/run-feed/drive.ts';
import type { GivenAnswer } from '../../../src/simulation/run-feed/outcome.ts';
import { openBulkProduct } from '../../../src/simulation/run-feed/product.ts';
import { keysOf, readInThread } from '../../../src/simulation/run-feed/reading/read-in-thread.ts';
import { runSimulate } from '../../../src/simulation/world/simulate.ts';

import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';

/** What a person or a clinic could tell apart; chance ids and the order of equal moments are left out. */
const OUTCOME: Readonly<Record<string, string>> = {
  messages:
    'select msgid, infno, clinic_code, received_at, event_at, request_hash, response_hash from seen_message order by msgid',
  events: `select id, kind, at, at_offset_min, clinic_code, msgid, message_received_at, psn_no, mdtrt_id, setl_id, dev_no, opter, body,
    reversed_by, reversed_at from claim_events order by id`,
  settlements: 'select * from settlements order by id',
  lines: 'select * from fee_lines order by id',
  reversals: 'select * from claim_reversals order by msgid',
  quarantine:
    'select received_at, msgid, infno, clinic_code, reason, detail, state from claim_quarantine order by received_at, msgid, reason',
  appearances: `select id, camera_id, clinic_code, state, from_at, to_at, faces, quality, revision, received_at, updated_at,
    template_id is not null as has_template from appearances order by id`,
  states: 'select * from device_states order by camera_id, from_at',
  watermarks: 'select * from camera_watermarks order by camera_id',
  offsets: 'select * from camera_clock_offsets order by camera_id, measured_at',
  people: 'select psn_no, cert_type, sex, birth, household, region_code, created_at from persons order by psn_no',
  statuses: 'select psn_no, what, from_at, to_at, source, created_at from person_status order by psn_no, what, from_at',
  proxies: 'select * from proxies order by id',
  filings: 'select * from filings order by id',
  heads: `select subject_kind, subject_id, clinic_code, window_from, window_to, facts_hash, verdict, verdict_reason, llr, coverage,
    rule_set, awaits_until from assessment_heads order by subject_kind, subject_id`,
  findings: `select id, rule_id, rule_version, subject_key, incident_key, phase, class, severity, clinic_code, psn_no, camera_id, setl_ids,
    basis, outcome, reason, evidence, first_at, updated_at from findings order by id`,
  decisions: `select id, subject_key, clinic_code, psn_no, mdtrt_id, setl_id, settlement_id, msgid, clearing_month, fund_fen, decision,
    reasons, deadline_at, alternative, state, release_reason, decided_at, updated_at, ever_held from decisions order by id`,
  decisionHistory:
    'select decision_id, at, actor, action, before, after, note from decision_events order by decision_id, at, action, id',
  alerts: 'select * from alerts order by id',
  alertQueue: 'select * from alert_queue order by alert_id',
  sampleChecks: 'select * from sample_checks order by id',
  sampleDays: 'select * from sample_days order by day, rule_key',
  budgetDays: 'select * from alert_budget_days order by day, class, region_code',
  rolls: 'select * from clinic_rolls order by clinic_code, day',
  trends: 'select * from clinic_trends order by clinic_code',
  peers: 'select * from peer_stats order by scope, day',
  alertHistory: 'select alert_id, at, actor, action, reason, detail, shown from alert_events order by alert_id, seq',
};

let dir: string;
let live: TestRuntime;
let bulk: TestRuntime;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'claimsight-both-'));
});
afterAll(async () => {
  await live?.close();
  await bulk?.close();
  await rm(dir, { recursive: true, force: true });
});

const moved = ({ clock }: TestRuntime) => ({ ...clock, moveTo: clock.set });

async function outcomeOf({ db }: TestRuntime): Promise<Record<string, Record<string, unknown>[]>> {
  const outcome: Record<string, Record<string, unknown>[]> = {};
  for (const [name, sql] of Object.entries(OUTCOME)) outcome[name] = (await db.query(sql)).rows;
  return outcome;
}

describe('a day of a small city, with much fraud in it', () => {
  it('comes to the same over HTTP, message by message, and in bulk', async () => {
    await runSimulate({ seed: 7, clinics: 8, days: 1, fraud: 0.3, emit: join(dir, 'city'), quiet: true });
    const feed = () => openFeed(join(dir, 'city'));
    const { meta } = await feed();
    const card = join(dir, 'card.json');
    await writeFile(card, JSON.stringify(meta.card));
    const start = meta.from ?? 0;

    live = await createTestRuntime({ env: { MODEL_CARD: card, TIME_ZONE: meta.timeZone }, now: start });
    const answers = await playLive({ ...live, clock: moved(live) }, await feed(), AFTER_END_MS);

    bulk = await createTestRuntime({ env: { TIME_ZONE: meta.timeZone }, now: start });
    const clock = moved(bulk);
    const product = await openBulkProduct({
      runtime: bulk,
      clock,
      card: meta.card,
      span: meta,
      timeZone: meta.timeZone,
    });
    const given: GivenAnswer[] = [];
    const reading = readInThread({ dir: join(dir, 'city'), ...keysOf(bulk) });
    const { counts } = await driveFeed({
      batches: reading.batches(),
      product,
      clock,
      keyring: bulk.keyring,
      log: bulk.log,
      modelVersion: meta.card.templateVersion,
      onAnswer: (answer) => given.push(answer),
      onProgress: () => undefined,
    }).finally(async () => {
      await reading.close();
      await product.close();
    });
    expect(Object.fromEntries(counts.failed)).toEqual({});
    expect(Object.fromEntries(counts.refused)).toEqual({});

    // Each clinic was told the same at the moment it asked.
    expect(given.map(({ msgid, decision }) => ({ msgid, decision }))).toEqual(
      answers.map(({ msgid, decision }) => ({ msgid, decision: decision?.decision })),
    );
    const [one, other] = [await outcomeOf(live), await outcomeOf(bulk)];
    for (const name of Object.keys(OUTCOME)) expect(other[name], name).toEqual(one[name]);
    expect(one.settlements?.length).toBeGreaterThan(5);
    expect(one.alerts?.length).toBeGreaterThan(0);
  }, 300_000);
});
