import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type DecideWithin, type DecisionAnswer, DecisionSchema } from '../../../src/ledgers/claims/decision-answer.ts';
import type { Tx } from '../../../src/platform/db.ts';
import * as messages from '../../unit/claims/messages.ts';
import { type ClaimsHarness, createClaimsHarness } from './support.ts';

const REVIEW: DecisionAnswer = {
  id: '0190a000-0000-7000-8000-000000000002',
  decision: 'review',
  reasons: [{ code: 'listed_dead', rule: 'A8@1', zh: '名单显示已死亡', en: 'Listed as dead' }],
  deadline: null,
  default: 'allow',
  alternative: null,
  results: [],
};

let harness: ClaimsHarness;
let decide: DecideWithin;
let askedAfter = 0;
const given: Tx[] = [];
beforeAll(async () => {
  harness = await createClaimsHarness({
    decide: async () => {
      askedAfter += 1;
      return null;
    },
    decideWithin: (tx, event) => {
      given.push(tx);
      return decide(tx, event);
    },
    decideTimeoutMs: 60,
  });
  await harness.runtime.db.query('create table decided (msgid text primary key, within bigint not null)');
});
beforeEach(() => {
  askedAfter = 0;
  given.length = 0;
});
afterAll(() => harness.close());

const stored = async (msgid: unknown) => {
  const { rows } = await harness.runtime.db.query(
    `select (select count(*)::int from seen_message where msgid = $1) as seen,
       (select count(*)::int from claim_events where msgid = $1) as events,
       (select count(*)::int from decided where msgid = $1) as decided,
       (select count(*)::int from outbox o join claim_events e on e.id::text = o.payload ->> 'eventId' where e.msgid = $1) as told,
       (select why from claim_degraded_answers where msgid = $1) as why`,
    [msgid],
  );
  return rows[0];
};

const writes =
  (then: (tx: Tx) => Promise<unknown> = async () => undefined): DecideWithin =>
  async (tx, { msgid }) => {
    tx.later('insert into decided (msgid, within) values ($1, txid_current())', [msgid]);
    await then(tx);
    return REVIEW;
  };

it('stores a message and what it decides with one commit, and does not ask again', async () => {
  decide = writes();
  const pair = messages.trial('W1');
  const told = await harness.send(pair);
  expect(Object.keys(told.output.decision ?? {}).sort()).toEqual(Object.keys(DecisionSchema.properties).sort());
  expect(told.output.decision?.decision).toBe('review');
  expect(await stored(pair.request.msgid)).toEqual({ seen: 1, events: 1, decided: 1, told: 1, why: null });
  const { rows } = await harness.runtime.db.query<{ same: boolean }>(
    `select d.within = e.xmin::text::bigint as same from decided d join claim_events e on e.msgid = d.msgid where d.msgid = $1`,
    [pair.request.msgid],
  );
  expect(rows).toEqual([{ same: true }]);
  expect(askedAfter).toBe(0);
});

it('counts a message once, whatever became of its decision', async () => {
  const accepted = async (): Promise<number> => (await harness.get<{ accepted: number }>('/v1/claims/intake')).accepted;
  const before = await accepted();
  decide = writes();
  await harness.send(messages.trial('WC1'));
  decide = writes(() => Promise.reject(new Error('rules are broken')));
  await harness.send(messages.trial('WC2'));
  expect(await accepted()).toBe(before + 2);
});

it.each<[string, 'late' | 'failed', (tx: Tx) => Promise<unknown>]>([
  ['a rule is broken', 'failed', () => Promise.reject(new Error('rules are broken'))],
  ['a statement fails', 'failed', (tx) => tx.query('select 1 / 0')],
  [
    'a statement fails that nobody waits for',
    'failed',
    async (tx) => tx.later('insert into decided (msgid, within) values (null, 0)'),
  ],
  ['it does not come', 'late', () => new Promise<never>(() => undefined)],
  ['the database is slow', 'late', (tx) => tx.query('select pg_sleep(0.4)')],
])('keeps the message, allows, and takes back what was half decided when %s', async (name, why, then) => {
  decide = writes(then);
  const pair = messages.trial(`W-${name}`);
  const told = await harness.send(pair);
  expect(told).toMatchObject({
    infcode: 0,
    output: { outcome: 'accepted', decision: { decision: 'allow', reasons: [{ code: 'degraded' }] }, result: [] },
  });
  expect(await stored(pair.request.msgid)).toEqual({ seen: 1, events: 1, decided: 0, told: 1, why });
  decide = writes();
  expect((await harness.send(pair)).output.outcome).toBe('duplicate');
});

it('lets nothing that a late decision still asks reach the database', async () => {
  let goOn: () => void = () => undefined;
  const later = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  decide = writes(() => later);
  const pair = messages.trial('W-zombie');
  expect((await harness.send(pair)).output.decision?.reasons[0]?.code).toBe('degraded');
  goOn();
  const [tx] = given;
  if (tx === undefined) throw new Error('nothing was asked');
  await expect(tx.query('insert into decided (msgid, within) values ($1, 1)', [pair.request.msgid])).rejects.toThrow(
    'the transaction is over',
  );
  expect(await stored(pair.request.msgid)).toMatchObject({ decided: 0 });
});

it('refuses a message that conflicts, without a second try and without a decision', async () => {
  decide = writes();
  const pair = messages.trial('W-conflict');
  await harness.send(pair);
  const other = { ...pair, request: { ...pair.request, opter_name: '另一人', inf_time: '2026-03-17 08:59:59' } };
  expect((await harness.send(other)).output.quarantine).toMatchObject({ reason: 'msgid_conflict' });
  expect(given).toHaveLength(1);
});
