import TinyQueue from 'tinyqueue';
import type { Static, TSchema } from 'typebox';
import type { Clock } from '../clock.ts';
import type { EnqueueOptions, Topic } from '../outbox.ts';

/** What is to be done, in memory: the outbox of bulk work, with the outbox's meaning of equal keys. */
export interface Agenda {
  addAll<Schema extends TSchema>(
    topic: Topic<Schema>,
    items: readonly { readonly payload: Static<Schema>; readonly options?: EnqueueOptions }[],
  ): void;
  /** The next thing that is due at `now`, by moment, then in order of arrival; it waits no longer. */
  takeDue(now: number): { readonly topic: string; readonly payload: unknown } | null;
  /** When the next thing is due; null: nothing waits. */
  nextAt(): number | null;
  readonly waiting: number;
}

interface Item {
  readonly topic: string;
  /** null: it joins nothing. */
  readonly key: string | null;
  /** Where its topic's things wait by their keys. */
  readonly among: Map<string, Item>;
  readonly seq: number;
  payload: unknown;
  at: number;
  /** Joined to an earlier place in the queue, or taken. */
  over: boolean;
}

export function createAgenda(options: { readonly clock: Clock; readonly topics?: ReadonlySet<string> }): Agenda {
  const queue = new TinyQueue<{ at: number; seq: number; item: Item }>([], (a, b) => a.at - b.at || a.seq - b.seq);
  const byTopic = new Map<string, Map<string, Item>>();
  let seq = 0;
  let waiting = 0;

  const settle = (): void => {
    for (let first = queue.peek(); first && (first.item.over || first.at !== first.item.at); first = queue.peek())
      queue.pop();
  };

  return {
    get waiting() {
      return waiting;
    },

    addAll(topic, items) {
      if (options.topics && !options.topics.has(topic.name)) return;
      if (items.length === 0) return;
      const now = options.clock.now();
      let among = byTopic.get(topic.name);
      if (among === undefined) {
        among = new Map();
        byTopic.set(topic.name, among);
      }
      for (const { payload, options: { dedupeKey: key = null, availableAt = now } = {} } of items) {
        const known = key === null ? undefined : among.get(key);
        if (known) {
          known.payload = payload;
          if (availableAt >= known.at) continue;
          known.at = availableAt;
          queue.push({ at: availableAt, seq: known.seq, item: known });
          continue;
        }
        const item: Item = { topic: topic.name, key, among, seq: seq++, payload, at: availableAt, over: false };
        if (key !== null) among.set(key, item);
        queue.push({ at: availableAt, seq: item.seq, item });
        waiting += 1;
      }
    },

    nextAt() {
      settle();
      return queue.peek()?.at ?? null;
    },

    takeDue(now) {
      settle();
      const first = queue.peek();
      if (!first || first.at > now) return null;
      queue.pop();
      const { item } = first;
      item.over = true;
      waiting -= 1;
      if (item.key !== null) item.among.delete(item.key);
      return { topic: item.topic, payload: item.payload };
    },
  };
}
