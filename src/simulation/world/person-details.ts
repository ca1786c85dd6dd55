import { DAY_MS, dateOf } from './city-time.ts';
import type { CityParameters, LongTailed } from './parameters.ts';
import type { Draw } from './random.ts';

const YEAR_MS = 365.25 * DAY_MS;
/** Of the chronic visits of those whose family collects for them, so many are collected. */
export const COLLECTED_OF_COLLECTORS = 0.4;
/** Chronic patients with another adult at home, relative to all. */
const NOT_ALONE = 1.45;

/** Lives are drawn so far ahead whatever the run's length: a shorter run is the beginning of a longer one. */
const HORIZON_DAYS = 365;

/** What is asked of a person only once he matters. */
export interface PersonDetails {
  readonly birth: string;
  /** null: no portrait. */
  readonly portrait: Portrait | null;
  /** Whose family collects for him: who does, and since when it is registered. */
  readonly collector: Collector | null;
  readonly status: PersonStatus | null;
}

export interface Portrait {
  readonly taken: string;
  readonly years: number;
  readonly quality: number;
}

export interface Collector {
  readonly by: number;
  readonly registered: boolean;
  readonly from: number;
  readonly to: number | null;
}

/** A stretch of a person's life, and when the lists tell of it. True time. */
export interface PersonStatus {
  readonly what: 'dead' | 'inpatient' | 'suspended' | 'away';
  readonly from: number;
  readonly to: number | null;
  readonly listedAt: number;
  /** Listed as away, but may come all the same. */
  readonly mayVisit: boolean;
}

export interface Span {
  readonly from: number;
  readonly days: number;
}

/** `by`: another adult of the household, who collects for him if anybody does; null: there is none. */
export function detailsOf(
  parameters: CityParameters,
  span: Span,
  draw: Draw,
  person: { readonly age: number; readonly chronic: boolean; readonly by: number | null },
): PersonDetails {
  return {
    birth: dateOf(span.from - person.age * YEAR_MS),
    portrait: draw.chance(parameters.people.noPortraitShare) ? null : portraitOf(parameters, span, draw, person.age),
    collector: person.chronic && person.by !== null ? collectorOf(parameters, span, draw, person.by) : null,
    status: statusOf(parameters, span, draw, person.age),
  };
}

function portraitOf({ people }: CityParameters, span: Span, draw: Draw, age: number): Portrait {
  const old = draw.chance(people.oldPortraitShare);
  const [low, high] = people.portraitYearsOld;
  const years = Math.min(age, old ? draw.between(low, high) : draw.between(0.1, people.portraitYearsFresh));
  const quality = Math.max(0.3, draw.beta(people.portraitQualityMean, people.portraitQualitySd));
  return { taken: dateOf(span.from - years * YEAR_MS), years, quality: Math.round(quality * 1000) / 1000 };
}

/** Family that collects does so for months on end, at almost half of the visits: see `COLLECTED_OF_COLLECTORS`. */
function collectorOf({ visits }: CityParameters, span: Span, draw: Draw, by: number): Collector | null {
  const share = visits.collectedShare / COLLECTED_OF_COLLECTORS;
  // Those who live alone have nobody to collect for them, so the others are collected for more often.
  if (!draw.chance(Math.min(1, share * NOT_ALONE))) return null;
  const registered = draw.chance(visits.collectedRegisteredShare);
  return { by, registered, from: span.from - Math.floor(draw.between(20, 400)) * DAY_MS, to: null };
}

function statusOf({ people }: CityParameters, span: Span, draw: Draw, age: number): PersonStatus | null {
  const kind = draw.unit();
  const when = draw.unit();
  const length = draw.exponential(people.inpatientDaysMean);
  const lag = draw.normal();
  const days = Math.max(HORIZON_DAYS, span.days);
  const end = span.from + days * DAY_MS;
  // The dead of a year stay in the files that settlements are made from.
  const years = 1 + (days * DAY_MS) / YEAR_MS;
  const mortality = people.deathsPerYear * (age >= 60 ? 2.4 : 0.3);
  let bound = mortality * years;
  if (kind < bound) {
    const from = end - when * years * YEAR_MS;
    return { what: 'dead', from, to: null, listedAt: from + late(people.deathListLagDays, lag), mayVisit: false };
  }
  const stays = people.inpatientPerYear * (age >= 60 ? 1.8 : 0.6) * ((days + 14) / 365.25);
  bound += Math.min(0.6, stays);
  if (kind < bound) {
    const from = end - when * (days + 14) * DAY_MS;
    const listedAt = from + late(people.inpatientListLagDays, lag);
    return { what: 'inpatient', from, to: from + Math.max(1, length) * DAY_MS, listedAt, mayVisit: false };
  }
  bound += people.suspendedShare;
  if (kind < bound) {
    const from = span.from - when * 200 * DAY_MS;
    return { what: 'suspended', from, to: null, listedAt: from, mayVisit: false };
  }
  if (age >= 18 && age <= 55 && kind < bound + people.awayShare) {
    const from = span.from - when * 90 * DAY_MS;
    const mayVisit = lag > 0 && length < people.inpatientDaysMean * -Math.log(1 - 2 * people.awayVisitsShare);
    return { what: 'away', from, to: end + (100 + when * 100) * DAY_MS, listedAt: from, mayVisit };
  }
  return null;
}

const late = ({ median, sigma }: LongTailed, lag: number): number => median * Math.exp(sigma * lag) * DAY_MS;
