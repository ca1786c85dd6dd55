import type { City } from './city.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, monthOf, SECOND_MS, weekdayOf } from './city-time.ts';
import type { Clinic } from './geography.ts';
import type { CityParameters, LongTailed } from './parameters.ts';
import { mayComeAt, type Person } from './people.ts';
import { COLLECTED_OF_COLLECTORS } from './person-details.ts';
import { type Draw, type Randomness, STREAM } from './random.ts';
import { type Actor, faceOf, type PlannedReversal, type PlannedVisit, staffFace } from './visit.ts';

/** What kind of day it is at a clinic. */
export interface DayKind {
  readonly dayFrom: number;
  readonly open: boolean;
  readonly opensAt: number;
  readonly closesAt: number;
  /** Expected settlements, honest or not. */
  readonly mean: number;
  /** A vaccination or chronic-disease day: most come in one burst of the morning. */
  readonly special: { readonly filed: boolean } | null;
}

export function dayKind(city: City, clinic: Clinic, day: number): DayKind {
  const { visits } = city.parameters;
  const dayFrom = city.from + day * DAY_MS;
  const draw = city.random(STREAM.special, clinic.index, day);
  const open = weekdayOf(dayFrom) !== 7 || clinic.sunday;
  const chance = Math.min(1, visits.specialDaysPerMonth / 30.4);
  const special = open && draw.chance(chance) ? { filed: draw.chance(visits.specialFiledShare) } : null;
  return {
    dayFrom,
    open,
    opensAt: dayFrom + clinic.opens * HOUR_MS,
    closesAt: dayFrom + clinic.closes * HOUR_MS,
    mean: open
      ? (visits.perDayMean * clinic.size * waveOf(city.parameters, dayFrom) * (special ? visits.specialFactor : 1)) /
        (1 + chance * (visits.specialFactor - 1))
      : 0,
    special,
  };
}

/** Weekly and seasonal wave; 1 on average over a year and over clinics, closed Sundays included. */
export function waveOf({ visits, clinics }: CityParameters, at: number): number {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const week = sum(visits.weekdays.slice(0, 6)) + (visits.weekdays[6] ?? 0) * clinics.sundayOpenShare;
  const day = ((visits.weekdays[weekdayOf(at) - 1] ?? 1) * 7) / week;
  return (day * (visits.months[monthOf(at) - 1] ?? 1) * 12) / sum(visits.months);
}

/** Moments at which people who come settle, at least some seconds apart: one doctor, one computer. */
export function settleTimes(city: City, kind: DayKind, count: number, draw: Draw): readonly number[] {
  const { opensAt, closesAt, dayFrom, special } = kind;
  const noon = dayFrom + 12 * HOUR_MS;
  const burstFrom = opensAt + draw.between(20, 60) * MINUTE_MS;
  const times = Array.from({ length: count }, () => {
    if (special && draw.chance(0.8)) return hump(draw, burstFrom, burstFrom + 2 * HOUR_MS);
    return draw.chance(city.parameters.visits.morningShare)
      ? hump(draw, opensAt + 20 * MINUTE_MS, noon)
      : hump(draw, dayFrom + 14.25 * HOUR_MS, closesAt - 10 * MINUTE_MS);
  }).toSorted((a, b) => a - b);
  let last = Number.NEGATIVE_INFINITY;
  return times.map((time) => {
    last = Math.round(Math.max(time, last + draw.between(55, 150) * SECOND_MS) / SECOND_MS) * SECOND_MS;
    return last;
  });
}

const hump = (draw: Draw, from: number, to: number): number => from + ((draw.unit() + draw.unit()) / 2) * (to - from);

/** Who comes on a day: each person at most once. */
export interface Comers {
  chronic(at: number): Person;
  acute(at: number): Person;
}

export function createComers(city: City, clinic: Clinic, day: number, draw: Draw): Comers {
  const seen = new Set<number>();
  const phase = day % 28;
  const blocks = city.population.blocks(clinic.index);
  const weights: number[] = [];
  const find = (weigh: (person: Person, phase: number) => number, at: number): Person => {
    let [first] = city.population.block(clinic.index, 0);
    for (let i = 0; i < 60; i++) {
      const neighbours = city.population.block(clinic.index, draw.below(blocks));
      let total = 0;
      weights.length = 0;
      for (const person of neighbours) {
        total += seen.has(person.index) ? 0 : weigh(person, phase);
        weights.push(total);
      }
      // A block with few who might come is left as often as they are few.
      if (total === 0 || draw.unit() * FULL_BLOCK >= total) continue;
      const person = neighbours[draw.weighted(weights)];
      if (!person) continue;
      first = person;
      if (mayComeAt(person, at)) break;
    }
    if (!first) throw new RangeError('A clinic without enrollees.');
    seen.add(first.index);
    return first;
  };
  return { chronic: (at) => find(chronicWeight, at), acute: (at) => find(acuteWeight, at) };
}

