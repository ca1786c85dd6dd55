import { connect } from 'node:net';
import type { Clock } from '../../platform/clock.ts';

/** Whether somebody listens at an address: the first thing that goes wrong, told apart from all that comes after. */
export type Reach = 'open' | 'refused' | 'timeout' | 'unreachable';

export async function reach(
  where: { readonly ip: string; readonly port: number },
  timer: Clock,
  timeoutMs: number,
): Promise<Reach> {
  const over = new AbortController();
  const socket = connect({ host: where.ip, port: where.port });
  const answered = new Promise<Reach>((resolve) => {
    socket.once('connect', () => resolve('open'));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET'
          ? 'refused'
          : error.code === 'ETIMEDOUT'
            ? 'timeout'
            : 'unreachable',
      ),
    );
  });
  const late = timer.sleep(timeoutMs, over.signal).then(
    (): Reach => 'timeout',
    (): Reach => 'timeout',
  );
  const found = await Promise.race([answered, late]);
  over.abort();
  socket.on('error', () => undefined);
  socket.destroy();
  return found;
}
