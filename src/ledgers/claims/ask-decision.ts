import type { Clock } from '../../platform/clock.ts';
import { type Db, ts } from '../../platform/db.ts';
import type { Logger } from '../../platform/log.ts';
import type { ClaimEventRef } from './claims.topics.ts';
import type { Decide, DecisionAnswer } from './decision-answer.ts';
import type { ClaimEventKind } from './event-kinds.ts';
import type { IntakeResult } from './intake.ts';

const kindsWithDecision: ReadonlySet<ClaimEventKind> = new Set(['registration', 'trial_settlement', 'settlement']);

const DEFAULT_TIMEOUT_MS = 2_000;

const DEGRADED: DecisionAnswer = {
  id: null,
  decision: 'allow',
  reasons: [
    {
      code: 'degraded',
      rule: null,
      zh: '系统暂时无法判断，先行放行，稍后补核',
      en: 'No judgement could be made in time; allowed, and checked later.',
    },
  ],
  deadline: null,
  default: 'allow',
  alternative: null,
  results: [],
};

/**
 * Asks for the decision on a message that has just been stored. What goes wrong here never fails the message: a late or
 * failed decision is answered `allow` with the reason `degraded`, and recorded; the outbox has it assessed anyway.
 */
export function createAskDecision(deps: {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly decide: Decide;
  readonly timeoutMs?: number;
}): (result: IntakeResult) => Promise<DecisionAnswer | null> {
  const { db, clock, log } = deps;
  const timeoutMs = deps.timeoutMs ?? DEFAULT_TIMEOUT_MS;

  const degraded = async (event: ClaimEventRef, why: 'late' | 'failed', error?: unknown): Promise<DecisionAnswer> => {
    log.error({ err: error, clinicCode: event.clinicCode, eventId: event.eventId, why }, 'answered without a decision');
    await db
      .query(
        `insert into claim_degraded_answers (event_id, msgid, clinic_code, at, why) values ($1, $2, $3, $4, $5)
         on conflict (event_id) do nothing`,
        [event.eventId, event.msgid, event.clinicCode, ts(clock.now()), why],
      )
      .catch((cause: unknown) => log.error({ err: cause }, 'a degraded answer could not be recorded'));
    return DEGRADED;
  };

  return async (result) => {
    if (result.outcome === 'quarantined' || result.event === null || result.refused) return null;
    const { event } = result;
    if (!kindsWithDecision.has(event.kind)) return null;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), timeoutMs);
    });
    try {
      const answer = await Promise.race([deps.decide({ ...event, repeat: result.outcome === 'duplicate' }), late]);
      return answer === 'late' ? await degraded(event, 'late') : answer;
    } catch (error) {
      return degraded(event, 'failed', error);
    } finally {
      clearTimeout(timer);
    }
  };
}
