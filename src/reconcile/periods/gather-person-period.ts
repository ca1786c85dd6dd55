import { FACTS_SCHEMA } from '../facts.ts';
import { holdsAt } from '../gather-people.ts';
import { clinicOf } from '../gather-visit.ts';
import { dayBounds, localDay } from '../local-time.ts';
import type { PersonPeriodFacts, PersonVisitFact, PrincipalFact } from './facts.ts';
import { householdsOf, numbered, openRolls, type PeriodContext, parsePeriodId } from './gather-clinic-period.ts';
import type { RollVisit } from './roll.ts';
import { dayAfter, lastDayOf, stands, TREND_DAYS } from './trend.ts';

/** Nobody's month, and no proxy's two, hold more. */
const MOST_CLAIMS = 5000;

/** So many people must have named somebody before he may be a professional agent. */
export const LEAST_PRINCIPALS = 3;

interface Settled extends RollVisit {
  readonly clinicCode: string;
  readonly day: string;
}

/** Facts of a person's month; null when nothing of it is rolled up. */
export async function gatherPersonPeriod(context: PeriodContext, subjectId: string): Promise<PersonPeriodFacts | null> {
  const { store, timeZone } = context;
  const { of: psnNo, month } = parsePeriodId(subjectId);
  const ofMonth = { from: dayBounds(`${month}-01`, timeZone).from, to: dayBounds(lastDayOf(month), timeZone).to };
  const own = (await settledBy(context, psnNo, ofMonth)).filter((visit) => visit.psnNo === psnNo);
  const agent = await agentOf(context, psnNo, {
    from: dayBounds(dayAfter(`${month}-01`, 1 - TREND_DAYS), timeZone).from,
    to: ofMonth.to,
  });
  const clinicCode = mostly([...own, ...(agent?.visits ?? [])].map((visit) => visit.clinicCode));
  if (clinicCode === null) return null;
  const clinic = await store.clinicBrief(clinicCode);
  return {
    kind: 'person_period',
    schema: FACTS_SCHEMA,
    clinic: clinicOf(clinicCode, clinic, context.faceRecognition),
    psnNo,
    month,
    visits: own.map(
      (visit): PersonVisitFact => ({
        setlId: visit.setlId,
        clinicCode: visit.clinicCode,
        day: visit.day,
        at: visit.at,
        fundFen: visit.fundFen,
        medType: visit.medType,
        diagnosis: visit.diagnosis,
        injection: visit.injection,
        dialysis: visit.dialysis,
      }),
    ),
    agent,
  };
}

/** Settlements that stand of a person, and of those who named him or live with him, from the rolls of their days; in order. */
async function settledBy(
  { store, timeZone }: PeriodContext,
  psnNo: string,
  span: { readonly from: number; readonly to: number },
  withRelated = false,
): Promise<Settled[]> {
  const { settlements } = await store.claimsOfPeople({
    psnNo,
    withRelated,
    from: span.from,
    to: span.to - 1,
    limit: MOST_CLAIMS,
  });
  const places = new Map<string, Set<string>>();
  for (const { clinic_code: clinicCode, at } of settlements) {
    const days = places.get(clinicCode) ?? new Set();
    places.set(clinicCode, days.add(localDay(at, timeZone)));
  }
  const found: Settled[] = [];
  for (const [clinicCode, days] of [...places].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sorted = [...days].sort();
    const rows = await store.rolls({ clinicCode, from: sorted[0] ?? '', to: sorted.at(-1) ?? '' });
    for (const { day, visits } of openRolls(
      rows.filter((row) => days.has(row.day)),
      timeZone,
    )) {
      for (const visit of visits) if (stands(visit)) found.push({ ...visit, clinicCode, day });
    }
  }
  return found.sort((a, b) => a.at - b.at || (a.clinicCode < b.clinicCode ? -1 : a.clinicCode > b.clinicCode ? 1 : 0));
}

async function agentOf(
  context: PeriodContext,
  psnNo: string,
  span: { readonly from: number; readonly to: number },
): Promise<PersonPeriodFacts['agent']> {
  const registered = await context.store.principalsOf(psnNo);
  if (new Set(registered.map((row) => row.psn_no)).size < LEAST_PRINCIPALS) return null;
  const came = (await settledBy(context, psnNo, span, true)).filter((visit) => visit.proxy === psnNo);
  if (came.length === 0) return null;
  const psnNos = [...new Set(came.flatMap((visit) => visit.psnNo ?? []))].sort();
  const households = numbered(await householdsOf(context.store, [...psnNos, psnNo]));
  const home = households.get(psnNo);
  const place = new Map(psnNos.map((principal, i) => [principal, i]));
  return {
    principals: psnNos.map((principal): PrincipalFact => {
      const household = households.get(principal) ?? null;
      const relations = registered
        .filter((row) => row.psn_no === principal && came.some((visit) => holdsAt(row, visit.at)))
        .map(({ relation }) => relation);
      return {
        psnNo: principal,
        household,
        own: household !== null && household === home,
        relations: [...new Set(relations)].sort(),
      };
    }),
    visits: came.flatMap(({ psnNo: principal, setlId, clinicCode, day, at }) => {
      const number = principal === null ? undefined : place.get(principal);
      return number === undefined ? [] : [{ principal: number, setlId, clinicCode, day, at }];
    }),
  };
}

/** The one that stands there most, the first in order of those; null of none. */
function mostly(values: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, nA], [b, nB]) => nB - nA || (a < b ? -1 : 1))[0]?.[0] ?? null;
}
