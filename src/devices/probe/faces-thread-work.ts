import { parentPort, workerData } from 'node:worker_threads';
import { analyzerOptions, type FaceSettings } from '../../faces/face-settings.ts';
import { openAnalyzer } from '../../faces/open-analyzer.ts';
import type { RgbImage } from '../../media/image.ts';
import { type FoundProbeFace, findFacesWith } from './look.ts';

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
  const { analyzer } = await openAnalyzer(analyzerOptions(workerData as FaceSettings));
  const find = findFacesWith(analyzer);
  const say = (news: LookNews): void => port.postMessage(news);
  port.on('message', ({ id, image }: LookTask) => {
    find(image).then(
      (faces) => say({ id, faces }),
      (error: unknown) => say({ id, failed: error instanceof Error ? error.message : String(error) }),
    );
  });
}

await work();
