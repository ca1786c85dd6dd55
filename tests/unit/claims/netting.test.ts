import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Claim, Reversal } from '../../../src/ledgers/claims/claim.ts';
import type { ClaimEventKind } from '../../../src/ledgers/claims/event-kinds.ts';
import { keepMessage } from '../../../src/ledgers/claims/keep.ts';
import { createMemoryClaimStore } from '../../../src/ledgers/claims/memory-store.ts';
import { net } from '../../../src/ledgers/claims/netting.ts';
import {
  claimEventsTable,
  claimReversalsTable,
  feeLinesTable,
  settlementsTable,
} from '../../../src/ledgers/claims/tables.ts';
import { sha256 } from '../../../src/platform/crypto.ts';
import { Table, type TableDef } from '../../../src/platform/working-set/table.ts';

const CLINIC = 'H41162400123';
const NOW = Date.parse('2026-03-17T09:00:00+08:00');

interface Said {
  readonly kind: ClaimEventKind;
  readonly msgid: string;
  /** Minutes. */
  readonly at: number;
  readonly mdtrtId?: string;
  readonly setlId?: string;
  readonly totalFen?: number;
  readonly reversal?: Reversal;
  readonly lines?: number;
  readonly refused?: boolean;
  readonly responded?: boolean;
}

function claimOf(said: Said): Claim {
  const at = NOW + said.at * 60_000;
  const mdtrtId = said.mdtrtId ?? 'V';
  return {
    msgid: said.msgid,
    infno: '2207',
    kind: said.kind,
    clinicCode: CLINIC,
    at,
    atOffsetMin: 480,
    infAt: at,
    infOffsetMin: 480,
    psnNo: 'P',
    mdtrtId,
    setlId: said.setlId ?? null,
    devNo: null,
    opter: null,
    body: {
      infno: '2207',
      responded: said.responded ?? true,
      refused: said.refused ?? false,
      request: {},
      response: {},
      medType: null,
      insutype: null,
      certType: null,
      totalFen: said.totalFen ?? null,
      fundFen: null,
      accountFen: null,
      cashFen: null,
      insuranceStatus: [],
      clockErrorMs: null,
      notes: [],
    },
    feeLines: Array.from({ length: said.lines ?? 0 }, (_, i) => ({
      feedetlSn: `F${i}`,
      mdtrtId: i === 2 ? 'W' : mdtrtId,
      chrgBchno: `B${i % 2}`,
      at,
      psnNo: null,
      medListCodg: null,
      medinsListCodg: null,
      name: null,
      cnt: null,
      price: null,
      amountFen: null,
      inScopeFen: null,
      doctorCode: null,
    })),
    reversal: said.reversal ?? null,
    statement: null,
  };
}

/** The ledger in memory, and what stands in it after these messages in this order. */
async function ledgerOf(all: readonly Said[]) {
  const tables = new Map<string, Table<object>>();
  const table = <Row extends object>(def: TableDef<Row>): Table<Row> => {
    const known = tables.get(def.name) ?? (new Table<Row>(def, () => null) as unknown as Table<object>);
    tables.set(def.name, known);
    return known as unknown as Table<Row>;
  };
  const told: string[] = [];
  const store = createMemoryClaimStore({
    workingSet: { table },
    agenda: { addAll: (_topic, items) => void told.push(...items.map((item) => String(item.options?.dedupeKey))) },
  });
  for (const said of all) {
    const claim = claimOf(said);
    await keepMessage(
      store,
      {
        claim,
        receivedAt: NOW,
        requestHash: sha256(said.msgid),
        responseHash: said.responded === false ? null : sha256(`${said.msgid}:${claim.body.refused}`),
        requestEnc: Buffer.alloc(1),
        responseEnc: said.responded === false ? null : Buffer.alloc(1),
      },
      { now: NOW },
    );
  }
  const settlements = table(settlementsTable).all();
  const events = table(claimEventsTable).all();
  const lines = table(feeLinesTable).all();
  const reversals = table(claimReversalsTable).all();
  const sorted = (rows: readonly string[]): string[] => [...rows].sort();
  return {
    told,
    circle: { settlements, events, lines, reversals },
    standing: {
      settlements: sorted(settlements.map((s) => `${s.msgid} by ${s.reversed_by} at ${s.reversed_at}`)),
      events: sorted(events.map((e) => `${e.msgid} ${e.kind} by ${e.reversed_by} at ${e.reversed_at}`)),
      lines: sorted(lines.map((l) => `${l.msgid} ${l.feedetl_sn} by ${l.cancelled_by} at ${l.cancelled_at}`)),
      reversals: sorted(reversals.map((r) => `${r.msgid} ${r.kind} ${r.target} ${r.applied_to} ${r.voided_by}`)),
    },
  };
}

