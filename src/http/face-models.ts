import { loadModelCard } from '../faces/load-model-card.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import { RECENT_MS } from '../vision/re-enrol/re-enrol.ts';
import { type RetireDeps, sweepRetired } from '../vision/re-enrol/retire.ts';

/** Template versions of the configured models. */
export interface FaceCards {
  readonly inUse: string;
  /** The one in use, and the one whose place it takes. */
  readonly served: readonly string[];
}

export async function loadFaceCards(config: Pick<Config, 'MODEL_CARD' | 'MODEL_CARD_BEFORE'>): Promise<FaceCards> {
  const { templateVersion: inUse } = await loadModelCard(config.MODEL_CARD);
  const before = config.MODEL_CARD_BEFORE === undefined ? [] : [await loadModelCard(config.MODEL_CARD_BEFORE)];
  return { inUse, served: [inUse, ...before.map(({ templateVersion }) => templateVersion)] };
}

/** Templates of appearances by models that were retired, as soon as nothing is decided about them. @returns how many */
export const forgetRetired = (models: FaceCards | null, deps: RetireDeps): Promise<number> =>
  models === null
    ? Promise.resolve(0)
    : sweepRetired(deps, { inUse: models.inUse, served: [models.inUse], before: deps.clock.now() - RECENT_MS });

const HOUR_MS = 3_600_000;

/** A chore that looks through a big table: once an hour, and again at once while it finds something. */
export function hourly(clock: Clock, chore: () => Promise<number>): () => Promise<number> {
  let nextAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.now() < nextAt) return 0;
    const found = await chore();
    nextAt = found > 0 ? Number.NEGATIVE_INFINITY : clock.now() + HOUR_MS;
    return found;
  };
}
