import type { BlobStore } from '../platform/blobs.ts';
import type { Clock } from '../platform/clock.ts';
import { type Tx, ts } from '../platform/db.ts';
import { camerasOf } from './cameras.store.ts';
import { pinFootage } from './footage-pins.ts';
import { type FootageSpan, mergeSpans, planPins, planStills } from './plan.ts';
import { retainAppearances, retainStills } from './retained-appearances.ts';
import type { EvidenceSettings } from './settings.ts';
import { orderStills } from './snapshot.store.ts';

export interface SecureDeps {
  readonly clock: Clock;
  readonly blobs: BlobStore;
  readonly settings: EvidenceSettings;
}

export interface AlertEvidence {
  readonly alertId: string;
  readonly clinicCode: string;
  /** Only these cameras; null: all of the clinic. */
  readonly cameraIds: readonly string[] | null;
  /** True time of what the alert is about, epoch ms. */
  readonly moments: readonly number[];
  readonly settlementIds: readonly string[];
  readonly appearanceIds: readonly string[];
  /** True time: appearances that overlap are what the finding rests on. */
  readonly windows: readonly { readonly from: number; readonly to: number }[];
}

/**
 * Secures what an alert rests on, at once and in the transaction that raises it: a still of each moment, the footage
 * around it, the faces that were compared. Safe to repeat.
 */
export async function secureEvidence(tx: Tx, deps: SecureDeps, evidence: AlertEvidence): Promise<void> {
  const { alertId, clinicCode } = evidence;
  const moments = [...new Set(evidence.moments)].sort((a, b) => a - b).slice(0, deps.settings.mostMomentsPerAlert);
  const spans: FootageSpan[] = [];
  for (const moment of moments) {
    // The offset that held at that very moment: a clock may have been set right since.
    const cameras = await camerasOf(tx, clinicCode, moment, evidence.cameraIds);
    await orderStills(tx, deps.clock, {
      triggerKind: 'alert',
      triggerId: alertId,
      clinicCode,
      stills: planStills(cameras, moment, null),
      retentionClass: 'alert',
    });
    spans.push(
      ...planPins(cameras, [moment], {
        beforeMs: deps.settings.pinBeforeSeconds * 1000,
        afterMs: deps.settings.pinAfterSeconds * 1000,
      }),
    );
  }
  await pinFootage(tx, deps, { alertId, spans: mergeSpans(spans) });
  const seen = new Set(evidence.appearanceIds);
  for (const window of evidence.windows) {
    for (const id of await appearancesWithin(tx, clinicCode, window)) seen.add(id);
  }
  await retainAppearances(tx, deps.blobs, [...seen]);
  await retainStills(tx, deps.blobs, evidence.settlementIds);
}

const MOST_APPEARANCES = 200;

/** Appearances that overlap a stretch of true time, each camera's clock set right by its newest offset before it. */
async function appearancesWithin(
  tx: Tx,
  clinicCode: string,
  window: { readonly from: number; readonly to: number },
): Promise<string[]> {
  const ids: string[] = [];
  for (const camera of await camerasOf(tx, clinicCode, window.to)) {
    const { rows } = await tx.query<{ id: string }>(
      `select id from appearances
       where clinic_code = $1 and camera_id = $2 and state <> 'void' and from_at < $4 and to_at > $3
       order by from_at limit ${MOST_APPEARANCES}`,
      [clinicCode, camera.id, ts(window.from + camera.clockOffsetMs), ts(window.to + camera.clockOffsetMs)],
    );
    ids.push(...rows.map((row) => row.id));
  }
  return ids;
}
