import { isSuspected } from '../faces/presentation/presentation.ts';
import type { FaceJudge } from './face-judge.ts';
import { candidatesOf } from './gather-people.ts';
import type { Span } from './intervals.ts';
import type { WindowParameters } from './parameters.ts';
import type { ReconcileStore } from './store.ts';
import { reachOf } from './window.ts';

/** A window reaches no more settlements than this. */
const MOST_SETTLEMENTS = 2000;

/**
 * Of settlements whose windows hold an appearance: those whose insured person's portrait it matches, so that it alone may
 * make them a match. Cheaper than to assess each.
 * @param span the appearance's, in true time
 */
export async function mayMatch(
  store: ReconcileStore,
  deps: { readonly judge: FaceJudge; readonly window: WindowParameters },
  seen: { readonly appearanceId: string; readonly clinicCode: string; readonly span: Span },
  settlementIds: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const matching = new Set<string>();
  if (settlementIds.size === 0 || !deps.judge.card.calibrated) return matching;
  const { clinicCode, span } = seen;
  const { appearances } = await store.presence({
    clinicCode,
    at: span.from,
    span: { from: span.from, to: span.to + 1 },
  });
  const appearance = appearances.find(({ id }) => id === seen.appearanceId);
  const templateId = isSuspected(appearance?.presentation) ? null : (appearance?.template_id ?? null);
  if (templateId === null) return matching;
  const reach = reachOf(deps.window);
  const near = await store.settlementsFrom({
    clinicCode,
    from: span.from - reach.afterMs,
    to: span.to + reach.beforeMs,
    limit: MOST_SETTLEMENTS,
  });
  const asking = near.flatMap(({ id, psn_no: psnNo, at }) =>
    psnNo !== null && settlementIds.has(id) ? [{ id, psnNo, at }] : [],
  );
  if (asking.length === 0) return matching;
  const people = await store.people({
    clinicCode,
    psnNos: [...new Set(asking.map(({ psnNo }) => psnNo))],
    others: null,
  });
  const claimed = asking.flatMap((claim) => {
    const portrait = candidatesOf(people, claim).candidates.find(({ role }) => role === 'claimed')?.templateId;
    return portrait == null ? [] : [{ id: claim.id, portrait }];
  });
  if (claimed.length === 0) return matching;
  const templates = await store.templates([templateId, ...new Set(claimed.map(({ portrait }) => portrait))]);
  const face = templates.get(templateId);
  for (const { id, portrait } of claimed) {
    const own = templates.get(portrait);
    if (face !== undefined && own !== undefined && deps.judge.matches(face, own)) matching.add(id);
  }
  return matching;
}
