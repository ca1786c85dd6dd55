import { beforeAll, describe, expect, it } from 'vitest';
import type { Claim } from '../../../../src/ledgers/claims/claim.ts';
import { loadInterfaceTable } from '../../../../src/ledgers/claims/interface-table.load.ts';
import { interpret } from '../../../../src/ledgers/claims/interpret.ts';
import { pairOf, readEnvelope } from '../../../../src/ledgers/claims/message.ts';
import { Refusal } from '../../../../src/ledgers/claims/refusal.ts';
import type { MessageLine, SettlementTruth, TruthRow } from '../../../../src/simulation/feed/feed-line.ts';
import { type Emitted, emitted, parsed, smallCity } from './small-city.ts';

const NO_ERRORS = {
  keyTypo: 0,
  filledWithNone: 0,
  areaFourDigits: 0,
  areaSpelling: 0,
  compactTime: 0,
  doctorUnknown: 0,
  noDiagnosis: 0,
  mappingError: 0,
  refundRow: 0,
  pharmacistCertno: 0,
  wrongNode: 0,
  randomListCode: 0,
};
const MANY_REVERSALS = { reversalShare: 0.1, wrongPersonShare: 0.05 };

interface Read {
  readonly line: MessageLine;
  readonly claim: Claim | null;
  readonly refused: string | null;
}

const messagesOf = ({ lines }: Emitted): MessageLine[] =>
  parsed(lines.filter((line) => line.includes('"kind":"message"'))).filter((line) => line.kind === 'message');

async function readAll(messages: readonly MessageLine[]): Promise<Read[]> {
  const table = await loadInterfaceTable();
  return messages.map((line) => {
    try {
      const pair = pairOf({ request: line.request, response: line.response });
      const envelope = readEnvelope(table, [], pair.request, 'Asia/Shanghai');
      const context = {
        table,
        mappings: [],
        zone: 'Asia/Shanghai',
        receivedAt: Date.parse(line.at),
        mode: 'mirror' as const,
      };
      return { line, claim: interpret(pair, envelope, context), refused: null };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { line, claim: null, refused: error.message };
    }
  });
}

const settlementsOf = (truth: readonly TruthRow[]): SettlementTruth[] =>
  truth.filter((row) => row.row === 'settlement');

