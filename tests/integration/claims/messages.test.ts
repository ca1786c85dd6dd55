import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  eventsOfVisit,
  feeLinesOfVisit,
  getClaimEvent,
  getSettlement,
  listSettlements,
} from '../../../src/ledgers/claims/settlement.store.ts';
import * as messages from '../../unit/claims/messages.ts';
import {
  CLINIC,
  type ClaimsHarness,
  createClaimsHarness,
  FAR_CLINIC,
  FAR_SUPERVISOR,
  HIS,
  HOOK_CLINIC,
  MIRROR,
  OTHER_CLINIC,
  SUPERVISOR,
} from './support.ts';

interface Counts {
  sent: number;
  accepted: number;
  duplicate: number;
  quarantined: number;
  byReason: Record<string, number>;
  openQuarantine: number;
}

let harness: ClaimsHarness;
beforeAll(async () => {
  harness = await createClaimsHarness();
});
afterAll(() => harness.close());

let serial = 0;
const fresh = () => {
  serial++;
  return { visit: `V${serial}`, setl: `SETL${serial}` };
};

const intake = (query = ''): Promise<Counts> => harness.get(`/v1/claims/intake${query}`);

/** What the outbox tells of a message's event, newest first. */
async function toldOf(msgid: string): Promise<Record<string, unknown>[]> {
  const { rows } = await harness.runtime.db.query<{ payload: Record<string, unknown> }>(
    `select payload from outbox where topic = 'claims.event' and payload->>'msgid' = $1 order by id desc`,
    [msgid],
  );
  return rows.map((row) => row.payload);
}

describe('one message', () => {
  it('is accepted once, and every repetition is a duplicate', async () => {
    const { visit, setl } = fresh();
    const pair = messages.settlement(setl, visit);
    const before = await intake();
    const answers = [await harness.send(pair), await harness.send(pair), await harness.send(pair)];
    expect(answers.map((answer) => [answer.infcode, answer.output.outcome])).toEqual([
      [0, 'accepted'],
      [0, 'duplicate'],
      [0, 'duplicate'],
    ]);
    const after = await intake();
    expect([after.accepted - before.accepted, after.duplicate - before.duplicate]).toEqual([1, 2]);
    expect(await listSettlements(harness.runtime.db, { clinicCode: CLINIC, from: 0, to: 9e12 })).toHaveLength(1);
    expect(answers[0]?.inf_refmsgid).toMatch(/^411624\d{24}$/);
    expect(answers[0]?.refmsg_time).toBe('20260317090000000');
  });

  it('that comes on many connections at one instant is accepted by one of them', async () => {
    const { visit, setl } = fresh();
    const pair = messages.settlement(setl, visit);
    const answers = await Promise.all(Array.from({ length: 12 }, () => harness.send(pair)));
    expect(answers.filter((answer) => answer.output.outcome === 'accepted')).toHaveLength(1);
    expect(answers.filter((answer) => answer.output.outcome === 'duplicate')).toHaveLength(11);
  });

  it('is the same whatever the order of its keys', async () => {
    const pair = messages.trial(fresh().visit);
    await harness.send(pair);
    const turned = Object.fromEntries(Object.entries(pair.request).reverse());
    expect((await harness.send({ response: null, request: turned })).output.outcome).toBe('duplicate');
  });

  it('with other content under a known msgid is quarantined, and changes nothing', async () => {
    const { visit, setl } = fresh();
    const pair = messages.settlement(setl, visit);
    await harness.send(pair);
    messages.inputOf(pair).medfee_sumamt = '999.00';
    const answer = await harness.send(pair);
    expect(answer).toMatchObject({
      infcode: -1,
      output: { outcome: 'quarantined', quarantine: { reason: 'msgid_conflict' } },
    });
    messages.inputOf(pair).medfee_sumamt = '29.04';
    messages.outputOf(pair, 'setlinfo').fund_pay_sumamt = 1;
    expect((await harness.send(pair)).output.quarantine?.reason).toBe('msgid_conflict');
    expect((await getSettlement(harness.runtime.db, { setlId: setl }))?.fundFen).toBe(1742);
  });

  it('of the drug shelf is kept, and tells no event', async () => {
    const input = { selinfo: { med_list_codg: 'X', setl_id: 'S1', sel_retn_cnt: '1', psn_name: '张三' } };
    const sale = { request: messages.request('3505', input), response: messages.response({}) };
    const answers = [await harness.send(sale), await harness.send(sale)];
    expect(answers.map((answer) => answer.output.outcome)).toEqual(['accepted', 'duplicate']);
    const { rows } = await harness.runtime.db.query<{ kept: number; events: number }>(
      `select (select count(*) from claim_messages where msgid = $1) as kept,
         (select count(*) from claim_events where msgid = $1) as events`,
      [sale.request.msgid],
    );
    expect(rows).toEqual([{ kept: 1, events: 0 }]);
    expect(await toldOf(String(sale.request.msgid))).toEqual([]);
    const broken = { ...sale, request: { ...sale.request, msgid: '', fixmedins_code: CLINIC } };
    expect((await harness.send(broken)).output.quarantine?.reason).toBe('missing_field');
  });

  it('keeps names and ID numbers encrypted', async () => {
    const { visit, setl } = fresh();
    const pair = messages.settlement(setl, visit);
    await harness.send(pair);
    const { rows } = await harness.runtime.db.query<{ request_enc: Buffer; response_enc: Buffer; msgid: string }>(
      'select request_enc, response_enc, msgid from claim_messages where msgid = $1',
      [pair.request.msgid],
    );
    const row = rows[0];
    if (!row) throw new Error('not stored');
    expect(row.response_enc.includes('411624194912310028')).toBe(false);
    const opened = JSON.parse(
      harness.runtime.keyring.openText('message', row.response_enc, `${row.msgid}:response`),
    ) as messages.Fields;
    expect(opened).toEqual(pair.response);
  });
});

