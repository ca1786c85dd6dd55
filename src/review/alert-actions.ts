import type { Audit } from '../access/audit.ts';
import type { Principal } from '../access/principal.ts';
import { actorOf, scopeOf } from '../access/scope.ts';
import type { Clock } from '../platform/clock.ts';
import type { Db, Tx } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { Outbox } from '../platform/outbox.ts';
import { ALERT_COLUMNS, type StoredAlert, setAlertState } from './alert.store.ts';
import { type AlertState, stateAfter } from './alert.ts';
import { type AlertAction, appendAlertEvent } from './alert-events.ts';
import { getAlert, itemOf, noSuchAlert, sightOf } from './alert-list.store.ts';
import type { AlertItem, DismissReason, InsuredMet } from './alerts.schemas.ts';
import { recordDisposition, undoDisposition } from './budget/dispositions.ts';
import type { AlarmPolicy } from './budget/policy.ts';

export interface AlertActionsDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly outbox: Outbox;
  readonly policy: AlarmPolicy;
  readonly timeZone: string;
}

export type AlertOrder = { readonly version: number; readonly note?: string | undefined } & (
  | { readonly action: 'acknowledge' }
  | { readonly action: 'confirm' }
  | { readonly action: 'dismiss'; readonly reason: DismissReason; readonly insuredMet?: InsuredMet | undefined }
  | { readonly action: 'reopen' }
);

const EVENT_OF: Readonly<Record<AlertOrder['action'], AlertAction>> = {
  acknowledge: 'acknowledged',
  confirm: 'confirmed',
  dismiss: 'dismissed',
  reopen: 'reopened',
};

/**
 * Does what a reviewer decided about an alert, if it is still the alert that he looked at.
 * @throws DomainError `conflict` when it has changed since (`details.version` tells the newest) or is in no state for it,
 *   `not_found` outside the caller's scope
 */
export async function actOnAlert(
  deps: AlertActionsDeps,
  principal: Principal,
  id: string,
  order: AlertOrder,
): Promise<AlertItem> {
  if (order.action === 'dismiss' && order.reason === 'other' && (order.note ?? '').trim() === '') {
    throw new DomainError('invalid_input', 'the reason "other" needs a note', { remedy: 'Say in a few words why.' });
  }
  await deps.db.transaction((tx) => act(tx, deps, principal, id, order));
  return itemOf(await getAlert(deps.db, sightOf(principal), id));
}

async function act(tx: Tx, deps: AlertActionsDeps, principal: Principal, id: string, order: AlertOrder): Promise<void> {
  const alert = await lockAlert(tx, principal, id);
  if (alert.version !== order.version) {
    throw new DomainError('conflict', 'this alert has changed since you opened it', {
      remedy: 'Look at it again and repeat your decision if it still stands.',
      version: alert.version,
      state: alert.state,
    });
  }
  const state = stateAfter(order.action, { state: alert.state, hits: alert.withdrawnAt === null });
  if (state === null) throw wrongState(order.action, alert);
  const now = deps.clock.now();
  const shownAt = alert.shownAt ?? (order.action === 'dismiss' ? null : now);
  const reason = order.action === 'dismiss' ? order.reason : null;
  await setAlertState(tx, id, {
    now,
    state,
    stateReason: state === 'withdrawn' ? 'findings_taken_back' : reason,
    withdrawnAt: alert.withdrawnAt,
    dismissedRules: order.action === 'dismiss' ? alert.rules : [],
    shownAt,
  });
  const actor = actorOf(principal);
  if (order.action === 'confirm') {
    await recordDisposition(tx, deps, alert, { confirmed: true, reason: null, actor, sampled: false });
  } else if (order.action === 'dismiss') {
    const insuredMet = order.insuredMet ?? null;
    await recordDisposition(tx, deps, alert, { confirmed: false, reason, actor, sampled: false, insuredMet });
  } else if (order.action === 'reopen') await undoDisposition(tx, deps, alert);
  await deps.audit.record(tx, {
    actor: actorOf(principal),
    action: `alert.${order.action}`,
    subjectKind: 'alert',
    subjectId: id,
    outcome: 'done',
    detail: {
      reason,
      note: order.note ?? null,
      version: alert.version,
      ...(order.action === 'dismiss' && order.insuredMet !== undefined && { insuredMet: order.insuredMet }),
    },
  });
  await appendAlertEvent(tx, {
    alertId: id,
    at: now,
    actor: actorOf(principal),
    action: EVENT_OF[order.action],
    reason,
    shown: shownAt !== null,
    ...(order.note === undefined ? {} : { detail: { note: order.note } }),
  });
}

async function lockAlert(tx: Tx, principal: Principal, id: string): Promise<StoredAlert> {
  const scope = scopeOf(principal);
  const { rows } = await tx.query<StoredAlert>(
    `select ${ALERT_COLUMNS} from alerts a
     where ($1::text is null or a.region_code like $1 || '%') and ($2::text is null or a.clinic_code = $2) and a.id = $3
     for update`,
    [scope.regionPrefix, scope.clinicCode, id],
  );
  const alert = rows[0];
  if (!alert) throw noSuchAlert(id);
  return alert;
}

const DONE_ALREADY: Readonly<Record<AlertState, string>> = {
  open: 'open',
  acknowledged: 'acknowledged already',
  confirmed: 'confirmed already',
  dismissed: 'dismissed already',
  withdrawn: 'withdrawn: its findings were taken back',
};

const wrongState = (action: AlertOrder['action'], alert: StoredAlert): DomainError =>
  new DomainError('conflict', `cannot ${action} this alert: it is ${DONE_ALREADY[alert.state]}`, {
    remedy: alert.state === 'withdrawn' ? 'There is nothing left to decide.' : 'Reload it to see where it stands.',
    version: alert.version,
    state: alert.state,
  });
