import { derivedId } from '../../platform/ids.ts';
import type { DecisionParameters } from '../parameters.ts';
import { findingChanged, holdingChanged } from '../reconcile.topics.ts';
import type { ReconcileStore } from '../store.ts';
import type { FindingRow } from '../tables.ts';
import { countedSince, countyOf, scopesOf, stepBreaker } from './breaker.ts';
import { EVERYWHERE, type HoldBreakerRow } from './tables.ts';

export const HOLDING_RULE = 'N2';
const GATE = 'hold-gate';

/**
 * Asked before a hold is placed: whether holding goes on. One at a time, so that those who are held at one moment count
 * each other. Remembers the wish either way.
 */
export async function mayHold(
  store: ReconcileStore,
  deps: { readonly parameters: DecisionParameters; readonly now: number },
  hold: { readonly decisionId: string; readonly clinicCode: string; readonly again: boolean },
): Promise<boolean> {
  const { parameters, now } = deps;
  await store.lock(GATE);
  const scopes = scopesOf(hold.clinicCode);
  const known = await store.holdBreakers(scopes);
  let passes = true;
  for (const scope of scopes) {
    const breaker = known.find((row) => row.scope === scope) ?? null;
    const { wanted, decided } = await store.holdCounts({
      region: scope === EVERYWHERE ? null : scope,
      since: countedSince(breaker, parameters, now),
      except: hold.decisionId,
    });
    const step = stepBreaker({
      scope,
      breaker,
      counts: { wanted: wanted + 1, decided },
      parameters,
      now,
      again: hold.again,
    });
    if (step.next !== null) {
      store.putHoldBreaker(step.next);
      if (step.next.state !== breaker?.state) tellHolding(store, step.next, { clinicCode: hold.clinicCode, now });
    }
    passes &&= step.pass;
  }
  store.putHoldAttempt({
    decision_id: hold.decisionId,
    at: now,
    clinic_code: hold.clinicCode,
    region: countyOf(hold.clinicCode),
    held: passes,
  });
  return passes;
}

/** A breaker opened or closed: the operator is told by an alert about data, which is taken back when it closes. */
export function tellHolding(
  store: ReconcileStore,
  breaker: HoldBreakerRow,
  at: { readonly clinicCode: string; readonly now: number },
): void {
  const subjectKey = `holding/${breaker.scope}`;
  const incidentKey = `holding:${breaker.scope}`;
  const where =
    breaker.scope === EVERYWHERE ? { zh: '全部地区', en: 'everywhere' } : { zh: breaker.scope, en: breaker.scope };
  const finding: FindingRow = {
    id: derivedId('finding', HOLDING_RULE, subjectKey),
    rule_id: HOLDING_RULE,
    rule_version: '1',
    subject_key: subjectKey,
    incident_key: incidentKey,
    phase: 'in',
    class: 'data',
    severity: 'high',
    clinic_code: at.clinicCode,
    psn_no: null,
    camera_id: null,
    setl_ids: [],
    basis: ['claims'],
    outcome: breaker.state === 'open' ? 'hit' : 'clear',
    reason: breaker.state === 'open' ? 'holding_paused' : 'holding_resumed',
    evidence:
      breaker.state === 'open'
        ? {
            zh: `${where.zh}：短时间内${breaker.decided}笔中有${breaker.wanted}笔应拦截，已暂停自动拦截，转人工复核。请核对名单与模型。`,
            en: `${where.en}: ${breaker.wanted} of ${breaker.decided} decisions within a short time would hold; holding is paused and reviewing goes on. Please check lists and model.`,
            scope: breaker.scope,
            wanted: breaker.wanted,
            decided: breaker.decided,
            closesAt: breaker.closes_at,
          }
        : { zh: `${where.zh}：自动拦截已恢复。`, en: `${where.en}: holding goes on again.`, scope: breaker.scope },
    assessment_id: derivedId('holding', breaker.scope),
    first_at: at.now,
    updated_at: at.now,
  };
  store.putFindings([finding]);
  store.tell(findingChanged, [{ payload: { incidentKey }, options: { dedupeKey: incidentKey } }]);
  store.tell(holdingChanged, [
    { payload: { scope: breaker.scope, state: breaker.state, wanted: breaker.wanted, decided: breaker.decided } },
  ]);
}
