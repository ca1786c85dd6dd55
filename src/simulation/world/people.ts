import type { PersonLine } from '../feed/feed-line.ts';
import { isoMs } from './city-time.ts';
import type { Clinic } from './geography.ts';
import type { CityParameters } from './parameters.ts';
import { detailsOf, type PersonDetails, type PersonStatus, type Span } from './person-details.ts';
import { certnoOf, householdOf, nameOf, psnNoOf } from './person-names.ts';
import { type Randomness, STREAM } from './random.ts';

/** Enrollees are drawn in blocks of so many, so that anybody can be drawn without everybody before him. */
const BLOCK = 12;

/** One enrollee of a clinic. What is asked of few is drawn when it is asked for, from the person's own stream. */
export class Person {
  readonly #draw: (person: Person) => PersonDetails;
  #details: PersonDetails | null = null;

  constructor(
    readonly clinic: number,
    readonly index: number,
    /** Index of the household's first member. */
    readonly household: number,
    /** Married into the household: no kin of the others. */
    readonly marriedIn: boolean,
    readonly male: boolean,
    /** On the first day of the run. */
    readonly age: number,
    readonly chronic: boolean,
    /** Day of 28 around which a chronic patient comes for his drugs. */
    readonly phase: number,
    /** Another adult of the household; null: there is none. */
    readonly by: number | null,
    draw: (person: Person) => PersonDetails,
  ) {
    this.#draw = draw;
  }

  get details(): PersonDetails {
    this.#details ??= this.#draw(this);
    return this.#details;
  }
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
  /** `index` is 0 to the clinic's `enrollees` - 1. */
  person(clinic: number, index: number): Person;
  household(person: Person): readonly Person[];
  /** Some neighbours; `of` 0 to `blocks(clinic)` - 1. */
  block(clinic: number, of: number): readonly Person[];
  blocks(clinic: number): number;
}

/** The city's people. Each is a function of the seed, the clinic and his number; a few blocks are kept at hand. */
export function createPopulation(
  parameters: CityParameters,
  random: Randomness,
  clinics: readonly Clinic[],
  span: Span,
): Population {
  const { people } = parameters;
  const names = Object.keys(FORMS) as Form[];
  const weights: number[] = [];
  for (const name of names) weights.push((weights.at(-1) ?? 0) + people.households[name]);
  const blocks = new Map<number, readonly Person[]>();
  const details = (person: Person): PersonDetails =>
    detailsOf(parameters, span, random(STREAM.status, person.clinic, person.index), person);

  function block(clinic: number, of: number): readonly Person[] {
    const key = clinic * 4096 + of;
    const known = blocks.get(key);
    if (known) return known;
    if (blocks.size >= 4000) blocks.clear();
    const made = makeBlock(clinic, of);
    blocks.set(key, made);
    return made;
  }

  function makeBlock(clinic: number, of: number): readonly Person[] {
    const first = of * BLOCK;
    const size = Math.min(BLOCK, (clinics[clinic]?.enrollees ?? 0) - first);
    const draw = random(STREAM.person, clinic, of);
    const made: Person[] = [];
    while (made.length < size) {
      const form = FORMS[names[draw.weighted(weights)] ?? 'elderAlone'];
      const members = form.length <= size - made.length ? form : FORMS.elderAlone;
      const household = first + made.length;
      for (const [i, [youngest, oldest, sex, marriedIn]] of members.entries()) {
        const age = draw.between(youngest, oldest);
        // In every form with children and in every couple another adult is the first or, of the first, the second.
        const other = i === 0 ? 1 : 0;
        const by = members[other] && members[other][0] >= 18 ? household + other : null;
        const male = sex === '?' ? draw.chance(0.5) : sex === 'm';
        const chronic = draw.chance(age >= 60 ? people.chronicShare60 : age >= 40 ? people.chronicShare40 : 0);
        const phase = draw.below(28);
        made.push(
          new Person(clinic, household + i, household, marriedIn ?? false, male, age, chronic, phase, by, details),
        );
      }
    }
    return made;
  }

  const blocksOf = (clinic: number): number => Math.ceil((clinics[clinic]?.enrollees ?? 0) / BLOCK);
  return {
    person: (clinic, index) =>
      block(clinic, Math.floor(index / BLOCK))[index % BLOCK] ?? block(clinic, 0)[0] ?? never(),
    household: ({ clinic, household }) =>
      block(clinic, Math.floor(household / BLOCK)).filter((person) => person.household === household),
    block,
    blocks: blocksOf,
  };
}

function never(): never {
  throw new RangeError('A clinic without enrollees.');
}

/** Listed or not, is this so at the moment? */
export function statusAt(person: Person, at: number): PersonStatus | null {
  const { status } = person.details;
  return status !== null && status.from <= at && (status.to === null || at < status.to) ? status : null;
}

/** Neither dead nor in hospital nor away. */
export const mayComeAt = (person: Person, at: number): boolean => {
  const status = statusAt(person, at);
  return status === null || status.mayVisit;
};

export const personLine = (clinic: Clinic, person: Person, at: number, template: string | null): PersonLine => ({
  at: isoMs(at),
  kind: 'person',
  psn_no: psnNoOf(clinic, person.index),
  certno: certnoOf(clinic, person),
  name: nameOf(person),
  sex: person.male ? 'male' : 'female',
  birth: person.details.birth,
  household: householdOf(clinic, person.household),
  region: clinic.village.code,
  portrait:
    person.details.portrait && template
      ? { taken: person.details.portrait.taken, quality: person.details.portrait.quality, template }
      : null,
});
