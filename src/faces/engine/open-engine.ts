import { type BuildEvent, ensureModels } from '../../../models/build/ensure-models.ts';
import type { FaceEngine } from './engine.ts';
import { createFaceApiEngine } from './face-api-engine.ts';
import { createOnnxEngine } from './onnx-engine.ts';

export interface OpenEngineOptions {
  /** `onnx` for work (the default); `face-api` is the reference that it is held to. */
  readonly name?: FaceEngine['name'];
  /** Threads inside one inference, for `onnx`. */
  readonly threads?: number;
  /** Folder of the built networks. */
  readonly modelDir?: string;
  /** Told what had to be built. */
  readonly log?: (event: BuildEvent) => void;
}

/**
 * Opens a face engine; builds the networks first where they are missing or damaged. Throws as `ensureModels` and the
 * engines do.
 */
export async function openFaceEngine(options: OpenEngineOptions = {}): Promise<FaceEngine> {
  if (options.name === 'face-api') return createFaceApiEngine();
  const models = await ensureModels({
    ...(options.modelDir !== undefined && { dir: options.modelDir }),
    ...(options.log && { log: options.log }),
  });
  return createOnnxEngine({ models, ...(options.threads !== undefined && { threads: options.threads }) });
}
