import { useQueryClient } from '@tanstack/react-query';
import { readFilters } from '../alerts/filters.ts';
import { type AlertPages, toQuery } from '../alerts/list-query.ts';
import { keys } from '../api/queries.ts';

/** The alerts before and after this one in the list that the reader came from. */
export function useNeighbours(id: string, from: string): { previous: string | null; next: string | null } {
  const queryClient = useQueryClient();
  const pages = queryClient.getQueryData<AlertPages>(keys.alerts(toQuery(readFilters(new URLSearchParams(from)))));
  const items = pages?.pages.flatMap((page) => page.items) ?? [];
  const at = items.findIndex((item) => item.id === id);
  if (at === -1) return { previous: null, next: null };
  return { previous: items[at - 1]?.id ?? null, next: items[at + 1]?.id ?? null };
}
