import { type Db, ts } from '../platform/db.ts';
import type { Logger } from '../platform/log.ts';
import { ALERT_CHANNEL, type AlertAction, newestSeq } from './alert-events.ts';
import { type AlertSight, itemOf, NAMED_COLUMNS, NAMED_FROM, type NamedAlert } from './alert-list.store.ts';
import type { AlertStreamEvent } from './alerts.schemas.ts';

/** One event as every console gets it: written out once, however many read it. */
export interface FeedEvent {
  readonly seq: number;
  readonly regionCode: string;
  readonly clinicCode: string;
  /** Whether its clinic was asked about it. */
  readonly asked: boolean;
  /** The server-sent event, ready for the wire. */
  readonly frame: string;
}

/** Where a reader's frames go. */
export interface FeedSink {
  /** @returns false when the reader is behind: nothing more is written until `drained` resolves */
  write(frame: string): boolean;
  /** Resolves when there is room again; rejects when the reader is gone or took too long. */
  drained(): Promise<void>;
}

export interface AlertFeed {
  /**
   * Sends everything behind `afterSeq` (null: from now on) that the reader sees, in order and without a gap, and goes on
   * until `signal` is aborted. A slow reader falls behind in the database, not in our memory.
   */
  follow(options: {
    readonly sight: Pick<AlertSight, 'scope' | 'askedOnly'>;
    readonly afterSeq: number | null;
    readonly sink: FeedSink;
    readonly signal: AbortSignal;
  }): Promise<void>;
  close(): Promise<void>;
}

interface Gate {
  readonly promise: Promise<void>;
  open(): void;
}

function createGate(): Gate {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

const KEPT_EVENTS = 2_000;
const READ_BATCH = 500;

/**
 * The live feed of alert events: one listener and one reader a process, whatever the number of consoles. The newest
 * events stay in memory; who is further behind reads the table.
 */
export function createAlertFeed(deps: { readonly db: Db; readonly log: Logger }): AlertFeed {
  const { db, log } = deps;
  /** Without a gap, the newest last. */
  let kept: FeedEvent[] = [];
  let readUpTo = 0;
  let wakeAll = createGate();
  let ready = false;
  let started: Promise<{ close(): Promise<void> }> | undefined;
  let pumping: Promise<void> | undefined;
  let again = false;
  let closed = false;

  const pump = async (): Promise<void> => {
    do {
      again = false;
      const events = await readEvents(db, readUpTo);
      if (events.length === 0) continue;
      kept = [...kept, ...events].slice(-KEPT_EVENTS);
      readUpTo = events.at(-1)?.seq ?? readUpTo;
      again ||= events.length === READ_BATCH;
      const woken = wakeAll;
      wakeAll = createGate();
      woken.open();
    } while (again && !closed);
  };
  const onNotify = (): void => {
    if (!ready) return; // the first read, after the listener stands, will see it
    again = true;
    pumping ??= pump()
      .catch((error: Error) =>
        log.warn({ err: error.message }, 'alert events could not be read; the next one tries again'),
      )
      .finally(() => {
        pumping = undefined;
      });
  };
  const start = (): Promise<{ close(): Promise<void> }> => {
    started ??= (async () => {
      const listener = await db.listen(ALERT_CHANNEL, onNotify);
      readUpTo = await newestSeq(db);
      ready = true;
      onNotify(); // whatever was written between the two
      return listener;
    })().catch((error: unknown) => {
      started = undefined; // the next reader tries again
      throw error;
    });
    return started;
  };

  /** What comes behind `seq`, from memory where it reaches back so far. */
  const behind = async (seq: number): Promise<readonly FeedEvent[]> => {
    if (seq >= readUpTo) return [];
    const first = kept[0];
    if (first !== undefined && seq >= first.seq - 1) return kept.filter((event) => event.seq > seq);
    return readEvents(db, seq);
  };

  return {
    async follow({ sight, afterSeq, sink, signal }) {
      await start();
      // A number from before a restored backup may lie ahead of us: from now on, then.
      let seq = Math.min(afterSeq ?? readUpTo, readUpTo);
      const gone = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      sink.write(`retry: 2000\nid: ${seq}\nevent: ready\ndata: {"seq":${seq}}\n\n`);
      while (!signal.aborted && !closed) {
        const woken = wakeAll.promise;
        const events = await behind(seq);
        if (events.length === 0) {
          await Promise.race([woken, gone]);
          continue;
        }
        for (const event of events) {
          seq = event.seq;
          if (!visible(event, sight)) continue;
          if (!sink.write(event.frame)) await sink.drained();
          if (signal.aborted) return;
        }
      }
    },
    async close() {
      closed = true;
      wakeAll.open();
      await (await started?.catch(() => undefined))?.close();
      await pumping;
    },
  };
}

const visible = (event: FeedEvent, { scope, askedOnly }: Pick<AlertSight, 'scope' | 'askedOnly'>): boolean =>
  (event.asked || !askedOnly) &&
  (scope.regionPrefix === null || event.regionCode.startsWith(scope.regionPrefix)) &&
  (scope.clinicCode === null || event.clinicCode === scope.clinicCode);

interface EventRow extends NamedAlert {
  readonly seq: number;
  readonly eventAt: number;
  readonly actor: string;
  readonly action: AlertAction;
  readonly reason: string | null;
}

/** Events behind `seq` of what stands on screens; each carries its alert as it stands now. */
async function readEvents(db: Db, seq: number): Promise<readonly FeedEvent[]> {
  const { rows } = await db.query<EventRow>(
    `select e.seq, e.at as "eventAt", e.actor, e.action, e.reason, ${NAMED_COLUMNS}
     from ${NAMED_FROM} join alert_events e on e.alert_id = a.id
     where e.seq > $1 and e.shown order by e.seq limit ${READ_BATCH}`,
    [seq],
  );
  return rows.map((row) => {
    const event: AlertStreamEvent = {
      seq: row.seq,
      action: row.action,
      at: ts(row.eventAt),
      actor: row.actor,
      reason: row.reason,
      alert: itemOf(row),
    };
    return {
      seq: row.seq,
      regionCode: row.regionCode,
      clinicCode: row.clinicCode,
      asked: row.asked,
      frame: `id: ${row.seq}\nevent: alert\ndata: ${JSON.stringify(event)}\n\n`,
    };
  });
}
