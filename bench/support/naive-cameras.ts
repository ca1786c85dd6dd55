/**
 * The naive way, in a process of its own: every frame decoded, five a second scaled to 640×360, each searched by face-api's
 * tiny detector at 416 on tfjs-wasm. A frame that comes while one is searched is not searched.
 * Message in: ffmpeg and the streams. `{report: true}`: how many frames were searched since the last.
 */
import { spawn } from 'node:child_process';
import { createFaceApiEngine } from '../../src/faces/engine/face-api-engine.ts';
import { letterboxed, NAIVE_FPS, NAIVE_SIZE } from './naive.ts';

process.once('message', (plan: { ffmpeg: string; urls: string[] }) => void watch(plan));

async function watch({ ffmpeg, urls }: { ffmpeg: string; urls: string[] }): Promise<void> {
  const engine = await createFaceApiEngine();
  const { width, height } = NAIVE_SIZE;
  const frameBytes = width * height * 3;
  const newest = new Map<string, Buffer>();
  let searched = 0;
  let seen = 0;
  for (const url of urls) {
    const child = spawn(
      ffmpeg,
      [
        ...['-v', 'error', '-nostdin', '-nostats', '-threads', '1', '-rtsp_transport', 'tcp', '-i', url],
        ...['-vf', `fps=${NAIVE_FPS},scale=${width}:${height}`, '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let frame = Buffer.allocUnsafe(frameBytes);
    let filled = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; ) {
        const take = Math.min(frameBytes - filled, chunk.length - at);
        chunk.copy(frame, filled, at, at + take);
        filled += take;
        at += take;
        if (filled < frameBytes) continue;
        newest.set(url, frame);
        seen++;
        frame = Buffer.allocUnsafe(frameBytes);
        filled = 0;
      }
    });
  }
  process.on('message', () => {
    process.send?.({ searched, seen });
    searched = 0;
    seen = 0;
  });
  process.on('disconnect', () => process.exit(0));
  for (;;) {
    const next = [...newest][0];
    if (next) {
      newest.delete(next[0]);
      await engine.detectTiny(letterboxed({ width, height, data: next[1] }), { minScore: 0.5 });
      searched++;
    }
    await new Promise((resolve) => setTimeout(resolve, next ? 0 : 10));
  }
}