describe('a response that comes later', () => {
  it('completes its settlement', async () => {
    const { visit, setl } = fresh();
    const pair = messages.settlement(setl, visit);
    await harness.send({ ...pair, response: null });
    const open = await getSettlement(harness.runtime.db, { msgid: String(pair.request.msgid) });
    expect(open).toMatchObject({ setlId: null, fundFen: null, totalFen: 2904 });
    expect((await harness.send({ ...pair, response: null })).output.outcome).toBe('duplicate');
    expect((await harness.send(pair)).output.outcome).toBe('accepted');
    const done = await getSettlement(harness.runtime.db, { setlId: setl });
    expect(done).toMatchObject({ id: open?.id, fundFen: 1742, at: Date.parse('2026-03-17T08:50:01+08:00') });
    expect((await harness.send(pair)).output.outcome).toBe('duplicate');
    expect((await harness.send({ ...pair, response: null })).output.outcome).toBe('duplicate');
    expect(await toldOf(String(pair.request.msgid))).toMatchObject([{ setlId: setl, settlementId: open?.id }]);
    const events = await eventsOfVisit(harness.runtime.db, visit);
    expect(events).toHaveLength(1);
    expect(events[0]?.body.responded).toBe(true);
  });

  it('and refuses takes the settlement back', async () => {
    const { visit } = fresh();
    const pair = messages.settlement('never', visit);
    await harness.send({ ...pair, response: null });
    await harness.send({ ...pair, response: { infcode: -1, err_msg: '余额不足' } });
    const settlement = await getSettlement(harness.runtime.db, { msgid: String(pair.request.msgid) });
    expect(settlement?.reversedBy).toBe(pair.request.msgid);
    expect((await eventsOfVisit(harness.runtime.db, visit))[0]).toMatchObject({ reversedBy: pair.request.msgid });
  });

  it('moves the settlement into the month in which it happened', async () => {
    const { visit, setl } = fresh();
    const pair = messages.settlement(setl, visit, { inf_time: '2026-03-01 07:59:59' });
    messages.outputOf(pair, 'setlinfo').setl_time = '2026-02-28 23:59:59';
    await harness.send({ ...pair, response: null });
    await harness.send(pair);
    expect((await getSettlement(harness.runtime.db, { setlId: setl }))?.at).toBe(
      Date.parse('2026-02-28T23:59:59+08:00'),
    );
  });
});

