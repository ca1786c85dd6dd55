import type { PersonLine } from '../feed/feed-line.ts';
import { DAY_MS, dateOf, isoMs } from './city-time.ts';
import type { Clinic } from './geography.ts';
import type { CityParameters } from './parameters.ts';
import { type Draw, type Randomness, STREAM } from './random.ts';

/** Enrollees are drawn in blocks of so many, so that anybody can be drawn without everybody before him. */
const BLOCK = 12;
const YEAR_MS = 365.25 * DAY_MS;

/** One enrollee of a clinic. */
export interface Person {
  readonly clinic: number;
  readonly index: number;
  /** Index of the household's first member. */
  readonly household: number;
  /** Married into the household: no kin of the others. */
  readonly marriedIn: boolean;
  readonly male: boolean;
  /** On the first day of the run. */
  readonly age: number;
  readonly birth: string;
  readonly chronic: boolean;
  /** null: no portrait. */
  readonly portrait: { readonly taken: string; readonly years: number; readonly quality: number } | null;
  /** Day of 28 around which a chronic patient comes for his drugs. */
  readonly phase: number;
  /** Whose family collects for him: who does, and since when it is registered. */
  readonly collector: Collector | null;
  readonly status: PersonStatus | null;
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

type Form = keyof CityParameters['people']['households'];
/** [youngest, oldest, 'm' | 'f' | either, married in] */
type Member = readonly [number, number, 'm' | 'f' | '?', boolean?];
const FORMS: Record<Form, readonly Member[]> = {
  elderCouple: [
    [60, 84, 'm'],
    [58, 82, 'f', true],
  ],
  elderAlone: [[64, 92, '?']],
  threeGenerations: [
    [56, 76, '?'],
    [30, 50, 'm'],
    [28, 48, 'f', true],
    [2, 20, '?'],
  ],
  grandparentsAndChildren: [
    [56, 74, 'm'],
    [55, 72, 'f', true],
    [3, 15, '?'],
    [1, 12, '?'],
  ],
  parentsAndChild: [
    [26, 52, 'm'],
    [24, 50, 'f', true],
    [1, 22, '?'],
  ],
  middleAgedCouple: [
    [46, 62, 'm'],
    [45, 60, 'f', true],
  ],
};

export interface Population {
  /** Throws nothing; `index` is 0 to the clinic's `enrollees` - 1. */
  person(clinic: number, index: number): Person;
  household(person: Person): readonly Person[];
}

/** The city's people. Each is a function of the seed, the clinic and his number; a few blocks are kept at hand. */
export function createPopulation(
  parameters: CityParameters,
  random: Randomness,
  clinics: readonly Clinic[],
  span: { readonly from: number; readonly days: number },
): Population {
  const { people } = parameters;
  const names = Object.keys(FORMS) as Form[];
  const weights: number[] = [];
  for (const name of names) weights.push((weights.at(-1) ?? 0) + people.households[name]);
  const blocks = new Map<number, readonly Person[]>();

  function block(clinic: number, number: number): readonly Person[] {
    const key = clinic * 4096 + number;
    const known = blocks.get(key);
    if (known) return known;
    if (blocks.size >= 4000) blocks.clear();
    const made = makeBlock(clinic, number);
    blocks.set(key, made);
    return made;
  }

  function makeBlock(clinic: number, number: number): readonly Person[] {
    const first = number * BLOCK;
    const size = Math.min(BLOCK, (clinics[clinic]?.enrollees ?? 0) - first);
    const draw = random(STREAM.person, clinic, number);
    const made: Person[] = [];
    while (made.length < size) {
      const form = FORMS[names[draw.weighted(weights)] ?? 'elderAlone'];
      const members = form.length <= size - made.length ? form : FORMS.elderAlone;
      const household = first + made.length;
      const ages = members.map(([low, high]) => draw.between(low, high));
      members.forEach((member, i) => {
        made.push(makePerson(draw, { clinic, index: household + i, household, member, ages, at: i }));
      });
    }
    return made;
  }

  function makePerson(
    draw: Draw,
    of: {
      readonly clinic: number;
      readonly index: number;
      readonly household: number;
      readonly member: Member;
      readonly ages: readonly number[];
      readonly at: number;
    },
  ): Person {
    const age = of.ages[of.at] ?? 60;
    const chronic = draw.chance(age >= 60 ? people.chronicShare60 : age >= 40 ? people.chronicShare40 : 0);
    const adults = of.ages.flatMap((years, i) => (years >= 18 && i !== of.at ? [i] : []));
    const by = adults.length > 0 ? adults[draw.below(adults.length)] : undefined;
    return {
      clinic: of.clinic,
      index: of.index,
      household: of.household,
      marriedIn: of.member[3] ?? false,
      male: of.member[2] === '?' ? draw.chance(0.5) : of.member[2] === 'm',
      age,
      birth: dateOf(span.from - age * YEAR_MS),
      chronic,
      portrait: draw.chance(people.noPortraitShare) ? null : portraitOf(draw, age),
      phase: draw.below(28),
      collector: chronic && by !== undefined ? collectorOf(draw, of.household + by) : null,
      status: statusOf(draw, age),
    };
  }

  function portraitOf(draw: Draw, age: number): Person['portrait'] {
    const old = draw.chance(people.oldPortraitShare);
    const [low, high] = people.portraitYearsOld;
    const years = Math.min(age, old ? draw.between(low, high) : draw.between(0.1, people.portraitYearsFresh));
    const quality = Math.max(0.3, draw.beta(people.portraitQualityMean, people.portraitQualitySd));
    return { taken: dateOf(span.from - years * YEAR_MS), years, quality: Math.round(quality * 1000) / 1000 };
  }

  /** Family that collects does so for months on end, at almost half of the visits: see `COLLECTED_OF_COLLECTORS`. */
  function collectorOf(draw: Draw, by: number): Collector | null {
    const share = parameters.visits.collectedShare / COLLECTED_OF_COLLECTORS;
    // Those who live alone have nobody to collect for them, so the others are collected for more often.
    if (!draw.chance(Math.min(1, share * NOT_ALONE))) return null;
    const registered = draw.chance(parameters.visits.collectedRegisteredShare);
    return { by, registered, from: span.from - Math.floor(draw.between(20, 400)) * DAY_MS, to: null };
  }

  function statusOf(draw: Draw, age: number): PersonStatus | null {
    const kind = draw.unit();
    const when = draw.unit();
    const length = draw.exponential(people.inpatientDaysMean);
    const lag = draw.normal();
    const late = ({ median, sigma }: { median: number; sigma: number }): number =>
      median * Math.exp(sigma * lag) * DAY_MS;
    const end = span.from + span.days * DAY_MS;
    // The dead of a year stay in the files that settlements are made from.
    const years = 1 + (span.days * DAY_MS) / YEAR_MS;
    const mortality = people.deathsPerYear * (age >= 60 ? 2.4 : 0.3);
    let bound = mortality * years;
    if (kind < bound) {
      const from = end - when * years * YEAR_MS;
      return { what: 'dead', from, to: null, listedAt: from + late(people.deathListLagDays), mayVisit: false };
    }
    const stays = people.inpatientPerYear * (age >= 60 ? 1.8 : 0.6) * ((span.days + 14) / 365.25);
    bound += Math.min(0.5, stays);
    if (kind < bound) {
      const from = end - when * (span.days + 14) * DAY_MS;
      const listedAt = from + late(people.inpatientListLagDays);
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

  return {
    person: (clinic, index) =>
      block(clinic, Math.floor(index / BLOCK))[index % BLOCK] ?? block(clinic, 0)[0] ?? never(),
    household: ({ clinic, household }) =>
      block(clinic, Math.floor(household / BLOCK)).filter((person) => person.household === household),
  };
}

/** Of the chronic visits of those whose family collects for them, so many are collected. */
export const COLLECTED_OF_COLLECTORS = 0.4;
/** Chronic patients with another adult at home, relative to all. */
const NOT_ALONE = 1.25;

function never(): never {
  throw new RangeError('A clinic without enrollees.');
}

/** Listed or not, is this so at the moment? */
export const statusAt = ({ status }: Person, at: number): PersonStatus | null =>
  status !== null && status.from <= at && (status.to === null || at < status.to) ? status : null;

/** Neither dead nor in hospital nor away. */
export const mayComeAt = (person: Person, at: number): boolean => {
  const status = statusAt(person, at);
  return status === null || status.mayVisit;
};

const SURNAMES = '王李张刘陈杨赵孙周吴郑马朱胡郭何高林罗梁宋谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕';
const GIVEN = '建国秀英桂兰志强玉梅海燕文军丽华春霞永红小芳大勇金花德明淑珍庆华冬梅新民素贞';

const numberOf = (clinic: number, index: number, salt: number): number =>
  ((Math.imul(clinic + 1, 2654435761) ^ Math.imul(index + salt, 40503)) >>> 0) % 100_003;

/** The surname is the household's, but those who married in keep theirs. */
export function nameOf(person: Person): string {
  const family = numberOf(person.clinic, person.marriedIn ? person.index : person.household, 7);
  const own = numberOf(person.clinic, person.index, 131);
  const second = Math.floor(own / 64) % 3 === 0 ? '' : (GIVEN[Math.floor(own / 97) % GIVEN.length] ?? '');
  return `${SURNAMES[family % SURNAMES.length]}${GIVEN[own % GIVEN.length]}${second}`;
}

export const psnNoOf = (clinic: Clinic, index: number): string =>
  `P${clinic.county}${String(clinic.index).padStart(5, '0')}${String(index).padStart(5, '0')}`;

export const householdOf = (clinic: Clinic, household: number): string =>
  `F${clinic.county}${String(clinic.index).padStart(5, '0')}${String(household).padStart(5, '0')}`;

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** An invented ID number with a right check digit (GB 11643). */
export function certnoOf(clinic: Clinic, person: Person): string {
  const serial = (numberOf(clinic.index, person.index, 29) % 499) * 2 + (person.male ? 1 : 0);
  const body = `${clinic.county}${person.birth.replaceAll('-', '')}${String(serial).padStart(3, '0')}`;
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += (body.charCodeAt(i) - 48) * (WEIGHTS[i] ?? 0);
  return body + '10X98765432'.charAt(sum % 11);
}

export const personLine = (clinic: Clinic, person: Person, at: number, template: string | null): PersonLine => ({
  at: isoMs(at),
  kind: 'person',
  psn_no: psnNoOf(clinic, person.index),
  certno: certnoOf(clinic, person),
  name: nameOf(person),
  sex: person.male ? 'male' : 'female',
  birth: person.birth,
  household: householdOf(clinic, person.household),
  region: clinic.village.code,
  portrait:
    person.portrait && template ? { taken: person.portrait.taken, quality: person.portrait.quality, template } : null,
});
