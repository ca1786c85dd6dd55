/** Templates as a city's people have them: kin and look-alikes around common faces, all faces a little alike. */
export interface ClusteredTemplates {
  /** Those of the places [from, to). */
  block(from: number, to: number): Float32Array[];
  vectorOf(place: number): Float32Array;
  /** By turns somebody of the gallery seen again, and kin of his who is not in it: whose nearest is a close call. */
  queries(count: number): Float32Array[];
}

const FAMILY = 6;
/** What a random series is for. */
const [EVERYBODY, ALIKE, OWN, MOMENT, NOT_ENROLLED] = [0, 1, 2, 3, 4];
/**
 * How much of a face is everybody's, its look-alikes', its own, and of the moment. Chosen so that strangers have a cosine of
 * about 0.6, kin one of about 0.9, and the same person again one of about 0.95: the built-in model's are as close.
 */
const SHARES = { everybody: 1.2, alike: 0.8, own: 0.45, moment: 0.32 };

/** Made again from their place whenever they are asked for: a million float32 templates need not be kept. */
export function clusteredTemplates(options: {
  readonly count: number;
  readonly dimension: number;
  readonly seed: number;
}): ClusteredTemplates {
  const { count, dimension, seed } = options;
  const drawn = (kind: number, place: number): Float32Array => spread(dimension, seedOf(seed, kind, place));
  const everybody = drawn(EVERYBODY, 0);
  let family = { number: -1, face: everybody };
  const mixed = (place: number, moment: number | null, kind = OWN): Float32Array => {
    const number = Math.floor(place / FAMILY);
    if (family.number !== number) family = { number, face: drawn(ALIKE, number) };
    const face = drawn(kind, place);
    add(face, SHARES.own, family.face, SHARES.alike);
    add(face, 1, everybody, SHARES.everybody);
    if (moment !== null) add(face, 1, drawn(MOMENT, moment), SHARES.moment);
    return toUnitLength(face);
  };
  return {
    block: (from, to) => Array.from({ length: to - from }, (_, i) => mixed(from + i, null)),
    vectorOf: (place) => mixed(place, null),
    queries: (wanted) =>
      Array.from({ length: wanted }, (_, i) => {
        const place = Math.floor(((i + 0.5) * count) / wanted);
        return mixed(place, i, i % 2 === 0 ? OWN : NOT_ENROLLED);
      }),
  };
}

export const templateId = (place: number): string => `00000000-0000-7000-8000-${place.toString(16).padStart(12, '0')}`;

const seedOf = (seed: number, kind: number, place: number): number =>
  Math.imul(seed, 0x9e3779b1) ^ Math.imul(kind + 1, 0x85ebca6b) ^ Math.imul(place + 1, 0xc2b2ae35);

/** Numbers of variance 1, evenly spread (xorshift32, Marsaglia 2003): a billion of them are drawn. */
function spread(length: number, seed: number): Float32Array {
  const numbers = new Float32Array(length);
  let state = seed | 0 || 1;
  // Near seeds begin alike.
  for (let i = -8; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    if (i >= 0) numbers[i] = state * 8.0654e-10;
  }
  return numbers;
}

function add(to: Float32Array, share: number, other: Float32Array, otherShare: number): void {
  for (let i = 0; i < to.length; i++) to[i] = share * (to[i] as number) + otherShare * (other[i] as number);
}

function toUnitLength(vector: Float32Array): Float32Array {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) ** 2;
  const scale = 1 / Math.sqrt(sum);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) * scale;
  return vector;
}