const byOf = async (all: readonly Said[], msgid: string): Promise<string | null | undefined> =>
  (await ledgerOf(all)).circle.settlements.find((settlement) => settlement.msgid === msgid)?.reversed_by;

const settlement = (msgid: string, at = 0, more: Partial<Said> = {}): Said => ({
  kind: 'settlement',
  msgid,
  at,
  setlId: `S-${msgid}`,
  totalFen: 100,
  ...more,
});
const reversal = (msgid: string, of: string, at = 1): Said => ({
  kind: 'settlement_reversal',
  msgid,
  at,
  setlId: `S-${of}`,
  reversal: { kind: 'settlement', setlId: `S-${of}`, mdtrtId: 'V', psnNo: 'P' },
});
const refund = (msgid: string, at = 1, setlId = `S-${msgid}`, amountFen = 100): Said => ({
  kind: 'settlement_reversal',
  msgid,
  at,
  setlId,
  totalFen: -amountFen,
  reversal: { kind: 'refund', mdtrtId: 'V', amountFen, psnNo: 'P', setlId },
});
const technical = (msgid: string, of: string, at = 2): Said => ({
  kind: 'technical_reversal',
  msgid,
  at,
  reversal: { kind: 'technical', msgid: of },
});

describe('whatever the order of arrival', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const minute = fc.integer({ min: -3, max: 3 });
  const name = fc.constantFrom(...names);
  const said = (msgid: string): fc.Arbitrary<readonly Said[]> =>
    fc
      .oneof(
        minute.map((at) => settlement(msgid, at)),
        fc
          .tuple(minute, fc.constantFrom('S-a', 'S-b', `S-${msgid}`), fc.constantFrom(100, 250))
          .map(([at, setlId, fen]) => refund(msgid, at, setlId, fen)),
        fc.tuple(name, minute).map(([of, at]) => reversal(msgid, of, at)),
        fc
          .tuple(name, minute)
          .filter(([of]) => of !== msgid)
          .map(([of, at]) => technical(msgid, of, at)),
        minute.map((at): Said => ({ kind: 'registration', msgid, at })),
        minute.map(
          (at): Said => ({ kind: 'registration_cancel', msgid, at, reversal: { kind: 'registration', mdtrtId: 'V' } }),
        ),
        fc
          .tuple(minute, fc.integer({ min: 1, max: 3 }))
          .map(([at, lines]): Said => ({ kind: 'fee_lines', msgid, at, lines })),
        fc.tuple(minute, fc.constantFrom('B0', 'B1', null)).map(
          ([at, chrgBchno]): Said => ({
            kind: 'fee_cancel',
            msgid,
            at,
            reversal: { kind: 'fees', mdtrtId: 'V', chrgBchno },
          }),
        ),
        minute.map((at): Said => ({ kind: 'diagnosis', msgid, at })),
      )
      .chain((one) =>
        // Now and then the question is sent first, and its answer later: taken, or refused.
        fc.constantFrom<readonly Said[]>(
          [one],
          [one],
          [{ ...one, responded: false }, one],
          [
            { ...one, responded: false },
            { ...one, refused: true },
          ],
          [{ ...one, refused: true }],
        ),
      );
  /** Several messages, each with its answer after its question, in two orders. */
  const twoOrders = fc.tuple(...names.map(said)).chain((messages) => {
    const places = messages.flatMap((message, i) => message.map(() => i));
    const inOrder = (order: readonly number[]): Said[] => {
      const next = messages.map(() => 0);
      return order.map((i) => {
        const one = messages[i]?.[next[i] ?? 0];
        next[i] = (next[i] ?? 0) + 1;
        if (!one) throw new Error('no such message');
        return one;
      });
    };
    const shuffled = fc.shuffledSubarray(
      places.map((_, k) => k),
      { minLength: places.length },
    );
    return fc
      .tuple(shuffled, shuffled)
      .map(([x, y]) => [inOrder(x.map((k) => places[k] as number)), inOrder(y.map((k) => places[k] as number))]);
  });

  it('the same stands, and to reckon again changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(twoOrders, async ([one = [], other = []]) => {
        const first = await ledgerOf(one);
        expect((await ledgerOf(other)).standing).toEqual(first.standing);
        expect(net(first.circle)).toEqual({ events: [], settlements: [], lines: [], reversals: [] });
      }),
      { numRuns: 500 },
    );
  });

  it('nothing hangs on the order in which rows are read', async () => {
    await fc.assert(
      fc.asyncProperty(twoOrders, async ([messages = []]) => {
        const { circle } = await ledgerOf(messages);
        const blank = {
          events: circle.events.map((row) => (row.reversed_by === row.msgid ? row : { ...row, reversed_by: null })),
          settlements: circle.settlements.map((row) =>
            row.reversed_by === row.msgid ? row : { ...row, reversed_by: null },
          ),
          lines: circle.lines.map((row) => ({ ...row, cancelled_by: null })),
          reversals: circle.reversals,
        };
        const turned = {
          events: [...blank.events].reverse(),
          settlements: [...blank.settlements].reverse(),
          lines: [...blank.lines].reverse(),
          reversals: [...blank.reversals].reverse(),
        };
        const texts = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
        for (const part of ['events', 'settlements', 'lines', 'reversals'] as const) {
          expect(texts(net(turned)[part])).toEqual(texts(net(blank)[part]));
        }
      }),
    );
  });
});

