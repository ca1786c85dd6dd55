import type { Db } from './db.ts';

const POLL_MS = 5_000;

/**
 * Keeps something up with the database: `refresh` at once, whenever `channel` is notified, and every five seconds where the word
 * got lost. `refresh` deals with its own errors.
 */
export async function keepUp(
  db: Db,
  channel: string,
  refresh: () => Promise<unknown>,
): Promise<{ close(): Promise<void> }> {
  const listener = await db.listen(channel, () => void refresh());
  const timer = setInterval(() => void refresh(), POLL_MS);
  timer.unref();
  await refresh();
  return {
    close: async () => {
      clearInterval(timer);
      await listener.close();
    },
  };
}
