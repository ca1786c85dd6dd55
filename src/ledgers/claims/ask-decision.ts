import type { Clock } from '../../platform/clock.ts';
import type { Db, Tx } from '../../platform/db.ts';
import type { Logger } from '../../platform/log.ts';
import { TooLate, within } from '../../platform/within.ts';
import type { ClaimEventRef } from './claims.topics.ts';
import type { Decide, DecideWithin, DecisionAnswer } from './decision-answer.ts';
import { DEGRADED } from './degraded.ts';
import type { ClaimEventKind } from './event-kinds.ts';
import type { IntakeResult } from './intake.ts';
import { type DegradedAnswer, recordDegraded } from './kept-aside.ts';

const kindsWithDecision: ReadonlySet<ClaimEventKind> = new Set(['registration', 'trial_settlement', 'settlement']);

const DEFAULT_TIMEOUT_MS = 2_000;
const RECORD_WITHIN_MS = 250;

export interface AskDecision {
  /** The decision on a message that was stored, with it or just now; null: none is due. */
  (result: IntakeResult): Promise<DecisionAnswer | null>;
  /** Asks while the message is being stored, in the same transaction. @throws TooLate, or whatever deciding throws */
  readonly within?: (tx: Tx, result: IntakeResult) => Promise<DecisionAnswer | null>;
}

/**
 * Asks for the decision on a message. What goes wrong here never fails the message: a late or failed decision is answered
 * `allow` with the reason `degraded`, and recorded; the outbox has it assessed anyway.
 */
export function createAskDecision(deps: {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly decide: Decide;
  /** Left out: decisions are asked for after the message's commit. */
  readonly decideWithin?: DecideWithin;
  /** Where an answer is written down that the database does not take in time. */
  readonly keepAside: (answer: DegradedAnswer) => Promise<void>;
  readonly timeoutMs?: number;
}): AskDecision {
  const { db, clock, log, decideWithin } = deps;
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

  const failed = (event: ClaimEventRef, error: unknown): Promise<DecisionAnswer> =>
    error instanceof TooLate ? degraded(event, 'late') : degraded(event, 'failed', error);

  const ask = async (result: IntakeResult): Promise<DecisionAnswer | null> => {
    const event = askedOf(result);
    if (event === null || result.outcome === 'quarantined') return null;
    if (result.decided !== undefined) {
      return 'error' in result.decided ? failed(event, result.decided.error) : result.decided.answer;
    }
    try {
      return await within(timeoutMs, deps.decide(event));
    } catch (error) {
      return failed(event, error);
    }
  };
  if (decideWithin === undefined) return ask;
  return Object.assign(ask, {
    within: async (tx: Tx, result: IntakeResult): Promise<DecisionAnswer | null> => {
      const event = askedOf(result);
      return event && within(timeoutMs, decideWithin(tx, event));
    },
  });
}

/** null: no decision is due. */
function askedOf(result: IntakeResult): Parameters<Decide>[0] | null {
  if (result.outcome === 'quarantined' || result.event === null || result.refused) return null;
  const { event } = result;
  return kindsWithDecision.has(event.kind) ? { ...event, repeat: result.outcome === 'duplicate' } : null;
}
