import { canonicalJson } from '../../platform/canonical-json.ts';
import { type Keyring, sha256 } from '../../platform/crypto.ts';
import type { Claim } from './claim.ts';
import type { InterfaceTable } from './interface-table.ts';
import { interpret } from './interpret.ts';
import { assertShallow } from './json-body.ts';
import { type MessagePair, pairOf, readEnvelope } from './message.ts';
import type { KeyMapping } from './nodes.ts';
import type { MessageRecord } from './record.ts';

/** A message read and sealed before it is taken in: everything about it that does not depend on what came before. */
export interface ReadAhead {
  readonly record: MessageRecord;
  /** The clinic's mode under which it was read. Under another one it may mean something else. */
  readonly mode: 'mirror' | 'hook';
}

export interface ReadAheadDeps {
  readonly keyring: Keyring;
  readonly table: InterfaceTable;
  readonly mappings: readonly KeyMapping[];
  readonly timeZone: string;
  readonly clinicForm?: RegExp;
  /** A clinic's mode, as far as it is known; undefined: not registered. */
  modeOf(clinicCode: string): 'mirror' | 'hook' | undefined;
}

/** @returns null for a message that only intake can say what to do with: refused, too large, of an unknown clinic */
export function readAhead(body: unknown, receivedAt: number, deps: ReadAheadDeps): ReadAhead | null {
  const { table, mappings, timeZone } = deps;
  try {
    assertShallow(body);
    const pair = pairOf(body);
    const envelope = readEnvelope(table, mappings, pair.request, timeZone, deps.clinicForm);
    const mode = deps.modeOf(envelope.clinicCode);
    if (mode === undefined) return null;
    const claim = interpret(pair, envelope, { table, mappings, zone: timeZone, receivedAt, mode });
    return { record: recordOf(claim, pair, receivedAt, deps.keyring), mode };
  } catch {
    // Intake comes to the same, and says why.
    return null;
  }
}

/** What is stored of an understood message. */
export function recordOf(claim: Claim, pair: MessagePair, receivedAt: number, keyring: Keyring): MessageRecord {
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
