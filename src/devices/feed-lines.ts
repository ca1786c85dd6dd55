import { type AccessStore, requireClinic } from '../access/store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { registerCamera, type ScenePoint } from './camera.store.ts';
import type { DeviceStore } from './store.ts';

export interface FeedCamera {
  readonly id: string;
  readonly clinic: string;
  readonly scenePoint: ScenePoint;
  /** `med_type` codes whose settlements need this camera; empty: all. */
  readonly required: readonly string[];
}

/** A camera of a feed: what it sees is pushed to us. @throws DomainError `not_found` when its clinic is not known */
export async function takeCamera(
  store: DeviceStore,
  deps: { readonly clock: Clock; readonly keyring: Keyring; readonly access: Pick<AccessStore, 'clinic'> },
  line: FeedCamera,
): Promise<void> {
  await requireClinic(deps.access, line.clinic);
  await registerCamera(store, deps, {
    id: line.id,
    clinicCode: line.clinic,
    name: line.id,
    scenePoint: line.scenePoint,
    requiredMedTypes: line.required,
    sourceUrl: null,
  });
}
