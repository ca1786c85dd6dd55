import { type Queryable, tsOrNull } from '../../platform/db.ts';
import type { StoredAlert } from '../alert.store.ts';
import type { AlertDetail } from '../alert-detail.schemas.ts';
import type { AlertItem } from '../alerts.schemas.ts';
import { explanationsOf } from './explanations.store.ts';
import { type AlertFlow, NO_FLOW } from './flow.store.ts';
import { measuresOf } from './measures.store.ts';
import type { FlowPolicy } from './policy.ts';
import type { FlowView } from './steps.schemas.ts';

/** How far an alert has come, in the form of the API. */
export async function flowViewOf(
  deps: { readonly db: Queryable; readonly flow: FlowPolicy; readonly now: number },
  alert: Pick<StoredAlert, 'id' | 'dueAt' | 'shownAt' | 'raisedAt'>,
  stored: AlertFlow | null,
): Promise<FlowView> {
  const { db, now } = deps;
  const flow = stored ?? { ...NO_FLOW, enteredAt: alert.shownAt ?? alert.raisedAt };
  return {
    dueAt: tsOrNull(alert.dueAt),
    overdue: alert.dueAt !== null && alert.dueAt < now,
    firstReviewer: flow.firstBy,
    secondReviewer: flow.secondBy,
    assignee: flow.assignee,
    lockedBy: flow.lockedUntil !== null && flow.lockedUntil > now ? flow.lockedBy : null,
    snoozedUntil: tsOrNull(flow.snoozedUntil),
    escalatedAt: tsOrNull(flow.escalatedAt),
    question: flow.question,
    askedAt: tsOrNull(flow.askedAt),
    explanations: await explanationsOf(db, alert.id),
    task: flow.task,
    verification: flow.verification && { ...flow.verification, officers: [...flow.verification.officers] },
    proposal:
      flow.proposal === null
        ? null
        : {
            determination: flow.proposal.determination,
            grounds: flow.proposal.grounds,
            amountFen: flow.proposal.amountFen,
            by: flow.proposal.by,
          },
    determination: flow.determination,
    determinedAt: tsOrNull(flow.determinedAt),
    grounds: flow.grounds,
    amountFen: flow.amountFen,
    measures: await measuresOf(db, deps.flow, alert.id),
  };
}

const SAID_TO_CLINICS: ReadonlySet<string> = new Set([
  'raised',
  'withdrawn',
  'ask',
  'explain',
  'lapse',
  'exclude',
  'agree',
  'determine',
  'appeal',
  'handle',
  'recover',
  'archive',
]);

/** What a clinic sees of an alert: what it is asked about, its own part and the outcome; neither odds, nor limits, nor colleagues. */
export const detailForClinic = (detail: AlertDetail): AlertDetail => ({
  ...itemForClinic(detail),
  findings: detail.findings.map((finding) => ({ ...finding, numbers: {} })),
  flow: flowForClinic(detail.flow),
  history: detail.history
    .filter(({ action }) => SAID_TO_CLINICS.has(action))
    .map((line) => ({ ...line, actor: 'bureau', note: null })),
});

export const itemForClinic = <T extends AlertItem>(item: T): T => ({
  ...item,
  pRight: null,
  expectedFen: null,
  reviewMinutes: null,
  assignee: null,
  lockedBy: null,
  snoozedUntil: null,
  escalated: false,
});

const flowForClinic = (flow: FlowView): FlowView => ({
  ...flow,
  firstReviewer: null,
  secondReviewer: null,
  assignee: null,
  lockedBy: null,
  snoozedUntil: null,
  escalatedAt: null,
  task: null,
  verification: null,
  proposal: null,
});
