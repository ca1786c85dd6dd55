import { createEventParser, type ServerEvent } from './event-parser.ts';

export type StreamState = 'connecting' | 'live' | 'waiting' | 'stopped';

export interface StreamOptions {
  readonly url: string;
  readonly onEvent: (event: ServerEvent) => void;
  readonly onState: (state: StreamState) => void;
  /** Called with the answer's headers; the server's clock stands there. */
  readonly onHeaders: (headers: Headers) => void;
  readonly onUnauthenticated: () => void;
  /** Number of the event behind which the first connection begins. */
  readonly startId: () => Promise<string>;
}

const RETRY_MS = [500, 1000, 2000, 5000, 10_000];
/** The server sends a heartbeat far oftener; a line without a word for so long is dead. */
const SILENCE_MS = 45_000;

/**
 * Keeps a stream of server-sent events open until `stop`: resumes with Last-Event-ID, waits longer after each failure.
 * Not EventSource, because that gives up for good after one 503 and cannot tell 401 from a lost line.
 */
export function openEventStream(options: StreamOptions): { stop(): void } {
  const stopped = new AbortController();
  let lastId: string | null = null;
  let failures = 0;

  /** Resolves when the server ended the stream in good order, rejects when the line failed. */
  const readOnce = async (): Promise<void> => {
    const attempt = new AbortController();
    const end = (): void => attempt.abort();
    stopped.signal.addEventListener('abort', end, { once: true });
    let watchdog = window.setTimeout(end, SILENCE_MS);
    try {
      lastId ??= await options.startId();
      const response = await fetch(options.url, {
        headers: { accept: 'text/event-stream', 'last-event-id': lastId },
        credentials: 'same-origin',
        cache: 'no-store',
        signal: attempt.signal,
      });
      options.onHeaders(response.headers);
      if (response.status === 401) {
        stopped.abort();
        options.onUnauthenticated();
        return;
      }
      if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
      failures = 0;
      options.onState('live');
      const feed = createEventParser((event) => {
        if (event.id !== null && event.id !== '') lastId = event.id;
        options.onEvent(event);
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        window.clearTimeout(watchdog);
        watchdog = window.setTimeout(end, SILENCE_MS);
        feed(value);
      }
    } finally {
      window.clearTimeout(watchdog);
      stopped.signal.removeEventListener('abort', end);
    }
  };

  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = window.setTimeout(resolve, ms);
      stopped.signal.addEventListener(
        'abort',
        () => {
          window.clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });

  const run = async (): Promise<void> => {
    options.onState('connecting');
    while (!stopped.signal.aborted) {
      const ended = await readOnce().then(
        () => true,
        () => false,
      );
      if (stopped.signal.aborted) break;
      // The server ends each connection after a while, to check the right anew: that is no outage.
      if (!ended) {
        failures += 1;
        options.onState('waiting');
      }
      await wait(RETRY_MS[Math.min(Math.max(failures, 1), RETRY_MS.length) - 1] ?? 10_000);
    }
    options.onState('stopped');
  };
  void run();
  return { stop: () => stopped.abort() };
}
