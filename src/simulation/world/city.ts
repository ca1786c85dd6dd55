import type { Camera, CameraClock } from './cameras.ts';
import type { Drug } from './catalogue.ts';
import type { FaceSpace } from './face-space.ts';
import type { FraudPlan } from './fraud-plan.ts';
import type { Clinic, Regions } from './geography.ts';
import type { Outages } from './outages.ts';
import type { CityParameters } from './parameters.ts';
import type { Population } from './people.ts';
import type { Randomness } from './random.ts';

/** What of the city does not change from day to day. A few hundred bytes a clinic; people and faces are drawn when asked for. */
export interface City {
  readonly seed: number;
  readonly parameters: CityParameters;
  readonly random: Randomness;
  /** Local midnight of the first day, and how many days. */
  readonly from: number;
  readonly days: number;
  readonly regions: Regions;
  readonly clinics: readonly Clinic[];
  readonly plans: readonly FraudPlan[];
  readonly cameras: readonly (readonly Camera[])[];
  readonly drugs: readonly Drug[];
  readonly population: Population;
  readonly faces: FaceSpace;
  readonly outages: Outages;
  readonly clock: CameraClock;
}
