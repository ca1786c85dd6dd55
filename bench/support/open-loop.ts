/**
 * A process of its own that sends requests at a steady rate, whether answers come or not. Latency is counted from the
 * moment at which a request should have been sent: what waits because others are slow is slow too.
 */
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface OpenLoop {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rate: number;
  readonly bodies: readonly string[];
}

export interface OpenLoopResult {
  /** ms, in order of sending. */
  readonly latencies: readonly number[];
  readonly failed: number;
  /** Of the last answer. */
  readonly sample: string;
}

async function run({ url, headers, rate, bodies }: OpenLoop): Promise<OpenLoopResult> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
  const latencies: number[] = [];
  let failed = 0;
  let sample = '';
  const send = (body: string, due: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (ok: boolean): void => {
        latencies.push(performance.now() - due);
        if (!ok) failed += 1;
        resolve();
      };
      const request = http.request(
        url,
        {
          method: 'POST',
          agent,
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            sample = Buffer.concat(chunks).toString();
            done(response.statusCode === 200);
          });
        },
      );
      request.on('error', () => done(false));
      request.end(body);
    });
  const waiting: Promise<void>[] = [];
  const start = performance.now() + 50;
  for (const [i, body] of bodies.entries()) {
    const due = start + (i * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    waiting.push(send(body, due));
  }
  await Promise.all(waiting);
  agent.destroy();
  return { latencies, failed, sample };
}

process.on('message', (job: OpenLoop) => {
  run(job).then(
    (result) => process.send?.(result),
    (error: Error) => process.send?.({ latencies: [], failed: job.bodies.length, sample: error.message }),
  );
});
