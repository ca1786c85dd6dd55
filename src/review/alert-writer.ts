import { releasePins } from '../evidence/footage-pins.ts';
import { type SecureDeps, secureEvidence } from '../evidence/secure.ts';
import type { Tx } from '../platform/db.ts';
import { derivedId } from '../platform/ids.ts';
import { defineHandler, type Handler, type Outbox } from '../platform/outbox.ts';
import { findingChanged } from '../reconcile/reconcile.topics.ts';
import {
  type AlertContent,
  differsVisibly,
  findingsOf,
  insertAlert,
  lockAlertOf,
  type StoredAlert,
  setAlertState,
  updateAlert,
} from './alert.store.ts';
import { type AlertDraft, alertOf, nextStep } from './alert.ts';
import { appendAlertEvent } from './alert-events.ts';
import { type IncidentContext, incidentContextOf } from './incident-context.ts';
import { alertChanged } from './review.topics.ts';

export interface AlertWriterDeps extends SecureDeps {
  readonly outbox: Outbox;
}

const MACHINE = 'system:reconcile';

/** Findings become alerts: one of each incident. */
export const createAlertHandler = (deps: AlertWriterDeps): Handler =>
  defineHandler(findingChanged, async ({ payload, once }) => {
    await once((tx) => applyFindings(tx, deps, payload.incidentKey));
  });

/**
 * Brings the alert of an incident in line with its findings as they are now. One at a time for one incident; the same
 * findings again change nothing.
 */
export async function applyFindings(tx: Tx, deps: AlertWriterDeps, incidentKey: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 7))', [incidentKey]);
  const draft = alertOf(await findingsOf(tx, incidentKey));
  const stored = await lockAlertOf(tx, incidentKey);
  const step = nextStep(
    stored && { state: stored.state, hits: stored.withdrawnAt === null, dismissedRules: stored.dismissedRules },
    draft,
  );
  if (step.action === 'none') return;
  if (draft === null) {
    if (stored) await takeBack(tx, deps, stored, step.action === 'settle' ? 'settled' : 'withdrawn');
    return;
  }
  const context = await incidentContextOf(tx, draft);
  if (!stored) await raise(tx, deps, draft, context);
  else await renew(tx, deps, stored, draft, context, step.action === 'return' ? step.reason : null);
}

async function raise(tx: Tx, deps: AlertWriterDeps, draft: AlertDraft, context: IncidentContext): Promise<void> {
  const id = derivedId('alert', draft.incidentKey);
  const now = deps.clock.now();
  await insertAlert(tx, id, { draft, ...context }, now);
  await secure(tx, deps, id, draft, context);
  await deps.outbox.add(tx, alertChanged, { alertId: id, action: 'raised', version: 1 });
  await appendAlertEvent(tx, { alertId: id, at: now, actor: MACHINE, action: 'raised', detail: summaryOf(draft) });
}

/** New content; with `returned` also a new life. */
async function renew(
  tx: Tx,
  deps: AlertWriterDeps,
  stored: StoredAlert,
  draft: AlertDraft,
  context: IncidentContext,
  returned: 'hit_again' | 'new_rule' | null,
): Promise<void> {
  const content: AlertContent = { draft, ...context };
  const now = deps.clock.now();
  const visible = returned !== null || stored.withdrawnAt !== null || differsVisibly(stored, content);
  await updateAlert(tx, stored.id, content, {
    now,
    visible,
    state: returned === null ? stored.state : 'open',
    stateReason: returned ?? stored.stateReason,
  });
  // Also when no reader would see a difference: the findings may rest on faces that arrived late.
  await secure(tx, deps, stored.id, draft, context);
  if (!visible) return;
  if (returned !== null) {
    const version = stored.version + 1;
    await deps.outbox.add(tx, alertChanged, { alertId: stored.id, action: 'returned', version });
  }
  await appendAlertEvent(tx, {
    alertId: stored.id,
    at: now,
    actor: MACHINE,
    action: returned === null ? 'revised' : 'returned',
    reason: returned,
    detail: summaryOf(draft),
  });
}

/** Its findings are gone: taken back, unless a person has dismissed it; the history and the last findings stay. */
async function takeBack(
  tx: Tx,
  deps: AlertWriterDeps,
  stored: StoredAlert,
  action: 'withdrawn' | 'settled',
): Promise<void> {
  const now = deps.clock.now();
  await setAlertState(tx, stored.id, {
    now,
    state: action === 'withdrawn' ? 'withdrawn' : stored.state,
    stateReason: action === 'withdrawn' ? 'findings_taken_back' : stored.stateReason,
    withdrawnAt: now,
    dismissedRules: stored.dismissedRules,
  });
  await releasePins(tx, deps.clock, stored.id);
  await appendAlertEvent(tx, {
    alertId: stored.id,
    at: now,
    actor: MACHINE,
    action,
    reason: 'findings_taken_back',
    detail: { rules: stored.rules },
  });
}

const secure = (tx: Tx, deps: AlertWriterDeps, alertId: string, draft: AlertDraft, context: IncidentContext) =>
  secureEvidence(tx, deps, {
    alertId,
    clinicCode: draft.clinicCode,
    cameraIds: draft.subjectKind === 'camera' && draft.cameraId !== null ? [draft.cameraId] : null,
    moments: context.moments,
    settlementIds: context.settlementIds,
    appearanceIds: context.appearanceIds,
    windows: context.windows,
  });

const summaryOf = (draft: AlertDraft) => ({ rules: draft.rules, severity: draft.severity, class: draft.class });
