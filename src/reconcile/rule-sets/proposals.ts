import type { Audit } from '../../access/audit.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db, Tx } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { openRuleSet, type RuleSetBody, versionOf } from '../parameters.ts';
import type { RuleCatalogue } from '../rules/catalogue.ts';
import { changedBody, changesBetween, differences, type RuleSetChanges } from './changes.ts';
import { RULE_SET_CHANNEL } from './live.ts';
import {
  addProposalEvent,
  bodyOf,
  liveProposal,
  lockProposals,
  type Proposal,
  type ProposalState,
  proposalById,
  putProposal,
  putRuleSet,
} from './proposals.store.ts';
import { startRollout } from './rollout.ts';
import { stopShadow } from './runs.store.ts';

export interface ProposalDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly catalogue: RuleCatalogue;
}

export interface DraftRequest {
  readonly name: string;
  readonly reason: string;
  readonly changes: RuleSetChanges;
  /** A set of earlier times to begin from; null: the one in force. */
  readonly from: string | null;
  readonly reassessFrom: number | null;
}

/** What a person did to a proposal that he had before him. */
interface Step {
  readonly id: string;
  /** As he saw it. */
  readonly revision: number;
  readonly actor: string;
  readonly note?: string | null;
}

/** Writes a draft. @throws DomainError `invalid_input` for changes that cannot be, or that change nothing */
export const draftRuleSet = (
  deps: ProposalDeps,
  actor: string,
  request: DraftRequest,
  source: Proposal['source'] = 'api',
): Promise<Proposal> =>
  inTurn(deps, async (tx, now) => {
    const live = await liveOf(tx);
    const inForce = await bodyOf(tx, live.version);
    const start = request.from === null ? inForce : await bodyOf(tx, (await proposalById(tx, request.from)).version);
    const body = changedBody(start, request.changes, deps.catalogue);
    const version = versionOf(body);
    if (version === live.version) throw nothingChanged();
    await putRuleSet(tx, version, body, now);
    const proposal: Proposal = {
      id: newId(),
      name: request.name,
      reason: request.reason,
      state: 'draft',
      source,
      version,
      baseVersion: live.version,
      authors: [actor],
      proposedBy: null,
      proposedAt: null,
      decidedBy: null,
      decidedAt: null,
      liveFrom: null,
      liveUntil: null,
      reassessFrom: request.reassessFrom,
      revision: 1,
      createdAt: now,
      updatedAt: now,
    };
    await putProposal(tx, proposal);
    await written(tx, deps, proposal, { actor, action: 'drafted', detail: differences(inForce, body) });
    return proposal;
  });

/**
 * Changes a draft, or one that waits for approval, which is a draft again then. What it changes is laid over the set in
 * force, which may have become another meanwhile; its shadow run ends.
 */
export const reviseRuleSet = (
  deps: ProposalDeps,
  step: Step,
  request: {
    readonly name?: string | undefined;
    readonly reason?: string | undefined;
    readonly changes?: RuleSetChanges | undefined;
    readonly reassessFrom?: number | null | undefined;
  },
): Promise<Proposal> =>
  inTurn(deps, async (tx, now) => {
    const before = await lookedAt(tx, step, ['draft', 'proposed'], 'revise');
    const live = await liveOf(tx);
    const inForce = await bodyOf(tx, live.version);
    const own = await bodyOf(tx, before.version);
    const rebased =
      before.baseVersion === live.version || before.baseVersion === null
        ? own
        : changedBody(inForce, changesBetween(await bodyOf(tx, before.baseVersion), own), deps.catalogue);
    const body = changedBody(rebased, request.changes ?? {}, deps.catalogue);
    const version = versionOf(body);
    if (version === live.version) throw nothingChanged();
    await putRuleSet(tx, version, body, now);
    const after: Proposal = {
      ...before,
      name: request.name ?? before.name,
      reason: request.reason ?? before.reason,
      reassessFrom: request.reassessFrom === undefined ? before.reassessFrom : request.reassessFrom,
      state: 'draft',
      version,
      baseVersion: live.version,
      authors: withAuthor(before, step.actor),
      proposedBy: null,
      proposedAt: null,
      revision: before.revision + 1,
      updatedAt: now,
    };
    await putProposal(tx, after);
    if (after.version !== before.version) await stopShadow(tx, after.id, 'the draft was changed', now);
    await written(tx, deps, after, {
      actor: step.actor,
      action: 'revised',
      note: step.note ?? null,
      detail: differences(inForce, body),
    });
    return after;
  });

/** Publishes a draft for a second person's approval. */
export const proposeRuleSet = (deps: ProposalDeps, step: Step): Promise<Proposal> =>
  inTurn(deps, async (tx, now) => {
    const before = await lookedAt(tx, step, ['draft'], 'publish');
    await assertStillOnLive(tx, before);
    const { missing } = openRuleSet(await bodyOf(tx, before.version), { catalogue: deps.catalogue });
    if (missing[0] !== undefined) {
      throw new DomainError('conflict', missing[0].why, {
        remedy: 'Revise the draft: name a version that this program has, or turn the rule off.',
        zh: `规则 ${missing[0].rule} 不在本程序中，请修改草稿。`,
      });
    }
    const after: Proposal = {
      ...before,
      state: 'proposed',
      authors: withAuthor(before, step.actor),
      proposedBy: step.actor,
      proposedAt: now,
      revision: before.revision + 1,
      updatedAt: now,
    };
    await putProposal(tx, after);
    await written(tx, deps, after, { actor: step.actor, action: 'proposed', note: step.note ?? null });
    return after;
  });

/**
 * Puts a published set into force, at this moment: by somebody who wrote nothing in it. What is open is assessed again
 * under it in the background.
 * @throws DomainError `forbidden` for its authors, `conflict` when it was changed or another set went into force meanwhile
 */
