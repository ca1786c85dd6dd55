import { type Subject, visitKeyOf } from './facts.ts';
import { localDay, nextDay } from './local-time.ts';
import type { SubjectRef, TouchedRows } from './store-rows.ts';

/** Which subjects may be touched by what happened. Over-telling costs a gathering; under-telling would lose a revision. */

export const subjectsOf = (rows: readonly SubjectRef[]): Subject[] =>
  rows.map((row) => ({ kind: row.subject_kind, id: row.subject_id }));

export interface TouchedClaims {
  readonly subjects: readonly Subject[];
  readonly days: readonly { readonly clinicCode: string; readonly day: string }[];
}

/** Visits and settlements that claims belong to, with the days that the settlements lie in. */
export function touchedBy({ settlements, events }: TouchedRows, timeZone: string): TouchedClaims {
  const days = new Map(
    settlements.map((row) => {
      const day = localDay(row.at, timeZone);
      return [`${row.clinic_code}:${day}`, { clinicCode: row.clinic_code, day }];
    }),
  );
  return {
    subjects: [
      ...events.map((row): Subject => ({ kind: 'visit', id: visitKeyOf(row.clinic_code, row.mdtrt_id, row.msgid) })),
      ...settlements.map((row): Subject => ({ kind: 'settlement', id: row.id })),
    ],
    days: [...days.values()],
  };
}

/** Local days that a span touches, at most 31. */
export function daysOf(from: number, to: number, timeZone: string): string[] {
  const first = localDay(from, timeZone);
  const last = localDay(to, timeZone);
  if (first === last) return [first];
  const days: string[] = [];
  for (let day = first; day <= last && days.length < 31; day = nextDay(day, timeZone)) days.push(day);
  return days;
}
