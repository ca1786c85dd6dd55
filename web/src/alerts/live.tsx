import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { readServerClock, reportSessionExpired } from '../api/http.ts';
import { fetchSummary, keys } from '../api/queries.ts';
import type { AlertStreamEvent } from '../api/types.ts';
import { openEventStream, type StreamState } from './event-stream.ts';

type Listener = (event: AlertStreamEvent) => void;

interface LiveAlerts {
  readonly state: StreamState;
  readonly subscribe: (listener: Listener) => () => void;
}

const LiveContext = createContext<LiveAlerts>({ state: 'stopped', subscribe: () => () => {} });

const STREAM_URL = '/v1/alerts/stream';
/** A burst of events reads the counts once. */
const SUMMARY_DELAY_MS = 400;

/** Keeps the stream of alert events open while someone is logged in, and the caches true to it. */
export function LiveAlertsProvider({ enabled, children }: { readonly enabled: boolean; readonly children: ReactNode }) {
  const queryClient = useQueryClient();
  const [state, setState] = useState<StreamState>('connecting');
  const listeners = useRef(new Set<Listener>());

  useEffect(() => {
    if (!enabled) return;
    let timer: number | undefined;
    const readAnew = (): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => void queryClient.invalidateQueries({ queryKey: keys.summary }), SUMMARY_DELAY_MS);
    };
    const stream = openEventStream({
      url: STREAM_URL,
      // Begun behind the newest event that the counts knew of, nothing falls between list and stream.
      startId: async () =>
        String((await queryClient.fetchQuery({ queryKey: keys.summary, queryFn: fetchSummary })).seq),
      onHeaders: readServerClock,
      onState: setState,
      onUnauthenticated: reportSessionExpired,
      onEvent: ({ data }) => {
        const event = parseEvent(data);
        if (event === null) return;
        readAnew();
        void queryClient.invalidateQueries({ queryKey: keys.alert(event.alert.id) });
        for (const listener of listeners.current) listener(event);
      },
    });
    return () => {
      window.clearTimeout(timer);
      stream.stop();
    };
  }, [enabled, queryClient]);

  const value = useMemo<LiveAlerts>(
    () => ({
      state,
      subscribe: (listener) => {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [state],
  );
  return <LiveContext.Provider value={value}>{children}</LiveContext.Provider>;
}

export const useLiveAlerts = (): LiveAlerts => useContext(LiveContext);

function parseEvent(data: string): AlertStreamEvent | null {
  try {
    const event = JSON.parse(data) as Partial<AlertStreamEvent>;
    return event.alert === undefined ? null : (event as AlertStreamEvent);
  } catch {
    return null;
  }
}
