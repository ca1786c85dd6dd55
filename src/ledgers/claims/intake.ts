import type { Clock } from '../../platform/clock.ts';
import type { Db, TransactionOptions, Tx } from '../../platform/db.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { MoreLocksNeeded } from './circle.ts';
import type { Claim } from './claim.ts';
import type { ClaimEventRef } from './claims.topics.ts';
import type { ClinicEntry } from './clinic-directory.ts';
import type { DecisionAnswer } from './decision-answer.ts';
import { parseJsonBytes } from './json-body.ts';
import { type Kept, keepMessage } from './keep.ts';
import { peek } from './message.ts';
import { createPgClaimStore } from './pg-store.ts';
import { insertQuarantine, lockOpen, resolveQuarantined, restate, type Submitter } from './quarantine.store.ts';
import { type QuarantineReason, Refusal } from './refusal.ts';
import type { RequestFace } from './request-face.ts';
import {
  attributionTo,
  createUnderstanding,
  type Heard,
  type UnderstandingDeps,
  type Understood,
} from './understand.ts';

/** What came over the wire. Of a body over the limit, `bytes` is the beginning. */
export interface IncomingBody {
  readonly bytes: Buffer;
  readonly totalBytes: number;
  readonly tooLarge: boolean;
}

export type IntakeResult =
  | {
      readonly outcome: 'accepted' | 'duplicate';
      readonly msgid: string;
      readonly infno: string;
      readonly clinic: ClinicEntry;
      /** null: a message that is stored only. */
      readonly event: ClaimEventRef | null;
      /** The platform refused what was asked for: there is nothing to decide. */
      readonly refused: boolean;
      /** Of an audit (3101, 3102): its answer names it. */
      readonly taskId: string | null;
      /** The decision that was stored with the message, or why there is none; undefined: none was asked for. */
      readonly decided?: { readonly answer: DecisionAnswer | null } | { readonly error: unknown };
    }
  | {
      readonly outcome: 'quarantined';
      readonly quarantineId: string;
      readonly reason: QuarantineReason;
      readonly detail: string;
      readonly msgid: string | null;
    };

/** What a message's face picture says, once it is known whose message it is. */
export type FaceOfMessage = (claim: Claim) => Promise<RequestFace | null>;

/** Asked within the transaction that stores a message. */
export type DecideOnMessage = (tx: Tx, result: IntakeResult) => Promise<DecisionAnswer | null>;

export interface Intake {
  /**
   * Takes one body in, whatever it holds. Throws only when nothing could be stored at all.
   * @param decide the message and what it decides are stored with one commit; when that fails, the message alone
   */
  takeIn(
    body: IncomingBody,
    submitter: Submitter,
    receivedAt?: number,
    lookAtFace?: FaceOfMessage,
    decide?: DecideOnMessage,
  ): Promise<IntakeResult>;
  /** Tries a quarantined message again, by the same way. null: it does not lie there any more. */
  replay(quarantineId: string, by: string): Promise<IntakeResult | null>;
}

export interface IntakeDeps extends UnderstandingDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly outbox: Outbox;
}

