import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { fetchAlerts, keys } from '../api/queries.ts';
import type { AlertItem, AlertQuery } from '../api/types.ts';
import { type ListFilters, matches } from './filters.ts';
import { useLiveAlerts } from './live.tsx';

interface Page {
  readonly items: AlertItem[];
  readonly nextCursor: string | null;
}
export type AlertPages = InfiniteData<Page, string | null>;

export function toQuery(filters: ListFilters): AlertQuery {
  const many = (values: readonly string[]) => (values.length === 0 ? undefined : values);
  const query = {
    phase: many(filters.phase),
    class: many(filters.class),
    severity: many(filters.severity),
    state: many(filters.state),
    rule: many(filters.rule),
    queue: filters.queue === 'shown' ? undefined : filters.queue,
    clinic: filters.clinic === '' ? undefined : filters.clinic,
    q: filters.q === '' ? undefined : filters.q,
  };
  // The address may hold anything; the API says which values it knows.
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as AlertQuery;
}

/** Replaces an alert where it stands, so that nothing moves under the reader. */
export const withAlert = (pages: AlertPages, alert: AlertItem): AlertPages => ({
  ...pages,
  pages: pages.pages.map((page) => ({
    ...page,
    items: page.items.map((item) => (item.id === alert.id && item.version <= alert.version ? alert : item)),
  })),
});

/** It has gone from this list: to the screens, or to those that wait. */
const withoutAlert = (pages: AlertPages, id: string): AlertPages => ({
  ...pages,
  pages: pages.pages.map((page) => ({ ...page, items: page.items.filter((item) => item.id !== id) })),
});

const prepended = (pages: AlertPages, alerts: readonly AlertItem[]): AlertPages => {
  const [first, ...rest] = pages.pages;
  if (first === undefined) return pages;
  return { ...pages, pages: [{ ...first, items: [...alerts, ...first.items] }, ...rest] };
};

/**
 * The list, newest first, true to the stream. While the reader is busy (scrolled, pointing, a row selected), new alerts
 * wait in `waiting` until `takeIn`; otherwise they are put on top at once.
 */
export function useAlertList(filters: ListFilters, isBusy: () => boolean) {
  const queryClient = useQueryClient();
  const { subscribe } = useLiveAlerts();
  const query = useMemo(() => toQuery(filters), [filters]);
  const key = useMemo(() => keys.alerts(query), [query]);
  const [waiting, setWaiting] = useState<readonly AlertItem[]>([]);
  const [arrived, setArrived] = useState<ReadonlySet<string>>(new Set());
  const busy = useRef(isBusy);
  busy.current = isBusy;

  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => fetchAlerts(query, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: 'always',
    refetchOnWindowFocus: false,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has other arrivals
  useEffect(() => setWaiting([]), [key]);

  const putOnTop = useCallback(
    (alerts: readonly AlertItem[]) => {
      queryClient.setQueryData<AlertPages>(key, (pages) => pages && prepended(pages, alerts));
      setArrived((before) => new Set([...before, ...alerts.map((alert) => alert.id)]));
    },
    [queryClient, key],
  );

  useEffect(
    () =>
      subscribe(({ alert }) => {
        const pages = queryClient.getQueryData<AlertPages>(key);
        if (pages === undefined) return;
        const known = pages.pages.some((page) => page.items.some((item) => item.id === alert.id));
        if (known && alert.queueState !== filters.queue) {
          queryClient.setQueryData<AlertPages>(key, withoutAlert(pages, alert.id));
        } else if (known) queryClient.setQueryData<AlertPages>(key, withAlert(pages, alert));
        else if (matches(filters, alert)) {
          if (busy.current()) setWaiting((before) => [alert, ...before.filter((other) => other.id !== alert.id)]);
          else putOnTop([alert]);
        }
      }),
    [subscribe, queryClient, key, filters, putOnTop],
  );

  const items = useMemo(() => {
    const seen = new Set<string>();
    return (list.data?.pages ?? []).flatMap((page) =>
      page.items.filter((item) => {
        // An alert put on top live comes again with a page that was read later.
        const fresh = !seen.has(item.id);
        seen.add(item.id);
        return fresh;
      }),
    );
  }, [list.data]);

  const takeIn = useCallback(() => {
    const known = new Set(items.map((item) => item.id));
    putOnTop(waiting.filter((alert) => !known.has(alert.id)));
    setWaiting([]);
  }, [items, waiting, putOnTop]);

  return { list, items, waiting, arrived, takeIn, query };
}
