import type { BlobStore } from '../platform/blobs.ts';
import type { Clock } from '../platform/clock.ts';
import type { Db } from '../platform/db.ts';
import type { Handler } from '../platform/outbox.ts';
import type { RetentionPolicy } from '../platform/retention.ts';
import { createEvidenceHandlers } from './evidence.handlers.ts';
import { keepPinnedFootage } from './footage-pins.ts';
import type { EvidenceSettings } from './settings.ts';
import { giveUpMissedStills } from './snapshot.store.ts';
import { type SweepReport, sweepEvidence } from './sweep.ts';

export interface EvidenceDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly blobs: BlobStore;
  readonly retention: RetentionPolicy;
  readonly settings: EvidenceSettings;
}

export interface Evidence {
  /** Of the reconcile worker: `settlement.assessed`. */
  readonly handlers: readonly Handler[];
  /** Keeps pinned footage, gives up stills that nobody will take, forgets faces whose time is over; every minute or so. */
  housekeeping(): Promise<SweepReport & { readonly missed: number; readonly footageKept: number }>;
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
      const footageKept = await keepPinnedFootage(deps.db, deps.blobs);
      return { ...(await sweepEvidence(deps)), missed, footageKept };
    },
  };
}
