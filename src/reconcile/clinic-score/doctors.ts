import { openRolls } from '../periods/gather-clinic-period.ts';
import type { ClinicRollRow } from '../periods/tables.ts';
import { isNamedDoctor } from '../rules/doctors.ts';
import type { ClinicScoreFacts, ScoredVisit } from './facts.ts';

/** Which doctor each settlement stands under, from the clinic's rolled-up days; where fewer than two are known: of none. */
export function withDoctors(
  visits: readonly ScoredVisit[],
  rolls: readonly ClinicRollRow[],
  timeZone: string,
): Pick<ClinicScoreFacts, 'doctors' | 'visits'> {
  const doctorOf = new Map(
    openRolls(rolls, timeZone).flatMap((day) =>
      day.visits.flatMap(({ setlId, doctor }): [string, string][] =>
        setlId !== null && doctor !== null && isNamedDoctor(doctor) ? [[setlId, doctor]] : [],
      ),
    ),
  );
  const codes = visits.map(({ setlId }) => (setlId === null ? undefined : doctorOf.get(setlId)));
  const doctors = [...new Set(codes.flatMap((code) => code ?? []))].sort();
  if (doctors.length < 2) return { visits };
  const index = new Map(doctors.map((code, i) => [code, i]));
  return {
    doctors,
    visits: visits.map((visit, i) => {
      const doctor = index.get(codes[i] ?? '');
      return doctor === undefined ? visit : { ...visit, doctor };
    }),
  };
}
