import type { Tx } from '../../src/platform/db.ts';
import type { Handler } from '../../src/platform/outbox.ts';
import type { TestRuntime } from './test-runtime.ts';

/** Works off what waits for these handlers, as a worker would, until nothing does. @returns how many jobs */
export async function workOff({ db }: Pick<TestRuntime, 'db'>, handlers: readonly Handler[]): Promise<number> {
  let worked = 0;
  for (let before = -1; before !== worked; ) {
    before = worked;
    for (const handler of handlers) {
      const { rows } = await db.query<{ id: number; payload: object }>(
        'select id, payload from outbox where topic = $1 and done_at is null order by id',
        [handler.topic.name],
      );
      for (const row of rows) {
        const once = (effects: (tx: Tx) => Promise<void>): Promise<void> =>
          db.transaction(async (tx) => {
            const open = await tx.query(
              'update outbox set done_at = now(), published_at = now() where id = $1 and done_at is null',
              [row.id],
            );
            if (open.rowCount > 0) await effects(tx);
          });
        await handler.handle({ payload: row.payload as never, once });
        await once(async () => undefined);
        worked += 1;
      }
    }
  }
  return worked;
}
