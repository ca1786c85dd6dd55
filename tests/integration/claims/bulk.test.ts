import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBulkIntake } from '../../../src/ledgers/claims/bulk-intake.ts';
import { createClinicDirectory } from '../../../src/ledgers/claims/clinic-directory.ts';
import type { IntakeResult } from '../../../src/ledgers/claims/intake.ts';
import { loadInterfaceTable } from '../../../src/ledgers/claims/interface-table.load.ts';
import { claimKeysOf, createClaimPaging } from '../../../src/ledgers/claims/paging.ts';
import { quarantinedBody } from '../../../src/ledgers/claims/quarantine.store.ts';
import { type Agenda, createAgenda } from '../../../src/platform/working-set/agenda.ts';
import { openWorkingSet, type WorkingSet } from '../../../src/platform/working-set/working-set.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';
import * as messages from '../../unit/claims/messages.ts';
import { CLINIC, type ClaimsHarness, createClaimsHarness, HOOK_CLINIC, OTHER_CLINIC, seedClinics } from './support.ts';

const ANYBODY = { name: 'feed', regionCode: null, clinicCode: null };
const OWN_CLINIC = { name: 'his', regionCode: null, clinicCode: CLINIC };
const DAY_MS = 86_400_000;
const VISITS = 100;

let live: ClaimsHarness;
let bulk: TestRuntime;
beforeAll(async () => {
  live = await createClaimsHarness();
  bulk = await createTestRuntime();
  await seedClinics(bulk);
});
afterAll(async () => {
  await live.close();
  await bulk.close();
});

/** The same numbers each time. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const random = randomOf(3);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const stamp = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().replace('T', ' ').replace(/\..*$/, '');

/** Everything that one visit may send, at its own time, in fits and starts. */
function visitMessages(i: number, at: number): { readonly value: unknown; readonly at: number }[] {
  const visit = `BV${i}`;
  const setl = `BS${i}`;
  const clinic = pick([CLINIC, OTHER_CLINIC, HOOK_CLINIC]);
  let minutes = 0;
  const more = () => ({ fixmedins_code: clinic, inf_time: stamp(at + minutes++ * 60_000) });
  const told = (pair: messages.Pair): messages.Pair => {
    const stands = pair.response !== null;
    const moment = stamp(at + minutes * 60_000);
    if (stands) Object.assign(pair.response ?? {}, { refmsg_time: moment.replace(/\D/g, '') });
    if (pair.request.infno === '2207' && stands) messages.outputOf(pair, 'setlinfo').setl_time = moment;
    return pair;
  };
  const silent = (pair: messages.Pair): messages.Pair => ({ ...pair, response: null });
  const negative = (pair: messages.Pair): messages.Pair => {
    Object.assign(messages.outputOf(pair, 'setlinfo'), {
      medfee_sumamt: -29.04,
      fund_pay_sumamt: -17.42,
      psn_cash_pay: -11.62,
    });
    return pair;
  };
  const refusal = (pair: messages.Pair): messages.Pair => ({
    ...pair,
    response: { infcode: -1, err_msg: '余额不足', refmsg_time: stamp(at).replace(/\D/g, '') },
  });
  const registration = told(messages.registration(visit, more()));
  const lines = told(messages.feeLines(visit, more()));
  const moreLines = told(messages.feeLines(visit, more()));
  messages.inputOf(moreLines, 'feedetail').feedetl_sn = 'F2';
  messages.inputOf(moreLines, 'feedetail').fee_ocur_time = stamp(at - 3 * DAY_MS);
  const trial = messages.trial(visit, more());
  const settlement = told(messages.settlement(setl, visit, more()));
  const reversal = told(messages.reversal(setl, visit, more()));
  const undone = told(messages.technicalReversal(String(reversal.request.msgid), '2208', more()));
  const redone = told(messages.technicalReversal(String(undone.request.msgid), '2601', more()));
  const refund = told(negative(messages.settlement(`${setl}R`, visit, more())));
  const sameNumber = told(negative(messages.settlement(setl, visit, more())));
  const again = told(messages.settlement(`${setl}b`, visit, more()));
  const stolen = told(messages.settlement(setl, visit, more()));
  const foreign = messages.reversal(setl, visit, {
    ...more(),
    fixmedins_code: clinic === CLINIC ? OTHER_CLINIC : CLINIC,
  });
  const stock = {
    request: messages.request('3505', { selinfo: { med_list_codg: 'X', sel_retn_cnt: '1' } }, more()),
    response: messages.response({}),
  };
  const all: unknown[] =
    random() < 0.8
      ? [registration, lines, trial, settlement]
      : [silent(registration), registration, silent(lines), refusal(lines), silent(settlement), refusal(settlement)];
  const odd: (() => unknown)[] = [
    () => reversal,
    () => undone,
    () => silent(reversal),
    () => redone,
    () => refund,
    () => sameNumber,
    () => again,
    () => stolen,
    () => foreign,
    () => moreLines,
    () => stock,
    () => told(messages.feeCancel(visit, pick(['B1', '0000', 'B2']), more())),
    () => told(messages.registrationCancel(visit, more())),
    () =>
      told(messages.technicalReversal(String(pick([registration, lines, settlement]).request.msgid), '2207', more())),
    () => silent(settlement),
    () => silent(lines),
    () => refusal(pick([settlement, lines, reversal, registration])),
    () => pick([registration, lines, trial, settlement]),
    () => ({ ...settlement, request: { ...settlement.request, opter: 'other' } }),
    () => ({ ...settlement, request: { ...settlement.request, fixmedins_code: 'H99999999999' } }),
    () => pick(['not a pair', null, [], { request: 1 }, { request: { infno: '2207' } }, 7]),
  ];
  for (let n = Math.floor(random() * 7); n > 0; n--) all.push(pick(odd)());
  if (random() < 0.5) all.sort(() => random() - 0.5);
  // One in eight comes a day or five later.
  return all.map((value, n) => ({
    value,
    at: at + n * 60_000 + (random() < 0.125 ? Math.floor(random() * 5 * DAY_MS) : 0),
  }));
}

