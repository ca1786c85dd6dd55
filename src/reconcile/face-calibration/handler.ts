import type { ModelCard } from '../../faces/model-card.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { DomainError } from '../../platform/errors.ts';
import { defineHandler, type Handler } from '../../platform/outbox.ts';
import { faceRecalibration } from '../reconcile.topics.ts';
import type { FaceCalibration } from './calibrations.store.ts';
import { type CalibrationDeps, reckonCalibration } from './calibrations.ts';
import type { GatherVisitsDeps } from './gather.ts';
import type { ReviewedVisitsOf } from './visits.ts';

export interface RecalibrateDeps extends CalibrationDeps {
  readonly keyring: Keyring;
  /** Of the model in use; null: face recognition is off. */
  readonly card: () => ModelCard | null;
  readonly reviewed: ReviewedVisitsOf;
  readonly limits: () => GatherVisitsDeps['limits'];
}

/** The card of the model in use. @throws DomainError `conflict` where face recognition is off */
export function cardInUse({ card }: Pick<RecalibrateDeps, 'card'>): ModelCard {
  const inUse = card();
  if (inUse !== null) return inUse;
  throw new DomainError('conflict', 'face recognition is switched off in this installation', {
    remedy: 'Switch it on (FACE_RECOGNITION) and ask again.',
    zh: '本系统已关闭人脸识别。',
  });
}

/** Gathers and reckons what was asked for. */
export const reckon = (deps: RecalibrateDeps, id: string): Promise<FaceCalibration> =>
  reckonCalibration({ ...deps, card: cardInUse(deps), limits: deps.limits() }, id);

/** Long work: of the queue of portraits. */
export const faceCalibrationHandler = (deps: RecalibrateDeps): Handler =>
  defineHandler(faceRecalibration, async ({ payload }) => void (await reckon(deps, payload.calibrationId)));
