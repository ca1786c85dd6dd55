import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db.ts';
import type { Logger } from '../../platform/log.ts';
import { TooLate, within } from '../../platform/within.ts';
import type { ClaimEventRef } from './claims.topics.ts';
import type { Decide, DecisionAnswer } from './decision-answer.ts';
import { DEGRADED } from './degraded.ts';
import type { ClaimEventKind } from './event-kinds.ts';
import type { IntakeResult } from './intake.ts';
import { type DegradedAnswer, recordDegraded } from './kept-aside.ts';

const kindsWithDecision: ReadonlySet<ClaimEventKind> = new Set(['registration', 'trial_settlement', 'settlement']);

const DEFAULT_TIMEOUT_MS = 2_000;
const RECORD_WITHIN_MS = 250;

/**
 * Asks for the decision on a message that has just been stored. What goes wrong here never fails the message: a late or
 * failed decision is answered `allow` with the reason `degraded`, and recorded; the outbox has it assessed anyway.
 */
export function createAskDecision(deps: {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly decide: Decide;
  /** Where an answer is written down that the database does not take in time. */
  readonly keepAside: (answer: DegradedAnswer) => Promise<void>;
  readonly timeoutMs?: number;
}): (result: IntakeResult) => Promise<DecisionAnswer | null> {
  const { db, clock, log } = deps;
  const timeoutMs = deps.timeoutMs ?? DEFAULT_TIMEOUT_MS;

  const degraded = async (event: ClaimEventRef, why: 'late' | 'failed', error?: unknown): Promise<DecisionAnswer> => {
    log.error({ err: error, clinicCode: event.clinicCode, eventId: event.eventId, why }, 'answered without a decision');
    const { eventId, msgid, clinicCode } = event;
    const answer: DegradedAnswer = { eventId, msgid, clinicCode, at: clock.now(), why };
    // A database that is slow or away must not keep the clinic waiting a second time.
    const written = await within(RECORD_WITHIN_MS, recordDegraded(db, answer)).catch((cause: unknown) => cause);
    if (written !== undefined) {
      await deps
        .keepAside(answer)
        .catch((cause: unknown) => log.error({ err: cause }, 'a degraded answer could not be recorded'));
    }
    return DEGRADED;
  };

  return async (result) => {
    if (result.outcome === 'quarantined' || result.event === null || result.refused) return null;
    const { event } = result;
    if (!kindsWithDecision.has(event.kind)) return null;
    try {
      return await within(timeoutMs, deps.decide({ ...event, repeat: result.outcome === 'duplicate' }));
    } catch (error) {
      return error instanceof TooLate ? degraded(event, 'late') : degraded(event, 'failed', error);
    }
  };
}
