import type { FastifyPluginAsync } from 'fastify';
import type { Audit } from '../../access/audit.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db.ts';
import type { Logger } from '../../platform/log.ts';
import type { Subject } from '../facts.ts';
import type { RuleSet } from '../parameters.ts';
import type { RuleCatalogue } from '../rules/catalogue.ts';
import { catalogueRoutes } from './catalogue.routes.ts';
import { replayRoutes } from './replay.routes.ts';
import { advanceRollout } from './rollout.ts';
import { ruleSetRoutes } from './rule-sets.routes.ts';
import { runRoutes } from './runs.routes.ts';
import { runningRuns, sweepOutcomes } from './runs.store.ts';
import { advanceRun } from './runs.ts';
import type { DispositionsOf } from './summary.ts';

export interface RuleSetsDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit: Audit;
  readonly catalogue: RuleCatalogue;
  readonly dispositionsOf: DispositionsOf;
  readonly ruleSet: () => RuleSet;
  /** Asks the database which set is in force. */
  readonly refresh: () => Promise<unknown>;
  readonly reassess: (subject: Subject) => Promise<void>;
}

export interface RuleSets {
  readonly routes: readonly FastifyPluginAsync[];
  /**
   * Housekeeping, every few seconds: brings re-assessment, shadows and backtests a little further, off every other path.
   * @returns how many of them moved
   */
  tick(options?: { readonly budgetMs?: number; readonly settledMs?: number }): Promise<number>;
}

/** Of everything that waits to be brought further at once: so many, the longest untouched first. */
const AT_ONCE = 3;
const BUDGET_MS = 400;

/** Rule sets: who proposes and approves them, how they are tried out, and what follows from putting one into force. */
export function createRuleSets(deps: RuleSetsDeps): RuleSets {
  return {
    routes: [catalogueRoutes(deps), ruleSetRoutes(deps), runRoutes(deps), replayRoutes(deps)] as FastifyPluginAsync[],
    async tick({ budgetMs = BUDGET_MS, settledMs } = {}) {
      await deps.refresh();
      let moved = 0;
      if ((await advanceRollout({ ...deps, inForce: () => deps.ruleSet().version }, budgetMs)) !== null) moved += 1;
      for (const { id } of (await runningRuns(deps.db)).slice(0, AT_ONCE)) {
        if ((await advanceRun(deps, id, budgetMs, settledMs)) !== null) moved += 1;
      }
      await sweepOutcomes(deps.db, deps.clock.now());
      return moved;
    },
  };
}
