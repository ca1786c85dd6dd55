import type { Clock } from '../../platform/clock.ts';
import type { Db, Tx } from '../../platform/db.ts';
import type { Logger } from '../../platform/log.ts';
import { openRuleSet } from '../parameters.ts';
import type { RuleCatalogue } from '../rules/catalogue.ts';
import { type Candidate, type ComparedRow, candidateOf, compareSubject } from './compare.ts';
import { bodyOf } from './proposals.store.ts';
import { noteFailure, putOutcomes, type Run, saveRun, takeRun } from './runs.store.ts';
import { factsOf, type HeadCursor, headsOf, heldFindings, nextHeads, type StoredHead } from './scan.ts';
import { type DispositionsOf, summarise } from './summary.ts';

export interface RunDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly catalogue: RuleCatalogue;
  readonly dispositionsOf: DispositionsOf;
}

const PAGE = 200;
const MOST_FAILURES = 5;
/** A shadow whose rules take so long for a subject, over so many, ends itself: something is wrong with it. */
const SLOW_MS = 50;
const SLOW_AFTER = 50;
/** Ids are given before their rows are committed: what is younger may still come in between. */
const SETTLED_MS = 10_000;

/**
 * Brings a run further for about `budgetMs`, in one transaction with the note of how far it came: killed at any moment it
 * goes on from there. @returns the run as it is then; null: it does not run, or another process is at it
 */
export async function advanceRun(
  deps: RunDeps,
  id: string,
  budgetMs: number,
  settledMs: number = SETTLED_MS,
): Promise<Run | null> {
  try {
    return await deps.db.transaction(async (tx) => {
      const run = await takeRun(tx, id);
      if (run === null) return null;
      const ruleSet = openRuleSet(await bodyOf(tx, run.version), { catalogue: deps.catalogue, version: run.version });
      const base = await bodyOf(tx, run.baseVersion);
      const candidate = candidateOf(ruleSet, base);
      const step =
        run.kind === 'backtest'
          ? backtestStep
          : (on: Tx, was: Run, how: Candidate) => shadowStep(on, was, how, settledMs);
      // Real time: how long this process has been at it.
      const until = performance.now() + budgetMs;
      let now = run;
      let more = true;
      while (more && performance.now() < until) ({ run: now, more } = await step(tx, now, candidate));
      if (run.kind === 'backtest' && !more) {
        const result = await summarise(tx, now, { base, candidate: ruleSet, dispositionsOf: deps.dispositionsOf });
        now = { ...now, state: 'done', result };
      }
      now = stoppedWhenSlow(now);
      await saveRun(tx, now, deps.clock.now());
      return now;
    });
  } catch (error) {
    deps.log.warn({ run: id, err: (error as Error).message }, 'a step of a candidate run failed');
    await noteFailure(deps.db, id, error as Error, MOST_FAILURES, deps.clock.now());
    return null;
  }
}

interface Stepped {
  readonly run: Run;
  /** There is more to do now. */
  readonly more: boolean;
}

async function backtestStep(tx: Tx, run: Run, candidate: Candidate): Promise<Stepped> {
  // A backtest's cursor is written by nobody but this step and its start.
  const page = await nextHeads(tx, run.cursor as unknown as HeadCursor, {
    from: run.from ?? 0,
    to: run.to ?? 0,
    limit: PAGE,
    withFacts: true,
  });
  if (page === null) return { run, more: false };
  return { run: { ...(await over(tx, run, candidate, page.heads)), cursor: { ...page.cursor } }, more: true };
}

/** What was assessed since, each subject as it is now. */
async function shadowStep(tx: Tx, run: Run, candidate: Candidate, settledMs: number): Promise<Stepped> {
  const { rows } = await tx.query<{ id: string; kind: string; subjectId: string }>(
    `select id, subject_kind as kind, subject_id as "subjectId" from assessments
     where id > $1 and id < $2 order by id limit ${PAGE}`,
    [run.cursor.assessmentId, idAt(Date.now() - settledMs)],
  );
  const last = rows.at(-1);
  if (last === undefined) return { run, more: false };
  const heads = await headsOf(
    tx,
    rows.map(({ kind, subjectId }) => ({ kind, id: subjectId })),
  );
  const after = await over(tx, run, candidate, heads);
  return { run: { ...after, cursor: { assessmentId: last.id } }, more: rows.length === PAGE };
}

/** The least id (UUID of version 7) of a millisecond of real time, by which ids are given. */
export const idAt = (wallMs: number): string => {
  const hex = wallMs.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
};

async function over(tx: Tx, run: Run, candidate: Candidate, heads: readonly StoredHead[]): Promise<Run> {
  const subjects = heads.map(({ kind, id }) => `${kind}/${id}`);
  const held = await heldFindings(tx, subjects);
  const rows: (ComparedRow & { subject: string; clinicCode: string; at: number })[] = [];
  const notReplayable: Record<string, number> = { ...run.notReplayable };
  const outcomes: Record<string, Record<string, number>> = { ...run.outcomes };
  let { replayed, evaluatingMs, slowestMs } = run;
  for (const [i, head] of heads.entries()) {
    const subject = subjects[i] ?? '';
    const readable = factsOf(head);
    if (readable.facts === null) {
      notReplayable[readable.reason] = (notReplayable[readable.reason] ?? 0) + 1;
      // Of what cannot be looked at nothing is said to have been added or removed.
      for (const finding of held.get(subject) ?? []) {
        if (finding.outcome !== 'hit') continue;
        rows.push({ ...finding, held: 'hit', would: 'hit', subject, clinicCode: head.clinicCode, at: head.at });
      }
      continue;
    }
    const began = performance.now();
    const compared = compareSubject(candidate, readable.facts, held.get(subject) ?? []);
    const took = performance.now() - began;
    replayed += 1;
    evaluatingMs += took;
    slowestMs = Math.max(slowestMs, took);
    for (const { rule, outcome } of compared.outcomes) {
      const counts = { ...outcomes[rule] };
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      outcomes[rule] = counts;
    }
    for (const row of compared.rows) rows.push({ ...row, subject, clinicCode: head.clinicCode, at: head.at });
  }
  await putOutcomes(tx, run.id, subjects, rows);
  return { ...run, subjects: run.subjects + heads.length, replayed, evaluatingMs, slowestMs, notReplayable, outcomes };
}

function stoppedWhenSlow(run: Run): Run {
  const mean = run.evaluatingMs / Math.max(run.replayed, 1);
  if (run.kind !== 'shadow' || run.replayed < SLOW_AFTER || mean < SLOW_MS) return run;
  return { ...run, state: 'stopped', stopReason: `its rules take ${mean.toFixed(0)} ms for a subject` };
}
