import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DomainError } from '../../src/platform/errors.ts';
import checksums from '../checksums.json' with { type: 'json' };
import { ageGender } from './networks/age-gender.ts';
import { faceLandmarks68, faceLandmarks68Tiny } from './networks/face-landmarks.ts';
import { faceRecognition } from './networks/face-recognition.ts';
import { ssdMobilenetV1 } from './networks/ssd-mobilenetv1.ts';
import { tinyFaceDetector } from './networks/tiny-face-detector.ts';
import { readWeights, type Weights } from './weights.ts';

const NETWORKS = {
  ssd_mobilenetv1: ssdMobilenetV1,
  tiny_face_detector: tinyFaceDetector,
  face_landmark_68: faceLandmarks68,
  face_landmark_68_tiny: faceLandmarks68Tiny,
  face_recognition: faceRecognition,
  age_gender: ageGender,
} satisfies Record<string, (weights: Weights) => Uint8Array>;

export type NetworkName = keyof typeof NETWORKS;
/** None for a network that is just being added. */
const released: Partial<Record<NetworkName, { readonly weights: Readonly<Record<string, string>> }>> = checksums;
export const networkNames = Object.keys(NETWORKS) as readonly NetworkName[];

export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
}
export type ModelFiles = Readonly<Record<NetworkName, ModelFile>>;

/** Where built models lie unless somebody says otherwise: `models/built` in the package, ignored by git. */
export const defaultModelDir = fileURLToPath(new URL('../built', import.meta.url));

/** The folder in which @vladmandic/face-api ships its weights. */
export function faceApiModelDir(): string {
  return path.join(path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), 'model');
}

export interface BuildEvent {
  readonly network: NetworkName;
  readonly reason: 'missing' | 'damaged';
  readonly ms: number;
}

export interface EnsureModelsOptions {
  /** Folder for the built .onnx files; created when it is not there. */
  readonly dir?: string;
  /** Told what was built, and why. */
  readonly log?: (event: BuildEvent) => void;
}

/**
 * Makes sure that the six face networks stand in `dir` as ONNX files with the checksums of `models/checksums.json`.
 * Missing or damaged files are built from face-api's weights (about a second); the others are left alone. Safe to run
 * twice at once: a file appears whole or not at all.
 * Throws `integrity` when the installed weights are not the ones that were released with this version, `unavailable`
 * when the folder cannot be written.
 */
export async function ensureModels({ dir = defaultModelDir, log }: EnsureModelsOptions = {}): Promise<ModelFiles> {
  const files = await Promise.all(
    networkNames.map(async (network): Promise<[NetworkName, ModelFile]> => {
      const file = path.join(dir, `${network}.onnx`);
      const expected = checksums[network].onnx;
      const found = await checksumOf(file);
      if (found !== expected) {
        const startedAt = performance.now();
        const { onnx } = await buildNetwork(network, { verifyWeights: true });
        if (sha256(onnx) !== expected) throw wrongChecksum(`the built network ${network}`);
        await writeWhole(file, onnx);
        const ms = Math.round(performance.now() - startedAt);
        log?.({ network, reason: found === null ? 'missing' : 'damaged', ms });
      }
      return [network, { path: file, sha256: expected }];
    }),
  );
  return Object.fromEntries(files) as Record<NetworkName, ModelFile>;
}

/** Builds one network from face-api's weights. `weights` maps each weight file's name to its SHA-256. */
export async function buildNetwork(
  network: NetworkName,
  { verifyWeights }: { readonly verifyWeights: boolean },
): Promise<{ onnx: Uint8Array; weights: Record<string, string> }> {
  const modelDir = faceApiModelDir();
  const weights: Record<string, string> = {};
  for (const name of [`${network}_model-weights_manifest.json`, `${network}_model.bin`]) {
    const found = await checksumOf(path.join(modelDir, name));
    if (found === null)
      throw new DomainError('integrity', `The face network's weights ${name} are not installed.`, {
        remedy: 'Install the packages again with npm ci.',
      });
    weights[name] = found;
    const expected = released[network]?.weights[name];
    if (verifyWeights && found !== expected) throw wrongChecksum(name);
  }
  return { onnx: NETWORKS[network](await readWeights(modelDir, network)), weights };
}

const wrongChecksum = (what: string) =>
  new DomainError('integrity', `${what} is not what this version of ClaimSight was released with.`, {
    remedy:
      'Install exactly the locked packages with npm ci. After a wanted change run: npx tsx models/build/update-checksums.ts',
  });

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function checksumOf(file: string): Promise<string | null> {
  try {
    return sha256(await readFile(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, bytes, { flush: true });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new DomainError(
      'unavailable',
      `The face networks cannot be written to ${path.dirname(file)}.`,
      { remedy: 'Give another folder with room for 50 MB that this user may write to.' },
      { cause: error },
    );
  }
}
