import { Decimal } from 'decimal.js';
import { FixedOffsetZone } from 'luxon';
import type { FieldSpec } from './interface-table.ts';
import { byLuxon, instantOf, isoWithOffset, offsetAt } from './local-time.ts';

/** One field, read. `bad` says why a value that is there cannot be used. */
export type Reading<T> =
  | { readonly value: T; readonly notes: readonly string[] }
  | { readonly missing: true }
  | {
      readonly bad:
        | 'wrong_type'
        | 'bad_characters'
        | 'too_long'
        | 'bad_number'
        | 'out_of_range'
        | 'negative_amount'
        | 'bad_time';
    };

const MISSING = { missing: true } as const;
const WRONG_TYPE = { bad: 'wrong_type' } as const;
/** What HIS write where they have nothing to say (DOMAIN.md 1.11). */
const NOTHING = new Set(['', '无', 'null', 'NULL', 'undefined']);
const LONGEST_NOTHING = 9;
const LONGEST_ID = 64;
const NO_NOTES: readonly string[] = [];

/** What is said at all, trimmed. */
function said(raw: unknown): string | typeof MISSING | { readonly bad: 'wrong_type' } {
  if (raw === undefined || raw === null) return MISSING;
  if (typeof raw === 'number') return String(raw);
  if (typeof raw !== 'string') return WRONG_TYPE;
  const text = raw.trim();
  return text.length <= LONGEST_NOTHING && NOTHING.has(text) ? MISSING : text;
}

// PostgreSQL stores neither NUL nor half a character; other control characters have no place in a code or a name.
const UNSTORABLE = /[\p{Cc}\p{Surrogate}]/gu;

/** Nothing of that, and no pair of surrogates either, which would have to be looked at. */
const SURELY_STORABLE = /^[ -~\u00a0-\ud7ff\ue000-\uffff]*$/;

/** Text that PostgreSQL can hold, at most `size` characters of it. */
export const storable = (text: string, size: number): string =>
  SURELY_STORABLE.test(text)
    ? text.slice(0, size)
    : text
        .replace(UNSTORABLE, '')
        .slice(0, size)
        .replace(/\p{Surrogate}/gu, '');

export function readText(raw: unknown, spec: Pick<FieldSpec, 'size' | 'must'>): Reading<string> {
  const text = said(raw);
  if (typeof text !== 'string') return text;
  if (typeof raw === 'number' && !Number.isFinite(raw)) return { bad: 'bad_number' };
  const clean = storable(text, text.length);
  if (spec.must) {
    // An identifier is never repaired: two that differ must stay two.
    if (clean !== text) return { bad: 'bad_characters' };
    if (text.length > Math.max(LONGEST_ID, spec.size)) return { bad: 'too_long' };
    return { value: text, notes: NO_NOTES };
  }
  if (clean === text && text.length <= spec.size) return { value: text, notes: NO_NOTES };
  const notes: string[] = [];
  if (clean !== text) notes.push('bad_characters');
  if (clean.length > spec.size) notes.push('cut');
  const value = storable(clean, spec.size);
  return value === '' ? MISSING : { value, notes };
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const Exact = Decimal.clone({ precision: 60, toExpNeg: -60, toExpPos: 60 });

/** A number of the form n p,s, from a string or a JSON number, as an exact decimal string. */
export function readNumber(raw: unknown, spec: Pick<FieldSpec, 'size' | 'scale'>): Reading<string> {
  const text = said(raw);
  if (typeof text !== 'string') return text;
  const plain = plainNumber(text, spec);
  if (plain !== null) return { value: plain, notes: NO_NOTES };
  if (text.length > 60 || !NUMBER.test(text)) return { bad: 'bad_number' };
  const exact = new Exact(text);
  const rounded = exact.toDecimalPlaces(spec.scale, Decimal.ROUND_HALF_UP);
  if (rounded.abs().gte(new Exact(10).pow(spec.size - spec.scale))) return { bad: 'out_of_range' };
  // 29.040000000000003 is a double's 29.04, no other amount.
  const notes = exact.minus(rounded).abs().gt('1e-9') ? ['rounded'] : [];
  return { value: rounded.isZero() ? '0' : rounded.toFixed(), notes };
}

const PLAIN = /^(-?)(\d{1,15})(?:\.(\d{1,15}))?$/;

/** The same for what needs no arithmetic: nothing to round, well within its digits; null: reckon. */
function plainNumber(text: string, { size, scale }: Pick<FieldSpec, 'size' | 'scale'>): string | null {
  const match = PLAIN.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = ''] = match;
  let zeros = 0;
  while (zeros < whole.length - 1 && whole.charCodeAt(zeros) === ZERO) zeros++;
  let end = fraction.length;
  while (end > 0 && fraction.charCodeAt(end - 1) === ZERO) end--;
  if (end > scale) return null;
  const digits = zeros === 0 ? whole : whole.slice(zeros);
  if (digits !== '0' && digits.length > size - scale) return null;
  if (end === 0) return digits === '0' ? '0' : `${sign}${digits}`;
  return `${sign}${digits}.${end === fraction.length ? fraction : fraction.slice(0, end)}`;
}

