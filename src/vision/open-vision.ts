import { createFaceAnalyzer, type FaceAnalyzer } from '../faces/analyzer.ts';
import { createBatchingEngine } from '../faces/engine/batching-engine.ts';
import type { FaceEngine } from '../faces/engine/engine.ts';
import { openFaceEngine } from '../faces/engine/open-engine.ts';
import { createFfmpegRunner } from '../media/ffmpeg/fluent-adapter.ts';
import { locateFfmpeg } from '../media/ffmpeg/locate.ts';
import type { MediaTools } from '../media/probe.ts';
import { systemClock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import { createFaceReader, type FaceReader } from './face-reader.ts';

/** ffmpeg as configured. @throws DomainError `config_invalid` when there is none */
export function openMedia(config: Pick<Config, 'FFMPEG_PATH'>, onWarning: (text: string) => void): MediaTools {
  const binary = locateFfmpeg({ FFMPEG_PATH: config.FFMPEG_PATH, PATH: process.env.PATH });
  if (binary.warning !== undefined) onWarning(binary.warning);
  return { binary, run: createFfmpegRunner(binary), timer: systemClock };
}

export interface OpenFaces {
  readonly engine: FaceEngine;
  readonly analyzer: FaceAnalyzer;
  readonly reader: FaceReader;
  close(): Promise<void>;
}

/** The face engine as configured, and a reader of camera frames on it. Builds the networks at the first start. */
export async function openFaces(
  config: Pick<Config, 'FACE_ENGINE' | 'FACE_THREADS' | 'MODELS_DIR'>,
): Promise<OpenFaces> {
  const opened = await openFaceEngine({
    name: config.FACE_ENGINE === 'face-api' ? 'face-api' : 'onnx',
    threads: config.FACE_THREADS,
    modelDir: config.MODELS_DIR,
  });
  const engine = createBatchingEngine(opened);
  const analyzer = createFaceAnalyzer({ engine });
  return { engine, analyzer, reader: createFaceReader({ engine, analyzer }), close: () => engine.close() };
}
