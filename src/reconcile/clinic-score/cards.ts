import type { GatherContext } from '../gather-presence.ts';
import { dayBounds, localDay } from '../local-time.ts';
import { subjectDue } from '../reconcile.topics.ts';
import { type LookLimits, lookOf } from './population.ts';
import { mayBeStrange, type ScoreEntryRow } from './tables.ts';

const MINUTE_MS = 60_000;
const FROM_MINUTE = 5 * 60 + 40;
const MINUTES = 60;
/** Past that hour: a little later, once for all that comes. */
const LATE_MS = 45 * MINUTE_MS;

/** Such as a rule may find strange. */
export const isStrange = (row: ScoreEntryRow, limits: LookLimits): boolean =>
  mayBeStrange(row) &&
  (row.sight !== 'counter' ||
    (lookOf({ sight: row.sight, medType: row.med_type, bestLlr: row.best_llr }, limits) ?? 'like') !== 'like');

/**
 * Has those cards scored of which a rule may speak after this clinic's night: settled strangely so often, and at more than one
 * clinic, or spoken of before.
 * @param rows a clinic's entries with at >= from
 */
export async function tellCards(
  { store, now, timeZone }: Pick<GatherContext, 'store' | 'now' | 'timeZone'>,
  rows: readonly ScoreEntryRow[],
  { from, least, looks }: { readonly from: number; readonly least: number; readonly looks: LookLimits },
): Promise<void> {
  const psnNos = [...new Set(rows.flatMap(({ psn_no: psnNo }) => psnNo ?? []))];
  if (psnNos.length === 0) return;
  const known = (await store.assessed('enrollee_score', psnNos)).map(({ subject_id: id }) => id);
  const strange = new Set(rows.flatMap((row) => (row.psn_no !== null && isStrange(row, looks) ? [row.psn_no] : [])));
  const worth = strange.size === 0 ? [] : await worthTesting([...strange]);
  const due = [...new Set([...known, ...worth])];
  if (due.length === 0) return;
  store.tell(
    subjectDue,
    due.map((psnNo) => ({
      payload: { subjectKind: 'enrollee_score' as const, subjectId: psnNo, trigger: 'night' },
      options: { dedupeKey: `enrollee_score/${psnNo}`, availableAt: cardAt(psnNo, now, timeZone) },
    })),
  );

  async function worthTesting(candidates: readonly string[]): Promise<string[]> {
    const entries = (await store.entriesOfCards({ psnNos: candidates, from })).filter((row) => isStrange(row, looks));
    return candidates.filter((psnNo) => {
      const own = entries.filter((row) => row.psn_no === psnNo);
      return own.length >= least && new Set(own.map((row) => row.clinic_code)).size > 1;
    });
  }
}

/** After all clinics were scored, and before the reviewers' day; the card's own minute. */
function cardAt(psnNo: string, now: number, timeZone: string): number {
  const turn = (Number.parseInt(psnNo.slice(-5), 36) || 0) % MINUTES;
  const at = dayBounds(localDay(now, timeZone), timeZone).from + (FROM_MINUTE + turn) * MINUTE_MS;
  return at > now ? at : now + LATE_MS;
}
