import type { ClinicDayFacts, DaySettlementFact } from '../facts.ts';
import { isConfirmed } from './presence.ts';

/** A settlement of a day whose books are known. */
export type Booked = DaySettlementFact & { readonly book: NonNullable<DaySettlementFact['book']> };

/** Settlements that stand and were made at the clinic, in order of time, with what was written down about them. */
export const booked = (facts: ClinicDayFacts): Booked[] =>
  facts.settlements
    .filter((row): row is Booked => row.book !== undefined && !row.reversed && !row.homeVisit)
    .toSorted((a, b) => a.at - b.at || (a.settlementId < b.settlementId ? -1 : 1));

/** The day is over and its books were read: rules about claims speak once, of the whole day. */
export const isClosedBook = (facts: ClinicDayFacts): boolean =>
  facts.closed && facts.books !== undefined && facts.settlements.some(({ reversed }) => !reversed);

/** Somebody came for this settlement, as far as terminal or cameras tell: himself, a proxy, his family; or it is the doctor's own. */
export const somebodyCame = (row: DaySettlementFact): boolean =>
  isConfirmed(row) ||
  row.claimedIsStaff ||
  row.claimedClusters.length > 0 ||
  row.proxyClusters.length > 0 ||
  row.householdClusters.length > 0;

/** Share of these settlements for which somebody came. */
export const shareSeen = (rows: readonly DaySettlementFact[]): number =>
  rows.length === 0 ? 0 : rows.filter(somebodyCame).length / rows.length;

export const setlIdsOf = (rows: readonly DaySettlementFact[]): string[] => rows.flatMap(({ setlId }) => setlId ?? []);
export const settlementIdsOf = (rows: readonly DaySettlementFact[]): string[] => rows.map((row) => row.settlementId);

/** One alert for each rule of a clinic's day. */
export const dayIncident = (facts: ClinicDayFacts, rule: string): string =>
  `clinic-day:${facts.clinic.code}:${facts.day}:${rule}`;

export const groupBy = <Row>(rows: readonly Row[], keyOf: (row: Row) => string | null): Map<string, Row[]> => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
};
