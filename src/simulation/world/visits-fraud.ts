import type { FraudScheme } from '../feed/feed-line.ts';
import type { City } from './city.ts';
import { MINUTE_MS, SECOND_MS } from './city-time.ts';
import { drawScheme, type FraudPlan, rateOn, schemeWeights } from './fraud-plan.ts';
import type { Clinic } from './geography.ts';
import type { Blind } from './outages.ts';
import { mayComeAt, type Person, statusAt } from './people.ts';
import type { Draw } from './random.ts';
import { type Actor, type PlannedVisit, staffFace } from './visit.ts';
import { atCounter, type Comers, cameWith, type DayKind, staffBeside } from './visits-honest.ts';

/** What of a day's fraud is settled together or where people come, and what needs a place among the others. */
export interface FraudOfDay {
  /** Schemes at which somebody comes: they take a place in the day's row of visits. */
  readonly walkIns: readonly FraudScheme[];
  /** Schemes at which nobody who matters comes: they take the quiet hours. */
  readonly unseen: readonly FraudScheme[];
  /** Settled in one go: so many, of this scheme; null: no burst on this day. */
  readonly burst: { readonly scheme: FraudScheme; readonly count: number } | null;
  readonly falseReceipts: number;
  /** Share of the day's settlements that is honest. */
  readonly honestShare: number;
}

const WALK_INS: ReadonlySet<FraudScheme> = new Set([
  'impostor_kin',
  'impostor_other',
  'phantom_drugs',
  'substitution',
  'trace_code_again',
]);

/** How much of what a clinic does on a day. */
export function fraudOfDay(
  city: City,
  clinic: Clinic,
  plan: FraudPlan,
  day: number,
  kind: DayKind,
  draw: Draw,
): FraudOfDay {
  const { fraud, visits } = city.parameters;
  const rate = kind.open ? rateOn(plan, kind.dayFrom) : 0;
  const weights = schemeWeights(fraud);
  const main = plan.mainScheme;
  const inBursts = rate > 0 && main !== null && (plan.style === 'cover' || main === 'held_cards');
  const count = draw.poisson(kind.mean * rate * (inBursts ? 1 - fraud.mainSchemeShare : 1));
  const schemes: FraudScheme[] = [];
  let burst: FraudOfDay['burst'] = null;
  for (let i = 0; i < count; i++) {
    let scheme = drawScheme(draw, plan, fraud, weights);
    // The main scheme of a clinic that works in bursts has its own days.
    for (let again = 0; inBursts && scheme === main && again < 50; again++) {
      scheme = drawScheme(draw, plan, fraud, weights);
    }
    if (scheme === 'held_cards') {
      // Scattered, too, held cards are settled together: fewer times, more at once.
      if (draw.chance(1 / fraud.scatteredBlockCards)) burst = { scheme, count: fraud.scatteredBlockCards };
    } else schemes.push(scheme);
  }
  if (inBursts && main !== null) {
    const perDay = visits.perDayMean * clinic.size * rate * fraud.mainSchemeShare;
    const [least, most] = fraud.blockCards;
    const size = Math.round(Math.min(most, Math.max(least, perDay * (plan.style === 'cover' ? 6 : 9))));
    const every = Math.max(1, size / Math.max(1e-6, perDay));
    const phase = (plan.heldFrom % 97) / 97;
    const block = (on: number): number => Math.floor(on / every + phase);
    if (block(day) !== block(day - 1)) burst = { scheme: main, count: Math.max(1, Math.round(perDay * every)) };
  }
  return {
    walkIns: schemes.filter((scheme) => WALK_INS.has(scheme)),
    unseen: schemes.filter((scheme) => !WALK_INS.has(scheme) && scheme !== 'false_receipts'),
    burst,
    falseReceipts: schemes.filter((scheme) => scheme === 'false_receipts').length,
    honestShare: 1 - rate,
  };
}

interface Where {
  readonly city: City;
  readonly clinic: Clinic;
  readonly plan: FraudPlan;
  readonly kind: DayKind;
  readonly comers: Comers;
  readonly draw: Draw;
}

const blank = { auth: null, reversal: null, trick: null, homeVisitFiledAt: null } as const;

