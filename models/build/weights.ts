import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '../../src/platform/errors.ts';

/** A weight tensor as TensorFlow lays it out: row-major, convolution filters as height, width, in, out. */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Named weights of one network. `get` throws `integrity` for a name the files do not have. */
export interface Weights {
  get(name: string): Weight;
}

interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale: number; readonly min: number };
}

const broken = (what: string) =>
  new DomainError('integrity', `The face network's weights cannot be read: ${what}.`, {
    remedy: 'Reinstall the package @vladmandic/face-api (npm ci).',
  });

/** Reads `<name>_model-weights_manifest.json` and its .bin from `modelDir`; 8-bit weights become `q * scale + min`. */
export async function readWeights(modelDir: string, name: string): Promise<Weights> {
  const manifest = JSON.parse(
    await readFile(path.join(modelDir, `${name}_model-weights_manifest.json`), 'utf8'),
  ) as readonly { readonly paths: readonly string[]; readonly weights: readonly ManifestEntry[] }[];
  const byName = new Map<string, Weight>();
  for (const group of manifest) {
    const bytes = Buffer.concat(await Promise.all(group.paths.map((file) => readFile(path.join(modelDir, file)))));
    let offset = 0;
    for (const entry of group.weights) {
      const { data, byteLength } = decodeEntry(entry, bytes, offset);
      byName.set(entry.name, { shape: entry.shape, data });
      offset += byteLength;
    }
    if (offset !== bytes.length) throw broken(`${name} has ${bytes.length} bytes, its manifest describes ${offset}`);
  }
  return {
    get(weightName) {
      const weight = byName.get(weightName);
      if (!weight) throw broken(`${name} has no weight ${weightName}`);
      return weight;
    },
  };
}

function decodeEntry(entry: ManifestEntry, bytes: Buffer, offset: number): { data: Float32Array; byteLength: number } {
  const count = entry.shape.reduce((product, side) => product * side, 1);
  const byteLength = entry.quantization ? count : count * 4;
  if (offset + byteLength > bytes.length) throw broken(`${entry.name} ends beyond its file`);
  if (!entry.quantization) {
    const data = new Float32Array(count);
    for (let i = 0; i < count; i++) data[i] = bytes.readFloatLE(offset + i * 4);
    return { data, byteLength };
  }
  const { dtype, scale, min } = entry.quantization;
  if (dtype !== 'uint8') throw broken(`${entry.name} is quantised as ${dtype}`);
  return { data: Float32Array.from(bytes.subarray(offset, offset + count), (q) => q * scale + min), byteLength };
}
