import type { Db } from '../../platform/db.ts';
import type { Logger } from '../../platform/log.ts';
import { defineHandler, type Handler, type Outbox } from '../../platform/outbox.ts';
import type { GateDeps } from '../budget/gate.ts';
import { fairnessDue } from '../review.topics.ts';
import { countDay, daysToCount } from './fairness.store.ts';
import { brokenBounds } from './groups.ts';

export type FairnessDeps = GateDeps & { readonly db: Db; readonly outbox: Outbox; readonly log: Logger };

/** Counts a day by groups; says so when a bound is broken. */
export const createFairnessHandler = (deps: FairnessDeps): Handler =>
  defineHandler(fairnessDue, async ({ payload, once }) => {
    await once(async (tx) => {
      const before = new Set((await brokenBounds(tx)).map(({ dimension, grp }) => `${dimension} ${grp}`));
      await countDay(tx, deps, payload.day);
      for (const bound of await brokenBounds(tx)) {
        if (before.has(`${bound.dimension} ${bound.grp}`)) continue;
        deps.log.warn({ ...bound }, 'false alerts of a group are out of bounds: its alerts wait; see GET /v1/fairness');
      }
    });
  });

/** Housekeeping: days that are over and not counted yet. @returns how many */
export async function tellFairnessDays(deps: FairnessDeps): Promise<number> {
  const days = await daysToCount(deps.db, deps);
  if (days.length === 0) return 0;
  await deps.db.transaction((tx) =>
    deps.outbox.addAll(
      tx,
      fairnessDue,
      days.map((day) => ({ payload: { day }, options: { dedupeKey: day } })),
    ),
  );
  return days.length;
}
