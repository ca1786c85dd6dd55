import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { amountNotes } from '../../../src/ledgers/claims/amounts.ts';
import { loadInterfaceTable } from '../../../src/ledgers/claims/interface-table.load.ts';
import { compileInterface, type InterfaceTable } from '../../../src/ledgers/claims/interface-table.ts';
import { interpret } from '../../../src/ledgers/claims/interpret.ts';
import { parseJsonText } from '../../../src/ledgers/claims/json-body.ts';
import { pairOf, peek, readEnvelope, shapeOf } from '../../../src/ledgers/claims/message.ts';
import { safePsnNo } from '../../../src/ledgers/claims/plain-words.ts';
import { Refusal } from '../../../src/ledgers/claims/refusal.ts';
import { fenOf, isoOf, readMoment, readNumber, readText } from '../../../src/ledgers/claims/value.ts';
import { CLINIC_CODE, request } from './messages.ts';

/** Any text that JavaScript can hold: NUL, control characters and halves of characters too. */
const anyUnits = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0xd7f0, max: 0xe00f })), { maxLength: 80 })
  .map((units) => String.fromCharCode(...units));

const MONEY = { size: 16, scale: 2 };

describe('money', () => {
  it('is exact to the fen over the whole range of n16,2, as string and as number', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9_999_999_999_999, max: 9_999_999_999_999 }), (fen) => {
        const yuan = new Decimal(fen).div(100);
        for (const raw of [yuan.toFixed(2), yuan.toNumber()]) {
          const reading = readNumber(raw, MONEY);
          expect('value' in reading && fenOf(reading.value)).toBe(fen === 0 ? 0 : fen);
        }
      }),
    );
  });

  it('is written in one way, however many zeros it is sent with', () => {
    const Exact = Decimal.clone({ precision: 60, toExpNeg: -60, toExpPos: 60 });
    const spec = fc.record({ size: fc.integer({ min: 4, max: 16 }), scale: fc.integer({ min: 0, max: 4 }) });
    fc.assert(
      fc.property(fc.stringMatching(/^-?0{0,3}\d{1,14}(\.\d{0,5}0{0,4})?$/), spec, (raw, { size, scale }) => {
        const exact = new Exact(raw);
        const rounded = exact.toDecimalPlaces(scale, Decimal.ROUND_HALF_UP);
        const reading = readNumber(raw, { size, scale });
        if (rounded.abs().gte(new Exact(10).pow(size - scale))) expect(reading).toEqual({ bad: 'out_of_range' });
        else expect('value' in reading && reading.value).toBe(rounded.isZero() ? '0' : rounded.toFixed());
        if (!('value' in reading)) return;
        expect(reading.notes).toEqual(exact.eq(rounded) ? [] : ['rounded']);
        const fen = rounded.times(100);
        expect(fenOf(reading.value)).toBe(
          fen.isInteger() && fen.abs().lte(Number.MAX_SAFE_INTEGER) ? fen.plus(0).toNumber() : null,
        );
      }),
    );
  });

  it('notes the rounding of what has more than two decimals', () => {
    expect(readNumber('29.045', MONEY)).toEqual({ value: '29.05', notes: ['rounded'] });
    expect(readNumber('1,234.00', MONEY)).toEqual({ bad: 'bad_number' });
    expect(readNumber('0x10', MONEY)).toEqual({ bad: 'bad_number' });
    expect(readNumber(true, MONEY)).toEqual({ bad: 'wrong_type' });
    expect(readNumber('-0.00', MONEY)).toEqual({ value: '0', notes: [] });
    expect(fenOf('99999999999999.99')).toBeNull();
  });
});

describe('moments', () => {
  it('come back as written, in every form, whatever the zone', () => {
    const forms = [
      (iso: string) => iso.slice(0, 19).replace('T', ' '),
      (iso: string) => iso.slice(0, 19).replace(/\D/g, ''),
      (iso: string) => iso.slice(0, 19),
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2035, 0) }),
        fc.constantFrom(...forms),
        fc.constantFrom('Asia/Shanghai', 'Asia/Urumqi', 'UTC'),
        (ms, form, zone) => {
          const seconds = Math.floor(ms / 1000) * 1000;
          const offset = { 'Asia/Shanghai': 8, 'Asia/Urumqi': 6, UTC: 0 }[zone] ?? 0;
          const local = new Date(seconds + offset * 3_600_000).toISOString();
          const reading = readMoment(form(local), zone);
          expect('value' in reading && reading.value.ms).toBe(seconds);
          if ('value' in reading) expect(Date.parse(isoOf(reading.value))).toBe(seconds);
        },
      ),
    );
  });

  it('are read or refused, whatever is sent', () => {
    fc.assert(fc.property(fc.anything(), (raw) => void readMoment(raw, 'Asia/Shanghai')));
    fc.assert(fc.property(fc.stringMatching(/^[\d\-T:. +Z]{0,30}$/), (raw) => void readMoment(raw, 'Asia/Shanghai')));
  });
});