describe('what takes back', () => {
  const settled = async (setl: string) => {
    const settlement = await getSettlement(harness.runtime.db, { setlId: setl });
    if (!settlement) throw new Error('no settlement');
    return settlement;
  };

  it.each([false, true])(
    'a settlement is taken back by 2208, whichever comes first (reversal first: %s)',
    async (first) => {
      const { visit, setl } = fresh();
      const pair = messages.settlement(setl, visit);
      const back = messages.reversal(setl, visit);
      for (const message of first ? [back, pair] : [pair, back]) {
        expect((await harness.send(message)).output.outcome).toBe('accepted');
      }
      const settlement = await settled(setl);
      expect(settlement.reversedBy).toBe(back.request.msgid);
      const told = await toldOf(String(pair.request.msgid));
      expect(told[0]).toMatchObject({ kind: 'settlement', settlementId: settlement.id, mdtrtId: visit });
      const event = await getClaimEvent(harness.runtime.db, String(told[0]?.eventId));
      expect(event?.reversedBy).toBe(back.request.msgid);
      expect(await toldOf(String(back.request.msgid))).toMatchObject([{ kind: 'settlement_reversal', setlId: setl }]);
    },
  );

  it('a second reversal changes nothing, and both are kept', async () => {
    const { visit, setl } = fresh();
    await harness.send(messages.settlement(setl, visit));
    const one = messages.reversal(setl, visit);
    const two = messages.reversal(setl, visit, { inf_time: '2026-03-17 08:51:00' });
    await harness.send(one);
    expect((await harness.send(two)).output.outcome).toBe('accepted');
    expect((await settled(setl)).reversedBy).toBe(one.request.msgid);
    expect((await eventsOfVisit(harness.runtime.db, visit)).map((event) => event.kind).sort()).toEqual([
      'settlement',
      'settlement_reversal',
      'settlement_reversal',
    ]);
  });

  it.each([
    ['settlement, reversal, technical reversal', [0, 1, 2]],
    ['technical reversal first', [2, 1, 0]],
    ['settlement last', [1, 2, 0]],
    ['reversal last', [0, 2, 1]],
  ])('a reversal that is itself reversed has never been: %s', async (_name, order) => {
    const { visit, setl } = fresh();
    const pair = messages.settlement(setl, visit);
    const back = messages.reversal(setl, visit);
    const undone = messages.technicalReversal(String(back.request.msgid), '2208');
    for (const i of order) await harness.send([pair, back, undone][i]);
    expect((await settled(setl)).reversedAt).toBeNull();
    const events = await eventsOfVisit(harness.runtime.db, visit);
    expect(events.find((event) => event.kind === 'settlement')?.reversedBy).toBeNull();
    expect(events.find((event) => event.kind === 'settlement_reversal')?.reversedBy).toBe(undone.request.msgid);
  });

  it.each([false, true])('2601 takes back the message that it names (before it: %s)', async (first) => {
    const { visit, setl } = fresh();
    const pair = messages.settlement(setl, visit);
    const back = messages.technicalReversal(String(pair.request.msgid), '2207');
    for (const message of first ? [back, pair] : [pair, back]) await harness.send(message);
    expect((await settled(setl)).reversedBy).toBe(back.request.msgid);
    const lines = messages.feeLines(visit);
    const linesBack = messages.technicalReversal(String(lines.request.msgid), '2204');
    for (const message of first ? [linesBack, lines] : [lines, linesBack]) await harness.send(message);
    expect((await feeLinesOfVisit(harness.runtime.db, visit, CLINIC))[0]?.cancelledAt).not.toBeNull();
  });

  it.each([false, true])('a refund row with negative money nets its settlement (refund first: %s)', async (first) => {
    const { visit, setl } = fresh();
    const pair = messages.settlement(setl, visit);
    const refund = messages.settlement(`${setl}R`, visit);
    Object.assign(messages.outputOf(refund, 'setlinfo'), {
      medfee_sumamt: -29.04,
      fund_pay_sumamt: -17.42,
      psn_cash_pay: -11.62,
    });
    for (const message of first ? [refund, pair] : [pair, refund]) {
      expect((await harness.send(message)).output.outcome).toBe('accepted');
    }
    expect((await settled(setl)).reversedBy).toBe(refund.request.msgid);
    expect(await listSettlements(harness.runtime.db, { clinicCode: CLINIC, from: 0, to: 9e12 })).not.toContainEqual(
      expect.objectContaining({ mdtrtId: visit }),
    );
  });

  it('one refund nets one of two equal settlements of a visit', async () => {
    const { visit, setl } = fresh();
    const refund = messages.settlement(`${setl}R`, visit);
    Object.assign(messages.outputOf(refund, 'setlinfo'), { refd_setl_flag: '1' });
    for (const pair of [messages.settlement(`${setl}a`, visit), messages.settlement(`${setl}b`, visit), refund]) {
      await harness.send(pair);
    }
    const reversed = [await settled(`${setl}a`), await settled(`${setl}b`)].filter((s) => s.reversedAt !== null);
    expect(reversed).toHaveLength(1);
  });

  it('2205 takes back the lines of its batch that were sent before it, and no later ones', async () => {
    const { visit } = fresh();
    const at = (minute: string) => ({ inf_time: `2026-03-17 08:${minute}:00` });
    const plain = (pair: messages.Pair) => ({ ...pair, response: null });
    const early = plain(messages.feeLines(visit, at('40')));
    const late = plain(messages.feeLines(visit, at('44')));
    messages.inputOf(late, 'feedetail').feedetl_sn = 'F2';
    await harness.send(late);
    await harness.send(plain(messages.feeCancel(visit, 'B1', at('42'))));
    await harness.send(early);
    const lines = await feeLinesOfVisit(harness.runtime.db, visit, CLINIC);
    expect(lines.map((line) => [line.feedetlSn, line.cancelledAt !== null]).sort()).toEqual([
      ['F1', true],
      ['F2', false],
    ]);
    await harness.send(plain(messages.feeCancel(visit, '0000', at('46'))));
    expect((await feeLinesOfVisit(harness.runtime.db, visit, CLINIC)).every((line) => line.cancelledAt !== null)).toBe(
      true,
    );
  });

  it.each([false, true])('2202 takes back the registration (before it: %s)', async (first) => {
    const { visit } = fresh();
    const pair = messages.registration(visit);
    const cancel = messages.registrationCancel(visit);
    for (const message of first ? [cancel, pair] : [pair, cancel]) await harness.send(message);
    const events = await eventsOfVisit(harness.runtime.db, visit);
    expect(events.find((event) => event.kind === 'registration')?.reversedBy).toBe(cancel.request.msgid);
    expect((await toldOf(String(pair.request.msgid)))[0]).toMatchObject({ kind: 'registration' });
  });

  it('nobody takes back another clinic’s settlement, nor another person’s', async () => {
    const { visit, setl } = fresh();
    await harness.send(messages.settlement(setl, visit));
    const foreign = messages.reversal(setl, visit, { fixmedins_code: OTHER_CLINIC });
    expect((await harness.send(foreign)).output.quarantine?.reason).toBe('reversal_mismatch');
    const other = messages.reversal(setl, visit);
    messages.inputOf(other).psn_no = 'P9';
    expect((await harness.send(other)).output.quarantine?.reason).toBe('reversal_mismatch');
    const early = fresh();
    await harness.send(messages.reversal(early.setl, early.visit, { fixmedins_code: OTHER_CLINIC }));
    await harness.send(messages.settlement(early.setl, early.visit));
    expect((await settled(setl)).reversedAt).toBeNull();
    expect((await settled(early.setl)).reversedAt).toBeNull();
  });

  it('neither is lost when both come at one instant', async () => {
    const pairs = Array.from({ length: 20 }, fresh);
    await Promise.all(
      pairs.flatMap(({ visit, setl }) => [
        harness.send(messages.settlement(setl, visit)),
        harness.send(messages.reversal(setl, visit)),
      ]),
    );
    for (const { setl } of pairs) expect((await settled(setl)).reversedAt).not.toBeNull();
  });

  it('a settlement id cannot come from two messages', async () => {
    const { visit, setl } = fresh();
    await harness.send(messages.settlement(setl, visit));
    expect((await harness.send(messages.settlement(setl, visit))).output.quarantine?.reason).toBe('setl_id_conflict');
  });
});

