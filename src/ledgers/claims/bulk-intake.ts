import type { Clock } from '../../platform/clock.ts';
import type { Agenda } from '../../platform/working-set/agenda.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import { BODY_LIMIT_BYTES, KEPT_OF_TOO_LARGE_BYTES } from './body-limit.ts';
import { keysOf } from './circle.ts';
import { type IncomingBody, type IntakeResult, quarantined, resultOf } from './intake.ts';
import { assertShallow, parseJsonBytes } from './json-body.ts';
import { keepMessage } from './keep.ts';
import { createMemoryClaimStore } from './memory-store.ts';
import { pairOf } from './message.ts';
import { type ClaimPaging, claimKeysOfCircle } from './paging.ts';
import { quarantineRow, type Submitter } from './quarantine.store.ts';
import type { ReadAhead } from './read-ahead.ts';
import { Refusal } from './refusal.ts';
import { claimQuarantineTable } from './tables.ts';
import { attributionTo, createUnderstanding, type Heard, type UnderstandingDeps } from './understand.ts';

/** A body that is parsed already, by `parseJsonText`, so that no digit of a long number is lost. */
export interface ParsedBody {
  readonly value: unknown;
  /** How many bytes its text has at most; without it, it is taken to be within the limit of a body. */
  readonly textBytes?: number;
}

/** A body that was read ahead; `body` is asked for where that does not do. */
export interface AheadBody {
  readonly ahead: ReadAhead;
  readonly body: () => ParsedBody;
}

export interface BulkIntake {
  /** As `Intake.takeIn`, into memory. */
  takeIn(body: IncomingBody | ParsedBody | AheadBody, submitter: Submitter): Promise<IntakeResult>;
}

export interface BulkIntakeDeps extends UnderstandingDeps {
  readonly workingSet: WorkingSet;
  readonly agenda: Agenda;
  readonly clock: Clock;
  readonly paging: ClaimPaging;
}

/** The same intake on the working set: each message in a transaction of its own, written behind. */
export function createBulkIntake(deps: BulkIntakeDeps): BulkIntake {
  const { workingSet, clock, keyring } = deps;
  const { understand, recognise, refused, asRefusal, counted } = createUnderstanding(deps);
  const store = createMemoryClaimStore({ workingSet, agenda: deps.agenda, onPut: deps.paging.note });
  const quarantine = workingSet.table(claimQuarantineTable);

  return {
    async takeIn(told, submitter) {
      const arrival = { submitter, receivedAt: clock.now() };
      const heard: Heard = { pair: null, clinic: null };
      try {
        const understood =
          ('ahead' in told ? await recognise(told.ahead, arrival, heard) : null) ??
          (await understand(valueIn(wholeOf(told)), arrival, heard));
        await deps.paging.bringBack(claimKeysOfCircle(keysOf(understood.record.claim)));
        return await workingSet.transaction(async () => {
          const kept = await keepMessage(store, understood.record, { now: clock.now() });
          store.count([counted(attributionTo(understood.clinic), arrival.receivedAt, kept.outcome, 1)]);
          return resultOf(understood, kept);
        });
      } catch (error) {
        const body = wholeOf(told);
        // What was read ahead is a pair.
        if ('ahead' in told && 'value' in body) heard.pair ??= pairOf(body.value);
        const refusal = asRefusal(error, heard);
        const entry = await refused(arrival, heard, refusal, bytesOf(body));
        const row = quarantineRow(keyring, entry);
        quarantine.put(row);
        store.count([{ ...entry.attribution, day: entry.day, outcome: 'quarantined', n: 1 }]);
        return quarantined(refusal, heard, row.id);
      }
    },
  };
}

const wholeOf = (told: IncomingBody | ParsedBody | AheadBody): IncomingBody | ParsedBody =>
  'ahead' in told ? told.body() : told;

/** @throws Refusal `too_large`, `unparsable`, `too_deep` */
function valueIn(body: IncomingBody | ParsedBody): unknown {
  if (!('value' in body)) {
    if (body.tooLarge) throw new Refusal('too_large', `${body.totalBytes} bytes`);
    return parseJsonBytes(body.bytes);
  }
  assertShallow(body.value);
  if ((body.textBytes ?? 0) > BODY_LIMIT_BYTES) {
    const { totalBytes } = bytesOf(body);
    if (totalBytes > BODY_LIMIT_BYTES) throw new Refusal('too_large', `${totalBytes} bytes`);
  }
  return body.value;
}

function bytesOf(body: IncomingBody | ParsedBody): { readonly bytes: Buffer; readonly totalBytes: number } {
  if (!('value' in body)) return body;
  const bytes = Buffer.from(JSON.stringify(body.value) ?? '', 'utf8');
  const totalBytes = bytes.byteLength;
  return { bytes: totalBytes > BODY_LIMIT_BYTES ? bytes.subarray(0, KEPT_OF_TOO_LARGE_BYTES) : bytes, totalBytes };
}
