import { type ClinicScoreFacts, looksOf } from './facts.ts';
import type { Misses } from './miss-rate.ts';

/**
 * What visits that are confirmed otherwise tell of each camera: the national terminal confirms for all of them; a camera
 * that knew the visitor, for the others only (had it missed him, he would not be counted).
 */
export function missesOf(facts: Pick<ClinicScoreFacts, 'cameras' | 'visits'>): {
  readonly misses: readonly Misses[];
  readonly confirmed: number;
} {
  const misses = facts.cameras.map(() => ({ visits: 0, missed: 0 }));
  let confirmed = 0;
  for (const visit of facts.visits) {
    if (!visit.confirmed && visit.sight !== 'present') continue;
    const looks = looksOf(visit);
    const known = looks.filter(({ matched }) => matched).length;
    if (visit.confirmed && looks.some(({ counter }) => counter)) confirmed += 1;
    for (const look of looks) {
      const of = misses[look.camera];
      if (of === undefined || (!visit.confirmed && look.matched && known === 1)) continue;
      of.visits += 1;
      if (!look.saw) of.missed += 1;
    }
  }
  return { misses, confirmed };
}
