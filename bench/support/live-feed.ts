import { createApiKey } from '../../src/access/api-keys.store.ts';
import { createPgAccessStore } from '../../src/access/pg-store.ts';
import { createPgDeviceStore } from '../../src/devices/pg-store.ts';
import { composeRooms } from '../../src/http/compose.ts';
import { createPgPresenceStore } from '../../src/ledgers/presence/pg-store.ts';
import { createPgStockStore } from '../../src/ledgers/stock/store.ts';
import { createPgPeopleStore } from '../../src/people/pg-store.ts';
import { ts } from '../../src/platform/db.ts';
import type { Handler } from '../../src/platform/outbox.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import type { Feed } from '../../src/simulation/feed/read-feed.ts';
import { applyLines } from '../../src/simulation/run-feed/apply-line.ts';
import type { FeedClock } from '../../src/simulation/run-feed/feed-clock.ts';

/** A runtime whose clock the feed moves. */
export type LiveRuntime = Omit<Runtime, 'clock'> & { readonly clock: FeedClock };

interface Answer {
  readonly msgid: string;
  readonly decision: { readonly decision: string; readonly reasons: readonly { readonly code: string }[] } | null;
}

/**
 * Plays a feed to a living installation: messages over HTTP, the rest by the writers of the rooms, each line in
 * transactions of its own, and whatever falls due worked off by the outbox's handlers, one after the other.
 */
export async function playLive(runtime: LiveRuntime, feed: Feed, afterEndMs: number): Promise<readonly Answer[]> {
  const { db, clock, outbox, keyring } = runtime;
  const rooms = await composeRooms(runtime);
  const app = await rooms.app();
  await db.query(`insert into regions (code, name, level, parent) values ('4116', '周口市', 'city', null)`);
  const { key } = await createApiKey(db, clock, {
    name: 'mirror',
    role: 'mirror',
    regionCode: '4116',
    clinicCode: null,
    cameraId: null,
  });
  const handlers = new Map(rooms.handlersOf(['reconcile']).map((handler) => [handler.topic.name, handler]));
  const answers: Answer[] = [];
  let hoursChanged = false;

  const doDue = async (until: number): Promise<void> => {
    for (;;) {
      const next = await takeNext(runtime, handlers, until);
      if (!next) return;
    }
  };

  const send = async (pair: object): Promise<void> => {
    const response = await app.inject({
      method: 'POST',
      url: '/v1/claims/messages',
      headers: { authorization: `Bearer ${key}` },
      payload: JSON.stringify(pair),
    });
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${response.body}`);
    const { output } = response.json() as { output: { decision: Answer['decision'] } | null };
    const msgid = (pair as { request: { msgid?: string } }).request?.msgid;
    if (output?.decision != null && msgid !== undefined) answers.push({ msgid, decision: output.decision });
  };

  const tick = async (): Promise<void> => {
    if (!hoursChanged) return;
    hoursChanged = false;
    await rooms.chores.get('clinic days')?.();
  };

  try {
    for await (const { line } of feed.lines()) {
      await doDue(line.at);
      clock.moveTo(line.at);
      if (line.kind === 'clinic') hoursChanged = true;
      else await tick();
      if (line.kind === 'message') await send({ request: line.request, response: line.response });
      else {
        await db.transaction(async (tx) => {
          const stores = {
            access: createPgAccessStore(tx, { outbox }),
            devices: createPgDeviceStore(tx),
            presence: createPgPresenceStore(tx, { keyring, outbox }),
            people: createPgPeopleStore(tx, { keyring, outbox }),
            stock: createPgStockStore(tx),
          };
          await applyLines(stores, { clock, keyring, modelVersion: feed.meta.card.templateVersion }, [line]);
        });
      }
    }
    await tick();
    await doDue(clock.now() + afterEndMs);
  } finally {
    await app.close();
  }
  return answers;
}

/** Works off the next thing that is due, at its moment. @returns false: nothing is */
async function takeNext(
  { db, clock }: LiveRuntime,
  handlers: ReadonlyMap<string, Handler>,
  until: number,
): Promise<boolean> {
  const { rows } = await db.query<{ id: number; topic: string; payload: unknown; available_at: number }>(
    `update outbox set published_at = now() where id = (
       select id from outbox where published_at is null and available_at <= $1 and topic = any($2)
       order by available_at, id limit 1) returning id, topic, payload, available_at`,
    [ts(until), [...handlers.keys()]],
  );
  const [row] = rows;
  if (!row) return false;
  clock.moveTo(row.available_at);
  await handlers.get(row.topic)?.handle({
    payload: row.payload,
    once: (effects) =>
      db.transaction(async (tx) => {
        await effects(tx);
        await tx.query('update outbox set done_at = now() where id = $1', [row.id]);
      }),
  });
  return true;
}
