import type { DayBookFact, DayBooks } from '../../../../src/reconcile/book/facts.ts';
import type { ClinicDayFacts, DaySettlementFact } from '../../../../src/reconcile/facts.ts';
import { AT, clinicDay, daySettlement, MINUTE } from '../facts.ts';

export const HOUR = 60 * MINUTE;
export const DAY_FROM = Date.parse('2026-03-17T00:00:00+08:00');
export const passed = { terminalAuth: { ok: true, at: AT } } as const;

/** A woman of sixty with hypertension, 35.60 yuan of drugs, billed by the clinic's doctor. */
export const book = (over: Partial<DayBookFact> = {}): DayBookFact => ({
  totalFen: 3560,
  medType: '11',
  household: null,
  sex: 'female',
  ageYears: 60,
  diagnoses: ['I10.x00'],
  doctors: ['D1'],
  drugLines: true,
  otherLines: true,
  ...over,
});

/** The n-th settlement of the day, five minutes after the one before, of its own person; nobody was seen for it. */
export const bookedRow = (
  n: number,
  over: Partial<DaySettlementFact> = {},
  written: Partial<DayBookFact> = {},
): DaySettlementFact => daySettlement(n, { ...over, book: book(written) });

/** The doctor was signed in all day. */
export const books = (over: Partial<DayBooks> = {}): DayBooks => {
  const here = [{ from: DAY_FROM + 8 * HOUR, to: DAY_FROM + 18 * HOUR }];
  return {
    doctors: [{ code: 'D1', registered: true, here, elsewhere: [] }],
    rosterKept: true,
    signInsKept: true,
    signedIn: here,
    ...over,
  };
};

/** A day that is over, open from eight to eighteen. */
export const closedDay = (rows: DaySettlementFact[], over: Partial<ClinicDayFacts> = {}): ClinicDayFacts =>
  clinicDay(rows, {
    open: [{ from: DAY_FROM + 8 * HOUR, to: DAY_FROM + 18 * HOUR }],
    books: books(),
    repeatedFaces: [],
    filedOutages: [],
    ...over,
  });

export const several = (n: number, make: (i: number) => DaySettlementFact): DaySettlementFact[] =>
  Array.from({ length: n }, (_, i) => make(i + 1));