it('never hands PostgreSQL a text that it cannot store', () => {
  fc.assert(
    fc.property(anyUnits, fc.integer({ min: 1, max: 20 }), fc.boolean(), (raw, size, must) => {
      const reading = readText(raw, { size, must });
      if ('value' in reading) {
        expect(reading.value).not.toMatch(/[\0\ud800-\udfff]/u);
        expect(reading.value.length).toBeLessThanOrEqual(must ? 64 : size);
      }
    }),
  );
});

it('parses like JSON.parse, apart from the digits that JSON.parse would lose', () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), (text) => {
      const same = (mine: unknown, theirs: unknown): void => {
        if (typeof theirs === 'number' && typeof mine === 'string') expect(Number(mine)).toBe(theirs);
        else if (Array.isArray(theirs)) for (const [i, item] of theirs.entries()) same((mine as unknown[])[i], item);
        else if (typeof theirs === 'object' && theirs !== null) {
          for (const key of Object.keys(theirs)) same((mine as never)[key], (theirs as never)[key]);
        } else expect(mine).toBe(theirs);
      };
      same(parseJsonText(text), JSON.parse(text));
    }),
  );
});

describe('whatever is sent', () => {
  let table: InterfaceTable;
  beforeAll(async () => {
    table = await loadInterfaceTable();
  });
  const understand = (body: unknown): void => {
    peek(body);
    shapeOf(body);
    try {
      const pair = pairOf(body);
      const envelope = readEnvelope(table, [], pair.request, 'Asia/Shanghai');
      interpret(pair, envelope, { table, mappings: [], zone: 'Asia/Shanghai', receivedAt: 1.8e12, mode: 'hook' });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  };

  it('is understood or refused for a reason, never a crash', () => {
    fc.assert(fc.property(fc.jsonValue(), understand));
    fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (request, response) => understand({ request, response })));
    const infno = fc.constantFrom(
      '1101',
      '2201',
      '2202',
      '2203',
      '2204',
      '2205',
      '2206',
      '2207',
      '2208',
      '2601',
      '9001',
    );
    fc.assert(
      fc.property(infno, fc.jsonValue(), fc.jsonValue(), (no, input, output) =>
        understand({ request: request(no, input), response: { infcode: 0, output } }),
      ),
    );
    const fields = fc.dictionary(
      fc.constantFrom('psn_no', 'mdtrt_id', 'setl_id', 'medfee_sumamt', 'setl_time', 'omsgid', 'data', 'setlinfo'),
      fc.oneof(fc.jsonValue(), fc.constantFrom('M1', '-1', '1e400', '20260230', ['M1'], CLINIC_CODE)),
    );
    fc.assert(
      fc.property(infno, fields, fields, (no, input, output) =>
        understand({ request: request(no, { data: input }), response: { output: { setlinfo: output } } }),
      ),
    );
  });
});

it('says which entry of the tables is wrong', () => {
  expect(() => compileInterface({ request: { infno: 'text' } }, {})).toThrow(/request.infno: "text"/);
  expect(() => compileInterface({ request: {}, response: {} }, { '2207': { event: 'x' } })).toThrow(
    /2207: there is no event x/,
  );
});

it('finds sums that add up in no region’s way', () => {
  const sums = {
    totalFen: 100,
    fundFen: 60,
    personFen: 40,
    accountFen: 10,
    cashFen: 30,
    hospitalFen: 0,
    sharedFen: null,
  };
  expect(amountNotes(sums)).toEqual([]);
  expect(amountNotes({ ...sums, totalFen: 101 })).toEqual([]);
  expect(amountNotes({ ...sums, totalFen: 120, hospitalFen: 20 })).toEqual([]);
  expect(amountNotes({ ...sums, cashFen: 5 })).toEqual([{ code: 'amounts_differ', field: 'psn_part_amt' }]);
  expect(amountNotes({ ...sums, totalFen: 300 })).toEqual([{ code: 'amounts_differ', field: 'medfee_sumamt' }]);
});

it('hides an ID number that is sent as psn_no', () => {
  expect(safePsnNo('411624194912310028')).toBe('4116**********28');
  expect(safePsnNo('P0001')).toBe('P0001');
});