/** More than any block's weights: chronic patients whose days it is, or everybody by how often he falls ill. */
const FULL_BLOCK = 10;

const chronicWeight = (person: Person, phase: number): number =>
  person.chronic && Math.min((person.phase - phase + 28) % 28, (phase - person.phase + 28) % 28) <= 3 ? 3 : 0;

const acuteWeight = ({ age }: Person): number => (age < 14 ? 0.7 : age < 40 ? 0.25 : age < 60 ? 0.5 : 0.9);

/** An honest settlement; where the wrong person was picked first, that one too. */
export function honestVisit(
  city: City,
  clinic: Clinic,
  settleAt: number,
  comers: Comers,
  draw: Draw,
): readonly PlannedVisit[] {
  const { visits } = city.parameters;
  const chronic = draw.chance(visits.chronicShare);
  const person = chronic ? comers.chronic(settleAt) : comers.acute(settleAt);
  const doctor = draw.below(clinic.staff);
  const base = { settleAt, person, chronic, doctor, scheme: null, concentrated: false, trick: null } as const;
  if (draw.chance(visits.homeVisitShare)) {
    // Settled back at the clinic, where nobody but the doctor is.
    const filed = draw.chance(visits.homeVisitFiledShare);
    const staff = draw.chance(0.5) ? [staffBeside(clinic, doctor, settleAt, draw)] : [];
    return [
      {
        ...base,
        came: 'nobody',
        actors: staff,
        auth: null,
        reversal: null,
        homeVisitFiledAt: filed ? settleAt - Math.round(draw.between(30, 240) * MINUTE_MS) : null,
      },
    ];
  }
  const collector =
    chronic && person.details.collector ? city.population.person(clinic.index, person.details.collector.by) : null;
  const collected = collector !== null && mayComeAt(collector, settleAt) && draw.chance(COLLECTED_OF_COLLECTORS);
  const visitor = collected ? collector : person;
  const actors = cameWith(city, clinic, visitor, settleAt, doctor, draw);
  const auth =
    !collected && draw.chance(visits.authShare)
      ? { at: settleAt - Math.round(draw.between(15, 60) * SECOND_MS), ok: !draw.chance(visits.authFailsShare) }
      : null;
  const visit: PlannedVisit = {
    ...base,
    came: collected ? 'proxy' : 'self',
    actors,
    auth,
    reversal: null,
    homeVisitFiledAt: null,
  };
  if (draw.chance(visits.wrongPersonShare)) {
    const wrongAt = settleAt - Math.round(draw.between(4, 12) * MINUTE_MS);
    const wrong = wrongPick(city, clinic, person, draw);
    const reversal = reversalOf(city.parameters, settleAt - Math.round(draw.between(60, 150) * SECOND_MS), true, draw);
    // Who came stands there all the time: what cameras see of him belongs to both settlements.
    const waiting = actors.map(
      (actor): Actor => ({
        ...actor,
        arrive: Math.min(actor.arrive, wrongAt - 90 * SECOND_MS),
        counter: actor.counter && { ...actor.counter, from: Math.min(actor.counter.from, wrongAt - 40 * SECOND_MS) },
      }),
    );
    return [
      {
        ...base,
        settleAt: wrongAt,
        person: wrong,
        came: 'other',
        actors: [],
        auth: null,
        reversal,
        homeVisitFiledAt: null,
      },
      { ...visit, actors: waiting },
    ];
  }
  if (draw.chance(visits.reversalShare)) {
    const at = settleAt + Math.round(draw.lognormal({ median: 25, sigma: 1 }) * MINUTE_MS);
    return [{ ...visit, reversal: reversalOf(city.parameters, at, false, draw) }];
  }
  return [visit];
}

function reversalOf(
  { visits, messages }: CityParameters,
  at: number,
  wrongPerson: boolean,
  draw: Draw,
): PlannedReversal {
  const refunded = draw.chance(Math.min(1, messages.errors.refundRow * 10));
  const technical = draw.chance(visits.technicalReversalShare);
  return {
    at,
    form: refunded ? 'refundRow' : technical ? 'technical' : 'reversal',
    goodsReturned: !wrongPerson && draw.chance(visits.goodsReturnedShare),
    wrongPerson,
  };
}

