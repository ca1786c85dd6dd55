import type { SecureDeps } from '../evidence/secure.ts';
import type { Clock } from '../platform/clock.ts';
import { derivedId } from '../platform/ids.ts';
import { defineHandler, type Handler, type Outbox } from '../platform/outbox.ts';
import { findingChanged } from '../reconcile/reconcile.topics.ts';
import { type AlertDraft, alertOf, nextStep } from './alert.ts';
import { type AlertContent, differsVisibly, raisedAlert, renewedAlert } from './alert-row.ts';
import { incidentContextOf } from './incident-context.ts';
import { createEvidenceKeeper, type EvidenceKeeper } from './incident-evidence.ts';
import { createPgReviewStore } from './pg-store.ts';
import { alertChanged } from './review.topics.ts';
import type { ReviewStore } from './store.ts';
import type { AlertRow } from './tables.ts';

export interface AlertWriterDeps {
  readonly clock: Clock;
  /** null: nothing is kept beside the alert. */
  readonly evidence: EvidenceKeeper | null;
}

const MACHINE = 'system:reconcile';

/** Findings become alerts: one of each incident. */
export const createAlertHandler = (deps: SecureDeps & { readonly outbox: Outbox }): Handler =>
  defineHandler(findingChanged, async ({ payload, once }) => {
    await once((tx) =>
      applyFindings(
        createPgReviewStore(tx, deps),
        { clock: deps.clock, evidence: createEvidenceKeeper(tx, deps) },
        payload.incidentKey,
      ),
    );
  });

/** The same for bulk work, which keeps no pictures. */
export const createAlertReaction = (deps: { readonly clock: Clock }) => ({
  topic: findingChanged,
  react: (store: ReviewStore, payload: { readonly incidentKey: string }): Promise<void> =>
    applyFindings(store, { clock: deps.clock, evidence: null }, payload.incidentKey),
});

/**
 * Brings the alert of an incident in line with its findings as they are now. One at a time for one incident; the same
 * findings again change nothing.
 */
export async function applyFindings(store: ReviewStore, deps: AlertWriterDeps, incidentKey: string): Promise<void> {
  await store.lock(incidentKey);
  const draft = alertOf(await store.findings(incidentKey));
  const stored = await store.alert(incidentKey);
  const step = nextStep(
    stored && { state: stored.state, hits: stored.withdrawn_at === null, dismissedRules: stored.dismissed_rules },
    draft,
  );
  if (step.action === 'none') return;
  if (draft === null) {
    if (stored) await takeBack(store, deps, stored, step.action === 'settle' ? 'settled' : 'withdrawn');
    return;
  }
  if (!stored) await raise(store, deps, draft);
  else await renew(store, deps, stored, draft, step.action === 'return' ? step.reason : null);
}

async function raise(store: ReviewStore, deps: AlertWriterDeps, draft: AlertDraft): Promise<void> {
  const id = derivedId('alert', draft.incidentKey);
  const now = deps.clock.now();
  const context = await incidentContextOf(store, draft);
  await store.putAlert(raisedAlert(id, { draft, ...context }, now));
  await deps.evidence?.secure(id, draft, context);
  await store.tell(alertChanged, [{ payload: { alertId: id, action: 'raised', version: 1 } }]);
  await store.addEvent({
    alert_id: id,
    at: now,
    actor: MACHINE,
    action: 'raised',
    reason: null,
    detail: summaryOf(draft),
  });
}

/** New content; with `returned` also a new life. */
async function renew(
  store: ReviewStore,
  deps: AlertWriterDeps,
  stored: AlertRow,
  draft: AlertDraft,
  returned: 'hit_again' | 'new_rule' | null,
): Promise<void> {
  const context = await incidentContextOf(store, draft);
  const content: AlertContent = { draft, ...context };
  const now = deps.clock.now();
  const visible = returned !== null || stored.withdrawn_at !== null || differsVisibly(stored, content);
  const fresh = renewedAlert(stored, content, {
    now,
    visible,
    state: returned === null ? stored.state : 'open',
    stateReason: returned ?? stored.state_reason,
  });
  await store.putAlert(fresh);
  // Also when no reader would see a difference: the findings may rest on faces that arrived late.
  await deps.evidence?.secure(stored.id, draft, context);
  if (!visible) return;
  if (returned !== null) {
    await store.tell(alertChanged, [{ payload: { alertId: stored.id, action: 'returned', version: fresh.version } }]);
  }
  await store.addEvent({
    alert_id: stored.id,
    at: now,
    actor: MACHINE,
    action: returned === null ? 'revised' : 'returned',
    reason: returned,
    detail: summaryOf(draft),
  });
}

/** Its findings are gone: taken back, unless a person has dismissed it; the history and the last findings stay. */
async function takeBack(
  store: ReviewStore,
  deps: AlertWriterDeps,
  stored: AlertRow,
  action: 'withdrawn' | 'settled',
): Promise<void> {
  const now = deps.clock.now();
  await store.putAlert({
    ...stored,
    state: action === 'withdrawn' ? 'withdrawn' : stored.state,
    state_reason: action === 'withdrawn' ? 'findings_taken_back' : stored.state_reason,
    withdrawn_at: now,
    updated_at: now,
    version: stored.version + 1,
  });
  await deps.evidence?.release(stored.id);
  await store.addEvent({
    alert_id: stored.id,
    at: now,
    actor: MACHINE,
    action,
    reason: 'findings_taken_back',
    detail: { rules: stored.rules },
  });
}

const summaryOf = (draft: AlertDraft) => ({ rules: draft.rules, severity: draft.severity, class: draft.class });