/** A fraud at which somebody comes. */
export function walkInFraud(where: Where, scheme: FraudScheme, settleAt: number): PlannedVisit {
  const { city, clinic, plan, comers, draw } = where;
  const { visits } = city.parameters;
  const doctor = draw.below(clinic.staff);
  const base = { settleAt, doctor, scheme, concentrated: plan.concentrated, ...blank };
  if (scheme === 'impostor_kin') {
    const { visitor, claimed } = kinPair(where, settleAt);
    const actors = cameWith(city, clinic, visitor, settleAt, doctor, draw);
    return { ...base, person: claimed, chronic: false, came: 'other', actors };
  }
  if (scheme === 'impostor_other') {
    const elsewhere =
      city.clinics[(clinic.index + 1 + draw.below(Math.max(1, city.clinics.length - 1))) % city.clinics.length];
    const home = elsewhere ?? clinic;
    let stranger = city.population.person(home.index, draw.below(home.enrollees));
    for (let i = 0; i < 30 && (stranger.age < 20 || stranger.age > 75); i++) {
      stranger = city.population.person(home.index, draw.below(home.enrollees));
    }
    const actors = cameWith(city, clinic, stranger, settleAt, doctor, draw).filter(({ role }) => role !== 'companion');
    return { ...base, person: comers.acute(settleAt), chronic: false, came: 'other', actors };
  }
  const chronic = draw.chance(visits.chronicShare);
  const person = chronic ? comers.chronic(settleAt) : comers.acute(settleAt);
  const auth = draw.chance(visits.authShare)
    ? { at: settleAt - Math.round(draw.between(15, 60) * SECOND_MS), ok: !draw.chance(visits.authFailsShare) }
    : null;
  const actors = cameWith(city, clinic, person, settleAt, doctor, draw);
  const trick = scheme === 'phantom_drugs' || scheme === 'substitution' ? scheme : 'trace_code_again';
  return { ...base, person, chronic, came: 'self', actors, auth, trick };
}

/** A relative with the card, for himself: blood relations where there are such. */
function kinPair({ city, clinic, comers, draw }: Where, at: number): { visitor: Person; claimed: Person } {
  let best: { visitor: Person; claimed: Person } | null = null;
  for (let i = 0; i < 80; i++) {
    const visitor = comers.acute(at);
    if (visitor.age < 18) continue;
    const others = city.population
      .household(visitor)
      .filter(
        (other) =>
          other.index !== visitor.index && other.index !== visitor.details.collector?.by && mayComeAt(other, at),
      );
    const blood = others.filter((other) => !other.marriedIn && other.age >= 12);
    const [first, ...rest] = visitor.marriedIn || blood.length === 0 ? others : blood;
    if (!first) continue;
    const pair = { visitor, claimed: draw.pick([first, ...rest]) };
    if (!visitor.marriedIn && blood.length > 0) return pair;
    best ??= pair;
  }
  const alone = city.population.person(clinic.index, 0);
  return best ?? { visitor: alone, claimed: city.population.person(clinic.index, 1) };
}

/** Frauds at which nobody who matters comes, each in a quiet hour of its own. */
export function unseenFrauds(
  where: Where,
  schemes: readonly FraudScheme[],
  busy: readonly number[],
): readonly PlannedVisit[] {
  const taken = [...busy];
  return schemes.flatMap((scheme) => {
    const at = quietMoment(where, taken);
    taken.push(at);
    const visit = unseenFraud(where, scheme, at);
    return visit ? [visit] : [];
  });
}

/** Of some moments of the opening hours the one farthest from all that is taken. */
function quietMoment({ kind, plan, draw }: Where, taken: readonly number[]): number {
  let best = kind.opensAt;
  let distance = -1;
  const tries = plan.style === 'stagger' ? 24 : 10;
  for (let i = 0; i < tries; i++) {
    const at =
      Math.round(draw.between(kind.opensAt + 10 * MINUTE_MS, kind.closesAt - 10 * MINUTE_MS) / SECOND_MS) * SECOND_MS;
    let nearest = Number.POSITIVE_INFINITY;
    for (const other of taken) nearest = Math.min(nearest, Math.abs(other - at));
    if (nearest > distance) [best, distance] = [at, nearest];
  }
  return best;
}

function unseenFraud(where: Where, scheme: FraudScheme, settleAt: number): PlannedVisit | null {
  const { city, clinic, plan, comers, draw } = where;
  const doctor = draw.below(clinic.staff);
  const chronic = draw.chance(0.5);
  const base = { settleAt, doctor, scheme, chronic, concentrated: plan.concentrated, ...blank };
  if (scheme === 'staff_swiping') {
    const actors = [swiper(clinic, doctor, settleAt, draw)];
    return { ...base, person: chronic ? comers.chronic(settleAt) : comers.acute(settleAt), came: 'staff', actors };
  }
  if (scheme === 'dead_or_inpatient') {
    const person = listedPerson(where, settleAt);
    if (!person) return null;
    const family = city.population
      .household(person)
      .find((other) => other.index !== person.index && other.age >= 18 && mayComeAt(other, settleAt));
    if (family && draw.chance(0.5)) {
      return { ...base, person, came: 'other', actors: cameWith(city, clinic, family, settleAt, doctor, draw) };
    }
    return { ...base, person, came: 'nobody', actors: [] };
  }
  return { ...base, person: chronic ? comers.chronic(settleAt) : comers.acute(settleAt), came: 'nobody', actors: [] };
}