/** The name next to it in the list, or somebody of the same household. */
function wrongPick(city: City, clinic: Clinic, person: Person, draw: Draw): Person {
  const kin = city.population.household(person).filter(({ index }) => index !== person.index);
  const [first, ...rest] = kin;
  if (first && draw.chance(0.5)) return draw.pick([first, ...rest]);
  return city.population.person(clinic.index, (person.index + 1 + draw.below(40)) % clinic.enrollees);
}

const minutes = (draw: Draw, tail: LongTailed, least: number, most: number): number =>
  Math.round(Math.min(most, Math.max(least, draw.lognormal(tail))) * MINUTE_MS);

/** Somebody who comes himself, the doctor, and whoever comes along. */
export function cameWith(
  city: City,
  clinic: Clinic,
  visitor: Person,
  settleAt: number,
  doctor: number,
  draw: Draw,
): readonly Actor[] {
  const { visits, cameras } = city.parameters;
  const arrive = settleAt - minutes(draw, visits.beforeMin, 1.5, 26);
  const leave = settleAt + minutes(draw, visits.afterMin, 0.5, 9);
  const actors: Actor[] = [
    {
      face: faceOf(visitor, city.parameters),
      age: visitor.age,
      role: 'visitor',
      arrive,
      leave,
      counter: atCounter(settleAt, draw),
    },
  ];
  if (draw.chance(cameras.staffSeenShare)) actors.push(staffBeside(clinic, doctor, settleAt, draw, arrive));
  const share = visits.companionShare;
  if (draw.chance(visitor.age < 14 ? share.child : visitor.age >= 75 ? share.old : share.others)) {
    const companions = city.population
      .household(visitor)
      .filter((person) => person.index !== visitor.index && person.age >= 16 && mayComeAt(person, settleAt));
    const [first, ...rest] = companions;
    if (first) {
      const companion = draw.pick([first, ...rest]);
      actors.push({
        face: faceOf(companion, city.parameters),
        age: companion.age,
        role: 'companion',
        arrive,
        leave,
        counter: draw.chance(0.6) ? atCounter(settleAt, draw) : null,
      });
    }
  }
  return actors;
}

/** Before whoever settles, for some moments before and after. */
export const atCounter = (settleAt: number, draw: Draw): { from: number; to: number } => ({
  from: Math.round(settleAt - draw.between(25, 120) * SECOND_MS),
  to: Math.round(settleAt + draw.between(15, 70) * SECOND_MS),
});

/** The doctor before the camera around a settlement. */
export function staffBeside(clinic: Clinic, doctor: number, settleAt: number, draw: Draw, since?: number): Actor {
  return {
    face: staffFace(clinic, doctor),
    age: 45,
    role: 'staff',
    arrive: Math.round(Math.max(since ?? 0, settleAt - draw.between(1, 6) * MINUTE_MS)),
    leave: Math.round(settleAt + draw.between(0.4, 2) * MINUTE_MS),
    counter: atCounter(settleAt, draw),
  };
}

/** Those who pass before a camera without a settlement, and the staff between visits. */
export function othersPresent(city: City, clinic: Clinic, kind: DayKind, draw: Draw): readonly Actor[] {
  if (!kind.open) return [];
  const { visits, cameras } = city.parameters;
  const actors: Actor[] = [];
  const hours = (kind.closesAt - kind.opensAt) / HOUR_MS;
  for (let i = draw.poisson(visits.passersByPerDay); i > 0; i--) {
    const person = city.population.person(clinic.index, draw.below(clinic.enrollees));
    const arrive = Math.round(draw.between(kind.opensAt, kind.closesAt - 10 * MINUTE_MS));
    const leave = arrive + Math.round(draw.between(0.3, 6) * MINUTE_MS);
    actors.push({
      face: faceOf(person, city.parameters),
      age: person.age,
      role: 'passer',
      arrive,
      leave,
      counter: null,
    });
  }
  for (let i = draw.poisson(cameras.staffIdlePerHour * hours); i > 0; i--) {
    const arrive = Math.round(draw.between(kind.opensAt, kind.closesAt - 10 * MINUTE_MS));
    const leave = arrive + Math.round(draw.between(0.5, 8) * MINUTE_MS);
    const face = staffFace(clinic, draw.below(clinic.staff));
    actors.push({ face, age: 45, role: 'staff', arrive, leave, counter: null });
  }
  return actors;
}

/** Stream of a clinic's day: everything that day draws comes from here, whoever is asked first. */
export const dayStream = (random: Randomness, clinic: Clinic, day: number): Draw =>
  random(STREAM.day, clinic.index, day);
