import type { Principal } from '../../access/principal.ts';
import { hasRight } from '../../access/rights.ts';
import { actorOf, personOf } from '../../access/scope.ts';
import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { type StoredAlert, setAlertState } from '../alert.store.ts';
import { appendAlertEvent } from '../alert-events.ts';
import { getAlert, itemOf, sightOf } from '../alert-list.store.ts';
import type { AlertItem } from '../alerts.schemas.ts';
import { recordDisposition, undoDisposition } from '../budget/dispositions.ts';
import { type AlertFlow, putFlow } from './flow.store.ts';
import { undoMeasures, undoRecovery } from './measures.store.ts';
import { type AlertState, isAdverse, isPeoples } from './states.ts';
import { lockAlert, type StepDeps } from './take-step.ts';
import type { Step } from './transitions.ts';

interface StepEvent {
  readonly seq: number;
  readonly actor: string;
  readonly action: Step;
  readonly from: AlertState;
  readonly to: AlertState;
  readonly before: {
    readonly flow: AlertFlow;
    readonly stateReason: string | null;
    readonly dismissedRules: string[];
    readonly dueAt: number | null;
    readonly shownAt: number | null;
    readonly person: string;
  };
}

/**
 * Takes the last step of an alert back, while nobody has built on it: neither another step, nor the machine.
 * @throws DomainError `conflict` when there is nothing to take back or somebody has gone on, `forbidden` when it was another's step
 */
export async function undoStep(deps: StepDeps, principal: Principal, id: string, version: number): Promise<AlertItem> {
  await deps.db.transaction(async (tx) => {
    const alert = await lockAlert(tx, principal, id);
    if (alert.version !== version) {
      throw new DomainError('conflict', 'this alert has changed since you opened it', {
        remedy: 'Look at it again: somebody may have gone on with it.',
        version: alert.version,
        state: alert.state,
      });
    }
    const last = await lastStep(tx, id);
    if (last === null || last.to !== alert.state) {
      throw new DomainError('conflict', 'there is no step to take back', {
        remedy: 'What the machine changed since stands; go on from where the alert is now.',
        version: alert.version,
        state: alert.state,
      });
    }
    if (!isHis(last, principal)) {
      throw new DomainError('forbidden', `${last.action} was somebody else’s step`, {
        remedy: 'He takes it back himself, or whoever directs the work.',
      });
    }
    const now = deps.clock.now();
    const { before } = last;
    // Its findings went away meanwhile: without the step it would be withdrawn by now.
    const state = alert.withdrawnAt !== null && !isPeoples(last.from) ? 'withdrawn' : last.from;
    await setAlertState(tx, id, {
      now,
      state,
      stateReason: state === 'withdrawn' ? 'findings_taken_back' : before.stateReason,
      withdrawnAt: alert.withdrawnAt,
      dismissedRules: before.dismissedRules,
      shownAt: alert.shownAt ?? now,
      dueAt: before.dueAt,
    });
    await putFlow(tx, id, before.flow);
    if (last.action === 'explain' || last.action === 'appeal') await undoExplanation(tx, id, now);
    if (last.action === 'handle') await undoMeasures(tx, id, now);
    if (last.action === 'recover') await undoRecovery(tx, id, now);
    if (last.to === 'excluded' || last.to === 'determined') await undoDisposition(tx, deps, alert);
    const stood = before.flow.determination;
    if (last.action === 'appeal' && stood !== null) {
      await recordDisposition(tx, deps, alert, {
        confirmed: isAdverse(stood),
        reason: null,
        actor: last.actor,
        sampled: false,
      });
    }
    await deps.audit.record(tx, {
      actor: actorOf(principal),
      action: 'alert.undo',
      subjectKind: 'alert',
      subjectId: id,
      outcome: 'done',
      detail: { step: last.action, from: alert.state, to: state, version: alert.version },
    });
    await appendAlertEvent(tx, {
      alertId: id,
      at: now,
      actor: actorOf(principal),
      action: 'undone',
      reason: last.action,
      from: alert.state,
      to: state,
      undoes: last.seq,
    });
  });
  return itemOf(await getAlert(deps.db, sightOf(principal), id));
}

const isHis = (step: StepEvent, principal: Principal): boolean =>
  step.before.person === personOf(principal) || hasRight(principal.role, 'alerts.direct');

export async function mayUndo(
  db: Queryable,
  principal: Principal,
  alert: Pick<StoredAlert, 'id' | 'state'>,
): Promise<boolean> {
  const last = await lastStep(db, alert.id);
  return last !== null && last.to === alert.state && isHis(last, principal);
}

/** The newest step that stands; null when the machine has moved the alert since. */
async function lastStep(tx: Queryable, alertId: string): Promise<StepEvent | null> {
  const { rows } = await tx.query<StepEvent & Record<string, unknown>>(
    `select e.seq, e.actor, e.action, e.from_state as "from", e.to_state as "to", e.before from alert_events e
     where e.alert_id = $1 and e.before is not null
       and not exists (select from alert_events u where u.undoes = e.seq)
       and not exists (select from alert_events m where m.alert_id = $1 and m.seq > e.seq
                       and m.action in ('withdrawn', 'returned', 'lapse'))
     order by e.seq desc limit 1`,
    [alertId],
  );
  return rows[0] ?? null;
}

const undoExplanation = (tx: Tx, alertId: string, at: number): Promise<unknown> =>
  tx.query(
    `update alert_explanations set undone_at = $2 where id = (
       select id from alert_explanations where alert_id = $1 and undone_at is null order by at desc, id desc limit 1)`,
    [alertId, ts(at)],
  );
