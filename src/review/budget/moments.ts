import { DateTime } from 'luxon';

/** Pure: the first moment behind `afterMs` at which one of these local times (HH:mm) strikes. */
export function nextFillAt(afterMs: number, times: readonly string[], zone: string): number {
  const today = DateTime.fromMillis(afterMs, { zone }).startOf('day');
  let next = Number.POSITIVE_INFINITY;
  for (let days = 0; days < 3 && next === Number.POSITIVE_INFINITY; days++) {
    for (const time of times) {
      const [hour = 0, minute = 0] = time.split(':').map(Number);
      const at = today.plus({ days }).set({ hour, minute }).toMillis();
      if (at > afterMs) next = Math.min(next, at);
    }
  }
  return next;
}
