import type { SecureDeps } from '../evidence/secure.ts';
import { derivedId } from '../platform/ids.ts';
import { defineHandler, type Handler, type Outbox } from '../platform/outbox.ts';
import { findingChanged } from '../reconcile/reconcile.topics.ts';
import { type AlertDraft, alertOf, nextStep } from './alert.ts';
import type { AlertAction } from './alert-events.ts';
import { type AlertContent, differsVisibly, raisedAlert, renewedAlert } from './alert-row.ts';
import { enqueue, type GateDeps, pass } from './budget/gate.ts';
import type { AlarmPolicy } from './budget/policy.ts';
import { incidentContextOf } from './incident-context.ts';
import { createEvidenceKeeper, type EvidenceKeeper } from './incident-evidence.ts';
import { createPgReviewStore } from './pg-store.ts';
import { alertChanged } from './review.topics.ts';
import type { ReviewStore } from './store.ts';
import type { AlertRow } from './tables.ts';

export interface AlertWriterDeps extends GateDeps {
  /** null: nothing is kept beside the alert. */
  readonly evidence: EvidenceKeeper | null;
}

const MACHINE = 'system:reconcile';

/** Findings become alerts: one of each incident. */
export const createAlertHandler = (
  deps: SecureDeps & { readonly outbox: Outbox; readonly policy: AlarmPolicy; readonly timeZone: string },
): Handler =>
  defineHandler(findingChanged, async ({ payload, once }) => {
    await once((tx) =>
      applyFindings(
        createPgReviewStore(tx, deps),
        { ...deps, evidence: createEvidenceKeeper(tx, deps) },
        payload.incidentKey,
      ),
    );
  });

/** The same for bulk work, which keeps no pictures. */
export const createAlertReaction = (deps: GateDeps) => ({
  topic: findingChanged,
  react: (store: ReviewStore, payload: { readonly incidentKey: string }): Promise<void> =>
    applyFindings(store, { ...deps, evidence: null }, payload.incidentKey),
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
  const passage = await pass(store, deps, { id, draft, context, stored: null, returned: false });
  const shown = passage.queued === null;
  await store.putAlert(raisedAlert(id, { draft, ...context }, passage.fields, now));
  await enqueue(store, deps, passage, null);
  await deps.evidence?.secure(id, draft, context);
  if (shown) await store.tell(alertChanged, [{ payload: { alertId: id, action: 'raised', version: 1 } }]);
  await store.addEvent({
    alert_id: id,
    at: now,
    actor: MACHINE,
    action: 'raised',
    reason: null,
    detail: summaryOf(draft),
    shown,
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
  const passage = await pass(store, deps, { id: stored.id, draft, context, stored, returned: returned !== null });
  const queue = passage.fields;
  const visible =
    returned !== null ||
    stored.withdrawn_at !== null ||
    stored.queue_state !== queue.queue_state ||
    differsVisibly(stored, content);
  const fresh = renewedAlert(stored, content, {
    now,
    visible,
    state: returned === null ? stored.state : 'new',
    stateReason: returned ?? stored.state_reason,
    queue,
  });
  await store.putAlert(fresh);
  await enqueue(store, deps, passage, stored);
  // Also when no reader would see a difference: the findings may rest on faces that arrived late.
  await deps.evidence?.secure(stored.id, draft, context);
  if (!visible) return;
  const action = actionOf(stored, fresh, returned);
  if (action === 'returned' || action === 'shown') {
    const told = action === 'returned' || stored.raised_at < fresh.queued_at ? 'returned' : 'raised';
    if (fresh.queue_state === 'shown') {
      await store.tell(alertChanged, [{ payload: { alertId: stored.id, action: told, version: fresh.version } }]);
    }
  }
  await store.addEvent({
    alert_id: stored.id,
    at: now,
    actor: MACHINE,
    action,
    reason: returned,
    detail: summaryOf(draft),
    // Consoles must hear that it leaves the screens.
    shown: fresh.queue_state === 'shown' || action === 'waits',
  });
}

const actionOf = (stored: AlertRow, fresh: AlertRow, returned: string | null): AlertAction => {
  if (returned !== null) return 'returned';
  if (stored.queue_state === fresh.queue_state) return 'revised';
  return fresh.queue_state === 'shown' ? 'shown' : 'waits';
};

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
    due_at: action === 'withdrawn' ? null : stored.due_at,
    withdrawn_at: now,
    updated_at: now,
    version: stored.version + 1,
  });
  if (stored.queue_state === 'waiting') await store.dropQueued(stored.id);
  await deps.evidence?.release(stored.id);
  await store.addEvent({
    alert_id: stored.id,
    at: now,
    actor: MACHINE,
    action,
    reason: 'findings_taken_back',
    detail: { rules: stored.rules },
    shown: stored.queue_state === 'shown',
  });
}

const summaryOf = (draft: AlertDraft) => ({ rules: draft.rules, severity: draft.severity, class: draft.class });
