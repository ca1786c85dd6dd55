import fc from 'fast-check';
import { DateTime, FixedOffsetZone } from 'luxon';
import { expect, it } from 'vitest';
import { dayAt, instantOf, isoWithOffset, offsetAt } from '../../../src/ledgers/claims/local-time.ts';

const ZONES = [
  'Asia/Shanghai',
  'Asia/Urumqi',
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Africa/Casablanca',
  'UTC+5',
];
const zone = fc.constantFrom(...ZONES);
const moment = fc.oneof(
  fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2200, 0) }),
  // Around the nights in which clocks change, and in which China's last did.
  fc
    .constantFrom(
      ...['2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-03-08T07:00Z', '2026-11-01T06:00Z', '1991-09-14T17:00Z'].map(
        (text) => Date.parse(text),
      ),
    )
    .chain((at) => fc.integer({ min: -7_200_000, max: 7_200_000 }).map((ms) => at + ms)),
);

it('a moment is read as the zone’s own rules say, also in the night in which its clocks change', () => {
  const part = (min: number, max: number) => fc.integer({ min, max });
  const local = fc.record({
    year: part(1900, 2200),
    month: part(0, 13),
    day: part(0, 32),
    hour: part(0, 25),
    minute: part(0, 61),
    second: part(0, 61),
    millisecond: part(0, 999),
  });
  const shown = fc.tuple(moment, zone).map(([ms, name]) => {
    const { year, month, day, hour, minute, second, millisecond } = DateTime.fromMillis(ms, { zone: name });
    return { year, month, day, hour, minute, second, millisecond };
  });
  fc.assert(
    fc.property(fc.oneof(local, shown), zone, (time, name) => {
      const expected = DateTime.fromObject(time, { zone: name });
      expect(instantOf(time, name)).toEqual(
        expected.isValid ? { ms: expected.toMillis(), offsetMin: expected.offset } : null,
      );
    }),
    { numRuns: 2_000 },
  );
});

it('a day and an offset are those of the zone', () => {
  fc.assert(
    fc.property(moment, zone, (ms, name) => {
      if (ms < Date.UTC(1972, 0)) return; // no arrival is as old as the odd seconds of local mean time
      const expected = DateTime.fromMillis(ms, { zone: name });
      expect([offsetAt(ms, name), dayAt(ms, name)]).toEqual([expected.offset, expected.toISODate()]);
    }),
    { numRuns: 1_000 },
  );
});

it('a moment is written with the offset of its source', () => {
  fc.assert(
    fc.property(moment, fc.integer({ min: -840, max: 840 }), fc.boolean(), (at, offset, whole) => {
      const ms = whole ? Math.floor(at / 1000) * 1000 : at;
      const expected = DateTime.fromMillis(ms, { zone: FixedOffsetZone.instance(offset) });
      expect(isoWithOffset(ms, offset)).toBe(expected.toISO({ suppressMilliseconds: true }));
    }),
  );
});
