import type { ReadAhead } from '../../../ledgers/claims/read-ahead.ts';
import type { NumberedLine } from '../../feed/normal-line.ts';
import type { LedgerLine } from '../apply-line.ts';
import type { BatchNames, PreparedBatch, PreparedLine, Preparer, ReadMessage } from './prepare.ts';

/**
 * A batch on its way from one thread to another: what JSON can say as one text, which is read quicker than a copied object,
 * and all bytes one after the other, which are not copied at all.
 */
export interface Parcel {
  readonly text: string;
  readonly bytes: ArrayBuffer;
}

/** Where bytes lie in a parcel; null: there are none. */
type Place = readonly [from: number, length: number] | null;

type PackedClaim = Omit<ReadAhead['record'], 'requestHash' | 'responseHash' | 'requestEnc' | 'responseEnc'>;

interface PackedMessage {
  readonly at: number;
  readonly kind: 'message';
  /** The pair as JSON. */
  readonly pair: Place;
  readonly textBytes?: number;
  readonly record?: PackedClaim;
  readonly mode?: 'mirror' | 'hook';
  readonly hashes?: readonly [request: Place, response: Place];
  readonly sealed?: readonly [request: Place, response: Place];
}

type Portrait<Template> = Omit<Extract<LedgerLine, { kind: 'person' }>['portrait'] & object, 'template'> & {
  readonly template: Template;
};

/** A line with its templates as places. */
type PackedLedgerLine =
  | Exclude<LedgerLine, { kind: 'appearance' | 'staff' | 'person' }>
  | (Omit<Extract<LedgerLine, { kind: 'appearance' }>, 'template'> & { readonly template: Place })
  | (Omit<Extract<LedgerLine, { kind: 'staff' }>, 'template'> & { readonly template: Place })
  | (Omit<Extract<LedgerLine, { kind: 'person' }>, 'portrait'> & { readonly portrait: Portrait<Place> | null });

interface Packed {
  readonly files: readonly string[];
  /** Of each line: which of `files`, and its number there. */
  readonly places: readonly (readonly [file: number, number: number])[];
  readonly lines: readonly (PackedLedgerLine | PackedMessage)[];
  readonly names: BatchNames;
}

export class Packer {
  #bytes = new Uint8Array(FIRST_BYTES);
  #end = 0;

  /** Batches in the order of the feed. */
  pack(batch: readonly NumberedLine[], preparer: Preparer, names: BatchNames): Parcel {
    this.#bytes = new Uint8Array(Math.max(FIRST_BYTES, this.#end * 2));
    this.#end = 0;
    const lines = batch.map(({ line }) => {
      if (line.kind === 'message') return this.#message(preparer.read(line));
      preparer.note(line);
      return this.#ledger(line);
    });
    const files = [...new Set(batch.map(({ file }) => file))];
    const places = batch.map(({ file, number }) => [files.indexOf(file), number] as const);
    const packed: Packed = { files, places, lines, names };
    return { text: JSON.stringify(packed), bytes: this.#bytes.buffer };
  }

  #message({ message, ahead }: ReadMessage): PackedMessage {
    const { at, kind, request, response, textBytes } = message;
    const pair = this.#put(Buffer.from(jsonOf(request, response), 'utf8'));
    if (ahead === null) return { at, kind, pair, ...(textBytes === undefined ? {} : { textBytes }) };
    const { requestHash, responseHash, requestEnc, responseEnc, ...record } = ahead.record;
    return {
      at,
      kind,
      pair,
      record,
      mode: ahead.mode,
      hashes: [this.#put(requestHash), this.#put(responseHash)],
      sealed: [this.#put(requestEnc), this.#put(responseEnc)],
    };
  }

  #ledger(line: LedgerLine): PackedLedgerLine {
    switch (line.kind) {
      case 'appearance':
      case 'staff':
        return { ...line, template: this.#template(line.template) };
      case 'person': {
        const { portrait } = line;
        return { ...line, portrait: portrait && { ...portrait, template: this.#template(portrait.template) } };
      }
      default:
        return line;
    }
  }

  #template(vector: Float32Array | null): Place {
    return this.#put(vector && new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
  }

  #put(bytes: Uint8Array | null): Place {
    if (bytes === null) return null;
    const from = this.#end;
    const end = from + bytes.byteLength;
    if (end > this.#bytes.byteLength) {
      const grown = new Uint8Array(end * 2);
      grown.set(this.#bytes.subarray(0, from));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, from);
    this.#end = end;
    return [from, bytes.byteLength];
  }
}

const FIRST_BYTES = 64 * 1024;

/** What is nested so deep that nobody can write it down again is for intake to refuse, as no pair. */
function jsonOf(request: unknown, response: unknown): string {
  try {
    return JSON.stringify({ request, response });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return JSON.stringify({ request: 'nested too deep to be kept', response: null });
  }
}

export function unpack(parcel: Parcel): PreparedBatch {
  const { files, places, lines, names } = JSON.parse(parcel.text) as Packed;
  const { bytes } = parcel;
  return {
    names,
    lines: lines.map((line, i): PreparedLine => {
      const [file = 0, number = 0] = places[i] ?? [];
      return {
        line:
          line.kind === 'message'
            ? { at: line.at, kind: 'message', body: bodyOf(line, bytes) }
            : ledgerLine(line, bytes),
        number,
        file: files[file] ?? '',
      };
    }),
  };
}

function bodyOf(message: PackedMessage, bytes: ArrayBuffer) {
  const { textBytes, record, mode, hashes, sealed } = message;
  const body = () => ({
    value: JSON.parse(viewOf(message.pair, bytes)?.toString('utf8') ?? 'null') as unknown,
    ...(textBytes === undefined ? {} : { textBytes }),
  });
  if (record === undefined || mode === undefined || hashes === undefined || sealed === undefined) return body();
  const [requestHash, responseHash] = [copyOf(hashes[0], bytes), copyOf(hashes[1], bytes)];
  const [requestEnc, responseEnc] = [viewOf(sealed[0], bytes), viewOf(sealed[1], bytes)];
  if (requestHash === null || requestEnc === null) return body();
  return { ahead: { record: { ...record, requestHash, responseHash, requestEnc, responseEnc }, mode }, body };
}

function ledgerLine(line: PackedLedgerLine, bytes: ArrayBuffer): LedgerLine {
  switch (line.kind) {
    case 'appearance':
    case 'staff':
      return { ...line, template: vectorOf(line.template, bytes) };
    case 'person': {
      const { portrait } = line;
      const template = portrait && vectorOf(portrait.template, bytes);
      return { ...line, portrait: portrait && template && { ...portrait, template } };
    }
    default:
      return line;
  }
}

/** Of its own: what is kept for long must not keep the whole parcel. */
function vectorOf(place: Place, bytes: ArrayBuffer): Float32Array | null {
  return place && new Float32Array(bytes.slice(place[0], place[0] + place[1]));
}

const copyOf = (place: Place, bytes: ArrayBuffer): Buffer | null =>
  place === null ? null : Buffer.from(new Uint8Array(bytes, place[0], place[1]));

const viewOf = (place: Place, bytes: ArrayBuffer): Buffer | null =>
  place === null ? null : Buffer.from(bytes, place[0], place[1]);