describe('whoever sends', () => {
  it('speaks for his own clinic or region only; the rest is kept, with its reason', async () => {
    const foreign = await harness.send(messages.trial('X', { fixmedins_code: OTHER_CLINIC }), HIS);
    expect(foreign.output.quarantine?.reason).toBe('not_yours');
    expect(
      (await harness.send(messages.trial('X', { fixmedins_code: FAR_CLINIC }), MIRROR)).output.quarantine?.reason,
    ).toBe('not_yours');
    expect((await harness.send(messages.trial('X'), HIS)).infcode).toBe(0);
  });

  it('sees his own counts, and nobody else’s', async () => {
    const his = await harness.get<Counts>('/v1/claims/intake', HIS);
    expect(his.sent).toBe(his.accepted + his.duplicate + his.quarantined);
    expect(his.byReason.not_yours).toBe(1);
    expect(await harness.get('/v1/claims/intake', FAR_SUPERVISOR)).toMatchObject({ sent: 0, openQuarantine: 0 });
    expect(await intake('?from=2026-03-18')).toMatchObject({ sent: 0 });
    expect((await intake(`?clinic=${CLINIC}&from=2026-03-17&to=2026-03-17`)).accepted).toBeGreaterThan(0);
  });

  it('reads settlements in his scope, in plain words, with nobody’s number', async () => {
    const { visit, setl } = fresh();
    await harness.send(messages.registration(visit));
    await harness.send(messages.settlement(setl, visit));
    const page = await harness.get<{ items: { setlId: string }[]; nextCursor: string }>(
      '/v1/claims/settlements?limit=1',
    );
    const next = await harness.get<{ items: { setlId: string }[] }>(
      `/v1/claims/settlements?limit=1&cursor=${page.nextCursor}`,
    );
    expect(page.items[0]?.setlId).not.toBe(next.items[0]?.setlId);
    const one = await harness.get<{ events: { words: { zh: string } }[] }>(`/v1/claims/settlements/${setl}`);
    expect(one.events.map((event) => event.words.zh)).toEqual(['门诊挂号', '结算，总费用 29.04 元，基金支付 17.42 元']);
    expect(JSON.stringify(one)).not.toMatch(/张三|411624194912310028/);
    expect(
      (await harness.app.inject({ url: `/v1/claims/settlements/${setl}`, headers: { 'x-test-as': 'far' } })).statusCode,
    ).toBe(404);
    expect(await harness.get('/v1/claims/settlements', FAR_SUPERVISOR)).toMatchObject({ items: [] });
    expect(
      (await harness.app.inject({ url: '/v1/claims/settlements?cursor=x', headers: { 'x-test-as': SUPERVISOR.name } }))
        .statusCode,
    ).toBe(400);
    expect(await harness.get(`/v1/claims/visits/${CLINIC}/${visit}`)).toMatchObject({ events: [{}, {}] });
  });

  it('is heard by a hook’s arrival when its clock lies', async () => {
    const { visit } = fresh();
    await harness.send(messages.trial(visit, { fixmedins_code: HOOK_CLINIC, inf_time: '2000-01-01 00:00:00' }));
    expect((await eventsOfVisit(harness.runtime.db, visit))[0]?.at).toBe(harness.runtime.clock.now());
  });
});
