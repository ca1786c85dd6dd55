import type { Audit } from '../../access/audit.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Db, isUniqueViolation, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { openRuleSet, type RuleSetBody, versionOf } from '../parameters.ts';
import type { RuleCatalogue } from '../rules/catalogue.ts';
import { bodyOf, liveProposal, type Proposal, proposalById, putRuleSet } from './proposals.store.ts';
import { addRun, type NewRun, type Run, runById, shadowOf, stopShadow, unfinishedBacktest } from './runs.store.ts';
import { idAt } from './runs.ts';
import { countHeads, FIRST_HEAD } from './scan.ts';

export interface StartDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly catalogue: RuleCatalogue;
}

/** So many candidates may run silently beside the live set. */
const MOST_SHADOWS = 3;

export interface BacktestRequest {
  readonly name: string;
  readonly body: RuleSetBody;
  readonly proposalId: string | null;
  /** Subjects whose moment lies in [from, to). */
  readonly from: number;
  /** null: now; one that was begun to an earlier now is gone on with. */
  readonly to: number | null;
}

/**
 * Begins to replay the stored facts of a span under a candidate set. The same set over the same span, begun and not ended,
 * is gone on with. @throws DomainError `invalid_input` for an empty span, or rules that this program does not have
 */
export async function startBacktest(deps: StartDeps, actor: string, request: BacktestRequest): Promise<Run> {
  const { db, clock } = deps;
  const to = request.to ?? clock.now();
  if (request.from >= to) {
    throw new DomainError('invalid_input', 'the span is empty: it must end after it begins', {
      remedy: 'Send `to` later than `from`.',
      zh: '时间范围为空：结束时间须晚于开始时间。',
    });
  }
  assertRunnable(deps, request.body);
  const live = await liveProposal(db);
  if (live === null) throw new DomainError('config_invalid', 'no rule set is in force');
  const version = versionOf(request.body);
  const begun = await unfinishedBacktest(db, { ...request, version, baseVersion: live.version });
  if (begun !== null) return begun;
  await putRuleSet(db, version, request.body, clock.now());
  const run: NewRun = {
    id: newId(),
    kind: 'backtest',
    proposalId: request.proposalId,
    name: request.name,
    version,
    baseVersion: live.version,
    from: request.from,
    to,
    cursor: { ...FIRST_HEAD },
    total: await countHeads(db, request.from, to),
    createdBy: actor,
    createdAt: clock.now(),
  };
  await addRun(db, run);
  await audited(deps, actor, 'backtest.start', run);
  return runById(db, run.id);
}

/** Lets a draft run silently beside the live set, from now on. */
export async function startShadow(deps: StartDeps, actor: string, proposal: Proposal): Promise<Run> {
  const { db, clock } = deps;
  if (proposal.state !== 'draft' && proposal.state !== 'proposed') {
    throw new DomainError(
      'conflict',
      `this rule set is ${proposal.state}: only one that is not decided on runs in shadow`,
      {
        remedy: 'Make a new draft.',
        zh: '只有草稿或待批准的规则集可以影子运行。',
      },
    );
  }
  const body = await bodyOf(db, proposal.version);
  assertRunnable(deps, body);
  const live = await liveProposal(db);
  if (live === null) throw new DomainError('config_invalid', 'no rule set is in force');
  const { rows } = await db.query<{ n: number }>(
    `select count(*) as n from candidate_runs where kind = 'shadow' and state = 'running'`,
  );
  if ((rows[0]?.n ?? 0) >= MOST_SHADOWS) {
    throw new DomainError('conflict', `${MOST_SHADOWS} rule sets run in shadow already`, {
      remedy: 'End one of them first.',
      zh: `已有 ${MOST_SHADOWS} 个规则集在影子运行，请先结束一个。`,
    });
  }
  const run: NewRun = {
    id: newId(),
    kind: 'shadow',
    proposalId: proposal.id,
    name: proposal.name,
    version: proposal.version,
    baseVersion: live.version,
    from: clock.now(),
    to: null,
    // By real time: that is what assessments are numbered by.
    cursor: { assessmentId: idAt(Date.now()) },
    total: null,
    createdBy: actor,
    createdAt: clock.now(),
  };
  try {
    await addRun(db, run);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const running = await shadowOf(db, proposal.id);
    if (running !== null) return running;
    throw error;
  }
  await audited(deps, actor, 'shadow.start', run);
  return runById(db, run.id);
}

/** Ends a shadow run; what it found stays to be read. @throws DomainError `conflict` when none runs */
export async function endShadow(deps: StartDeps, actor: string, proposalId: string): Promise<Run> {
  const proposal = await proposalById(deps.db, proposalId);
  const stopped = await stopShadow(deps.db, proposal.id, `ended by ${actor}`, deps.clock.now());
  const run = await shadowOf(deps.db, proposal.id);
  if (!stopped || run === null) {
    throw new DomainError('conflict', 'this rule set does not run in shadow', {
      remedy: 'POST /v1/rule-sets/{id}/shadow begins it.',
      zh: '该规则集没有在影子运行。',
    });
  }
  await audited(deps, actor, 'shadow.stop', run);
  return run;
}

function assertRunnable({ catalogue }: StartDeps, body: RuleSetBody): void {
  const { missing } = openRuleSet(body, { catalogue });
  if (missing[0] === undefined) return;
  throw new DomainError('invalid_input', missing[0].why, {
    remedy: 'Name a version that this program has, or turn the rule off.',
    zh: `规则 ${missing[0].rule} 不在本程序中。`,
  });
}

const audited = (deps: StartDeps, actor: string, action: string, run: NewRun): Promise<void> =>
  deps.audit.record(deps.db, {
    actor,
    action,
    subjectKind: 'rule_set',
    subjectId: run.proposalId ?? run.version,
    outcome: 'done',
    detail: {
      run: run.id,
      version: run.version,
      from: run.from === null ? null : ts(run.from),
      to: run.to === null ? null : ts(run.to),
    },
  });