describe('messages of a city without mistakes', () => {
  let feed: Emitted;
  let read: Read[];
  beforeAll(async () => {
    const overrides = { messages: { errors: NO_ERRORS, nextDayShare: 0.05 }, visits: MANY_REVERSALS };
    feed = await emitted(await smallCity({ clinics: 16, days: 4, overrides }));
    read = await readAll(messagesOf(feed));
  });

  it('are all understood', () => {
    expect(read.length).toBeGreaterThan(1000);
    expect(read.filter(({ refused }) => refused !== null).map(({ refused }) => refused)).toEqual([]);
  });

  it('leave nothing to be noted but clocks that are off', () => {
    const notes = read.flatMap(({ claim }) => claim?.body.notes ?? []).filter(({ code }) => code !== 'clock_off');
    expect([...new Set(notes.map(({ code, field }) => `${code} ${field}`))]).toEqual([]);
  });

  it('settle what the truth says, at its moment, with fee lines that add up', () => {
    const settled = new Map<string, Claim>();
    for (const { claim } of read) if (claim?.kind === 'settlement' && claim.setlId) settled.set(claim.setlId, claim);
    const truth = settlementsOf(feed.truth);
    expect([...settled.keys()].toSorted()).toEqual(truth.map(({ setl_id }) => setl_id).toSorted());
    for (const row of truth) {
      const claim = settled.get(row.setl_id);
      expect(claim?.at).toBe(Date.parse(row.at));
      expect(claim?.clinicCode).toBe(row.clinic);
      expect(row.loss_fen).toBeLessThanOrEqual(claim?.body.fundFen ?? 0);
    }
    const billed = new Map<string, number>();
    const seen = new Set<string>();
    for (const { claim } of read) {
      if (claim?.kind !== 'fee_lines' || seen.has(claim.msgid)) continue;
      seen.add(claim.msgid);
      for (const line of claim.feeLines)
        billed.set(line.mdtrtId, (billed.get(line.mdtrtId) ?? 0) + (line.amountFen ?? 0));
    }
    for (const claim of settled.values()) expect(billed.get(claim.mdtrtId ?? '')).toBe(claim.body.totalFen);
  });

  it('take back exactly what the truth calls reversed', () => {
    const reversed = new Set<string>();
    const byMsgid = new Map<string, string>();
    for (const { claim } of read) if (claim?.kind === 'settlement') byMsgid.set(claim.msgid, claim.setlId ?? '');
    for (const { claim } of read) {
      if (claim?.reversal?.kind === 'settlement') reversed.add(claim.reversal.setlId);
      if (claim?.reversal?.kind === 'technical') reversed.add(byMsgid.get(claim.reversal.msgid) ?? '?');
    }
    const told = settlementsOf(feed.truth).filter((row) => row.reversed);
    expect(told.length).toBeGreaterThan(5);
    expect([...reversed].toSorted()).toEqual(told.map(({ setl_id }) => setl_id).toSorted());
  });

  it('ask first and settle afterwards at a hook clinic, and never ask at a mirrored one', () => {
    const hooks = new Set<string>();
    for (const line of parsed(feed.lines))
      if (line.kind === 'clinic' && line.mode === 'hook') hooks.add(line.fixmedins_code);
    expect(hooks.size).toBeGreaterThan(0);
    const asked = new Map<string, string>();
    for (const { line, claim } of read) {
      if (claim?.infno === '2206') {
        expect(hooks).toContain(claim.clinicCode);
        expect(line.response).toBeNull();
        asked.set(claim.mdtrtId ?? '', line.at);
      }
      if (claim?.kind === 'settlement' && hooks.has(claim.clinicCode)) {
        expect(asked.get(claim.mdtrtId ?? '') ?? 'z' < line.at).toBeTruthy();
      }
    }
  });

  it('come late and twice now and then', () => {
    const arrivals = new Map<string, string[]>();
    for (const { line, claim } of read) {
      if (claim) arrivals.set(claim.msgid, [...(arrivals.get(claim.msgid) ?? []), line.at]);
    }
    const twice = [...arrivals.values()].filter((times) => times.length > 1).length;
    expect(twice).toBeGreaterThan(0);
    expect(twice / arrivals.size).toBeLessThan(0.02);
    const late = read.filter(({ line, claim }) => claim && Date.parse(line.at) - claim.at > 3 * 3_600_000);
    expect(late.length / read.length).toBeGreaterThan(0.01);
  });
});

describe('messages of a city with every mistake', () => {
  it('are refused or understood, and most of them understood', async () => {
    const errors = Object.fromEntries(Object.keys(NO_ERRORS).map((name) => [name, 0.05]));
    const feed = await emitted(
      await smallCity({ clinics: 8, days: 3, overrides: { messages: { errors }, visits: MANY_REVERSALS } }),
    );
    const read = await readAll(messagesOf(feed));
    expect(read.filter(({ refused }) => refused !== null).length / read.length).toBeLessThan(0.1);
    const notes = new Set(read.flatMap(({ claim }) => claim?.body.notes ?? []).map(({ code }) => code));
    expect([...notes]).toContain('insuplc_form');
    const text = messagesOf(feed).map((line) => JSON.stringify(line));
    for (const trace of ['pdn_cash_pay', 'bilg_dr_code"', 'insuplc_admvs', '未知', '"refd_setl_flag":"1"', '无']) {
      expect(
        text.some((line) => line.includes(trace)),
        trace,
      ).toBe(true);
    }
  });
});
