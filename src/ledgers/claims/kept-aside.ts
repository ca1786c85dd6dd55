import type { Clock } from '../../platform/clock.ts';
import { type Db, ts } from '../../platform/db.ts';
import type { Journal } from '../../platform/journal.ts';
import type { Logger } from '../../platform/log.ts';
import { within } from '../../platform/within.ts';
import type { IncomingBody, Intake } from './intake.ts';
import { parseJsonBytes } from './json-body.ts';
import { pairOf, peek } from './message.ts';
import type { Submitter } from './quarantine.store.ts';

/** Why an answer was given without a decision. `away`: the message itself could not be stored in time. */
export type DegradedWhy = 'late' | 'failed' | 'away';

export interface DegradedAnswer {
  readonly eventId: string;
  readonly msgid: string;
  readonly clinicCode: string;
  readonly at: number;
  readonly why: DegradedWhy;
}

/** Writes that an event was answered without a decision; once for each event. */
export async function recordDegraded(db: Pick<Db, 'query'>, answer: DegradedAnswer): Promise<void> {
  await db.query(
    `insert into claim_degraded_answers (event_id, msgid, clinic_code, at, why) values ($1, $2, $3, $4, $5)
     on conflict (event_id) do nothing`,
    [answer.eventId, answer.msgid, answer.clinicCode, ts(answer.at), answer.why],
  );
}

/** What could not be stored in time: kept on this machine, stored as soon as the database is back. */
export interface KeptAside {
  /** @returns what can be told of the message */
  message(
    body: IncomingBody,
    submitter: Submitter,
  ): Promise<{ readonly msgid: string | null; readonly infno: string | null }>;
  answer(answer: DegradedAnswer): Promise<void>;
  /** Stores what was kept. @returns how much */
  store(): Promise<number>;
}

/** A database that hangs is asked again later. */
const EACH_WITHIN_MS = 10_000;

export function createKeptAside(deps: {
  readonly journal: Journal<KeptEntry>;
  readonly intake: Intake;
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
}): KeptAside {
  const { journal, intake, db, clock, log } = deps;

  const handle = async (kept: KeptEntry): Promise<void> => {
    if (kept.kind === 'answer') return within(EACH_WITHIN_MS, recordDegraded(db, kept.answer));
    const bytes = Buffer.from(kept.body, 'base64');
    const taking = intake.takeIn(
      { bytes, totalBytes: kept.totalBytes, tooLarge: kept.totalBytes > bytes.byteLength },
      kept.submitter,
      kept.receivedAt,
    );
    const result = await within(EACH_WITHIN_MS, taking);
    if (result.outcome === 'quarantined' || result.event === null) return;
    const { eventId, msgid, clinicCode } = result.event;
    await recordDegraded(db, { eventId, msgid, clinicCode, at: kept.receivedAt, why: 'away' });
  };

  return {
    async message(body, submitter) {
      const receivedAt = clock.now();
      await journal.append({
        kind: 'message',
        body: body.bytes.toString('base64'),
        totalBytes: body.totalBytes,
        submitter,
        receivedAt,
      });
      const head = headOf(body);
      log.error({ infno: head.infno }, 'a message could not be stored in time; it is kept on this machine');
      return head;
    },
    answer: (answer) => journal.append({ kind: 'answer', answer }),
    store: () => journal.drain(handle),
  };
}

/** What stands in the journal. */
export type KeptEntry =
  | {
      readonly kind: 'message';
      /** base64 */
      readonly body: string;
      readonly totalBytes: number;
      readonly submitter: Submitter;
      readonly receivedAt: number;
    }
  | { readonly kind: 'answer'; readonly answer: DegradedAnswer };

function headOf(body: IncomingBody): { msgid: string | null; infno: string | null } {
  try {
    return peek(pairOf(parseJsonBytes(body.bytes)).request);
  } catch {
    return { msgid: null, infno: null };
  }
}
