import { SingleBar } from 'cli-progress';
import { DateTime } from 'luxon';
import { stringify } from 'yaml';
import { createAudit } from '../access/audit.ts';
import { ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { Runtime } from '../platform/runtime.ts';
import { loadRuleSet, type RuleSetBody } from '../reconcile/parameters.ts';
import { replayAssessment, replaySpan } from '../reconcile/replay.ts';
import { changesBetween, differences } from '../reconcile/rule-sets/changes.ts';
import { openLiveRules } from '../reconcile/rule-sets/live.ts';
import {
  bodyOf,
  listProposals,
  liveProposal,
  type Proposal,
  proposalById,
} from '../reconcile/rule-sets/proposals.store.ts';
import { draftRuleSet } from '../reconcile/rule-sets/proposals.ts';
import { readRuleSetFile } from '../reconcile/rule-sets/rule-set-file.ts';
import { type Run, runById } from '../reconcile/rule-sets/runs.store.ts';
import { advanceRun } from '../reconcile/rule-sets/runs.ts';
import { startBacktest } from '../reconcile/rule-sets/start-runs.ts';
import { catalogue } from '../reconcile/rules/catalogue.ts';
import { dispositionsOf } from '../review/dispositions.ts';
import { withRuntime } from './operate.ts';

/** The command line has no log-in: whoever may run it on the machine is this actor, who can draft and not approve. */
const ACTOR = 'system:command';
const STEP_MS = 1_000;
const WAIT_MS = 500;

interface Span {
  readonly from: number;
  /** null: until now. */
  readonly to: number | null;
}

/** `claimsight backtest`: to its end, with progress on stderr. Ended by hand or killed, the same command goes on with it. */
export const runBacktest = (options: {
  readonly rules: string;
  readonly from: string;
  readonly to?: string;
  readonly quiet?: boolean;
}) =>
  withRuntime(async (runtime) => {
    const { db, clock, log } = runtime;
    const live = await liveIn(runtime);
    const base = await bodyOf(db, live.version);
    const audit = createAudit(runtime);
    const span = spanOf(runtime, options);
    const deps = { db, clock, log, audit, catalogue, dispositionsOf };
    const begun = await startBacktest(deps, ACTOR, {
      name: options.rules,
      body: await readRuleSetFile(options.rules, base, catalogue),
      proposalId: null,
      ...span,
    });
    const startedAt = performance.now();
    const bar = progress(options.quiet === true, 'backtest', begun.total ?? 0, begun.subjects);
    let run: Run = begun;
    try {
      while (run.state === 'running') {
        const moved = await advanceRun(deps, run.id, STEP_MS);
        // Housekeeping may be at it too: then it gets on without us.
        if (moved === null) await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
        run = moved ?? (await runById(db, run.id));
        bar.update(run.subjects);
      }
    } finally {
      bar.stop();
    }
    if (run.result === null) {
      throw new DomainError(
        'internal',
        `the backtest ended without a result: ${run.stopReason ?? run.lastError ?? ''}`,
        {
          remedy: 'Start it again; what it says above is the cause.',
        },
      );
    }
    const seconds = (performance.now() - startedAt) / 1000;
    return {
      ok: true,
      backtest: run.id,
      from: ts(run.from ?? span.from),
      to: ts(run.to ?? runtime.clock.now()),
      version: run.version,
      baseVersion: run.baseVersion,
      resumed: begun.subjects > 0,
      subjects: run.subjects,
      replayed: run.replayed,
      notReplayable: run.notReplayable,
      seconds: Math.round(seconds * 10) / 10,
      subjectsPerSecond: Math.round((run.subjects - begun.subjects) / Math.max(seconds, 0.001)),
      added: run.result.alerts.added,
      removed: run.result.alerts.removed,
      confirmedLost: run.result.confirmed.lost,
      ...run.result,
    };
  });

/** `claimsight replay`: one assessment, or every one of a span, reproduced from stored facts. `ok`: none differs. */
export const runReplay = (options: {
  readonly id?: string;
  readonly from?: string;
  readonly to?: string;
  readonly quiet?: boolean;
}) =>
  withRuntime(async (runtime) => {
    const { db } = runtime;
    if (options.id !== undefined) {
      const replay = await replayAssessment(db, options.id);
      return { ok: replay.identical, ...replay, at: ts(replay.at) };
    }
    const { from, to } = spanOf(runtime, options);
    const span = { from, to: to ?? runtime.clock.now() };
    const { rows } = await db.query<{ n: number }>('select count(*) as n from assessments where at >= $1 and at < $2', [
      ts(span.from),
      ts(span.to),
    ]);
    const bar = progress(options.quiet === true, 'replay', rows[0]?.n ?? 0, 0);
    const startedAt = performance.now();
    try {
      const result = await replaySpan(db, span, { onPage: (done) => bar.update(done) });
      const seconds = (performance.now() - startedAt) / 1000;
      return {
        ok: result.different === 0,
        from: ts(span.from),
        to: ts(span.to),
        ...result,
        seconds: Math.round(seconds * 10) / 10,
        assessmentsPerSecond: Math.round(result.assessments / Math.max(seconds, 0.001)),
      };
    } finally {
      bar.stop();
    }
  });

/** `claimsight rule-sets import`: what a file or folder says becomes a draft; a person publishes it, another approves it. */
export const importRuleSet = (options: { readonly path: string; readonly name: string; readonly reason: string }) =>
  withRuntime(async (runtime) => {
    const { db, clock } = runtime;
    const base = await bodyOf(db, (await liveIn(runtime)).version);
    const body = await readRuleSetFile(options.path, base, catalogue);
    const request = {
      name: options.name,
      reason: options.reason,
      changes: changesBetween(base, body),
      from: null,
      reassessFrom: null,
    };
    const draft = await draftRuleSet({ db, clock, audit: createAudit(runtime), catalogue }, ACTOR, request, 'command');
    return { id: draft.id, state: draft.state, version: draft.version, differences: differences(base, body) };
  });

/** `claimsight rule-sets list` */
export const listRuleSets = () =>
  withRuntime(async (runtime) => {
    await liveIn(runtime);
    const rows = await listProposals(runtime.db, { state: null, after: null, limit: 100 });
    return rows.map(({ id, name, state, version, liveFrom, authors, decidedBy }) => ({
      id,
      name,
      state,
      version,
      liveFrom: liveFrom === null ? null : ts(liveFrom),
      authors,
      decidedBy,
    }));
  });

/** `claimsight rule-sets export`: the text of a set, as YAML that `import` and `backtest --rules` read. */
export const exportRuleSet = (id: string | undefined): Promise<string> =>
  withRuntime(async (runtime) => {
    const proposal = id === undefined ? await liveIn(runtime) : await proposalById(runtime.db, id);
    const body: RuleSetBody = await bodyOf(runtime.db, proposal.version);
    return stringify({ version: proposal.version, name: proposal.name, ...body });
  });

/** The set in force; on a fresh database that of config/rules. */
async function liveIn({ db, clock, log, config }: Runtime): Promise<Proposal> {
  const known = await liveProposal(db);
  if (known !== null) return known;
  await openLiveRules({ db, clock, log, catalogue, installed: await loadRuleSet(config.RULES_DIR) });
  const live = await liveProposal(db);
  if (live === null) throw new DomainError('config_invalid', 'no rule set is in force');
  return live;
}

/** A day (yyyy-mm-dd, local) or a moment (ISO 8601); a day as the end is meant to its end. */
function spanOf(
  { config }: Runtime,
  given: { readonly from?: string | undefined; readonly to?: string | undefined },
): Span {
  if (given.from === undefined) {
    throw new DomainError('invalid_input', 'it is not said from when', { remedy: 'Give --from, a day or a moment.' });
  }
  const read = (text: string): DateTime => {
    const at = DateTime.fromISO(text, { zone: config.TIME_ZONE });
    if (at.isValid) return at;
    throw new DomainError(
      'invalid_input',
      `${text} is neither a day (2026-03-17) nor a moment (2026-03-17T08:00+08:00)`,
      {
        remedy: 'Write days as yyyy-mm-dd.',
        zh: `${text} 不是有效的日期或时刻，请写成 yyyy-mm-dd。`,
      },
    );
  };
  const from = read(given.from).toMillis();
  if (given.to === undefined) return { from, to: null };
  const to = read(given.to);
  return { from, to: (/T/.test(given.to) ? to : to.plus({ days: 1 })).toMillis() };
}

function progress(
  quiet: boolean,
  what: string,
  total: number,
  done: number,
): { update(n: number): void; stop(): void } {
  if (quiet) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    stream: process.stderr,
    noTTYOutput: !process.stderr.isTTY,
    notTTYSchedule: 10_000,
    format: `${what} {bar} {percentage}% | {value}/{total} | ETA {eta_formatted}`,
    hideCursor: true,
  });
  bar.start(Math.max(total, 1), done);
  return { update: (n) => bar.update(n), stop: () => bar.stop() };
}
