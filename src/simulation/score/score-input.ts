import type { CoverageBook } from './camera-coverage.ts';
import type { CityCalendar } from './city-calendar.ts';
import type { AlertRow, OutcomeTable } from './outcome-table.ts';
import type { SettlementFacts } from './settlement-facts.ts';
import type { TruthTable } from './truth-table.ts';

/** All that the figures are computed from. */
export interface ScoreInput {
  readonly truth: TruthTable;
  readonly outcome: OutcomeTable;
  readonly facts: SettlementFacts;
  /** Of the clinics that `clinicsToCover` names. */
  readonly cameras: CoverageBook;
  readonly calendar: CityCalendar;
  readonly rounds: number;
  readonly seed: number;
}

const CAMERA_BASIS = new Set(['face', 'presence']);

/**
 * Whether an alert rests on what cameras saw alone. That there is a claim at all is the occasion of every alert, so `claims`
 * beside `face` or `presence` is no ground of its own.
 */
export const restsOnCameras = ({ basis }: Pick<AlertRow, 'basis'>): boolean =>
  basis.some((each) => CAMERA_BASIS.has(each)) && basis.every((each) => CAMERA_BASIS.has(each) || each === 'claims');

/** The letter of it: nothing but face or presence is named. */
export const restsOnNothingElse = ({ basis }: Pick<AlertRow, 'basis'>): boolean =>
  basis.length > 0 && basis.every((each) => CAMERA_BASIS.has(each));

/** Clinics whose cameras must be known: of strangers' settlements, and of what is named on the cameras' word alone. */
export function clinicsToCover(truth: TruthTable, outcome: OutcomeTable): Set<string> {
  const codes = new Set<string>();
  const add = (i: number): void => {
    const clinic = truth.clinics[truth.clinic[i] ?? -1];
    if (clinic) codes.add(clinic.code);
  };
  const stranger = truth.schemes.indexOf('impostor_other');
  if (stranger > 0) for (let i = 0; i < truth.count; i++) if (truth.scheme[i] === stranger) add(i);
  for (const alert of outcome.alerts)
    if (alert.class === 'fraud' && restsOnCameras(alert)) alert.settlements.forEach(add);
  return codes;
}

export const clinicCodeOf = (truth: TruthTable, i: number): string => truth.clinics[truth.clinic[i] ?? 0]?.code ?? '';

export const coverageByFeed = ({ truth, facts, cameras }: ScoreInput, i: number): number | null =>
  cameras.coverage(clinicCodeOf(truth, i), truth.at[i] ?? 0, facts.medTypes[facts.medType[i] ?? 0] || null);
