import type { Came, FraudScheme } from '../feed/feed-line.ts';
import type { Drug } from './catalogue.ts';
import { ageBandOf, type Face, STAFF_FACES } from './face-space.ts';
import type { Clinic } from './geography.ts';
import type { CityParameters } from './parameters.ts';
import type { Person } from './people.ts';

/** Somebody at the clinic, from when to when (true time). */
export interface Actor {
  readonly face: Face;
  /** Years; children and the very old are missed more often. */
  readonly age: number;
  readonly role: 'visitor' | 'companion' | 'staff' | 'passer';
  readonly arrive: number;
  readonly leave: number;
  /** While he stands where one settles; null: never. */
  readonly counter: { readonly from: number; readonly to: number } | null;
}

/** What is done to the drugs of an otherwise honest visit. */
export type DrugTrick = Extract<FraudScheme, 'phantom_drugs' | 'substitution' | 'trace_code_again'>;

export interface PlannedVisit {
  readonly settleAt: number;
  /** Who is billed. */
  readonly person: Person;
  readonly chronic: boolean;
  readonly scheme: FraudScheme | null;
  readonly concentrated: boolean;
  readonly came: Came;
  readonly actors: readonly Actor[];
  readonly auth: { readonly at: number; readonly ok: boolean } | null;
  readonly reversal: PlannedReversal | null;
  readonly trick: DrugTrick | null;
  /** Filed with the bureau beforehand, at this moment. */
  readonly homeVisitFiledAt: number | null;
  /** Which of the staff. */
  readonly doctor: number;
}

export interface PlannedReversal {
  readonly at: number;
  readonly form: 'reversal' | 'technical' | 'refundRow';
  readonly goodsReturned: boolean;
  /** The wrong person was picked: nothing was handed out under this settlement. */
  readonly wrongPerson: boolean;
}

/** One drug handed out, as the stock messages tell it. */
export interface Sale {
  readonly drug: Drug;
  readonly slot: number;
  readonly halves: number;
  readonly codes: readonly string[];
  readonly batch: string;
}

export interface FeeLine {
  /** null: the consultation. */
  readonly drug: Drug | null;
  readonly halves: number;
  readonly amountFen: number;
  readonly inScopeFen: number;
  /** null: nothing is reported as handed out. */
  readonly sale: Sale | null;
}

/** A visit's identifiers in the national platform. */
export interface VisitIds {
  readonly mdtrtId: string;
  readonly setlId: string;
  readonly batch: string;
}

/** A visit with its number, its money and its drugs. */
export interface Visit extends PlannedVisit {
  readonly clinic: Clinic;
  /** Of the clinic's day, from 1. */
  readonly serial: number;
  readonly ids: VisitIds;
  readonly psnNo: string;
  readonly registerAt: number;
  readonly feesAt: number;
  /** A hook clinic's question; null: mirrored. */
  readonly trialAt: number | null;
  readonly lines: readonly FeeLine[];
  readonly totalFen: number;
  readonly inScopeFen: number;
  readonly fundFen: number;
  readonly lossFen: number;
}

/** The person's face, with what his portrait does to comparisons. */
export function faceOf(person: Person, parameters: CityParameters): Face {
  const { portrait } = person.details;
  const years = Math.max(0, (portrait?.years ?? 0) - parameters.people.portraitYearsFresh);
  return {
    clinic: person.clinic,
    index: person.index,
    kin: person.marriedIn ? null : person.household,
    male: person.male,
    ageBand: ageBandOf(person.age),
    portraitQuality: portrait?.quality ?? 1,
    portraitLoss: years * parameters.faces.oldPortraitLossPerYear,
  };
}

/** Staff are between 30 and 65; the first of a clinic may be either sex. */
export const staffFace = (clinic: Clinic, member: number): Face => ({
  clinic: clinic.index,
  index: STAFF_FACES + member,
  kin: null,
  male: (clinic.index + member) % 3 !== 0,
  ageBand: 2,
  portraitQuality: 1,
  portraitLoss: 0,
});

/** `D` + division + serial: national code of a doctor (DOMAIN.md 1.10). */
export const staffCode = (clinic: Clinic, member: number): string =>
  `D${clinic.county}${clinic.code.slice(7)}${member + 1}`;

const STAFF_SURNAMES = ['李', '王', '张', '刘', '陈', '杨', '赵', '孙'] as const;
export const staffName = (clinic: Clinic, member: number): string =>
  `${STAFF_SURNAMES[(clinic.index * 3 + member * 5) % STAFF_SURNAMES.length]}${member === 0 ? '医生' : '护士'}`;
