import type { AheadBody, ParsedBody } from '../../../ledgers/claims/bulk-intake.ts';
import { type ClaimKeys, claimKeysOf } from '../../../ledgers/claims/paging.ts';
import { type ReadAhead, type ReadAheadDeps, readAhead } from '../../../ledgers/claims/read-ahead.ts';
import type { NormalLine, NormalMessage, NumberedLine } from '../../feed/normal-line.ts';
import type { LedgerLine } from '../apply-line.ts';

/** A message pair as intake takes it. */
export interface PreparedMessage {
  readonly at: number;
  readonly kind: 'message';
  readonly body: ParsedBody | AheadBody;
}

export interface PreparedLine {
  readonly line: LedgerLine | PreparedMessage;
  /** Counted from 1 in its file. */
  readonly number: number;
  readonly file: string;
}

/** Whom and what a batch's messages speak of, as far as it can be told by a look. */
export interface BatchNames extends ClaimKeys {
  readonly psnNos: readonly string[];
}

/** Some lines, with what can be worked out about them before their moment. */
export interface PreparedBatch {
  readonly lines: readonly PreparedLine[];
  readonly names: BatchNames;
}

/** A message before it is packed: read ahead, or left to intake (null). */
export interface ReadMessage {
  readonly message: NormalMessage;
  readonly ahead: ReadAhead | null;
}

export interface Preparer {
  /** To be called with all lines in their order: it knows clinics by their lines. */
  read(line: NormalMessage): ReadMessage;
  note(line: NormalLine): void;
}

export function createPreparer(deps: Omit<ReadAheadDeps, 'modeOf'>): Preparer {
  const modes = new Map<string, 'mirror' | 'hook'>();
  const aheadDeps: ReadAheadDeps = { ...deps, modeOf: (clinicCode) => modes.get(clinicCode) };
  return {
    note(line) {
      if (line.kind === 'clinic') modes.set(line.code, line.mode);
    },
    read: (message) => ({
      message,
      // One so long that it may be too large is for intake to look at.
      ahead: message.textBytes === undefined ? readAhead(pairIn(message), message.at, aheadDeps) : null,
    }),
  };
}

export const pairIn = ({ request, response }: NormalMessage): { request: unknown; response: unknown } => ({
  request,
  response,
});

/** What messages name, each name once. */
export function namesIn(batch: readonly NumberedLine[]): BatchNames {
  const psnNos = new Set<string>();
  const msgids: string[] = [];
  const setlIds: string[] = [];
  const visits: ClaimKeys['visits'][number][] = [];
  for (const { line } of batch) {
    if (line.kind !== 'message') continue;
    peekPsnNos(line.request, psnNos);
    const found = claimKeysOf(line);
    msgids.push(...found.msgids);
    setlIds.push(...found.setlIds);
    visits.push(...found.visits);
  }
  return { psnNos: [...psnNos], msgids, setlIds, visits };
}

/** Whom a request is about, as the interface spells it; another spelling is found when the message is read. */
function peekPsnNos(value: unknown, found: Set<string>, depth = 0): void {
  if (typeof value !== 'object' || value === null || depth > 4) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === 'psn_no' && typeof member === 'string') found.add(member);
    else if (typeof member === 'object') peekPsnNos(member, found, depth + 1);
  }
}
