import { DomainError } from '../../platform/errors.ts';

/** A byte that never stands in a quantised vector: −128. Numbers are −127..127, so that each has its opposite. */
export const NEVER_EMITTED = 0x80;

const MOST = 127;
/** Queries have 7 bits, see models/build/networks/gallery-scan.ts. */
const MOST_OF_QUERY = 63;

/**
 * Writes a vector as int8 under a scale of its own. @returns the scale (vector ≈ scale × int8) and how far the two lie
 * apart at most, in length. @throws DomainError `invalid_input` for a number that is none, or nothing but zeros
 */
export function quantiseVector(
  vector: Float32Array,
  into: Int8Array,
  offset: number,
): { readonly scale: number; readonly error: number } {
  const scale = largest(vector) / MOST;
  let error = 0;
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] as number;
    const quantised = Math.round(value / scale);
    into[offset + i] = quantised;
    error += (value - quantised * scale) ** 2;
  }
  return { scale, error: Math.sqrt(error) };
}

/** The same for a query, as bytes 1..127 around 64. */
export function quantiseQuery(
  vector: Float32Array,
  into: Uint8Array,
  offset: number,
  zeroPoint: number,
): { readonly scale: number; readonly error: number } {
  const scale = largest(vector) / MOST_OF_QUERY;
  let error = 0;
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] as number;
    const quantised = Math.round(value / scale);
    into[offset + i] = quantised + zeroPoint;
    error += (value - quantised * scale) ** 2;
  }
  return { scale, error: Math.sqrt(error) };
}

function largest(vector: Float32Array): number {
  let most = 0;
  for (let i = 0; i < vector.length; i++) {
    const size = Math.abs(vector[i] as number);
    if (!(size <= most)) most = size;
  }
  if (!(most > 0) || !Number.isFinite(most))
    throw new DomainError('invalid_input', 'A face template without a direction cannot be searched.', {
      remedy: 'Make the template again from its photograph.',
    });
  return most;
}
