import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { DecisionAnswer } from '../../../src/ledgers/claims/decision-answer.ts';
import * as messages from '../../unit/claims/messages.ts';
import { type ClaimsHarness, createClaimsHarness } from './support.ts';

const HOLD: DecisionAnswer = {
  id: '0190a000-0000-7000-8000-000000000001',
  decision: 'hold',
  reasons: [{ code: 'listed_dead', rule: 'A8@1', zh: '名单显示已死亡', en: 'Listed as dead' }],
  deadline: '2026-03-17T01:10:00.000Z',
  default: 'allow',
  alternative: { kind: 'id_card_witness', zh: '由见证人核验身份证', en: 'ID card seen by a witness' },
  results: [
    {
      jr_id: 'J1',
      rule_id: 'A8@1',
      rule_name: '死亡人员结算',
      vola_cont: '名单显示已死亡',
      vola_amt: '29.04',
      sev_deg: '1',
      vola_evid: 'person_status',
      patn_id: 'P0001',
      mdtrt_id: 'M1',
    },
  ],
};

let harness: ClaimsHarness;
let answer: () => Promise<DecisionAnswer | null>;
let asked: { kind: string; repeat: boolean }[] = [];
beforeAll(async () => {
  harness = await createClaimsHarness({
    decide: (event) => {
      asked.push({ kind: event.kind, repeat: event.repeat });
      return answer();
    },
    decideTimeoutMs: 30,
  });
});
beforeEach(() => {
  asked = [];
  answer = async () => HOLD;
});
afterAll(() => harness.close());

it('answers the decision beside the interface’s audit lines, and again to a repetition', async () => {
  const pair = messages.trial('D1');
  const first = await harness.send(pair);
  const { results, ...decision } = HOLD;
  expect(first.output.decision).toEqual(decision);
  expect(first.output.result).toEqual(results);
  expect((await harness.send(pair)).output.decision).toEqual(decision);
  expect(asked).toEqual([
    { kind: 'trial_settlement', repeat: false },
    { kind: 'trial_settlement', repeat: true },
  ]);
});

it('answers an audit (3102) under its own names, with its task', async () => {
  const told = await harness.send(messages.audit('3102', 'D-audit'));
  expect(told.output).toMatchObject({
    outcome: 'accepted',
    decision: { decision: 'hold' },
    result: [{ rule_id: 'A8@1', patn_id: 'P0001', task_id: 'TASK-1' }],
  });
  expect(asked).toEqual([{ kind: 'trial_settlement', repeat: false }]);
});

it('asks about registrations, trial settlements and settlements only, and not about what the platform refused', async () => {
  for (const pair of [
    messages.registration('D2'),
    messages.settlement('DS2', 'D2'),
    messages.feeLines('D2'),
    messages.reversal('DS2', 'D2'),
  ]) {
    await harness.send(pair);
  }
  await harness.send({ ...messages.settlement('DS3', 'D3'), response: { infcode: -1 } });
  expect(asked.map((event) => event.kind)).toEqual(['registration', 'settlement']);
});

it.each([
  ['fails', 'failed', () => Promise.reject(new Error('rules are broken'))],
  [
    'throws',
    'failed',
    () => {
      throw new Error('at once');
    },
  ],
  ['does not answer', 'late', () => new Promise<never>(() => undefined)],
])(
  'allows, says that it is degraded, and keeps the event for later when the decision %s',
  async (_name, why, decide) => {
    answer = decide;
    const pair = messages.trial(`D-${why}-${_name}`);
    const told = await harness.send(pair);
    expect(told).toMatchObject({
      infcode: 0,
      output: { outcome: 'accepted', decision: { decision: 'allow', reasons: [{ code: 'degraded' }] }, result: [] },
    });
    const { rows } = await harness.runtime.db.query(
      `select d.why from claim_degraded_answers d join outbox o on o.payload->>'eventId' = d.event_id::text where d.msgid = $1`,
      [pair.request.msgid],
    );
    expect(rows).toEqual([{ why }]);
  },
);
