import type { Db } from '../../platform/db.ts';
import type { Logger } from '../../platform/log.ts';
import { defineHandler, type Handler, type Outbox } from '../../platform/outbox.ts';
import type { GateDeps } from '../budget/gate.ts';
import { fairnessDue, precisionChanged } from '../review.topics.ts';
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

/**
 * Housekeeping: days that are over and not counted yet; once a day also what waits is rated anew: reviewers' words count less
 * by now, and the operator may have changed what is asked. @returns how many days
 */
export async function tellFairnessDays(deps: FairnessDeps): Promise<number> {
  const days = await daysToCount(deps.db, deps);
  if (days.length === 0) return 0;
  await deps.db.transaction(async (tx) => {
    await deps.outbox.addAll(
      tx,
      fairnessDue,
      days.map((day) => ({ payload: { day }, options: { dedupeKey: day } })),
    );
    const { rows } = await tx.query<{ rule_key: string }>(
      `select distinct rule_key from alert_queue, unnest(rules) rule_key where class = 'fraud' order by rule_key`,
    );
    await deps.outbox.addAll(
      tx,
      precisionChanged,
      rows.map(({ rule_key }) => ({ payload: { ruleKey: rule_key }, options: { dedupeKey: rule_key } })),
    );
  });
  return days.length;
}
