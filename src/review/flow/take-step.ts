import type { Audit } from '../../access/audit.ts';
import type { Principal } from '../../access/principal.ts';
import { hasRight } from '../../access/rights.ts';
import { actorOf, personOf, scopeOf } from '../../access/scope.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db, Tx } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { ALERT_COLUMNS, type StoredAlert, setAlertState } from '../alert.store.ts';
import { appendAlertEvent } from '../alert-events.ts';
import { getAlert, itemOf, noSuchAlert, sightOf } from '../alert-list.store.ts';
import type { AlertItem } from '../alerts.schemas.ts';
import { recordDisposition, undoDisposition } from '../budget/dispositions.ts';
import type { AlarmPolicy } from '../budget/policy.ts';
import { addExplanation } from './explanations.store.ts';
import { type AlertFlow, flowOf, NO_FLOW, putFlow } from './flow.store.ts';
import { addMeasures, addRecovery } from './measures.store.ts';
import { assertNeeds, flowAfter } from './needs.ts';
import type { FlowPolicy } from './policy.ts';
import { isAdverse } from './states.ts';
import type { StepBody } from './steps.schemas.ts';
import { type Transition, transitionOf } from './transitions.ts';

export interface StepDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly outbox: Outbox;
  readonly policy: AlarmPolicy;
  readonly flow: FlowPolicy;
  readonly timeZone: string;
}

/**
 * Takes one step with an alert, if it is still the alert that the caller looked at and the table of transitions allows it.
 * @throws DomainError `conflict` when it has changed since (`details.version` tells the newest) or is in no state for it, `forbidden`
 *   without the right or by one person who must be two, `invalid_input` when something is missing, `not_found` outside the scope
 */
export async function takeStep(deps: StepDeps, principal: Principal, id: string, body: StepBody): Promise<AlertItem> {
  await deps.db.transaction((tx) => takeStepIn(tx, deps, principal, id, body));
  return itemOf(await getAlert(deps.db, sightOf(principal), id));
}

export async function takeStepIn(
  tx: Tx,
  deps: StepDeps,
  principal: Principal,
  id: string,
  body: StepBody,
): Promise<void> {
  const alert = await lockAlert(tx, principal, id);
  const now = deps.clock.now();
  const before: AlertFlow = (await flowOf(tx, id)) ?? { ...NO_FLOW, enteredAt: alert.shownAt ?? alert.raisedAt };
  const row = await allowedRow(deps, principal, alert, before, body);
  assertNeeds(row, body, { alert, flow: before, policy: deps.flow, now });

  const by = { name: principal.name, person: personOf(principal), actor: actorOf(principal) };
  const after = flowAfter(row, before, { body, by, alert, now });
  const dueAt = row.to === alert.state ? alert.dueAt : deps.flow.dueAt(row.to, now);
  // What its findings left while people kept it closed comes back as what it would be by now.
  const state = row.step === 'reopen' && alert.withdrawnAt !== null ? 'withdrawn' : row.to;
  const closes = row.to === 'excluded' || row.step === 'close';
  const reason = row.to === 'excluded' || row.to === 'archived' ? (body.reason ?? alert.stateReason) : null;
  await setAlertState(tx, id, {
    now,
    state,
    stateReason: state === 'withdrawn' ? 'findings_taken_back' : reason,
    withdrawnAt: alert.withdrawnAt,
    dismissedRules: closes ? alert.rules : row.step === 'reopen' ? [] : alert.dismissedRules,
    shownAt: alert.shownAt ?? (closes ? null : now),
    dueAt,
  });
  await putFlow(tx, id, after);
  if (row.step === 'explain' || row.step === 'appeal') {
    await addExplanation(tx, deps, {
      alert,
      body,
      actor: by.actor,
      kind: row.step === 'appeal' ? 'appeal' : 'explanation',
    });
  }
  if (row.step === 'handle')
    await addMeasures(tx, deps, { alertId: id, measures: body.measures ?? [], actor: by.actor });
  if (row.step === 'recover') await addRecovery(tx, deps, { alertId: id, body, actor: by.actor });
  await teach(tx, deps, alert, { row, body, after, actor: by.actor });
  await deps.audit.record(tx, {
    actor: by.actor,
    action: `alert.${row.step}`,
    subjectKind: 'alert',
    subjectId: id,
    outcome: 'done',
    detail: {
      from: alert.state,
      to: state,
      reason: body.reason ?? null,
      note: body.note ?? null,
      version: alert.version,
    },
  });
  await appendAlertEvent(tx, {
    alertId: id,
    at: now,
    actor: by.actor,
    action: row.step,
    reason: body.reason ?? null,
    shown: alert.shownAt !== null || !closes,
    from: alert.state,
    to: state,
    before: {
      flow: before,
      stateReason: alert.stateReason,
      dismissedRules: alert.dismissedRules,
      dueAt: alert.dueAt,
      shownAt: alert.shownAt,
      person: by.person,
    },
    ...(body.note === undefined ? {} : { detail: { note: body.note } }),
  });
}

