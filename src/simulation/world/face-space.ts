import { binOf, type FaceModel } from './face-model.ts';
import type { CityParameters } from './parameters.ts';
import { type Draw, type Randomness, STREAM } from './random.ts';

export const AGE_BANDS = [18, 40, 60, 75, Number.POSITIVE_INFINITY] as const;
export const ageBandOf = (age: number): number => AGE_BANDS.findIndex((upper) => age < upper);

/** Whose face: numbers that name its streams, and what faces have in common with others. */
export interface Face {
  readonly clinic: number;
  /** Enrollees by their number; staff and strangers beyond, see `STAFF_FACES`, `STRANGER_FACES`. */
  readonly index: number;
  /** Household of the blood relation; null: no kin. */
  readonly kin: number | null;
  readonly male: boolean;
  readonly ageBand: number;
  /** Of the portrait that pictures are compared with; 1 where there is none. */
  readonly portraitQuality: number;
  /** Cosine that the portrait's age costs a genuine score. */
  readonly portraitLoss: number;
}

export const STAFF_FACES = 30_000;
export const STRANGER_FACES = 40_000;

interface Identity {
  /** Unit vector among the identity dimensions. */
  readonly own: Float64Array;
  /** How this person's live pictures differ from the portrait, unit, among the same. */
  readonly live: Float64Array;
  /** The same for what has nothing to do with faces: signs. */
  readonly noise: Int8Array;
  /** How easily this person is recognised, standard normal. */
  readonly ease: number;
}

export interface FaceSpace {
  /** The portrait's template, base64. */
  portrait(face: Face): string;
  /** A live picture's template, base64; `draw` is the picture's own stream. */
  observe(face: Face, quality: number, draw: Draw): string;
  /** The same as vectors, for tests and tools. */
  portraitVector(face: Face): Float32Array;
  observedVector(face: Face, quality: number, draw: Draw): Float32Array;
}

const SEXES = 1;
const REFLECTIONS = 4;

