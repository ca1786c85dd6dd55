import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Keyring, sha256 } from '../../platform/crypto.ts';
import type { Db, Tx } from '../../platform/db.ts';
import type { Logger } from '../../platform/log.ts';
import type { Outbox } from '../../platform/outbox.ts';
import type { Claim } from './claim.ts';
import { type ClaimEventRef, claimEventTopic } from './claims.topics.ts';
import type { ClinicDirectory, ClinicEntry } from './clinic-directory.ts';
import { type Attribution, count, dayOf, type IntakeOutcome } from './counts.store.ts';
import type { InterfaceTable } from './interface-table.ts';
import { interpret } from './interpret.ts';
import { parseJsonBytes } from './json-body.ts';
import type { MappingCache } from './mapping.store.ts';
import {
  claimMsgid,
  completeMessage,
  eventIdOf,
  insertMessage,
  type MessageRecord,
  replaceFeeLines,
  upsertSettlement,
  withdrawRefused,
} from './message.store.ts';
import { type MessagePair, pairOf, peek, readEnvelope } from './message.ts';
import { net, settlementOfReversal } from './netting.store.ts';
import {
  insertQuarantine,
  lockOpen,
  type QuarantineEntry,
  resolveQuarantined,
  restate,
  type Submitter,
} from './quarantine.store.ts';
import { type QuarantineReason, Refusal } from './refusal.ts';

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
    }
  | {
      readonly outcome: 'quarantined';
      readonly quarantineId: string;
      readonly reason: QuarantineReason;
      readonly detail: string;
      readonly msgid: string | null;
    };

export interface Intake {
  /** Takes one body in, whatever it holds. Throws only when nothing could be stored at all. */
  takeIn(body: IncomingBody, submitter: Submitter): Promise<IntakeResult>;
  /** Tries a quarantined message again, by the same way. null: it does not lie there any more. */
  replay(quarantineId: string, by: string): Promise<IntakeResult | null>;
}

export interface IntakeDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly log: Logger;
  readonly table: InterfaceTable;
  readonly mappings: MappingCache;
  readonly clinics: ClinicDirectory;
  readonly timeZone: string;
}

interface Understood {
  readonly record: MessageRecord;
  readonly clinic: ClinicEntry;
}

interface Arrival {
  readonly body: IncomingBody;
  readonly submitter: Submitter;
  readonly receivedAt: number;
}

export function createIntake(deps: IntakeDeps): Intake {
  const { db, clock, keyring, outbox, table, clinics, timeZone, log } = deps;

  const attributionOf = async (submitter: Submitter): Promise<Attribution> => {
    if (submitter.clinicCode === null) return { clinicCode: '', regionCode: submitter.regionCode ?? '' };
    const clinic = await clinics.find(submitter.clinicCode);
    return { clinicCode: submitter.clinicCode, regionCode: clinic?.regionCode ?? submitter.regionCode ?? '' };
  };

  /** @throws Refusal */
  const understand = async (arrival: Arrival, heard: Heard): Promise<Understood> => {
    if (arrival.body.tooLarge) throw new Refusal('too_large', `${arrival.body.totalBytes} bytes`);
    const pair = pairOf(parseJsonBytes(arrival.body.bytes));
    heard.pair = pair;
    const mappings = await deps.mappings.current();
    const envelope = readEnvelope(table, mappings, pair.request, timeZone);
    const clinic = await clinicFor(envelope.clinicCode, arrival.submitter, clinics);
    heard.clinic = clinic;
    const claim = interpret(pair, envelope, {
      table,
      mappings,
      zone: timeZone,
      receivedAt: arrival.receivedAt,
      mode: clinic.mode,
    });
    return { record: recordOf(claim, pair, arrival.receivedAt, keyring), clinic };
  };

  /** One message, stored or found again, in the caller's transaction. @throws Refusal */
  const store = async (tx: Tx, { record, clinic }: Understood): Promise<IntakeResult> => {
    const { claim } = record;
    const seen = await claimMsgid(tx, record);
    const completes = seen !== 'new' && assertSame(record, seen);
    const result = (outcome: 'accepted' | 'duplicate', event: ClaimEventRef | null): IntakeResult => ({
      outcome,
      msgid: claim.msgid,
      infno: claim.infno,
      clinic,
      event,
      refused: claim.body.refused,
    });
    if (seen !== 'new' && !completes)
      return result('duplicate', eventRefOf(claim, await settlementOfReversal(tx, claim)));
    let concerned = true;
    if (seen === 'new') concerned = await insertMessage(tx, record);
    else await completeMessage(tx, record, seen, clock.now());
    const previousAt = seen === 'new' ? null : seen.eventAt;
    if (claim.kind === 'settlement' && !claim.body.refused) await upsertSettlement(tx, record, previousAt);
    else if (previousAt !== null && table.transactions.get(claim.infno)?.event === 'settlement') {
      await withdrawRefused(tx, claim, previousAt);
    }
    if (claim.kind === 'fee_lines') await replaceFeeLines(tx, claim, seen !== 'new');
    const changed = await net(tx, claim, { now: clock.now(), concerned });
    const event = eventRefOf(claim, await settlementOfReversal(tx, claim));
    const told = event === null ? changed : [event, ...changed];
    await outbox.addAll(
      tx,
      claimEventTopic,
      told.map((ref) => ({ payload: ref, options: { dedupeKey: ref.eventId } })),
    );
    return result('accepted', event);
  };

  const quarantine = async (arrival: Arrival, heard: Heard, refusal: Refusal): Promise<IntakeResult> => {
    const attribution = await placeOf(heard, arrival.submitter, attributionOf);
    const said = peek(heard.pair?.request);
    const entry: QuarantineEntry = {
      ...said,
      receivedAt: arrival.receivedAt,
      reason: refusal.reason,
      detail: refusal.detail,
      body: arrival.body.bytes,
      bodyBytes: arrival.body.totalBytes,
      submitter: arrival.submitter,
      attribution,
    };
    const quarantineId = await insertQuarantine(db, keyring, entry, dayOf(arrival.receivedAt, timeZone));
    return { outcome: 'quarantined', quarantineId, reason: refusal.reason, detail: refusal.detail, msgid: said.msgid };
  };

  const change = (attribution: Attribution, at: number, outcome: IntakeOutcome, n: number) => ({
    ...attribution,
    day: dayOf(at, timeZone),
    outcome,
    n,
  });

  const placeOfClinic = (clinic: ClinicEntry): Attribution => ({
    clinicCode: clinic.code,
    regionCode: clinic.regionCode,
  });

  /** What we did not foresee must not cost a message: it is kept with its reason, and told to us. */
  const asRefusal = (error: unknown, heard: Heard): Refusal => {
    if (error instanceof Refusal) return error;
    log.error(
      { err: error, infno: peek(heard.pair?.request).infno },
      'a message could not be processed; it is in quarantine',
    );
    return new Refusal('internal_error', error instanceof Error ? error.name : 'unknown');
  };

  return {
    async takeIn(body, submitter) {
      const arrival: Arrival = { body, submitter, receivedAt: clock.now() };
      const heard: Heard = { pair: null, clinic: null };
      try {
        const understood = await understand(arrival, heard);
        return await db.transaction(async (tx) => {
          const result = await store(tx, understood);
          await count(tx, [change(placeOfClinic(understood.clinic), arrival.receivedAt, result.outcome, 1)]);
          return result;
        });
      } catch (error) {
        return quarantine(arrival, heard, asRefusal(error, heard));
      }
    },

    async replay(quarantineId, by) {
      const heard: Heard = { pair: null, clinic: null };
      try {
        return await db.transaction(async (tx) => {
          const open = await lockOpen(tx, keyring, quarantineId);
          if (!open) return null;
          const body: IncomingBody = {
            bytes: open.body,
            totalBytes: open.bodyBytes,
            tooLarge: open.bodyBytes > open.body.byteLength,
          };
          const understood = await understand({ body, submitter: open.submitter, receivedAt: open.receivedAt }, heard);
          const result = await store(tx, understood);
          await resolveQuarantined(tx, quarantineId, { state: 'replayed', at: clock.now(), by, note: null });
          await count(tx, [
            change(open.attribution, open.receivedAt, 'quarantined', -1),
            change(placeOfClinic(understood.clinic), open.receivedAt, result.outcome, 1),
          ]);
          return result;
        });
      } catch (error) {
        const refusal = asRefusal(error, heard);
        await restate(db, quarantineId, refusal);
        const { msgid } = peek(heard.pair?.request);
        return { outcome: 'quarantined', quarantineId, reason: refusal.reason, detail: refusal.detail, msgid };
      }
    },
  };
}

