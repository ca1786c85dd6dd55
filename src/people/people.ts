import type { FastifyPluginAsync } from 'fastify';
import { ts } from '../platform/db.ts';
import type { Handler } from '../platform/outbox.ts';
import type { RetentionPolicy } from '../platform/retention.ts';
import { conflictsHandler } from './conflicts/conflicts.worker.ts';
import type { ConflictDeps } from './conflicts/find-conflicts.ts';
import type { PeopleDeps } from './deps.ts';
import { importHandler } from './imports/import.worker.ts';
import { importsRoutes } from './imports/imports.routes.ts';
import { peopleRoutes } from './people.routes.ts';
import { portraitHandler } from './portrait.worker.ts';
import type { PortraitReader } from './portrait-reader.ts';
import { portraitsRoutes } from './portraits.routes.ts';
import { proxiesRoutes } from './proxies.routes.ts';
import { staffRoutes } from './staff.routes.ts';
import { statusesRoutes } from './statuses.routes.ts';
import { deleteTemplates } from './template.store.ts';

/** The people room's routes; an API process needs no face engine. */
export const createPeopleRoutes = (deps: PeopleDeps): readonly FastifyPluginAsync[] =>
  [
    peopleRoutes(deps),
    statusesRoutes(deps),
    proxiesRoutes(deps),
    staffRoutes(deps),
    portraitsRoutes(deps),
    importsRoutes(deps),
  ] as FastifyPluginAsync[];

/** Handlers of people.portrait, people.conflicts and people.import. @param reader null where face recognition is off */
export const createPeopleHandlers = (
  deps: PeopleDeps & {
    readonly reader: PortraitReader | null;
    /** null, absent: portraits are not looked at for conflicts. */
    readonly conflicts?: ConflictDeps | null;
  },
): readonly Handler[] => [
  portraitHandler({ ...deps, findsConflicts: deps.conflicts != null }),
  importHandler(deps),
  ...(deps.conflicts == null ? [] : [conflictsHandler(deps, deps.conflicts)]),
];

const SWEEP_BATCH = 500;

/**
 * Forgets portraits that were replaced, or were in use and turned out to show somebody else: picture and template, as long after as an alert may have looked at them. The row
 * stays, to say that there was one. @returns how many
 */
export async function sweepReplacedPortraits(
  deps: Pick<PeopleDeps, 'db' | 'blobs' | 'clock'> & { readonly retention: RetentionPolicy },
): Promise<number> {
  const { db, blobs, clock, retention } = deps;
  const keptMs = (retention.expiresAt('alert', 0) ?? Number.POSITIVE_INFINITY) as number;
  if (!Number.isFinite(keptMs)) return 0;
  const { rows } = await db.query<{ id: string; template_id: string | null; blob_sha256: Buffer | null }>(
    `select id, template_id, blob_sha256 from portraits
     where (state = 'superseded' or state = 'quarantined' and template_id is not null) and decided_at < $1 and (template_id is not null or blob_sha256 is not null) limit $2`,
    [ts(clock.now() - keptMs), SWEEP_BATCH],
  );
  for (const row of rows) {
    await db.transaction(async (tx) => {
      await tx.query('update portraits set template_id = null, blob_sha256 = null where id = $1', [row.id]);
      if (row.template_id !== null) await deleteTemplates(tx, [row.template_id]);
      if (row.blob_sha256 === null) return;
      const shared = await tx.query('select 1 from portraits where blob_sha256 = $1', [row.blob_sha256]);
      if (shared.rowCount === 0) await blobs.remove(tx, row.blob_sha256);
    });
  }
  return rows.length;
}
