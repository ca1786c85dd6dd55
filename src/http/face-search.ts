import type { FastifyPluginAsync } from 'fastify';
import { loadModelCard } from '../faces/load-model-card.ts';
import { visitorsOf } from '../ledgers/claims/visitors.store.ts';
import { appearanceFace } from '../ledgers/presence/appearance-face.store.ts';
import type { ConflictDeps } from '../people/conflicts/find-conflicts.ts';
import type { PeopleDeps } from '../people/deps.ts';
import { faceSearchRoutes } from '../people/gallery/face-search.routes.ts';
import { assertCalibrated } from '../people/gallery/face-search.ts';
import { createGalleryKeeper } from '../people/gallery/keeper.ts';
import { countAll } from '../people/gallery/members.store.ts';
import { packGallery } from '../people/gallery/shards.store.ts';
import type { PortraitReader } from '../people/portrait-reader.ts';
import type { Config } from '../platform/config.ts';
import { DomainError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';

interface Deps extends PeopleDeps {
  readonly config: Pick<Config, 'MODEL_CARD'>;
  readonly log: Logger;
  minAgeYears(): number;
}

/** The search routes with all that they ask of other rooms. @param reader null: face recognition is off */
export async function openFaceSearch(
  deps: Deps,
  reader: PortraitReader | null,
): Promise<{ readonly routes: FastifyPluginAsync; close(): Promise<void> }> {
  if (reader === null)
    return { routes: faceSearchRoutes({ ...deps, search: null }) as FastifyPluginAsync, close: async () => undefined };
  const { db, keyring, clock, log } = deps;
  const card = await loadModelCard(deps.config.MODEL_CARD);
  const model = { version: card.templateVersion, dimension: card.dimension };
  const keeper = createGalleryKeeper({ db, keyring, clock, log, model });
  // In memory from the start, where everybody may be searched; a search that comes before waits for it.
  if (await mayServeCity(deps, card))
    void keeper
      .open({ kind: 'all' })
      .catch((error: Error) => log.error({ err: error.message }, 'the gallery of all could not be opened'));
  const search = {
    ...{ db, keyring, clock, keeper, card, reader },
    minAgeYears: deps.minAgeYears,
    appearance: (id: string) => appearanceFace(db, keyring, id),
    visitors: (clinicCode: string, since: number) => visitorsOf(db, clinicCode, since),
  };
  return {
    routes: faceSearchRoutes({ ...deps, search }) as FastifyPluginAsync,
    close: () => keeper.close(),
  };
}

/** What finds conflicts between portraits, in a process that takes portraits in. */
export async function openConflictFinder(deps: Deps): Promise<ConflictDeps> {
  const { db, keyring, clock, log, minAgeYears } = deps;
  const card = await loadModelCard(deps.config.MODEL_CARD);
  const model = { version: card.templateVersion, dimension: card.dimension };
  return { db, keyring, clock, card, minAgeYears, keeper: createGalleryKeeper({ db, keyring, clock, log, model }) };
}

/** Housekeeping: keeps the packed shards up with the portraits, where the model may search a city. @returns how many changed */
export async function keepPacked(deps: Deps): Promise<number> {
  const card = await loadModelCard(deps.config.MODEL_CARD);
  if (!(await mayServeCity(deps, card))) {
    // No reason to keep faces a second time.
    await deps.db.query('delete from biometric.gallery_shards');
    return 0;
  }
  const { packed, left } = await packGallery(deps, { version: card.templateVersion, dimension: card.dimension });
  return packed + left;
}

async function mayServeCity(deps: Deps, card: Awaited<ReturnType<typeof loadModelCard>>): Promise<boolean> {
  try {
    // Before anybody is counted: most cards do for no city whatsoever.
    assertCalibrated(card, 'all', 0);
    assertCalibrated(card, 'all', (await countAll(deps.db, card.templateVersion)).comparable);
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'conflict') return false;
    throw error;
  }
}