describe('a settlement', () => {
  it('stands again when its reversal is reversed, and falls again when that is reversed too', async () => {
    const [one, back, undone, redone] = [settlement('a'), reversal('b', 'a'), technical('c', 'b'), technical('d', 'c')];
    expect(await byOf([one, back], 'a')).toBe('b');
    expect(await byOf([one, back, undone], 'a')).toBeNull();
    expect(await byOf([redone, undone, back, one], 'a')).toBe('b');
  });

  it('is given back once by one refund, and the next refund gives back the next', async () => {
    const two = [settlement('a'), settlement('b', 1)];
    expect(await byOf([...two, refund('c')], 'b')).toBeNull();
    expect(await byOf([...two, refund('c'), refund('d')], 'b')).toBe('d');
  });

  it('that was taken back already leaves the refund to another', async () => {
    const all = [settlement('a'), settlement('b', 1), reversal('c', 'a'), refund('d')];
    expect(await byOf(all, 'a')).toBe('c');
    expect(await byOf(all, 'b')).toBe('d');
  });

  it('is given back in full by a row of negative money under its own number, whichever comes first', async () => {
    const both = [settlement('a'), refund('b', 1, 'S-a', 250)];
    expect(await byOf(both, 'a')).toBe('b');
    expect(await byOf(both.toReversed(), 'a')).toBe('b');
  });

  it('that the platform refused after all is not brought back by whatever its reversal undergoes', async () => {
    const silent = settlement('a', 0, { responded: false });
    const refused = settlement('a', 0, { refused: true });
    expect(await byOf([silent, reversal('b', 'a'), refused, technical('c', 'b')], 'a')).toBe('a');
  });

  it('tells of itself when it is taken back, and of nothing else', async () => {
    const before = await ledgerOf([settlement('a'), settlement('b', 1)]);
    const after = await ledgerOf([settlement('a'), settlement('b', 1), reversal('c', 'a')]);
    const fresh = after.told.slice(before.told.length);
    const eventOf = (msgid: string) => after.circle.events.find((event) => event.msgid === msgid)?.id;
    expect(fresh.toSorted()).toEqual([eventOf('c'), eventOf('a')].toSorted());
  });
});

it('technical reversals that take each other back in a ring leave the latest of them in force', async () => {
  const ring = [
    settlement('a'),
    technical('b', 'a'),
    technical('c', 'd', 3),
    technical('d', 'c', 4),
    technical('e', 'd', 5),
  ];
  const voided = async (all: readonly Said[]) =>
    (await ledgerOf(all)).circle.reversals.filter((row) => row.voided_by !== null).map((row) => row.msgid);
  expect(await voided(ring.slice(0, 4))).toEqual(['c']);
  expect(await voided(ring)).toEqual(['d']);
  expect(await voided(ring.toReversed())).toEqual(['d']);
});
