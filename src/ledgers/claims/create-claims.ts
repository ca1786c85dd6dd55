import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Audit } from '../../access/audit.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Db } from '../../platform/db.ts';
import type { Journal } from '../../platform/journal.ts';
import type { Logger } from '../../platform/log.ts';
import type { Handler, Outbox } from '../../platform/outbox.ts';
import { createAskDecision } from './ask-decision.ts';
import { claimMessageRoutes, type FaceIntake } from './claims.routes.ts';
import { createClinicDirectory } from './clinic-directory.ts';
import type { Decide, DecideWithin } from './decision-answer.ts';
import { claimIntakeRoutes } from './intake.routes.ts';
import { createIntake, type Intake } from './intake.ts';
import type { InterfaceTable } from './interface-table.ts';
import { createKeptAside, type KeptAside, type KeptEntry } from './kept-aside.ts';
import { claimMappingRoutes } from './mapping.routes.ts';
import { createMappingCache } from './mapping.store.ts';
import { claimQuarantineRoutes } from './quarantine.routes.ts';
import { createReplays, type Replays } from './replay.ts';
import { settlementRoutes } from './settlements.routes.ts';
import { claimStatementRoutes } from './statements.routes.ts';

export interface ClaimsDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly log: Logger;
  readonly audit: Audit;
  /** From `loadInterfaceTable()`. */
  readonly table: InterfaceTable;
  /** config.TIME_ZONE: of times without an offset, and of the days that counts are kept by. */
  readonly timeZone: string;
  /** Of this machine: for what the database does not take in time. */
  readonly journal: Journal<KeptEntry>;
}

export interface Claims {
  /** Takes messages without HTTP: feeds, imports, simulation. */
  readonly intake: Intake;
  readonly replays: Replays;
  /** Of this room's own topics, for the reconcile worker. */
  readonly handlers: readonly Handler[];
  /** What the database did not take in time. */
  readonly keptAside: KeptAside;
  /** `decide` and `decideWithin` are reconcile's; the timeouts bound the wait for it, and for a message to be stored. */
  routes(options: {
    readonly decide: Decide;
    readonly decideWithin?: DecideWithin;
    readonly decideTimeoutMs?: number;
    readonly storeWithinMs?: number;
    readonly faces?: FaceIntake;
  }): readonly FastifyPluginAsyncTypebox[];
}

/** The claims ledger, put together. */
export function createClaims(deps: ClaimsDeps): Claims {
  const { db, clock, keyring, log, audit, table, timeZone } = deps;
  const mappings = createMappingCache({ db });
  const intake = createIntake({ ...deps, mappings, clinics: createClinicDirectory({ db }) });
  const replays = createReplays({ ...deps, intake, mappings });
  const keptAside = createKeptAside({ ...deps, intake });
  return {
    intake,
    replays,
    keptAside,
    handlers: replays.handlers,
    routes: ({ decide, decideWithin, decideTimeoutMs, storeWithinMs, faces }) => {
      const askDecision = createAskDecision({
        db,
        clock,
        log,
        decide,
        ...(decideWithin === undefined ? {} : { decideWithin }),
        keepAside: keptAside.answer,
        ...(decideTimeoutMs === undefined ? {} : { timeoutMs: decideTimeoutMs }),
      });
      return [
        claimMessageRoutes({
          ...{ intake, askDecision, keptAside, clock, timeZone },
          ...(storeWithinMs === undefined ? {} : { storeWithinMs }),
          ...(faces === undefined ? {} : { faces }),
        }),
        claimIntakeRoutes({ db, timeZone }),
        claimQuarantineRoutes({ db, clock, keyring, audit, intake }),
        claimMappingRoutes({ db, clock, audit, table, mappings, replays }),
        settlementRoutes({ db }),
        claimStatementRoutes({ db }),
      ];
    },
  };
}