/** What is known of a message by the time it is refused. */
interface Heard {
  pair: MessagePair | null;
  clinic: ClinicEntry | null;
}

const placeOf = async (
  heard: Heard,
  submitter: Submitter,
  otherwise: (submitter: Submitter) => Promise<Attribution>,
): Promise<Attribution> =>
  heard.clinic ? { clinicCode: heard.clinic.code, regionCode: heard.clinic.regionCode } : otherwise(submitter);

/** @throws Refusal `not_yours`, `unknown_clinic` */
async function clinicFor(code: string, submitter: Submitter, clinics: ClinicDirectory): Promise<ClinicEntry> {
  if (submitter.clinicCode !== null && submitter.clinicCode !== code) {
    throw new Refusal('not_yours', 'the key is bound to another clinic');
  }
  const clinic = await clinics.find(code);
  if (!clinic) throw new Refusal('unknown_clinic', code);
  if (submitter.regionCode !== null && !clinic.regionCode.startsWith(submitter.regionCode)) {
    throw new Refusal('not_yours', 'the clinic lies outside the key’s region');
  }
  return clinic;
}

function recordOf(claim: Claim, pair: MessagePair, receivedAt: number, keyring: Keyring): MessageRecord {
  const request = canonicalJson(pair.request);
  const response = pair.response === null ? null : canonicalJson(pair.response);
  return {
    claim,
    receivedAt,
    requestHash: sha256(request),
    responseHash: response === null ? null : sha256(response),
    requestEnc: keyring.sealText('message', request, `${claim.msgid}:request`),
    responseEnc: response === null ? null : keyring.sealText('message', response, `${claim.msgid}:response`),
  };
}

/** @returns whether the record brings the response that was awaited. @throws Refusal `msgid_conflict` */
function assertSame(
  record: MessageRecord,
  seen: { readonly requestHash: Buffer; readonly responseHash: Buffer | null },
): boolean {
  if (!record.requestHash.equals(seen.requestHash)) throw new Refusal('msgid_conflict', 'the request differs');
  if (record.responseHash === null) return false;
  if (seen.responseHash === null) return true;
  if (!record.responseHash.equals(seen.responseHash)) throw new Refusal('msgid_conflict', 'the response differs');
  return false;
}

const eventRefOf = (claim: Claim, settlementId: string | null): ClaimEventRef | null =>
  claim.kind === null
    ? null
    : {
        eventId: eventIdOf(claim.msgid),
        kind: claim.kind,
        at: claim.at,
        clinicCode: claim.clinicCode,
        msgid: claim.msgid,
        psnNo: claim.psnNo,
        mdtrtId: claim.mdtrtId,
        setlId: claim.setlId,
        settlementId,
      };
