import type { CityCalendar } from './city-calendar.ts';
import { drawnFigure, type Figure } from './figure.ts';
import { bootstrapRatios, wilson } from './intervals.ts';
import type { AlertRow, OutcomeTable } from './outcome-table.ts';
import type { ScoreInput } from './score-input.ts';
import type { SettlementFacts } from './settlement-facts.ts';
import type { TruthTable } from './truth-table.ts';

/** The hour at which somebody looks at what was found the day before. */
const LOOKED_AT_HOUR = 8;
/** False receipts that an alert of the drug ledger can be about: so long before it. */
const RECEIPT_REACH_MS = 31 * 86_400_000;

/** A fraud alert that was still open at 08:00 of the day after it was raised. */
export interface ShownAlert {
  readonly id: string;
  readonly clinic: string;
  readonly subject: string;
  readonly basis: readonly string[];
  readonly settlements: readonly number[];
  readonly unknown: number;
  readonly shownAt: number;
}

export const isShown = (row: AlertRow, calendar: CityCalendar): boolean =>
  row.class === 'fraud' &&
  (row.withdrawnAt === null || row.withdrawnAt > calendar.atHour(calendar.dayOf(row.shownAt) + 1, LOOKED_AT_HOUR));

/** Shown alerts, each id once, in the order of their first showing. */
export function shownAlerts(outcome: OutcomeTable, calendar: CityCalendar): ShownAlert[] {
  const byId = new Map<string, ShownAlert>();
  for (const row of outcome.alerts) {
    if (!isShown(row, calendar)) continue;
    const before = byId.get(row.id);
    byId.set(row.id, {
      id: row.id,
      clinic: row.clinic,
      subject: before !== undefined && before.shownAt <= row.shownAt ? before.subject : row.subject,
      basis: [...new Set([...(before?.basis ?? []), ...row.basis])].sort(),
      settlements: [...new Set([...(before?.settlements ?? []), ...row.settlements])].sort((a, b) => a - b),
      unknown: Math.max(row.unknown, before?.unknown ?? 0),
      shownAt: Math.min(row.shownAt, before?.shownAt ?? Infinity),
    });
  }
  return [...byId.values()].sort((a, b) => a.shownAt - b.shownAt || (a.id < b.id ? -1 : 1));
}

/** All that was shown of one clinic in one week: it counts once. */
export interface Case {
  readonly clinic: string;
  readonly week: number;
  readonly alerts: readonly ShownAlert[];
  readonly settlements: readonly number[];
  readonly namedFen: number;
  readonly fraudFen: number;
  readonly right: boolean;
  /** Right also where only the loss counts as fraud, not all that the fund paid for a fraudulent settlement. */
  readonly rightByLoss: boolean;
}

/** What the fund paid for a settlement; where no message told it: its loss, or what the fund pays on average. */
export function createMoney(
  truth: TruthTable,
  facts: SettlementFacts,
): { readonly of: (i: number) => number; readonly mean: number } {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < truth.count; i++) {
    const fund = facts.fundFen[i] ?? -1;
    if (fund < 0 || truth.fraud[i] === 1) continue;
    sum += fund;
    count++;
  }
  const mean = count > 0 ? sum / count : 1_600;
  return {
    mean,
    of: (i) => {
      const fund = facts.fundFen[i] ?? -1;
      if (fund >= 0) return fund;
      return (truth.lossFen[i] ?? 0) > 0 ? (truth.lossFen[i] ?? 0) : mean;
    },
  };
}

type Money = ReturnType<typeof createMoney>;

/** Whether what is named together is right: at least half of its fund money is fraud. */
export function judgeNamed(
  input: Pick<ScoreInput, 'truth'>,
  money: Money,
  alerts: readonly ShownAlert[],
): Pick<Case, 'settlements' | 'namedFen' | 'fraudFen' | 'right' | 'rightByLoss'> {
  const { truth } = input;
  const settlements = [...new Set(alerts.flatMap((alert) => alert.settlements))].sort((a, b) => a - b);
  const unknown = alerts.reduce((sum, alert) => sum + alert.unknown, 0);
  let namedFen = unknown * money.mean;
  let fraudFen = 0;
  let lossFen = 0;
  let frauds = 0;
  for (const i of settlements) {
    const fen = money.of(i);
    namedFen += fen;
    if (truth.fraud[i] !== 1) continue;
    fraudFen += fen;
    lossFen += Math.min(fen, truth.lossFen[i] ?? 0);
    frauds++;
  }
  const named = settlements.length + unknown;
  const byCount = named > 0 ? frauds * 2 >= named : alerts.some((alert) => isRightWithoutMoney(truth, alert));
  return {
    settlements,
    namedFen,
    fraudFen,
    right: namedFen > 0 ? fraudFen * 2 >= namedFen : byCount,
    rightByLoss: namedFen > 0 ? lossFen * 2 >= namedFen : byCount,
  };
}