/** The city's faces. Vectors are made when asked for; a few identities are kept at hand. */
export function createFaceSpace(model: FaceModel, parameters: CityParameters['faces'], random: Randomness): FaceSpace {
  const { dimension, identityDimensions: n, sexShare, ageShare } = model;
  const ages = AGE_BANDS.length;
  const noiseAt = 1 + SEXES + ages + n;
  const ownShare = 1 - sexShare - ageShare;
  const [commonLength, faceLength] = [Math.sqrt(model.common), Math.sqrt(1 - model.common)];
  const identities = new Map<number, Identity>();
  const mirrors = Array.from({ length: REFLECTIONS }, (_, i) => unit(random(STREAM.space, i), dimension));
  const buffer = new Float32Array(dimension);
  const bytes = Buffer.from(buffer.buffer);
  const plain = new Float64Array(dimension);
  const across = new Float64Array(n);

  function identityOf(face: Face): Identity {
    const key = face.clinic * 100_000 + face.index;
    const known = identities.get(key);
    if (known) return known;
    if (identities.size >= 20_000) identities.clear();
    const draw = random(STREAM.own, face.clinic, face.index);
    const own = unit(draw, n);
    const live = unit(draw, n);
    const noise = new Int8Array(dimension - noiseAt);
    signs(draw, noise);
    const ease = draw.normal();
    if (face.kin !== null) {
      const kin = unit(random(STREAM.kin, face.clinic, face.kin), n);
      const [shared, alone] = [Math.sqrt(parameters.kinShare), Math.sqrt(1 - parameters.kinShare)];
      for (let i = 0; i < n; i++) own[i] = shared * (kin[i] ?? 0) + alone * (own[i] ?? 0);
      normalise(own);
    }
    const identity = { own, live, noise, ease };
    identities.set(key, identity);
    return identity;
  }

  /** Common part, sex and age band; `faceScale` is the length of the whole face part. */
  function base(face: Face, common: number, faceScale: number): void {
    plain.fill(0);
    plain[0] = common;
    plain[1] = (face.male ? 1 : -1) * faceScale * Math.sqrt(sexShare);
    plain[1 + SEXES + face.ageBand] = faceScale * Math.sqrt(ageShare);
  }

  /** Turns the plain axes into directions that mean nothing by themselves, and writes float32. */
  function turned(): Float32Array {
    for (const mirror of mirrors) {
      let dot = 0;
      for (let i = 0; i < dimension; i++) dot += (mirror[i] as number) * (plain[i] as number);
      dot *= 2;
      for (let i = 0; i < dimension; i++) plain[i] = (plain[i] as number) - dot * (mirror[i] as number);
    }
    for (let i = 0; i < dimension; i++) buffer[i] = plain[i] as number;
    return buffer;
  }

  function portrait(face: Face): void {
    const { own } = identityOf(face);
    base(face, commonLength, faceLength);
    const scale = faceLength * Math.sqrt(ownShare);
    for (let i = 0; i < n; i++) plain[1 + SEXES + ages + i] = scale * (own[i] as number);
    turned();
  }

  function observed(face: Face, quality: number, draw: Draw): void {
    const bin = binOf(model, Math.min(quality, face.portraitQuality));
    const { own, live, noise, ease } = identityOf(face);
    const z = Math.sqrt(parameters.personShare) * ease + Math.sqrt(1 - parameters.personShare) * draw.normal();
    const score = bin.genuine(z) - face.portraitLoss;
    const along = Math.max(-1, Math.min(1, ((score - bin.a) / bin.b - (sexShare + ageShare)) / ownShare));
    const [lasting, fresh] = [Math.sqrt(parameters.liveShare), Math.sqrt(1 - parameters.liveShare)];
    for (let i = 0; i < n; i++) across[i] = draw.normal();
    normalise(across);
    for (let i = 0; i < n; i++) across[i] = lasting * (live[i] as number) + fresh * (across[i] as number);
    let dot = 0;
    for (let i = 0; i < n; i++) dot += (across[i] as number) * (own[i] as number);
    for (let i = 0; i < n; i++) across[i] = (across[i] as number) - dot * (own[i] as number);
    normalise(across);
    const length = bin.b / faceLength;
    base(face, bin.a / commonLength, length);
    const scale = length * Math.sqrt(ownShare);
    const aside = Math.sqrt(1 - along * along);
    for (let i = 0; i < n; i++) {
      plain[1 + SEXES + ages + i] = scale * (along * (own[i] as number) + aside * (across[i] as number));
    }
    const count = dimension - noiseAt;
    const each = bin.noise / Math.sqrt(count);
    let word = 0;
    for (let i = 0; i < count; i++) {
      if ((i & 31) === 0) word = draw.bits();
      plain[noiseAt + i] = each * (lasting * (noise[i] as number) + ((word >>> (i & 31)) & 1 ? fresh : -fresh));
    }
    // Signs of two patterns do not cancel exactly: bring the whole to unit length without touching the face part.
    let noiseSquared = 0;
    for (let i = noiseAt; i < dimension; i++) noiseSquared += (plain[i] as number) ** 2;
    const factor = noiseSquared > 0 ? bin.noise / Math.sqrt(noiseSquared) : 0;
    for (let i = noiseAt; i < dimension; i++) plain[i] = (plain[i] as number) * factor;
    turned();
  }

  return {
    portrait: (face) => {
      portrait(face);
      return bytes.toString('base64');
    },
    observe: (face, quality, draw) => {
      observed(face, quality, draw);
      return bytes.toString('base64');
    },
    portraitVector: (face) => {
      portrait(face);
      return buffer.slice();
    },
    observedVector: (face, quality, draw) => {
      observed(face, quality, draw);
      return buffer.slice();
    },
  };
}

function unit(draw: Draw, length: number): Float64Array {
  const vector = new Float64Array(length);
  for (let i = 0; i < length; i++) vector[i] = draw.normal();
  return normalise(vector);
}

function normalise(vector: Float64Array): Float64Array {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) ** 2;
  const factor = sum > 0 ? 1 / Math.sqrt(sum) : 0;
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) * factor;
  return vector;
}

function signs(draw: Draw, vector: Int8Array): void {
  let word = 0;
  for (let i = 0; i < vector.length; i++) {
    if ((i & 31) === 0) word = draw.bits();
    vector[i] = (word >>> (i & 31)) & 1 ? 1 : -1;
  }
}