const ZERO = 0x30;

const YUAN = /^(-?)(\d{1,12})(?:\.(\d{1,2}))?$/;

/** Yuan as a decimal string → integer fen, exact; null when it has more than two decimals or exceeds 2^53. */
export function fenOf(yuan: string): number | null {
  const plain = YUAN.exec(yuan);
  if (plain !== null) {
    const [, sign, whole, fraction = ''] = plain;
    const fen = Number(`${whole}${fraction.padEnd(2, '0')}`);
    return sign === '-' && fen !== 0 ? -fen : fen;
  }
  const fen = new Exact(yuan).times(100);
  return fen.isInteger() && fen.abs().lte(Number.MAX_SAFE_INTEGER) ? fen.toNumber() : null;
}

export interface Moment {
  readonly ms: number;
  /** The source's offset from UTC in minutes. */
  readonly offsetMin: number;
  /** Only a day was given: `ms` is its beginning. */
  readonly dayOnly: boolean;
}

const TIME =
  /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(?:(\d{2})(\d{3})?)?)?$/;
const EPOCH_MS = /^1\d{12}$/;

/**
 * The interface's moments: `yyyy-MM-dd HH:mm:ss`, `yyyyMMddHHmmss`, 17 digits with milliseconds, either with `T`, with
 * fractions, with an offset, or the day alone. Without an offset: in `zone`.
 */
export function readMoment(raw: unknown, zone: string): Reading<Moment> {
  const text = said(raw);
  if (typeof text !== 'string') return text;
  if (EPOCH_MS.test(text)) {
    const ms = Number(text);
    return { value: { ms, offsetMin: offsetAt(ms, zone), dayOnly: false }, notes: NO_NOTES };
  }
  const match = TIME.exec(text) ?? COMPACT.exec(text);
  if (!match) return { bad: 'bad_time' };
  const [, year, month, day, hour, minute, second, fraction, offset] = match;
  const local = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    millisecond: fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0')),
  };
  const instant = offset === undefined ? instantOf(local, zone) : byLuxon(local, zoneOf(offset));
  if (instant === null) return { bad: 'bad_time' };
  return { value: { ...instant, dayOnly: hour === undefined }, notes: NO_NOTES };
}

const zoneOf = (offset: string): FixedOffsetZone => {
  if (/^z$/i.test(offset)) return FixedOffsetZone.utcInstance;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return FixedOffsetZone.instance(offset.startsWith('-') ? -minutes : minutes);
};

/** ISO 8601 with the source's offset. */
export const isoOf = (moment: Moment): string => isoWithOffset(moment.ms, moment.offsetMin);