export const approveRuleSet = (deps: ProposalDeps, step: Step): Promise<Proposal> =>
  inTurn(deps, async (tx, now) => {
    const before = await lookedAt(tx, step, ['proposed'], 'approve');
    if (before.authors.includes(step.actor)) {
      throw new DomainError('forbidden', 'nobody approves a rule set that he wrote in or published himself', {
        remedy: 'A second person must approve it.',
        zh: '规则集的起草人、发布人不得自行批准，须由另一人批准。',
      });
    }
    const live = await assertStillOnLive(tx, before);
    await putProposal(tx, {
      ...live,
      state: 'superseded',
      liveUntil: now,
      revision: live.revision + 1,
      updatedAt: now,
    });
    await addProposalEvent(tx, live.id, {
      at: now,
      actor: step.actor,
      action: 'superseded',
      detail: { by: before.id },
    });
    const after: Proposal = {
      ...before,
      state: 'live',
      decidedBy: step.actor,
      decidedAt: now,
      liveFrom: now,
      revision: before.revision + 1,
      updatedAt: now,
    };
    await putProposal(tx, after);
    await stopShadow(tx, after.id, 'it went into force', now);
    await startRollout(tx, after, now);
    await written(tx, deps, after, {
      actor: step.actor,
      action: 'approved',
      note: step.note ?? null,
      detail: { version: after.version, replaced: live.version },
    });
    await tx.query('select pg_notify($1, $2)', [RULE_SET_CHANNEL, after.version]);
    return after;
  });

/** Refuses a published set, or takes back one's own before it was decided on. */
export const endRuleSet = (deps: ProposalDeps, step: Step, action: 'rejected' | 'withdrawn'): Promise<Proposal> =>
  inTurn(deps, async (tx, now) => {
    const before = await lookedAt(
      tx,
      step,
      action === 'rejected' ? ['proposed'] : ['draft', 'proposed'],
      action === 'rejected' ? 'reject' : 'withdraw',
    );
    const after: Proposal = {
      ...before,
      state: action,
      decidedBy: step.actor,
      decidedAt: now,
      revision: before.revision + 1,
      updatedAt: now,
    };
    await putProposal(tx, after);
    await stopShadow(tx, after.id, `it was ${action}`, now);
    await written(tx, deps, after, { actor: step.actor, action, note: step.note ?? null });
    return after;
  });

const inTurn = <T>(deps: ProposalDeps, work: (tx: Tx, now: number) => Promise<T>): Promise<T> =>
  deps.db.transaction(async (tx) => {
    await lockProposals(tx);
    return work(tx, deps.clock.now());
  });

async function liveOf(tx: Tx): Promise<Proposal> {
  const live = await liveProposal(tx);
  if (live === null) throw new DomainError('config_invalid', 'no rule set is in force');
  return live;
}

async function lookedAt(tx: Tx, step: Step, states: readonly ProposalState[], what: string): Promise<Proposal> {
  const proposal = await proposalById(tx, step.id);
  if (proposal.revision !== step.revision) {
    throw new DomainError('conflict', 'this rule set has changed since you opened it', {
      remedy: 'Look at it again and repeat your step if it is still right.',
      zh: '规则集在您打开之后已被修改，请重新查看后再操作。',
      revision: proposal.revision,
      state: proposal.state,
    });
  }
  if (!states.includes(proposal.state)) {
    throw new DomainError('conflict', `cannot ${what} this rule set: it is ${proposal.state}`, {
      remedy: `Only a set that is ${states.join(' or ')} can be; make a new draft otherwise.`,
      zh: '规则集当前状态不允许这一操作。',
      revision: proposal.revision,
      state: proposal.state,
    });
  }
  return proposal;
}

async function assertStillOnLive(tx: Tx, proposal: Proposal): Promise<Proposal> {
  const live = await liveOf(tx);
  if (live.version === proposal.baseVersion) return live;
  throw new DomainError('conflict', 'another rule set went into force since this one was drafted', {
    remedy: 'Revise the draft (PATCH, even without changes): what it changes is laid over the set in force now.',
    zh: '起草之后已有新的规则集生效，请先修订草稿（PATCH），再发布。',
    revision: proposal.revision,
    state: proposal.state,
  });
}

const withAuthor = ({ authors }: Proposal, actor: string): string[] => [...new Set([...authors, actor])];

const nothingChanged = (): DomainError =>
  new DomainError('invalid_input', 'this is the rule set in force already: nothing is changed', {
    remedy: 'Say in `changes` what is to be different.',
    zh: '与现行规则集相同，没有任何改动。',
  });

async function written(
  tx: Tx,
  deps: ProposalDeps,
  proposal: Proposal,
  event: {
    readonly actor: string;
    readonly action: string;
    readonly note?: string | null;
    readonly detail?: unknown;
  },
): Promise<void> {
  await addProposalEvent(tx, proposal.id, { at: proposal.updatedAt, ...event });
  await deps.audit.record(tx, {
    actor: event.actor,
    action: `rule_set.${event.action}`,
    subjectKind: 'rule_set',
    subjectId: proposal.id,
    purpose: event.note ?? proposal.reason,
    outcome: 'done',
    detail: { version: proposal.version, name: proposal.name, revision: proposal.revision },
  });
}

/** The text of a proposal, and in what it differs from the set that it was drafted on. */
export async function proposalText(
  db: Db,
  proposal: Proposal,
): Promise<{ readonly body: RuleSetBody; readonly differences: ReturnType<typeof differences> }> {
  const body = await bodyOf(db, proposal.version);
  const base = proposal.baseVersion === null ? body : await bodyOf(db, proposal.baseVersion);
  return { body, differences: differences(base, body) };
}
