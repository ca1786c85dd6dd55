import type { Principal } from '../../access/principal.ts';
import { actorOf, scopeOf } from '../../access/scope.ts';
import { type Tx, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { appendAlertEvent } from '../alert-events.ts';
import { getAlert, itemOf, sightOf } from '../alert-list.store.ts';
import type { AlertItem } from '../alerts.schemas.ts';
import { type AlertFlow, flowOf, NO_FLOW, putFlow } from './flow.store.ts';
import { markEscalated } from './limits.ts';
import type { AlertState } from './states.ts';
import { lockAlert, type StepDeps } from './take-step.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What each kind of work begins with. */
export const WORK = ['first', 'second', 'verify', 'determine', 'handle'] as const;
export type Work = (typeof WORK)[number];
const STATES_OF: Readonly<Record<Work, readonly AlertState[]>> = {
  first: ['new', 'first_review'],
  second: ['explained', 'overdue', 'second_review'],
  verify: ['verification'],
  determine: ['final_review', 'proposed'],
  handle: ['determined', 'handling'],
};
export const RIGHT_OF = {
  first: 'alerts.first',
  second: 'alerts.second',
  verify: 'alerts.verify',
  determine: 'alerts.determine',
  handle: 'alerts.handle',
} as const satisfies Readonly<Record<Work, string>>;

/**
 * The case that is best worked on next, locked softly for the caller: his own first, then what holds a settlement back, what went
 * up, what is late, then what is worth most for a minute of review. null: there is nothing to do.
 */
export async function nextAlert(deps: StepDeps, principal: Principal, work: Work): Promise<AlertItem | null> {
  const scope = scopeOf(principal);
  const now = deps.clock.now();
  const id = await deps.db.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `select a.id from alerts a left join alert_flow f on f.alert_id = a.id
       where ($1::text is null or a.region_code like $1 || '%') and ($2::text is null or a.clinic_code = $2)
         and a.queue_state = 'shown' and a.state = any($3::text[])
         and (f.snoozed_until is null or f.snoozed_until <= $4)
         and (f.locked_until is null or f.locked_until <= $4 or f.locked_by = $5)
         and (f.assignee is null or f.assignee = $5)
         and ($6 <> 'second' or f.first_by is distinct from $5)
         and ($6 <> 'determine' or a.state <> 'proposed' or f.proposal ->> 'by' is distinct from $5)
       order by (f.assignee = $5) desc nulls last,
         exists (select from decisions d where d.clinic_code = a.clinic_code and d.setl_id = any(a.setl_ids) and d.decision = 'hold'
                 and d.state = 'standing') desc,
         (f.escalated_at is not null) desc, (a.due_at < $4) desc nulls last,
         coalesce(a.expected_fen, 0) / greatest(coalesce(a.review_minutes, 1), 1) desc, a.due_at nulls last, a.raised_at, a.id
       limit 1 for update of a skip locked`,
      [scope.regionPrefix, scope.clinicCode, [...STATES_OF[work]], ts(now), principal.name, work],
    );
    const [found] = rows;
    if (found === undefined) return null;
    const flow = await standingFlow(tx, found.id, now);
    await putFlow(tx, found.id, lockedFor(flow, principal.name, now + deps.flow.lockMinutes * MINUTE_MS));
    return found.id;
  });
  return id === null ? null : itemOf(await getAlert(deps.db, sightOf(principal), id));
}

const standingFlow = async (tx: Tx, id: string, now: number): Promise<AlertFlow> =>
  (await flowOf(tx, id)) ?? { ...NO_FLOW, enteredAt: now };

const lockedFor = (flow: AlertFlow, lockedBy: string | null, lockedUntil: number | null): AlertFlow => ({
  ...flow,
  lockedBy,
  lockedUntil: lockedBy === null ? null : lockedUntil,
});

/** Holds the soft lock a while longer, or gives it back: others are told that somebody looks, and are handed other cases. */
export async function lockSoftly(deps: StepDeps, principal: Principal, id: string, keep: boolean): Promise<AlertItem> {
  const now = deps.clock.now();
  await deps.db.transaction(async (tx) => {
    await lockAlert(tx, principal, id);
    const flow = await standingFlow(tx, id, now);
    const others = flow.lockedUntil !== null && flow.lockedUntil > now && flow.lockedBy !== principal.name;
    if (others) {
      if (!keep) return;
      throw new DomainError('conflict', `${flow.lockedBy} looks at this alert`, {
        remedy: 'Ask him, or take another one; it is free again after some minutes.',
        until: ts(flow.lockedUntil ?? now),
      });
    }
    await putFlow(tx, id, lockedFor(flow, keep ? principal.name : null, now + deps.flow.lockMinutes * MINUTE_MS));
  });
  return itemOf(await getAlert(deps.db, sightOf(principal), id));
}

