import type { FastifyPluginAsync } from 'fastify';
import type { Audit } from '../../access/audit.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db.ts';
import type { AlarmPolicy } from '../budget/policy.ts';
import type { FlowPolicy } from '../flow/policy.ts';
import { cockpitRoutes } from './cockpit.routes.ts';
import { rollUp } from './roll-up.store.ts';

export interface ReportsDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly timeZone: string;
  readonly policy: AlarmPolicy;
  readonly flow: FlowPolicy;
  /** From this share on a window counts as seen, in the rule set in force. */
  readonly minCoverage: () => number;
}

export interface Reports {
  readonly routes: readonly FastifyPluginAsync[];
  /** Again and again: brings the daily counts in line. @returns how many clinics' days were counted */
  rollUp(): Promise<number>;
}

/** Cockpit and reports: what supervisors and directors see of the whole. */
export function createReports(deps: ReportsDeps): Reports {
  return { routes: [cockpitRoutes(deps)] as FastifyPluginAsync[], rollUp: () => rollUp(deps) };
}
