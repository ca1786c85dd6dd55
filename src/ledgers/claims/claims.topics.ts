import { type Static, Type } from 'typebox';
import { defineTopic } from '../../platform/outbox.ts';
import { CLAIM_EVENT_KINDS } from './event-kinds.ts';

const nullableText = Type.Union([Type.String(), Type.Null()]);

/**
 * A claim event was stored, completed by its response, taken back, or put in force again. `at` is epoch ms.
 * `settlementId` stands for 'settlement' and for a reversal whose settlement is known.
 */
export const claimEventTopic = defineTopic({
  name: 'claims.event',
  queue: 'reconcile',
  payload: Type.Object({
    eventId: Type.String(),
    kind: Type.Enum(CLAIM_EVENT_KINDS),
    at: Type.Number(),
    clinicCode: Type.String(),
    msgid: Type.String(),
    psnNo: nullableText,
    mdtrtId: nullableText,
    setlId: nullableText,
    settlementId: nullableText,
  }),
});
export type ClaimEventRef = Static<typeof claimEventTopic.payload>;

/**
 * Quarantined messages that may now be understood: after a mapping was added (`mappingId`), or a clinic registered
 * (`clinicCode`). Works through them page by page: `after` is the id behind which this page begins.
 */
export const claimReplayTopic = defineTopic({
  name: 'claims.replay',
  queue: 'reconcile',
  payload: Type.Object({ mappingId: nullableText, clinicCode: nullableText, after: nullableText }),
});

/** A reconciliation or a pull told how much there should be. Handled by reconcile, after a while and again. */
export const claimStatementTopic = defineTopic({
  name: 'claims.statement',
  queue: 'reconcile',
  payload: Type.Object({ msgid: Type.String(), clinicCode: Type.String() }),
});
