import type { Keyring } from '../../platform/crypto.ts';
import type { Logger } from '../../platform/log.ts';
import type { ClinicDirectory, ClinicEntry } from './clinic-directory.ts';
import type { Attribution, CountChange, IntakeOutcome } from './counts.store.ts';
import type { InterfaceTable } from './interface-table.ts';
import { interpret } from './interpret.ts';
import { dayAt } from './local-time.ts';
import { type MessagePair, pairOf, peek, readEnvelope } from './message.ts';
import type { KeyMapping } from './nodes.ts';
import type { QuarantineEntry, Submitter } from './quarantine.store.ts';
import { type ReadAhead, recordOf } from './read-ahead.ts';
import type { MessageRecord } from './record.ts';
import { Refusal } from './refusal.ts';

/** Who sent a message, and when it came. */
export interface Arrival {
  readonly submitter: Submitter;
  readonly receivedAt: number;
}

/** What is known of a message by the time it is refused. */
export interface Heard {
  pair: MessagePair | null;
  clinic: ClinicEntry | null;
}

export interface Understood {
  readonly record: MessageRecord;
  readonly clinic: ClinicEntry;
}

export interface Understanding {
  /** What a parsed body says. Tells `heard` on the way. @throws Refusal */
  understand(body: unknown, arrival: Arrival, heard: Heard): Promise<Understood>;
  /** The same of a message that was read before it came. null: it must be understood here after all. */
  recognise(ahead: ReadAhead, arrival: Arrival, heard: Heard): Promise<Understood | null>;
  /** What goes into quarantine of a message that was refused. */
  refused(
    arrival: Arrival,
    heard: Heard,
    refusal: Refusal,
    body: { readonly bytes: Buffer; readonly totalBytes: number },
  ): Promise<QuarantineEntry>;
  /** What we did not foresee must not cost a message: it is kept with its reason, and told to us. */
  asRefusal(error: unknown, heard: Heard): Refusal;
  counted(attribution: Attribution, receivedAt: number, outcome: IntakeOutcome, n: number): CountChange;
}

export interface UnderstandingDeps {
  readonly keyring: Keyring;
  readonly log: Logger;
  readonly table: InterfaceTable;
  readonly mappings: { current(): Promise<readonly KeyMapping[]> };
  readonly clinics: ClinicDirectory;
  readonly timeZone: string;
  /** What a clinic's code may look like where it is not the national form. */
  readonly clinicForm?: RegExp;
}

/** From a parsed body to what is stored of it: what a living installation and bulk work have in common. */
export function createUnderstanding(deps: UnderstandingDeps): Understanding {
  const { keyring, table, clinics, timeZone, log } = deps;

  const attributionOf = async ({ regionCode, clinicCode }: Submitter): Promise<Attribution> => {
    if (clinicCode === null) return { clinicCode: '', regionCode: regionCode ?? '' };
    const clinic = await clinics.find(clinicCode);
    return { clinicCode, regionCode: clinic?.regionCode ?? regionCode ?? '' };
  };

  return {
    async understand(body, { submitter, receivedAt }, heard) {
      const pair = pairOf(body);
      heard.pair = pair;
      const mappings = await deps.mappings.current();
      const envelope = readEnvelope(table, mappings, pair.request, timeZone, deps.clinicForm);
      const clinic = await clinicFor(envelope.clinicCode, submitter, clinics);
      heard.clinic = clinic;
      const claim = interpret(pair, envelope, { table, mappings, zone: timeZone, receivedAt, mode: clinic.mode });
      return { record: recordOf(claim, pair, receivedAt, keyring), clinic };
    },

    async recognise({ record, mode }, { submitter, receivedAt }, heard) {
      if (submitter.clinicCode !== null || submitter.regionCode !== null || record.receivedAt !== receivedAt)
        return null;
      if ((await deps.mappings.current()).length > 0) return null;
      const clinic = await clinics.find(record.claim.clinicCode);
      if (clinic?.mode !== mode) return null;
      heard.clinic = clinic;
      return { record, clinic };
    },

    async refused({ submitter, receivedAt }, { pair, clinic }, { reason, detail }, body) {
      return {
        ...peek(pair?.request),
        receivedAt,
        reason,
        detail,
        body: body.bytes,
        bodyBytes: body.totalBytes,
        submitter,
        attribution: clinic ? attributionTo(clinic) : await attributionOf(submitter),
        day: dayAt(receivedAt, timeZone),
      };
    },

    asRefusal(error, heard) {
      if (error instanceof Refusal) return error;
      log.error(
        { err: error, infno: peek(heard.pair?.request).infno },
        'a message could not be processed; it is in quarantine',
      );
      return new Refusal('internal_error', error instanceof Error ? error.name : 'unknown');
    },

    counted: (attribution, receivedAt, outcome, n) => ({
      ...attribution,
      day: dayAt(receivedAt, timeZone),
      outcome,
      n,
    }),
  };
}

export const attributionTo = (clinic: ClinicEntry): Attribution => ({
  clinicCode: clinic.code,
  regionCode: clinic.regionCode,
});

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