const swiper = (clinic: Clinic, doctor: number, settleAt: number, draw: Draw): Actor => ({
  face: staffFace(clinic, doctor),
  age: 45,
  role: 'staff',
  arrive: settleAt - Math.round(draw.between(1, 4) * MINUTE_MS),
  leave: settleAt + Math.round(draw.between(0.5, 2) * MINUTE_MS),
  counter: atCounter(settleAt, draw),
});

/** Somebody dead or in hospital at the moment, listed yet or not. */
function listedPerson({ city, clinic, draw }: Where, at: number): Person | null {
  for (let i = 0; i < 600; i++) {
    const person = city.population.person(clinic.index, draw.below(clinic.enrollees));
    const what = statusAt(person, at)?.what;
    if (what === 'dead' || what === 'inpatient') return person;
  }
  return null;
}

/**
 * Many settlements in one go, in a quiet stretch: held cards in nearly the same order each time, or a coverer's saved-up
 * ghosts behind a covered camera.
 */
export function burstOfFraud(
  where: Where,
  burst: NonNullable<FraudOfDay['burst']>,
  busy: readonly number[],
): { readonly visits: readonly PlannedVisit[]; readonly covers: readonly CoveredStretch[] } {
  const { clinic, plan, kind, draw } = where;
  const gaps = Array.from({ length: burst.count }, () => Math.round(draw.between(40, 150)) * SECOND_MS);
  const length = gaps.reduce((sum, gap) => sum + gap, 0);
  const latest = kind.closesAt - length - 15 * MINUTE_MS;
  const from = Math.min(latest, Math.max(kind.opensAt + 15 * MINUTE_MS, quietMoment(where, busy)));
  const people = burst.scheme === 'held_cards' ? heldCards(where, burst.count, from) : [];
  let at = from;
  const visits = gaps.flatMap((gap, i) => {
    at += gap;
    const visit = unseenFraud(where, burst.scheme, at);
    const person = people[i];
    return visit ? [person ? { ...visit, person, chronic: person.chronic } : visit] : [];
  });
  const [first] = visits;
  if (first && burst.scheme === 'held_cards' && draw.chance(0.5)) {
    const beside = staffBeside(clinic, first.doctor, first.settleAt, draw);
    const until = at + MINUTE_MS;
    const staff = { ...beside, leave: until, counter: { from: beside.arrive, to: until } };
    visits[0] = { ...first, actors: [staff] };
  }
  const covers =
    plan.style === 'cover' && burst.scheme === plan.mainScheme
      ? [
          {
            from: from - Math.round(draw.between(4, 15) * MINUTE_MS),
            to: at + Math.round(draw.between(4, 25) * MINUTE_MS),
            state: draw.chance(0.5) ? ('covered' as const) : ('offline' as const),
            all: draw.chance(0.5),
          },
        ]
      : [];
  return { visits, covers };
}

export interface CoveredStretch {
  readonly from: number;
  readonly to: number;
  readonly state: 'covered' | 'offline';
  /** All cameras of the clinic, not only the one that sees where one settles. */
  readonly all: boolean;
}

export const blindByCover = (cover: CoveredStretch): Blind => ({
  from: cover.from,
  to: cover.to,
  state: cover.state,
  toldAt: cover.from + 90 * SECOND_MS,
  endToldAt: cover.to + 60 * SECOND_MS,
});

/** The same cards each time, from one stretch of the list; now and then two change places. */
function heldCards({ city, clinic, plan, draw }: Where, count: number, at: number): readonly Person[] {
  const people: Person[] = [];
  for (let i = 0; people.length < count && i < clinic.enrollees; i++) {
    const person = city.population.person(clinic.index, (plan.heldFrom + i) % clinic.enrollees);
    if (person.age >= 45 && mayComeAt(person, at)) people.push(person);
  }
  for (let i = 0; i + 1 < people.length; i++) {
    const [a, b] = [people[i], people[i + 1]];
    if (a && b && draw.chance(0.12)) [people[i], people[i + 1]] = [b, a];
  }
  return people;
}
