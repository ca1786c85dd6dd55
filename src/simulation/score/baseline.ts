import { type Case, casesOf, type createMoney, type ShownAlert } from './cases.ts';
import { type Figure, nothing, shareFigure } from './figure.ts';
import { seededRandom } from './intervals.ts';
import { VERDICTS } from './outcome-table.ts';
import type { ScoreInput } from './score-input.ts';

const MATCH = VERDICTS.indexOf('match');
const DRAWS = 20;
/** Cuts that are tried on the likelihood ratio. */
const CUTS = 60;

export interface BaselineFigures {
  readonly baselinePrecision: Figure;
  readonly baselineFalsePerTrue: Figure;
}

interface Rule {
  readonly name: string;
  readonly alerts: (i: number) => boolean;
}

/**
 * What somebody would build in a week: an alert for each settlement that is not verified. As good as it can be made: of all
 * cuts on the likelihood ratio, with and without settlements where no face was compared, with and without those that the
 * national terminal checked, the one with the highest precision that yields at least as many alerts as were shown; of its
 * alerts as many are drawn on each day as the product showed on that day. Counted as the product's are: by clinic and week.
 */
export function baselineFigures(
  input: ScoreInput,
  money: ReturnType<typeof createMoney>,
  shown: readonly ShownAlert[],
): BaselineFigures {
  const { truth, calendar, seed } = input;
  if (shown.length === 0) {
    const best = bestRule(input, 1);
    const why = 'no fraud alert was shown, so there is no equal number of alerts per day';
    const more = best === null ? {} : { rule: best.name, alertsThatItWouldRaise: best.of, ofThemFraud: best.hits };
    return { baselinePrecision: nothing(why, more), baselineFalsePerTrue: nothing(why) };
  }
  const best = bestRule(input, shown.length);
  if (best === null) {
    const why = 'no settlement is unverified';
    return { baselinePrecision: nothing(why), baselineFalsePerTrue: nothing(why) };
  }
  const byDay = new Map<number, number[]>();
  for (let i = 0; i < truth.count; i++) {
    if (!best.alerts(i)) continue;
    const day = calendar.dayOf(truth.at[i] ?? 0);
    const list = byDay.get(day);
    if (list) list.push(i);
    else byDay.set(day, [i]);
  }
  // In the order of their ids: the order of the truth's rows must not change who is drawn.
  for (const list of byDay.values())
    list.sort((a, b) => ((truth.setlIds[a] ?? '') < (truth.setlIds[b] ?? '') ? -1 : 1));
  const days = [...byDay.keys()].sort((a, b) => a - b);
  const perDay = new Map<number, number>();
  for (const alert of shown) {
    const day = nearest(days, calendar.dayOf(alert.shownAt));
    perDay.set(day, (perDay.get(day) ?? 0) + 1);
  }
  const random = seededRandom(seed + 77);
  let right = 0;
  let cases = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const drawn = drawCases(input, money, byDay, perDay, random);
    cases += drawn.length;
    right += drawn.filter((each) => each.right).length;
  }
  const wrong = cases - right;
  const more = {
    rule: best.name,
    alertsThatItWouldRaise: best.of,
    ofThemFraud: best.hits,
    precisionBySettlement: best.hits / best.of,
    draws: DRAWS,
  };
  const perDraw = (count: number): number => Math.round((count / DRAWS) * 10) / 10;
  const precision = shareFigure(right, cases, 'nothing was drawn', { more });
  return {
    baselinePrecision: { ...precision, numerator: perDraw(right), denominator: perDraw(cases), interval: null },
    baselineFalsePerTrue: ratioFigure(perDraw(wrong), perDraw(right), 'none of the baseline’s cases is right'),
  };
}

export const ratioFigure = (wrong: number, right: number, why: string): Figure =>
  right === 0
    ? { ...nothing(why), numerator: wrong, denominator: 0 }
    : { value: Math.round((wrong / right) * 1e6) / 1e6, numerator: wrong, denominator: right, interval: null };

function drawCases(
  input: ScoreInput,
  money: ReturnType<typeof createMoney>,
  byDay: ReadonlyMap<number, readonly number[]>,
  perDay: ReadonlyMap<number, number>,
  random: () => number,
): Case[] {
  const { truth } = input;
  const alerts: ShownAlert[] = [];
  for (const [day, count] of perDay) {
    const from = [...(byDay.get(day) ?? [])];
    for (let n = 0; n < count && from.length > 0; n++) {
      const at = Math.floor(random() * from.length);
      const i = from[at] ?? 0;
      from[at] = from.at(-1) ?? 0;
      from.pop();
      alerts.push({
        ...{ id: String(i), subject: 'settlement', basis: ['face'], settlements: [i], unknown: 0 },
        clinic: truth.clinics[truth.clinic[i] ?? 0]?.code ?? '',
        shownAt: truth.at[i] ?? 0,
      });
    }
  }
  return casesOf(input, money, alerts);
}

/** The rule with the highest share of fraud that raises at least so many alerts; without one, the one that raises most. */
function bestRule(input: ScoreInput, atLeast: number): (Rule & { readonly of: number; readonly hits: number }) | null {
  const { truth, outcome, facts } = input;
  const unverified = (i: number): boolean => outcome.verdict[i] !== MATCH;
  const llr = (i: number): number => outcome.llr[i] ?? Number.NaN;
  const compared: number[] = [];
  for (let i = 0; i < truth.count; i++) if (!Number.isNaN(llr(i))) compared.push(llr(i));
  compared.sort((a, b) => a - b);
  const cuts = [...new Set(Array.from({ length: CUTS }, (_, k) => compared[Math.floor((k / CUTS) * compared.length)]))];
  const rules: Rule[] = [{ name: 'every settlement not verified', alerts: unverified }];
  rules.push({ name: 'no face compared', alerts: (i) => unverified(i) && Number.isNaN(llr(i)) });
  for (const cut of cuts) {
    if (cut === undefined) continue;
    const at = cut.toFixed(2);
    rules.push({ name: `llr ≤ ${at}`, alerts: (i) => llr(i) <= cut });
    rules.push({ name: `llr ≤ ${at} or no face compared`, alerts: (i) => unverified(i) && !(llr(i) > cut) });
  }
  let best: (Rule & { of: number; hits: number }) | null = null;
  const better = (of: number, hits: number): boolean => {
    if (best === null) return of > 0;
    const enough = of >= atLeast;
    if (enough !== best.of >= atLeast) return enough;
    return enough ? hits * best.of > best.hits * of : of > best.of;
  };
  for (const rule of rules) {
    const counts = { of: 0, hits: 0, ofUnchecked: 0, hitsUnchecked: 0 };
    for (let i = 0; i < truth.count; i++) {
      if (!rule.alerts(i)) continue;
      const fraud = truth.fraud[i] ?? 0;
      counts.of++;
      counts.hits += fraud;
      if (facts.authed[i] === 1) continue;
      counts.ofUnchecked++;
      counts.hitsUnchecked += fraud;
    }
    if (better(counts.of, counts.hits)) best = { ...rule, of: counts.of, hits: counts.hits };
    if (better(counts.ofUnchecked, counts.hitsUnchecked))
      best = {
        name: `${rule.name}, without a terminal check`,
        alerts: (i) => rule.alerts(i) && facts.authed[i] !== 1,
        of: counts.ofUnchecked,
        hits: counts.hitsUnchecked,
      };
  }
  return best;
}

function nearest(days: readonly number[], day: number): number {
  let best = days[0] ?? day;
  for (const each of days) if (Math.abs(each - day) < Math.abs(best - day)) best = each;
  return best;
}
