import { localDay } from '../../reconcile/local-time.ts';
import type { AlertClass } from '../alert.ts';
import { alertChanged, queueDue } from '../review.topics.ts';
import type { ReviewStore } from '../store.ts';
import type { AlertRow } from '../tables.ts';
import { type GateDeps, tellFill } from './gate.ts';
import { nextFillAt } from './moments.ts';
import { installationLimit, isShownAtOnce } from './policy.ts';
import { admit, regionsOf } from './ranking.ts';
import { drawSample } from './sample.ts';
import type { Bound, BudgetDayRow, QueuedAlertRow, WaitReason } from './tables.ts';

const MACHINE = 'system:alarm-budget';

/**
 * Shows the best of what waits, as far as the day's budget reaches; the rest waits on, and the next moment is arranged.
 * @param order `urgent`: only what cannot wait
 */
export async function fillQueue(
  store: ReviewStore,
  deps: GateDeps,
  order: { readonly class: AlertClass; readonly urgent: boolean },
): Promise<void> {
  await store.lockBudget();
  const now = deps.clock.now();
  const candidates = await store.candidates(order.class);
  const ready = candidates.filter((row) => (order.urgent ? row.urgent : row.ready_at <= now));
  const { within, held } = await withinBounds(store, order.class, ready, now);
  const { shownToday, room } = await roomOf(store, deps, order.class, now);
  const { admitted, over } = admit(within, room);
  // All rows first, the history last: whoever writes history holds up everybody else who does.
  const shown = await show(store, admitted, now);
  await count(store, shownToday, shown, { day: localDay(now, deps.timeZone), class: order.class });
  await wait(store, over, 'over_budget');
  await wait(store, held, 'fairness_bound');
  const undrawn = order.class === 'fraud' && !order.urgent ? await drawSample(store, deps, now) : [];
  const admittedIds = new Set(admitted.map((row) => row.alert_id));
  const left = [...candidates.filter((row) => !admittedIds.has(row.alert_id)), ...undrawn];
  await arrangeNext(store, deps, order.class, left);
  for (const alert of shown) {
    await store.tell(alertChanged, [
      {
        payload: {
          alertId: alert.id,
          action: alert.raised_at < alert.queued_at ? 'returned' : 'raised',
          version: alert.version,
        },
      },
    ]);
  }
  for (const alert of shown) {
    await store.addEvent({
      alert_id: alert.id,
      at: now,
      actor: MACHINE,
      action: 'shown',
      reason: null,
      detail: { class: alert.class, pRight: alert.p_right, expectedFen: alert.expected_fen },
      shown: true,
    });
  }
}

/** Says why they wait. What was taken back meanwhile, or is not precise enough any more, stays as it is. */
async function wait(store: ReviewStore, rows: readonly QueuedAlertRow[], reason: WaitReason): Promise<void> {
  const others = rows.filter((row) => row.reason !== reason).map((row) => row.alert_id);
  if (others.length > 0) await store.setWaitReason(others, reason);
}

/** Alerts of groups whose false alerts are out of bounds wait, until that falls again or a person lifts it. */
async function withinBounds(store: ReviewStore, alertClass: AlertClass, ready: readonly QueuedAlertRow[], now: number) {
  const bounds = alertClass === 'fraud' && ready.length > 0 ? await store.brokenBounds() : [];
  if (bounds.length === 0) return { within: ready, held: [] };
  const broken = new Set(bounds.map(keyOf));
  const within: QueuedAlertRow[] = [];
  const held: QueuedAlertRow[] = [];
  for (const row of ready) {
    const groups: Bound[] = [{ dimension: 'clinic', grp: row.clinic_code }];
    if (row.psn_no !== null) groups.push(...(await store.groupsOf(row.psn_no, now)));
    (groups.some((group) => broken.has(keyOf(group))) ? held : within).push(row);
  }
  return { within, held };
}

const keyOf = ({ dimension, grp }: Bound): string => `${dimension} ${grp}`;

async function roomOf(store: ReviewStore, deps: GateDeps, alertClass: AlertClass, now: number) {
  const budget = deps.policy.budgets[alertClass];
  const rows = await store.budgetDay(localDay(now, deps.timeZone), alertClass);
  const shownToday = new Map(['', ...Object.keys(budget.regions)].map((code) => [code, 0]));
  for (const row of rows) shownToday.set(row.region_code, row.shown);
  const clinics = budget.perDay === null && budget.perThousandClinics !== null ? await store.clinicCount() : 0;
  const left = (limit: number, code: string): number => Math.max(0, limit - (shownToday.get(code) ?? 0));
  return {
    shownToday,
    room: {
      installation: left(installationLimit(budget, clinics), ''),
      regions: new Map(Object.entries(budget.regions).map(([code, limit]) => [code, left(limit, code)])),
    },
  };
}

/** Puts alerts on the screens. @returns them as they are now; what does not wait any more is left out */
async function show(store: ReviewStore, admitted: readonly QueuedAlertRow[], now: number): Promise<AlertRow[]> {
  const shown: AlertRow[] = [];
  for (const queued of admitted.toSorted((a, b) => (a.alert_id < b.alert_id ? -1 : 1))) {
    const alert = await store.alert(queued.incident_key);
    // Looked at again under its lock: somebody may have been at it since.
    const still = await store.queued(queued.alert_id);
    if (still === null || still.reason === 'under_precision') continue;
    await store.dropQueued(queued.alert_id);
    if (alert === null || alert.queue_state === 'shown' || alert.state === 'withdrawn') continue;
    const row: AlertRow = {
      ...alert,
      queue_state: 'shown',
      shown_at: now,
      updated_at: now,
      version: alert.version + 1,
    };
    await store.putAlert(row);
    shown.push(row);
  }
  return shown;
}

async function count(
  store: ReviewStore,
  shownToday: ReadonlyMap<string, number>,
  shown: readonly AlertRow[],
  of: Pick<BudgetDayRow, 'day' | 'class'>,
): Promise<void> {
  const more = new Map<string, number>();
  for (const { region_code } of shown) {
    for (const code of regionsOf(region_code, shownToday)) more.set(code, (more.get(code) ?? 0) + 1);
  }
  for (const [region_code, n] of more) {
    await store.putBudgetDay({ ...of, region_code, shown: (shownToday.get(region_code) ?? 0) + n });
  }
}

/** What is left looks forward to the next filling; what is shown at once as room allows, to the next day. */
async function arrangeNext(
  store: ReviewStore,
  deps: GateDeps,
  alertClass: AlertClass,
  left: readonly QueuedAlertRow[],
): Promise<void> {
  if (left.length === 0) return;
  if (!isShownAtOnce(deps.policy, alertClass)) {
    const ready_at = Math.min(...left.map((row) => row.ready_at));
    await tellFill(store, deps, { class: alertClass, urgent: false, ready_at });
    return;
  }
  const availableAt = nextFillAt(deps.clock.now(), ['00:00'], deps.timeZone);
  await store.tell(queueDue, [
    { payload: { class: alertClass, urgent: false }, options: { dedupeKey: alertClass, availableAt } },
  ]);
}
