import { DomainError } from '../platform/errors.ts';

/**
 * A face as numbers: a vector of unit length or, where a model knows how crowded its neighbourhood is, shorter. Only templates of one version can be compared: two ways of preparing
 * pictures give templates that differ for the same face.
 */
export interface FaceTemplate {
  readonly version: string;
  readonly vector: Float32Array;
  /** The same face by models that still serve beside this one, while one takes the other's place. */
  readonly also?: readonly FaceTemplate[];
}

/** Model and pipeline: change it whenever detection's framing, alignment, resampling or averaging changes. */
export const TEMPLATE_VERSION = 'faceapi-dlib-128/mean-face-crowding-2';

/** The vector of a template from a network's descriptors of one face: of unit length, of their mean at unit length. */
export function templateVector(descriptors: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(), ...others] = descriptors;
  return unitLength(others.reduce((sum, other) => sum.map((value, i) => value + (other[i] ?? 0)), first));
}

/**
 * One template for several pictures of one person: the mean direction at the mean length, weighted by quality. Weights of
 * zero count for next to nothing, not for nothing, so that a person seen only badly still has a template.
 * Throws `invalid_input` for no template or for templates of several versions.
 */
export function poolTemplates(
  shots: readonly { readonly template: FaceTemplate; readonly weight: number }[],
): FaceTemplate {
  const [first] = shots;
  if (!first) throw new DomainError('invalid_input', 'No template to make one of.');
  const sum = new Float32Array(first.template.vector.length);
  let [lengths, shares] = [0, 0];
  for (const { template, weight } of shots) {
    if (template.version !== first.template.version) throw versionsDiffer(first.template.version, template.version);
    const share = Math.max(weight, 1e-3);
    const length = lengthOf(template.vector);
    lengths += share * length;
    shares += share;
    for (let i = 0; i < sum.length; i++)
      sum[i] = (sum[i] ?? 0) + (share * (template.vector[i] ?? 0)) / Math.max(length, 1e-9);
  }
  const also = poolOthers(shots);
  return {
    version: first.template.version,
    vector: scaled(unitLength(sum), lengths / shares),
    ...(also.length > 0 && { also }),
  };
}

/** By each of the other models, over the shots that it described. */
function poolOthers(shots: readonly { readonly template: FaceTemplate; readonly weight: number }[]): FaceTemplate[] {
  const byVersion = new Map<string, { template: FaceTemplate; weight: number }[]>();
  for (const { template, weight } of shots)
    for (const other of template.also ?? []) {
      const known = byVersion.get(other.version) ?? [];
      byVersion.set(other.version, [...known, { template: other, weight }]);
    }
  return [...byVersion.values()].map(poolTemplates);
}

/** Scalar product of two templates, −1..1: their cosine where their lengths are one. Throws `invalid_input` when their versions differ. */
export function compareTemplates(a: FaceTemplate, b: FaceTemplate): number {
  if (a.version !== b.version) throw versionsDiffer(a.version, b.version);
  return Math.min(1, Math.max(-1, dotProduct(a.vector, b.vector)));
}

/** Of two vectors of one length. For vectors of unit length this is their cosine. */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** The vector's bytes (float32, little-endian) for encrypted storage; the version is stored beside it. */
export function templateToBytes({ vector }: FaceTemplate): Buffer {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, i) => void bytes.writeFloatLE(value, i * 4));
  return bytes;
}

/** Throws `integrity` when the bytes are not as many numbers as the model's templates have. */
export function templateFromBytes(
  bytes: Uint8Array,
  { version, dimension }: { readonly version: string; readonly dimension: number },
): FaceTemplate {
  if (bytes.length !== dimension * 4)
    throw new DomainError(
      'integrity',
      `A stored face template has ${bytes.length} bytes instead of ${dimension * 4}.`,
      {
        remedy: 'Make the template again from the photograph.',
      },
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { version, vector: Float32Array.from({ length: dimension }, (_, i) => view.getFloat32(i * 4, true)) };
}

const lengthOf = (vector: Float32Array): number => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));

/** The same direction, `by` times as long. */
export const scaled = (vector: Float32Array, by: number): Float32Array =>
  by === 1 ? vector : vector.map((value) => value * by);

function unitLength(vector: Float32Array): Float32Array {
  const length = lengthOf(vector);
  return length > 0 ? vector.map((value) => value / length) : vector;
}

const versionsDiffer = (a: string, b: string) =>
  new DomainError('invalid_input', `Face templates of different versions cannot be compared: ${a} and ${b}.`, {
    remedy: 'Make the older template again from its photograph.',
  });
