import type { Principal } from '../../access/principal.ts';
import { actorOf, personOf, scopeOf } from '../../access/scope.ts';
import { sha256 } from '../../platform/crypto.ts';
import { type Db, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { setAlertState } from '../alert.store.ts';
import type { AlertDetail } from '../alert-detail.schemas.ts';
import { type AlertDetailDeps, alertDetailOf } from '../alert-detail.ts';
import { appendAlertEvent } from '../alert-events.ts';
import { undoDisposition } from '../budget/dispositions.ts';
import { flowOf, NO_FLOW, putFlow } from './flow.store.ts';
import { lockAlert, type StepDeps } from './take-step.ts';

/** 盲复查: a share of what was excluded, looked at again by somebody else who does not see how it went. */

const BATCH = 500;

/** Whether an exclusion is among the share: by its number, so that nobody can choose and a repeat draws the same. */
export const isDrawn = (seq: number, share: number): boolean =>
  sha256('second look', String(seq)).readUInt32BE(0) / 2 ** 32 < share;

/** Draws from what was excluded since; @returns how many. */
export async function drawSecondLooks(deps: Pick<StepDeps, 'db' | 'clock' | 'flow'>): Promise<number> {
  const { db, clock, flow } = deps;
  const { rows } = await db.query<{ seq: number; alert_id: string; person: string }>(
    `select e.seq, e.alert_id, e.before ->> 'person' as person from alert_events e join alerts a on a.id = e.alert_id
     where e.action = 'exclude' and a.state = 'excluded' and a.class = 'fraud'
       and e.seq > coalesce((select max(excluded_seq) from second_looks), 0)
       and not exists (select from alert_events u where u.undoes = e.seq)
     order by e.seq limit ${BATCH}`,
  );
  const drawn = rows.filter(({ seq }) => isDrawn(seq, flow.secondLookShare));
  for (const { seq, alert_id, person } of drawn) {
    await db.query(
      `insert into second_looks (id, alert_id, excluded_seq, excluded_person, drawn_at, state)
       values ($1, $2, $3, $4, $5, 'open') on conflict do nothing`,
      [newId(), alert_id, seq, person, ts(clock.now())],
    );
  }
  return drawn.length;
}

export interface SecondLook {
  readonly id: string;
  readonly drawnAt: string;
  readonly clinic: { readonly code: string; readonly name: string };
}

/** What waits for a second look by somebody else than who excluded it. */
export async function openSecondLooks(db: Db, principal: Principal): Promise<SecondLook[]> {
  const scope = scopeOf(principal);
  const { rows } = await db.query<{ id: string; drawn_at: number; code: string; name: string | null }>(
    `select s.id, s.drawn_at, a.clinic_code as code, c.name
     from second_looks s join alerts a on a.id = s.alert_id left join clinics c on c.code = a.clinic_code
     where s.state = 'open' and a.state = 'excluded' and s.excluded_person <> $3
       and ($1::text is null or a.region_code like $1 || '%') and ($2::text is null or a.clinic_code = $2)
     order by s.drawn_at, s.id limit 100`,
    [scope.regionPrefix, scope.clinicCode, personOf(principal)],
  );
  return rows.map((row) => ({
    id: row.id,
    drawnAt: ts(row.drawn_at),
    clinic: { code: row.code, name: row.name ?? row.code },
  }));
}

/** The alert as it was before anybody said anything of it. */
export async function blindDetail(
  deps: AlertDetailDeps & { readonly db: Db },
  principal: Principal,
  id: string,
): Promise<AlertDetail> {
  const alertId = await alertOf(deps.db, principal, id);
  const detail = await alertDetailOf(deps, principal, alertId);
  return {
    ...detail,
    state: 'new',
    stateReason: null,
    steps: [],
    mayUndo: false,
    history: detail.history.filter(({ actor }) => actor.startsWith('system:')),
    flow: { ...detail.flow, firstReviewer: null, secondReviewer: null, question: null, explanations: [] },
  };
}

async function alertOf(db: Db, principal: Principal, id: string): Promise<string> {
  const { rows } = await db.query<{ alert_id: string }>(
    `select alert_id from second_looks where id = $1 and state = 'open' and excluded_person <> $2`,
    [id, personOf(principal)],
  );
  const [row] = rows;
  if (row === undefined) throw new DomainError('not_found', 'there is no such second look here');
  return row.alert_id;
}

/** `suspicion`: the alert is new again. `none`: two people have found nothing in it. */
export async function answerSecondLook(
  deps: StepDeps,
  principal: Principal,
  id: string,
  answer: { readonly outcome: 'none' | 'suspicion'; readonly note?: string | undefined },
): Promise<void> {
  const alertId = await alertOf(deps.db, principal, id);
  const now = deps.clock.now();
  await deps.db.transaction(async (tx) => {
    const alert = await lockAlert(tx, principal, alertId);
    const { rowCount } = await tx.query(
      `update second_looks set state = 'done', outcome = $2, note = $3, actor = $4, done_at = $5 where id = $1 and state = 'open'`,
      [id, answer.outcome, answer.note ?? null, actorOf(principal), ts(now)],
    );
    if (rowCount === 0) throw new DomainError('conflict', 'somebody else has answered this already');
    await deps.audit.record(tx, {
      actor: actorOf(principal),
      action: 'alert.second_look',
      subjectKind: 'alert',
      subjectId: alertId,
      outcome: 'done',
      detail: { outcome: answer.outcome, note: answer.note ?? null },
    });
    if (answer.outcome === 'none' || alert.state !== 'excluded') return;
    const state = alert.withdrawnAt === null ? 'new' : 'withdrawn';
    await setAlertState(tx, alertId, {
      now,
      state,
      stateReason: 'second_look',
      withdrawnAt: alert.withdrawnAt,
      dismissedRules: [],
      shownAt: alert.shownAt ?? now,
      dueAt: deps.flow.dueAt(state, now),
    });
    const flow = (await flowOf(tx, alertId)) ?? { ...NO_FLOW, enteredAt: now };
    await putFlow(tx, alertId, { ...flow, enteredAt: now, firstBy: null, firstPerson: null, assignee: null });
    await undoDisposition(tx, deps, alert);
    await appendAlertEvent(tx, {
      alertId,
      at: now,
      actor: actorOf(principal),
      action: 'reopen',
      reason: 'second_look',
      from: 'excluded',
      to: state,
    });
  });
}
