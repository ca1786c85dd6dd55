import { FieldError } from './field-error.ts';

/** Decodes templates of one dimension; where it is not known beforehand, the first template tells it. */
export interface TemplateCodec {
  readonly dimension: () => number | null;
  /** @returns unit length, or null for an empty template. @throws FieldError */
  readonly read: (value: string | readonly number[] | null | undefined, field: string) => Float32Array | null;
}

export function createTemplateCodec(known: number | null): TemplateCodec {
  let dimension = known;
  return {
    dimension: () => dimension,
    read(value, field) {
      if (value === null || value === undefined || value.length === 0) return null;
      const vector = typeof value === 'string' ? decoded(value, field) : Float32Array.from(value);
      dimension ??= vector.length;
      if (vector.length !== dimension)
        throw new FieldError(field, `must hold ${dimension} numbers, as meta.json says, but holds ${vector.length}`);
      return toUnitLength(vector, field);
    },
  };
}

/** Base64 (standard or URL alphabet) of float32, little-endian. */
function decoded(text: string, field: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  // Node skips what is not base64: a length that does not fit gives it away.
  const letters = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
  if (bytes.length === 0 || bytes.length % 4 !== 0 || Math.floor((letters * 3) / 4) !== bytes.length)
    throw new FieldError(field, 'must be base64 of little-endian float32 numbers');
  const vector = new Float32Array(bytes.length / 4);
  new Uint8Array(vector.buffer).set(bytes);
  return vector;
}

function toUnitLength(vector: Float32Array, field: string): Float32Array {
  let sum = 0;
  // By index: an iterator takes six times as long, and a city has millions of faces.
  for (let i = 0; i < vector.length; i++) sum += (vector[i] ?? 0) ** 2;
  if (!Number.isFinite(sum) || sum === 0)
    throw new FieldError(field, 'must hold finite numbers that are not all zero (little-endian float32)');
  // Left as it is within float32's own error, so that reading changes no byte that was right.
  if (Math.abs(sum - 1) < 1e-6) return vector;
  const scale = 1 / Math.sqrt(sum);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) * scale;
  return vector;
}
