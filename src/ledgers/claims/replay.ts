import { clinicChanged } from '../../access/access.topics.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db, Queryable, Tx } from '../../platform/db.ts';
import { defineHandler, type Handler, type Outbox } from '../../platform/outbox.ts';
import { claimReplayTopic } from './claims.topics.ts';
import type { Intake } from './intake.ts';
import { addReplayResult, getMapping, type MappingCache } from './mapping.store.ts';
import { healableByClinic, healableByMapping } from './quarantine.store.ts';

const PAGE = 100;

export interface ReplayCounts {
  readonly healed: number;
  readonly unhealed: number;
}

interface Page extends ReplayCounts {
  /** Id of the last one tried; null: there are no more. */
  readonly last: string | null;
}

export interface Replays {
  /** Tries one page of what a new mapping may heal and leaves the rest to the outbox. */
  byMapping(mappingId: string, after: string | null, by: string): Promise<Page>;
  readonly handlers: readonly Handler[];
  /**
   * Tries everything whose clinic has been registered meanwhile. Housekeeping calls it now and then: it also catches a
   * clinic whose registration told nobody.
   */
  ofRegisteredClinics(): Promise<ReplayCounts>;
}

export function createReplays(deps: {
  readonly db: Db;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly intake: Intake;
  readonly mappings: MappingCache;
}): Replays {
  const { db, clock, outbox, intake, mappings } = deps;

  const tryAll = async (ids: readonly string[], by: string): Promise<Page> => {
    let healed = 0;
    let unhealed = 0;
    for (const id of ids) {
      const result = await intake.replay(id, by);
      if (result === null) continue;
      if (result.outcome === 'quarantined') unhealed++;
      else healed++;
    }
    return { healed, unhealed, last: ids.length < PAGE ? null : (ids.at(-1) ?? null) };
  };

  const ofClinic = async (clinicCode: string | null, after: string | null): Promise<Page> =>
    tryAll(await healableByClinic(db, { clinicCode, after, limit: PAGE }), 'system:clinic-registered');

  const byMapping: Replays['byMapping'] = async (mappingId, after, by) => {
    mappings.forget();
    const mapping = await getMapping(db, mappingId);
    if (!mapping) return { healed: 0, unhealed: 0, last: null };
    const page = await tryAll(await healableByMapping(db, { infno: mapping.infno, after, limit: PAGE }), by);
    await db.transaction(async (tx) => {
      await addReplayResult(tx, mappingId, { ...page, finishedAt: page.last === null ? clock.now() : null });
      if (page.last !== null) await outbox.add(tx, claimReplayTopic, { mappingId, clinicCode: null, after: page.last });
    });
    return page;
  };

  const replayHandler = defineHandler(claimReplayTopic, async ({ payload, once }) => {
    if (payload.mappingId !== null) {
      await byMapping(payload.mappingId, payload.after, 'system:mapping');
      return;
    }
    const page = await ofClinic(payload.clinicCode, payload.after);
    await once(async (tx) => {
      if (page.last !== null) await outbox.add(tx, claimReplayTopic, { ...payload, after: page.last });
    });
  });

  const clinicHandler = defineHandler(clinicChanged, async ({ payload, once }) => {
    if (!(await waitsForClinic(db, payload.clinicCode))) return;
    await once((tx) => enqueueClinicReplay(outbox, tx, payload.clinicCode));
  });

  return {
    byMapping,
    handlers: [replayHandler, clinicHandler],
    async ofRegisteredClinics() {
      let healed = 0;
      let unhealed = 0;
      for (let after: string | null = null; ; ) {
        const page = await ofClinic(null, after);
        healed += page.healed;
        unhealed += page.unhealed;
        if (page.last === null) return { healed, unhealed };
        after = page.last;
      }
    },
  };
}

/** Leaves word that a clinic is registered now: what it sent before is taken up again. */
export const enqueueClinicReplay = (outbox: Outbox, tx: Tx, clinicCode: string): Promise<void> =>
  outbox.add(tx, claimReplayTopic, { mappingId: null, clinicCode, after: null }, { dedupeKey: `clinic:${clinicCode}` });

/** Whether anything waits for this clinic: spares an outbox row for most. */
export async function waitsForClinic(db: Queryable, clinicCode: string): Promise<boolean> {
  const ids = await healableByClinic(db, { clinicCode, after: null, limit: 1 });
  return ids.length > 0;
}