/** An alert that names no settlement: right about a clinic whose fraud had begun, or about stock received on paper there. */
function isRightWithoutMoney(truth: TruthTable, alert: ShownAlert): boolean {
  const clinic = truth.clinicIndex.get(alert.clinic);
  if (clinic === undefined) return false;
  if (namesReceipts(alert) && receiptsBefore(truth, clinic, alert.shownAt)) return true;
  const from = truth.clinics[clinic]?.fraudFrom ?? null;
  return alert.subject === 'clinic' && from !== null && from <= alert.shownAt;
}

const namesReceipts = (alert: Pick<ShownAlert, 'basis'>): boolean => alert.basis.includes('stock');

const receiptsBefore = (truth: TruthTable, clinic: number, at: number): boolean =>
  truth.receipts.some((receipt) => receipt.clinic === clinic && reaches(receipt.at, at));

const reaches = (receiptAt: number | null, shownAt: number): boolean =>
  receiptAt === null || (receiptAt <= shownAt && receiptAt > shownAt - RECEIPT_REACH_MS);

/** Whether a false receipt is named: a shown alert of the drug ledger about its clinic within a month. */
export const receiptIsNamed = (
  truth: TruthTable,
  receipt: TruthTable['receipts'][number],
  shown: readonly ShownAlert[],
): boolean => {
  const code = truth.clinics[receipt.clinic]?.code;
  return shown.some((alert) => alert.clinic === code && namesReceipts(alert) && reaches(receipt.at, alert.shownAt));
};

/** Shown alerts as cases: one for each clinic and week. In the order of clinic and week. */
export function casesOf(
  input: Pick<ScoreInput, 'truth' | 'calendar'>,
  money: Money,
  shown: readonly ShownAlert[],
): Case[] {
  const groups = new Map<string, ShownAlert[]>();
  for (const alert of shown) {
    const key = `${alert.clinic} ${input.calendar.weekOf(alert.shownAt)}`;
    const group = groups.get(key);
    if (group) group.push(alert);
    else groups.set(key, [alert]);
  }
  const cases = [...groups.values()].map((alerts): Case => {
    const [first] = alerts as [ShownAlert];
    return {
      clinic: first.clinic,
      week: input.calendar.weekOf(first.shownAt),
      alerts,
      ...judgeNamed(input, money, alerts),
    };
  });
  return cases.sort((a, b) => (a.clinic === b.clinic ? a.week - b.week : a.clinic < b.clinic ? -1 : 1));
}

/** `casePrecision` with its bootstrap interval over clinics. */
export function casePrecisionFigure(cases: readonly Case[], rounds: number, seed: number): Figure {
  const units = new Map<string, { of: number[]; hits: number[] }>();
  for (const each of cases) {
    const unit = units.get(each.clinic) ?? { of: [0], hits: [0] };
    unit.of[0] = (unit.of[0] ?? 0) + 1;
    unit.hits[0] = (unit.hits[0] ?? 0) + (each.right ? 1 : 0);
    units.set(each.clinic, unit);
  }
  const right = cases.filter((each) => each.right).length;
  const [interval = null] = bootstrapRatios([...units.values()], rounds, seed);
  return drawnFigure(right, cases.length, interval, 'no fraud alert was shown', {
    clinics: units.size,
    wilson: wilson(right, cases.length),
    rightByLoss: cases.filter((each) => each.rightByLoss).length,
    rounds,
    seed,
    ...(interval === null && cases.length > 0 ? { whyNoInterval: 'the cases are all of one clinic' } : {}),
  });
}
