import type { Clock } from '../platform/clock.ts';
import type { Db } from '../platform/db.ts';
import type { Handler } from '../platform/outbox.ts';
import type { RetentionPolicy } from '../platform/retention.ts';
import { createEvidenceHandlers } from './evidence.handlers.ts';
import type { EvidenceSettings } from './settings.ts';
import { giveUpMissedStills } from './snapshot.store.ts';
import { type SweepReport, sweepEvidence } from './sweep.ts';

export interface EvidenceDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly retention: RetentionPolicy;
  readonly settings: EvidenceSettings;
}

export interface Evidence {
  /** Of the reconcile worker: `settlement.assessed`. */
  readonly handlers: readonly Handler[];
  /** Gives up stills that nobody will take and forgets faces whose time is over; now and then. */
  housekeeping(): Promise<SweepReport & { readonly missed: number }>;
}

/** Footage that nobody pinned is gone after this at the latest, when the policy does not say. */
const RING_FALLBACK_MS = 2 * 3_600_000;

/** The evidence room: stills of settlements, footage of alerts, and their end. */
export function createEvidence(deps: EvidenceDeps): Evidence {
  const ringMs = deps.retention.expiresAt('ring', 0) ?? RING_FALLBACK_MS;
  return {
    handlers: createEvidenceHandlers(deps),
    housekeeping: async () => {
      const missed = await giveUpMissedStills(deps.db, {
        clock: deps.clock,
        graceMs: deps.settings.missedAfterSeconds * 1000,
        ringMs,
      });
      return { ...(await sweepEvidence(deps)), missed };
    },
  };
}
