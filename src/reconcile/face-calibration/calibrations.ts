import type { Audit } from '../../access/audit.ts';
import type { ModelCard } from '../../faces/model-card.ts';
import { calibrateSite, siteCard } from '../../faces/site-calibration.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { faceRecalibration } from '../reconcile.topics.ts';
import {
  calibrationById,
  endInForce,
  type FaceCalibration,
  putCalibration,
  putDecision,
  putFound,
} from './calibrations.store.ts';
import { type GatherVisitsDeps, gatherVisits } from './gather.ts';

export const CALIBRATION_CHANNEL = 'claimsight_face_calibration';

export interface CalibrationDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly outbox: Outbox;
}

const LIMITS =
  "Confirmed visits of this installation: the terminal's own face checks, ID cards shown to a witness, reviewers' own inquiries. People who use the terminal, at counters whose cameras see one guest at a time; kin of one household are left out, so that likeness within a family is not measured.";

/** Asks for a calibration on the confirmed visits of a span. The gathering waits in the outbox. */
export function askForCalibration(
  deps: CalibrationDeps,
  asked: {
    readonly card: Pick<ModelCard, 'templateVersion'>;
    readonly by: string;
    readonly from: number;
    readonly to: number;
    readonly note: string | null;
  },
): Promise<FaceCalibration> {
  const { db, clock, audit, outbox } = deps;
  const { card, by, from, to, note } = asked;
  if (!(from < to))
    throw new DomainError('invalid_input', 'the span of visits ends before it begins', {
      remedy: 'Give from and to, from before to.',
    });
  return db.transaction(async (tx) => {
    const id = newId();
    const { templateVersion } = card;
    await putCalibration(tx, { id, templateVersion, from, to, note, proposedBy: by, proposedAt: clock.now() });
    await outbox.add(tx, faceRecalibration, { calibrationId: id }, { dedupeKey: id });
    await audit.record(tx, {
      ...{ actor: by, action: 'faces.recalibrate', subjectKind: 'face_calibration', subjectId: id, outcome: 'done' },
      detail: { from, to, templateVersion },
    });
    return calibrationById(tx, id);
  });
}

/** Gathers the visits of one that waits and reckons; what comes of it is a proposal, or a refusal with its numbers. */
export async function reckonCalibration(
  deps: CalibrationDeps & Omit<GatherVisitsDeps, 'db'>,
  id: string,
): Promise<FaceCalibration> {
  const { db, card } = deps;
  const asked = await calibrationById(db, id);
  if (asked.state !== 'waiting') return asked;
  const span = { from: asked.from, to: asked.to };
  if (asked.templateVersion !== card.templateVersion)
    return found({ refusal: OTHER_MODEL, numbers: {}, calibration: null });
  const { people, left, confirmed } = await gatherVisits(deps, span);
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const outcome = calibrateSite(people, {
    card,
    dataName: `confirmed visits of this installation, ${day(span.from)} to ${day(span.to)}`,
    limits: LIMITS,
  });
  const numbers = { ...outcome.numbers, confirmed, left };
  return 'refusal' in outcome
    ? found({ refusal: outcome.refusal, numbers, calibration: null })
    : found({ refusal: null, numbers, calibration: outcome.calibration });

  function found(what: Omit<Parameters<typeof putFound>[2], 'state'>): Promise<FaceCalibration> {
    return db.transaction(async (tx) => {
      const state = what.calibration === null ? 'refused' : 'proposed';
      await putFound(tx, id, { ...what, state });
      await deps.audit.record(tx, {
        ...{ actor: 'system', action: `faces.calibration_${state}`, subjectKind: 'face_calibration', subjectId: id },
        outcome: 'done',
        detail: { refusal: what.refusal?.en ?? null, calibrationId: what.calibration?.id ?? null },
      });
      return calibrationById(tx, id);
    });
  }
}

const OTHER_MODEL = {
  zh: '申请之后更换了人脸模型，请重新申请校准。',
  en: 'Another face model was configured since it was asked for. Ask for it again.',
};

/**
 * Puts a proposed calibration into force, or rejects it. Who asked for it does not decide.
 * @throws DomainError `conflict` for one that is not proposed, `forbidden` for who asked for it
 */
export function decideCalibration(
  deps: CalibrationDeps,
  decision: {
    readonly id: string;
    readonly by: string;
    readonly approve: boolean;
    readonly note: string | null;
    /** The model in use: a calibration of another one would judge nothing. */
    readonly card: ModelCard;
  },
): Promise<FaceCalibration> {
  const { db, clock, audit } = deps;
  const { id, by, approve, note } = decision;
  return db.transaction(async (tx) => {
    const asked = await calibrationById(tx, id, true);
    if (asked.state !== 'proposed' || asked.calibration === null)
      throw new DomainError('conflict', `this calibration is ${asked.state}: there is nothing to decide`, {
        remedy: 'Read it again; ask for a new one where it was refused.',
        zh: '该校准当前不处于待审批状态。',
      });
    if (asked.proposedBy === by)
      throw new DomainError('forbidden', 'a calibration is put into force by another person than who asked for it', {
        remedy: 'Ask a second administrator or supervisor.',
        zh: '申请人不能审批自己的申请，请由另一位管理员或主管审批。',
      });
    const now = clock.now();
    if (approve) {
      if (asked.templateVersion !== decision.card.templateVersion)
        throw new DomainError('conflict', OTHER_MODEL.en, { remedy: 'Ask for a new one.', zh: OTHER_MODEL.zh });
      siteCard(decision.card, asked.calibration);
      await endInForce(tx, asked.templateVersion, now);
    }
    await putDecision(tx, id, { state: approve ? 'in_force' : 'rejected', by, at: now, note });
    await audit.record(tx, {
      ...{ actor: by, subjectKind: 'face_calibration', subjectId: id, outcome: 'done' },
      action: approve ? 'faces.calibration_approved' : 'faces.calibration_rejected',
      detail: { calibrationId: asked.calibration.id, note },
    });
    if (approve) await tx.query('select pg_notify($1, $2)', [CALIBRATION_CHANNEL, id]);
    return calibrationById(tx, id);
  });
}
