import { parentPort, workerData } from 'node:worker_threads';
import type { FaceSettings } from '../faces/face-settings.ts';
import { createPortraitReader, type PortraitReading } from '../people/portrait-reader.ts';
import { openFaces } from './open-vision.ts';

export interface PortraitTask {
  readonly id: number;
  readonly picture: Uint8Array;
}
export type PortraitNews =
  | { readonly ready: true }
  | { readonly id: number; readonly reading: PortraitReading }
  | { readonly id: number; readonly failed: string };

/** Larger pictures are made smaller: a face that is sent by itself fills enough of them. */
const MAX_SIDE = 640;

/** The thread's side: opens the face networks once, and reads one picture after the other. */
async function work(): Promise<void> {
  const port = parentPort;
  if (port === null) return;
  const say = (news: PortraitNews): void => port.postMessage(news);
  const reader = createPortraitReader(await openFaces(workerData as FaceSettings), {
    maxSide: MAX_SIDE,
    quickFirst: true,
  });
  port.on('message', ({ id, picture }: PortraitTask) => {
    reader.read(Buffer.from(picture)).then(
      (reading) => say({ id, reading }),
      (error: unknown) => say({ id, failed: error instanceof Error ? error.message : String(error) }),
    );
  });
  say({ ready: true });
}

await work();