/** The intake of a living installation: each message in a transaction of its own. */
export function createIntake(deps: IntakeDeps): Intake {
  const { db, clock, keyring, outbox } = deps;
  const { understand, refused, asRefusal, counted } = createUnderstanding(deps);

  /** A transaction, begun again with more locks where the message turns out to concern more than it names. */
  const exclusively = async <T>(
    work: (tx: Tx, locks: readonly string[]) => Promise<T>,
    limits?: TransactionOptions,
  ): Promise<T> => {
    let locks: readonly string[] = [];
    for (;;) {
      try {
        return await db.transaction((tx) => work(tx, locks), limits);
      } catch (error) {
        if (!(error instanceof MoreLocksNeeded)) throw error;
        ({ locks } = error);
      }
    }
  };

  const keep = (understood: Understood, receivedAt: number): Promise<IntakeResult> =>
    exclusively(async (tx, locks) => {
      const store = createPgClaimStore(tx, { outbox });
      const kept = await keepMessage(store, understood.record, { now: clock.now(), locks });
      store.count([counted(attributionTo(understood.clinic), receivedAt, kept.outcome, 1)]);
      await store.flush();
      return resultOf(understood, kept);
    });

  const keepAndDecide = (understood: Understood, receivedAt: number, decide: DecideOnMessage): Promise<IntakeResult> =>
    exclusively(async (tx, locks) => {
      const store = createPgClaimStore(tx, { outbox });
      const kept = await keepMessage(store, understood.record, { now: clock.now(), locks });
      await store.flush();
      const result = resultOf(understood, kept);
      const answer = await decide(tx, result);
      // Last of all: the counts' rows are hot.
      store.count([counted(attributionTo(understood.clinic), receivedAt, kept.outcome, 1)]);
      await store.flush();
      return { ...result, decided: { answer } };
    }, WITH_DECISION);

  return {
    async takeIn(body, submitter, receivedAt = clock.now(), lookAtFace, decide) {
      const arrival = { submitter, receivedAt };
      const heard: Heard = { pair: null, clinic: null };
      try {
        const understood = await withFace(await understand(parsed(body), arrival, heard), lookAtFace);
        if (decide === undefined) return await keep(understood, receivedAt);
        return await keepAndDecide(understood, receivedAt, decide).catch(async (error: unknown) => {
          if (error instanceof Refusal) throw error;
          return { ...(await keep(understood, receivedAt)), decided: { error } };
        });
      } catch (error) {
        const refusal = asRefusal(error, heard);
        return quarantined(
          refusal,
          heard,
          await insertQuarantine(db, keyring, await refused(arrival, heard, refusal, body)),
        );
      }
    },

    async replay(quarantineId, by) {
      const heard: Heard = { pair: null, clinic: null };
      try {
        return await exclusively(async (tx, locks) => {
          const open = await lockOpen(tx, keyring, quarantineId);
          if (!open) return null;
          const { receivedAt, submitter } = open;
          const tooLarge = open.bodyBytes > open.body.byteLength;
          const body = parsed({ bytes: open.body, totalBytes: open.bodyBytes, tooLarge });
          const understood = await understand(body, { submitter, receivedAt }, heard);
          const store = createPgClaimStore(tx, { outbox });
          const kept = await keepMessage(store, understood.record, { now: clock.now(), locks });
          await resolveQuarantined(tx, quarantineId, { state: 'replayed', at: clock.now(), by, note: null });
          store.count([
            counted(open.attribution, receivedAt, 'quarantined', -1),
            counted(attributionTo(understood.clinic), receivedAt, kept.outcome, 1),
          ]);
          await store.flush();
          return resultOf(understood, kept);
        });
      } catch (error) {
        const refusal = asRefusal(error, heard);
        await restate(db, quarantineId, refusal);
        return quarantined(refusal, heard, quarantineId);
      }
    },
  };
}

/** A clinic waits: a statement that takes longer is given up, the message is stored by itself and assessed later. */
const WITH_DECISION: TransactionOptions = { statementTimeoutMs: 1_500, plansOnce: true };

/** What the picture said stands with what else rules read of the event; it is no part of the message, nor of its hash. */
async function withFace(understood: Understood, lookAtFace: FaceOfMessage | undefined): Promise<Understood> {
  const { record } = understood;
  const requestFace = await lookAtFace?.(record.claim);
  if (requestFace == null) return understood;
  const claim = { ...record.claim, body: { ...record.claim.body, requestFace } };
  return { ...understood, record: { ...record, claim } };
}

/** @throws Refusal `too_large`, `unparsable`, `too_deep` */
function parsed(body: IncomingBody): unknown {
  if (body.tooLarge) throw new Refusal('too_large', `${body.totalBytes} bytes`);
  return parseJsonBytes(body.bytes);
}

export const resultOf = ({ record, clinic }: Understood, { outcome, event }: Kept): IntakeResult => ({
  outcome,
  msgid: record.claim.msgid,
  infno: record.claim.infno,
  clinic,
  event,
  refused: record.claim.body.refused,
  taskId: textValue(record.claim.body.request.data?.[0]?.task_id),
});

const textValue = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

export const quarantined = (refusal: Refusal, heard: Heard, quarantineId: string): IntakeResult => ({
  outcome: 'quarantined',
  quarantineId,
  reason: refusal.reason,
  detail: refusal.detail,
  msgid: peek(heard.pair?.request).msgid,
});
