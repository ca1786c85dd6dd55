import { parentPort, workerData } from 'node:worker_threads';
import { createFaceAnalyzer } from '../../faces/analyzer.ts';
import { openFaceEngine } from '../../faces/engine/open-engine.ts';
import type { RgbImage } from '../../media/image.ts';
import type { Config } from '../../platform/config.ts';
import { type FoundProbeFace, findFacesWith } from './look.ts';

export type FaceSettings = Pick<Config, 'FACE_ENGINE' | 'FACE_THREADS' | 'MODELS_DIR'>;
export interface LookTask {
  readonly id: number;
  readonly image: RgbImage;
}
export type LookNews =
  | { readonly id: number; readonly faces: readonly FoundProbeFace[] }
  | { readonly id: number; readonly failed: string };

/** The thread's side: opens the face networks once, and looks at one picture after the other. */
async function work(): Promise<void> {
  const port = parentPort;
  if (port === null) return;
  const settings = workerData as FaceSettings;
  const engine = await openFaceEngine({
    name: settings.FACE_ENGINE === 'face-api' ? 'face-api' : 'onnx',
    threads: settings.FACE_THREADS,
    modelDir: settings.MODELS_DIR,
  });
  const find = findFacesWith(createFaceAnalyzer({ engine }));
  const say = (news: LookNews): void => port.postMessage(news);
  port.on('message', ({ id, image }: LookTask) => {
    find(image).then(
      (faces) => say({ id, faces }),
      (error: unknown) => say({ id, failed: error instanceof Error ? error.message : String(error) }),
    );
  });
}

await work();