/** Gives an alert to somebody, or to nobody. @throws DomainError `not_found` for a login outside the scope */
export async function assign(
  deps: StepDeps,
  principal: Principal,
  id: string,
  order: { readonly version: number; readonly assignee: string | null },
): Promise<AlertItem> {
  return change(deps, principal, id, order.version, async (tx, flow) => {
    if (order.assignee !== null && !(await isColleague(tx, principal, order.assignee))) {
      throw new DomainError('not_found', `there is no account ${order.assignee} here`, {
        remedy: 'Take the login of a colleague whose region lies in yours.',
      });
    }
    return { flow: { ...flow, assignee: order.assignee }, action: 'assigned', detail: { to: order.assignee } };
  });
}

async function isColleague(tx: Tx, principal: Principal, username: string): Promise<boolean> {
  const { regionPrefix } = scopeOf(principal);
  const { rowCount } = await tx.query(
    `select 1 from users where username = $1 and disabled_at is null and region_code like $2 || '%'`,
    [username, regionPrefix],
  );
  return rowCount > 0;
}

/** Puts an alert aside until a moment; its limit runs on. */
export async function snooze(
  deps: StepDeps,
  principal: Principal,
  id: string,
  order: { readonly version: number; readonly until: number | null; readonly note: string },
): Promise<AlertItem> {
  const now = deps.clock.now();
  if (order.until !== null && (order.until <= now || order.until > now + deps.flow.longestSnoozeDays * DAY_MS)) {
    throw new DomainError('invalid_input', `until lies within the next ${deps.flow.longestSnoozeDays} days`, {
      remedy: 'Choose an earlier day, or assign it to somebody.',
    });
  }
  return change(deps, principal, id, order.version, async (_tx, flow) => ({
    flow: { ...flow, snoozedUntil: order.until, snoozeNote: order.until === null ? null : order.note },
    action: 'snoozed',
    detail: { until: order.until === null ? null : ts(order.until), note: order.note },
  }));
}

/** Sends an alert up to whoever directs the work. */
export async function escalate(
  deps: StepDeps,
  principal: Principal,
  id: string,
  order: { readonly version: number; readonly note: string },
): Promise<AlertItem> {
  await deps.db.transaction(async (tx) => {
    const alert = await lockAlert(tx, principal, id);
    assertVersion(alert, order.version);
    await markEscalated(tx, { id, now: deps.clock.now(), actor: actorOf(principal), note: order.note });
  });
  return itemOf(await getAlert(deps.db, sightOf(principal), id));
}

function assertVersion(alert: { readonly version: number; readonly state: AlertState }, version: number): void {
  if (alert.version === version) return;
  throw new DomainError('conflict', 'this alert has changed since you opened it', {
    remedy: 'Look at it again and repeat what you wanted if it still makes sense.',
    version: alert.version,
    state: alert.state,
  });
}

async function change(
  deps: StepDeps,
  principal: Principal,
  id: string,
  version: number,
  make: (
    tx: Tx,
    flow: AlertFlow,
  ) => Promise<{
    readonly flow: AlertFlow;
    readonly action: 'assigned' | 'snoozed';
    readonly detail: Readonly<Record<string, unknown>>;
  }>,
): Promise<AlertItem> {
  const now = deps.clock.now();
  await deps.db.transaction(async (tx) => {
    const alert = await lockAlert(tx, principal, id);
    assertVersion(alert, version);
    const { flow, action, detail } = await make(tx, await standingFlow(tx, id, alert.shownAt ?? alert.raisedAt));
    await putFlow(tx, id, flow);
    await tx.query('update alerts set updated_at = $2, version = version + 1 where id = $1', [id, ts(now)]);
    await appendAlertEvent(tx, {
      alertId: id,
      at: now,
      actor: actorOf(principal),
      action,
      detail,
      shown: alert.shownAt !== null,
    });
  });
  return itemOf(await getAlert(deps.db, sightOf(principal), id));
}
