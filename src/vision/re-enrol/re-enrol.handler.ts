import { defineHandler, type Handler } from '../../platform/outbox.ts';
import { reEnrolSlice } from './re-enrol.topics.ts';
import { type ReEnrolWorker, workSlice } from './re-enrol.ts';

/**
 * Works a run off in goes of a few pictures, each a job of its own, so that portraits that come meanwhile wait for a few
 * pictures at most. @param worker null where face recognition is off: a run waits
 */
export const reEnrolHandler = (worker: ReEnrolWorker | null, outbox: ReEnrolWorker['outbox']): Handler =>
  defineHandler(reEnrolSlice, async ({ payload, once }) => {
    const outcome = worker === null ? null : await workSlice(worker, payload.runId);
    await once(async (tx) => {
      if (outcome === null || outcome.nextAt === null) return;
      await outbox.add(tx, reEnrolSlice, payload, { dedupeKey: payload.runId, availableAt: outcome.nextAt });
    });
  });
