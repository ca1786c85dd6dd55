import type { Clock } from '../platform/clock.ts';
import { DomainError } from '../platform/errors.ts';
import { registerClinic } from './clinics.store.ts';
import type { OpenHours } from './open-hours.ts';
import { type Region, registerRegion } from './regions.store.ts';
import type { AccessStore } from './store.ts';

/** What a feed's lines about regions and clinics do. */

/** @throws DomainError `invalid_input` when its parent is not known */
export const takeRegion = (store: AccessStore, line: Region): Promise<void> =>
  registerRegion(store, { code: line.code, name: line.name, level: line.level, parent: line.parent });

export interface FeedClinic {
  /** fixmedins_code */
  readonly code: string;
  readonly name: string;
  readonly region: string;
  readonly openHours: readonly OpenHours[];
  readonly mode: 'mirror' | 'hook';
}

/** @throws DomainError `not_found` when its region is not known */
export async function takeClinic(store: AccessStore, deps: { readonly clock: Clock }, line: FeedClinic): Promise<void> {
  if ((await store.region(line.region)) === null) {
    throw new DomainError('not_found', `the region ${line.region} of clinic ${line.code} is not known`, {
      remedy: `Register ${line.region} first.`,
    });
  }
  await registerClinic(store, deps, {
    code: line.code,
    name: line.name,
    regionCode: line.region,
    openHours: line.openHours,
    mode: line.mode,
    faceRecognition: true,
  });
}