interface Told {
  readonly topic: string;
  readonly payload: unknown;
}

async function outboxOf(runtime: TestRuntime): Promise<Told[]> {
  const { rows } = await runtime.db.query<Told>('select topic, payload from outbox order by topic, payload::text');
  return rows;
}

function drained(agenda: Agenda): Told[] {
  const told: Told[] = [];
  for (let item = agenda.takeDue(9e15); item; item = agenda.takeDue(9e15))
    told.push({ topic: item.topic, payload: item.payload });
  return told;
}

const byText = (items: readonly unknown[]): unknown[] =>
  items
    .map((item) => [JSON.stringify(item, (_, value: unknown) => sorted(value)), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([text]) => text);
const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** A table's rows with what was sealed opened, and without ids that are random. */
async function contentOf(runtime: TestRuntime, table: string): Promise<unknown[]> {
  const { rows } = await runtime.db.query<Record<string, unknown>>(`select * from ${table}`);
  const open = (row: Record<string, unknown>, column: string, side: string): unknown =>
    row[column] === null
      ? null
      : runtime.keyring.openText('message', row[column] as Buffer, `${String(row.msgid)}:${side}`);
  return Promise.all(
    rows.map(async (row) => {
      if (table === 'claim_messages') {
        return {
          ...row,
          request_enc: open(row, 'request_enc', 'request'),
          response_enc: open(row, 'response_enc', 'response'),
        };
      }
      if (table !== 'claim_quarantine') return row;
      const body = await quarantinedBody(runtime.db, runtime.keyring, String(row.id));
      return { ...row, id: '', body_enc: body?.toString('utf8') };
    }),
  );
}

const TABLES = [
  'seen_message',
  'settlement_key',
  'claim_messages',
  'claim_events',
  'settlements',
  'fee_lines',
  'claim_reversals',
  'claim_quarantine',
  'claim_intake_counts',
];

const shown = (result: IntakeResult): unknown =>
  result.outcome === 'quarantined' ? { ...result, quarantineId: '' } : result;

describe('a feed of many days, taken in message by message and in bulk', () => {
  it('leaves the same rows, tells the same, and answers the same, though what is old leaves memory', async () => {
    const start = bulk.clock.now();
    const feed = Array.from({ length: VISITS }, (_, i) =>
      visitMessages(i, start - 600_000 + Math.floor((i / VISITS) * 12 * DAY_MS)),
    )
      .flat()
      .sort((a, b) => a.at - b.at);
    const workingSet: WorkingSet = await openWorkingSet({ connectionString: bulk.db.connectionString, db: bulk.db });
    const agenda = createAgenda({ clock: bulk.clock });
    const paging = createClaimPaging({ db: bulk.db, workingSet });
    const intake = createBulkIntake({
      ...bulk,
      workingSet,
      agenda,
      paging,
      table: await loadInterfaceTable(),
      mappings: { current: async () => [] },
      clinics: createClinicDirectory({ db: bulk.db }),
      timeZone: bulk.config.TIME_ZONE,
    });
    const outcomes = new Map<string, number>();
    for (const [i, { value, at }] of feed.entries()) {
      for (const clock of [live.runtime.clock, bulk.clock]) clock.set(at);
      const text = JSON.stringify(value);
      const bytes = Buffer.from(text);
      const submitter = i % 40 === 7 ? OWN_CLINIC : ANYBODY;
      const alive = await live.claims.intake.takeIn(
        { bytes, totalBytes: bytes.byteLength, tooLarge: false },
        submitter,
      );
      const inBulk = await intake.takeIn({ value: JSON.parse(text) as unknown }, submitter);
      expect(shown(inBulk), text).toEqual(shown(alive));
      const name = alive.outcome === 'quarantined' ? alive.reason : alive.outcome;
      outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
      if (i % 50 !== 49) continue;
      await workingSet.flush();
      await workingSet.evict(at - DAY_MS);
      paging.evicted(at - DAY_MS);
      for (const next of feed.slice(i + 1, i + 51)) await paging.bringBack(claimKeysOf(next.value));
    }
    await workingSet.flush();
    await workingSet.written();
    for (const table of TABLES) {
      expect(byText(await contentOf(bulk, table)), table).toEqual(byText(await contentOf(live.runtime, table)));
    }
    expect(byText(drained(agenda))).toEqual(byText(await outboxOf(live.runtime)));
    // The feed holds what it promises.
    expect([...outcomes.keys()]).toEqual(
      expect.arrayContaining([
        'accepted',
        'duplicate',
        'msgid_conflict',
        'setl_id_conflict',
        'reversal_mismatch',
        'not_a_pair',
        'unknown_clinic',
        'not_yours',
      ]),
    );
    expect(workingSet.stats.pagesOut).toBeGreaterThan(10);
    expect(paging.stats.pages).toBeGreaterThan(10);
    await workingSet.close();
  }, 120_000);
});