/** Which steps a caller may take with an alert as it is. */
export function stepsFor(
  principal: Principal,
  alert: Pick<StoredAlert, 'state' | 'class'>,
  flow: AlertFlow | null,
  steps: readonly StepBody['step'][],
): StepBody['step'][] {
  return steps.filter((step) => {
    const row = transitionOf(step, alert, (right) => right !== 'system' && hasRight(principal.role, right));
    return (
      row !== null && row.right !== 'system' && hasRight(principal.role, row.right) && !isBarred(row, flow, principal)
    );
  });
}

async function allowedRow(
  deps: StepDeps,
  principal: Principal,
  alert: StoredAlert,
  flow: AlertFlow,
  body: StepBody,
): Promise<Transition> {
  if (alert.version !== body.version) {
    throw new DomainError('conflict', 'this alert has changed since you opened it', {
      remedy: 'Look at it again and repeat your decision if it still stands.',
      version: alert.version,
      state: alert.state,
    });
  }
  const row = transitionOf(body.step, alert, (right) => right !== 'system' && hasRight(principal.role, right));
  if (row === null) {
    throw new DomainError(
      'conflict',
      `${body.step} is no step for an alert of class ${alert.class} that is ${alert.state}`,
      {
        remedy: 'GET /v1/alerts/{id} lists under `steps` what can be done; docs/review-flow.md has the whole table.',
        version: alert.version,
        state: alert.state,
      },
    );
  }
  if (row.right === 'system' || !hasRight(principal.role, row.right)) {
    throw new DomainError(
      'forbidden',
      `${body.step} needs the right ${row.right}, which the role ${principal.role} has not`,
      {
        remedy: 'Ask whoever holds it; docs/rights.md has the table.',
      },
    );
  }
  if (isBarred(row, flow, principal)) {
    throw new DomainError('forbidden', `${body.step} takes somebody else than the ${row.notBy?.replace('_', ' ')}`, {
      remedy: 'Two people are asked, so that no one decides alone. Leave it to a colleague.',
    });
  }
  if (row.right === 'alerts.determine') await assertLevel(deps, principal);
  return row;
}

const isBarred = (row: Transition, flow: AlertFlow | null, principal: Principal): boolean => {
  const person = personOf(principal);
  if (row.notBy === 'first_reviewer') return flow?.firstPerson === person;
  return row.notBy === 'proposer' && flow?.proposal?.person === person;
};

const LEVEL_DIGITS = { city: 4, county: 6, township: 9 } as const;

async function assertLevel({ flow }: StepDeps, principal: Principal): Promise<void> {
  const { regionCode } = principal;
  if (regionCode !== null && regionCode.length <= LEVEL_DIGITS[flow.finalReviewLevel]) return;
  throw new DomainError('forbidden', `a determination is made at the level ${flow.finalReviewLevel} or above`, {
    remedy: 'Leave it to the bureau above; finalReviewLevel in config/review/flow.yaml sets the level.',
  });
}

/** What an outcome says of the rules that raised the alert. */
async function teach(
  tx: Tx,
  deps: StepDeps,
  alert: StoredAlert,
  done: { readonly row: Transition; readonly body: StepBody; readonly after: AlertFlow; readonly actor: string },
): Promise<void> {
  const { row, body, after, actor } = done;
  if (row.to === 'excluded') {
    const found = { confirmed: false, reason: body.reason ?? null, actor, sampled: false };
    await recordDisposition(tx, deps, alert, { ...found, insuredMet: body.insuredMet ?? null });
  } else if (row.to === 'determined' && after.determination !== null) {
    const confirmed = isAdverse(after.determination);
    await recordDisposition(tx, deps, alert, {
      confirmed,
      reason: confirmed ? null : after.determination === 'data_quality' ? 'data_quality' : 'other',
      actor,
      sampled: false,
    });
  } else if (row.step === 'reopen' || row.step === 'appeal') await undoDisposition(tx, deps, alert);
}

export async function lockAlert(tx: Tx, principal: Principal, id: string): Promise<StoredAlert> {
  const scope = scopeOf(principal);
  const { askedOnly } = sightOf(principal);
  const { rows } = await tx.query<StoredAlert>(
    `select ${ALERT_COLUMNS} from alerts a
     where ($1::text is null or a.region_code like $1 || '%') and ($2::text is null or a.clinic_code = $2) and a.id = $3
       and (not $4 or exists (select from alert_flow f where f.alert_id = a.id and f.asked_at is not null))
     for update of a`,
    [scope.regionPrefix, scope.clinicCode, id, askedOnly],
  );
  const alert = rows[0];
  if (!alert) throw noSuchAlert(id);
  return alert;
}
