import { baselineFigures, ratioFigure } from './baseline.ts';
import { type Case, casePrecisionFigure, casesOf, createMoney, type ShownAlert, shownAlerts } from './cases.ts';
import {
  type AccusedClinic,
  accusedClinics,
  type CameraMiss,
  fraudClinics,
  type GhostClinic,
  ghostClinicFigure,
} from './clinics.ts';
import { counterFigures } from './counter-use.ts';
import { countFigure, type Figure, nothing } from './figure.ts';
import { type HarmLists, harmFigures } from './harm.ts';
import { recallFigures } from './recall.ts';
import type { ScoreInput } from './score-input.ts';

/** The names of WORLD's "What counts", in its order; then what stands beside them. */
export const FIGURES = [
  'casePrecision',
  'casePrecisionLow',
  'honestNamedPer10k',
  'recallConcentrated',
  'recallConcentratedVisible',
  'recallScattered',
  'honestHeldPer10k',
  'honestMismatchPer10k',
  'honestProxyHarmPer10k',
  'blindWindowFraudAlerts',
  'listedAnswered',
  'strangerMismatch',
  'medianDaysToGhostClinic',
  'cleanClinicsAccused',
  'baselinePrecision',
  'falsePerTrue',
  'baselineFalsePerTrue',
  'alertsPerDay',
  'shown',
  'recallAll',
] as const;
export type FigureName = (typeof FIGURES)[number];

export interface Score {
  readonly figures: Readonly<Record<FigureName, Figure>>;
  readonly recallByScheme: ReadonlyMap<string, Figure>;
  readonly recallByConcentratedScheme: ReadonlyMap<string, Figure>;
  readonly shown: readonly ShownAlert[];
  readonly cases: readonly Case[];
  readonly fraudClinics: readonly GhostClinic[];
  readonly accused: readonly AccusedClinic[];
  readonly harm: HarmLists;
  /** Local days from the first settlement to the last. */
  readonly days: number;
  readonly firstDay: number;
  readonly lastDay: number;
}

/** Every figure of "What counts". Pure: the same input gives the same numbers, whatever the order of its rows. */
export function score(input: ScoreInput, missOf: (code: string) => CameraMiss | undefined = () => undefined): Score {
  const { truth, outcome, facts, calendar, rounds, seed } = input;
  const money = createMoney(truth, facts);
  const shown = shownAlerts(outcome, calendar);
  const cases = casesOf(input, money, shown);
  const right = cases.filter((each) => each.right).length;
  const { firstDay, lastDay } = daysOf(input);
  const days = lastDay - firstDay + 1;
  const precision = casePrecisionFigure(cases, rounds, seed);
  const recall = recallFigures(input, shown);
  const { lists, ...harm } = harmFigures(input, shown);
  const clinics = fraudClinics(input, money, shown);
  const accused = accusedClinics(input);
  const baseline = baselineFigures(input, money, shown);
  const low: Figure =
    precision.interval === null
      ? nothing(precision.why ?? 'all cases are of one clinic: nothing can be drawn')
      : { ...precision, value: precision.interval[0] };
  const fraudAlerts = new Set(outcome.alerts.filter((alert) => alert.class === 'fraud').map(({ id }) => id)).size;
  const clinicCount = Math.max(truth.clinics.length, facts.clinics.size);
  return {
    figures: {
      casePrecision: precision,
      casePrecisionLow: low,
      honestNamedPer10k: harm.honestNamedPer10k,
      recallConcentrated: recall.recallConcentrated,
      recallConcentratedVisible: recall.recallConcentratedVisible,
      recallScattered: recall.recallScattered,
      honestHeldPer10k: harm.honestHeldPer10k,
      honestMismatchPer10k: harm.honestMismatchPer10k,
      honestProxyHarmPer10k: harm.honestProxyHarmPer10k,
      blindWindowFraudAlerts: harm.blindWindowFraudAlerts,
      ...counterFigures(input),
      medianDaysToGhostClinic: ghostClinicFigure(clinics, missOf),
      cleanClinicsAccused: accused.figure,
      baselinePrecision: baseline.baselinePrecision,
      falsePerTrue: ratioFigure(
        cases.length - right,
        right,
        cases.length === 0 ? 'no fraud alert was shown' : 'none of the cases is right',
      ),
      baselineFalsePerTrue: baseline.baselineFalsePerTrue,
      alertsPerDay: {
        ...countFigure(Math.round((shown.length / days) * 1000) / 1000),
        numerator: shown.length,
        denominator: days,
        more: { perThousandClinics: Math.round((shown.length / days / clinicCount) * 1e6) / 1000 },
      },
      shown: countFigure(shown.length, { fraudAlerts, cases: cases.length }),
      recallAll: recall.recallAll,
    },
    recallByScheme: recall.byScheme,
    recallByConcentratedScheme: recall.byConcentratedScheme,
    shown,
    cases,
    fraudClinics: clinics,
    accused: accused.list,
    harm: lists,
    days,
    firstDay,
    lastDay,
  };
}

function daysOf({ truth, calendar }: ScoreInput): { firstDay: number; lastDay: number } {
  let first = Infinity;
  let last = -Infinity;
  for (let i = 0; i < truth.count; i++) {
    const at = truth.at[i] ?? 0;
    if (at < first) first = at;
    if (at > last) last = at;
  }
  return { firstDay: calendar.dayOf(first), lastDay: calendar.dayOf(last) };
}
