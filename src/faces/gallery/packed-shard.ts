import type { Keyring } from '../../platform/crypto.ts';
import { DomainError } from '../../platform/errors.ts';
import { ID_BYTES, idBytes, idText } from './id-table.ts';
import { NEVER_EMITTED, quantiseVector } from './quantise.ts';

/** Templates as they rest: int8 numbers one after the other, each template's scale and id beside. */
export interface PackedShard {
  readonly version: string;
  readonly dimension: number;
  readonly ids: readonly string[];
  /** `ids.length` × `dimension`, −127..127. */
  readonly rows: Int8Array;
  readonly scales: Float32Array;
  /** How far a template and its int8 numbers lie apart at most, in length. */
  readonly worstError: number;
}

/** @throws DomainError `invalid_input` for templates of other dimensions, or without a direction */
export function packShard(
  { version, dimension }: { readonly version: string; readonly dimension: number },
  templates: readonly { readonly id: string; readonly vector: Float32Array }[],
): PackedShard {
  const rows = new Int8Array(templates.length * dimension);
  const scales = new Float32Array(templates.length);
  let worstError = 0;
  templates.forEach(({ vector }, i) => {
    if (vector.length !== dimension)
      throw new DomainError('invalid_input', `A face template has ${vector.length} numbers instead of ${dimension}.`);
    const { scale, error } = quantiseVector(vector, rows, i * dimension);
    scales[i] = scale;
    worstError = Math.max(worstError, error);
  });
  return { version, dimension, ids: templates.map(({ id }) => id), rows, scales, worstError };
}

/** The shard without those that `keep` refuses. */
export function thinnedShard(shard: PackedShard, keep: (id: string) => boolean): PackedShard {
  const places = shard.ids.flatMap((id, i) => (keep(id) ? [i] : []));
  const { dimension } = shard;
  const rows = new Int8Array(places.length * dimension);
  places.forEach((from, to) => {
    rows.set(shard.rows.subarray(from * dimension, (from + 1) * dimension), to * dimension);
  });
  return {
    ...shard,
    ids: places.map((place) => shard.ids[place] as string),
    rows,
    scales: Float32Array.from(places, (place) => shard.scales[place] as number),
  };
}

const FORM = 'CSG1';

/**
 * The shard encrypted under the biometric key, with `id` as its context: nothing of it is readable, and none can be put in
 * another's place. Inside: `CSG1`, the length of a JSON head and the head, ids (16 bytes each), scales (float32), int8 rows.
 */
export function sealShard(keyring: Pick<Keyring, 'seal'>, id: string, shard: PackedShard): Buffer {
  const { version, dimension, ids, worstError, rows, scales } = shard;
  const head = Buffer.from(JSON.stringify({ version, dimension, count: ids.length, worstError }), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const scaleBytes = Buffer.alloc(scales.length * 4);
  scales.forEach((scale, i) => void scaleBytes.writeFloatLE(scale, i * 4));
  const rowBytes = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
  const plain = Buffer.concat([Buffer.from(FORM), length, head, ...ids.map(idBytes), scaleBytes, rowBytes]);
  try {
    return keyring.seal('biometric', plain, contextOf(id));
  } finally {
    plain.fill(0);
  }
}

/** @throws DomainError `integrity` when it was changed, moved, sealed under another key, or is no shard */
export function openShard(keyring: Pick<Keyring, 'open'>, id: string, sealed: Uint8Array): PackedShard {
  let plain: Buffer;
  try {
    plain = keyring.open('biometric', sealed, contextOf(id));
  } catch (error) {
    throw damaged(id, error);
  }
  try {
    return parse(plain);
  } catch (error) {
    throw damaged(id, error);
  } finally {
    plain.fill(0);
  }
}

function parse(plain: Buffer): PackedShard {
  if (plain.toString('latin1', 0, FORM.length) !== FORM) throw new Error('it has another form');
  const headFrom = FORM.length + 4;
  const idsFrom = headFrom + plain.readUInt32LE(FORM.length);
  const head = JSON.parse(plain.toString('utf8', headFrom, idsFrom)) as Record<string, unknown>;
  const { version, dimension, count, worstError } = head;
  if (typeof version !== 'string' || typeof worstError !== 'number') throw new Error('its head is not complete');
  if (!isCount(dimension) || !isCount(count)) throw new Error('its head has no counts');
  const scalesFrom = idsFrom + count * ID_BYTES;
  const rowsFrom = scalesFrom + count * 4;
  if (plain.length !== rowsFrom + count * dimension) throw new Error('it is of another length');
  const bytes = plain.subarray(rowsFrom);
  if (bytes.indexOf(NEVER_EMITTED) !== -1) throw new Error('a number in it is out of range');
  return {
    version,
    dimension,
    worstError,
    ids: Array.from({ length: count }, (_, i) => idText(plain.subarray(idsFrom, scalesFrom), i)),
    scales: Float32Array.from({ length: count }, (_, i) => plain.readFloatLE(scalesFrom + i * 4)),
    rows: Int8Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)),
  };
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

const contextOf = (id: string): string => `gallery-shard:${id}`;

const damaged = (id: string, cause: unknown): DomainError =>
  new DomainError(
    'integrity',
    `the packed face templates ${id} cannot be read: changed, moved, or of another key`,
    {
      remedy:
        'Nothing is lost: they are packed again from the stored templates. If it happens again, check the disk and who may write to the database.',
    },
    { cause },
  );
