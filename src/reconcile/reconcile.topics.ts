import { Type } from 'typebox';
import { defineTopic } from '../platform/outbox.ts';
import { clinicRollDue, peersDue } from './periods/period.topics.ts';

/** A finding of this incident was made, revised or taken back. Handled by review. */
export const findingChanged = defineTopic({
  name: 'finding.changed',
  queue: 'reconcile',
  payload: Type.Object({ incidentKey: Type.String() }),
});

/** A decision changed in a way that others must hear of. Handled by review (webhooks). */
export const decisionChanged = defineTopic({
  name: 'decision.changed',
  queue: 'delivery',
  payload: Type.Object({
    decisionId: Type.String(),
    change: Type.Union([
      Type.Literal('held'),
      Type.Literal('released'),
      Type.Literal('confirmed'),
      Type.Literal('revised'),
    ]),
  }),
});

/** Once for each settlement, after its first assessment. `at` is its true time, epoch ms. Handled by evidence. */
export const settlementAssessed = defineTopic({
  name: 'settlement.assessed',
  queue: 'reconcile',
  payload: Type.Object({ settlementId: Type.String(), clinicCode: Type.String(), at: Type.Number() }),
});

/** Assess a subject, now or at a later moment. */
export const subjectDue = defineTopic({
  name: 'reconcile.subject',
  queue: 'reconcile',
  payload: Type.Object({
    subjectKind: Type.Union([
      Type.Literal('visit'),
      Type.Literal('settlement'),
      Type.Literal('clinic_day'),
      Type.Literal('camera'),
      Type.Literal('camera_clock'),
      Type.Literal('clinic_score'),
      Type.Literal('enrollee_score'),
      Type.Literal('clinic_period'),
      Type.Literal('person_period'),
    ]),
    subjectId: Type.String(),
    trigger: Type.String(),
  }),
});

/** A clinic's day: camera check before it opens, its account after it closes, and the next day's turn. */
export const clinicDayDue = defineTopic({
  name: 'reconcile.clinic_day',
  queue: 'reconcile',
  payload: Type.Object({
    clinicCode: Type.String(),
    day: Type.String(),
    step: Type.Union([Type.Literal('opening'), Type.Literal('closed')]),
  }),
});

/** A hold has reached its deadline. */
export const decisionDeadline = defineTopic({
  name: 'decision.deadline',
  queue: 'reconcile',
  payload: Type.Object({ decisionId: Type.String(), deadlineAt: Type.Number() }),
});

/** A listed person's settlement still stands when a slip of the hand would have been reversed. */
export const decisionGrace = defineTopic({
  name: 'decision.grace',
  queue: 'reconcile',
  payload: Type.Object({ visitKey: Type.String(), clinicCode: Type.String() }),
});

/** What a reconciliation or a pull told is compared again. */
export const statementDue = defineTopic({
  name: 'reconcile.statement',
  queue: 'reconcile',
  payload: Type.Object({ msgid: Type.String(), clinicCode: Type.String() }),
});

/** Holding was paused or goes on again: the operator is told. */
export const holdingChanged = defineTopic({
  name: 'holding.changed',
  queue: 'reconcile',
  payload: Type.Object({
    /** `*`: everywhere; else a county's six digits. */
    scope: Type.String(),
    state: Type.Enum(['open', 'closed']),
    wanted: Type.Integer(),
    decided: Type.Integer(),
  }),
});

/** A calibration of the face model on confirmed visits was asked for: long work, not for the queue of short ones. */
export const faceRecalibration = defineTopic({
  name: 'reconcile.face_recalibration',
  queue: 'people',
  payload: Type.Object({ calibrationId: Type.String() }),
});

export const reconcileTopics = [
  findingChanged,
  decisionChanged,
  settlementAssessed,
  subjectDue,
  clinicDayDue,
  clinicRollDue,
  peersDue,
  decisionDeadline,
  decisionGrace,
  holdingChanged,
  statementDue,
  faceRecalibration,
] as const;
