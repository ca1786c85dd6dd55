import type { Clock } from '../../platform/clock.ts';
import { type Db, type Queryable, type Tx, ts, tsOrNull } from '../../platform/db.ts';
import type { Logger } from '../../platform/log.ts';
import type { Subject, SubjectKind } from '../facts.ts';
import type { Proposal } from './proposals.store.ts';
import { countHeads, FIRST_HEAD, type HeadCursor, nextHeads } from './scan.ts';

/** How far the subjects that are open have been assessed again under a set that went into force. Times in epoch ms. */
export interface Rollout {
  readonly proposalId: string;
  readonly version: string;
  readonly reassessFrom: number | null;
  readonly state: 'running' | 'done' | 'superseded';
  readonly cursor: RolloutCursor;
  /** Findings that stood, and subjects since `reassessFrom`, when it began. */
  readonly total: number;
  readonly seen: number;
  readonly reassessed: number;
  readonly failed: number;
  readonly lastError: string | null;
  readonly startedAt: number;
  readonly updatedAt: number;
}

type RolloutCursor =
  | { readonly phase: 'findings'; readonly id: string | null }
  | { readonly phase: 'heads'; readonly head: HeadCursor };

const COLUMNS = `proposal_id as "proposalId", version, reassess_from as "reassessFrom", state, cursor, total, seen,
  reassessed, failed, last_error as "lastError", started_at as "startedAt", updated_at as "updatedAt"`;
const PAGE = 50;
/** Beyond every moment that a window may have. */
const FAR_MS = Date.UTC(9000, 0);

/** Begins the work that a set's going into force leaves; that of the set before is given up. */
export async function startRollout(tx: Tx, proposal: Proposal, now: number): Promise<void> {
  await tx.query(`update rule_set_rollouts set state = 'superseded', updated_at = $1 where state = 'running'`, [
    ts(now),
  ]);
  const { rows } = await tx.query<{ n: number }>(`select count(*) as n from findings where outcome <> 'clear'`);
  const since = proposal.reassessFrom === null ? 0 : await countHeads(tx, proposal.reassessFrom, FAR_MS);
  const cursor: RolloutCursor = { phase: 'findings', id: null };
  await tx.query(
    `insert into rule_set_rollouts (proposal_id, version, reassess_from, state, cursor, total, started_at, updated_at)
     values ($1, $2, $3, 'running', $4, $5, $6, $6)`,
    [
      proposal.id,
      proposal.version,
      tsOrNull(proposal.reassessFrom),
      JSON.stringify(cursor),
      (rows[0]?.n ?? 0) + since,
      ts(now),
    ],
  );
}

export async function rolloutOf(db: Queryable, proposalId: string): Promise<Rollout | null> {
  const { rows } = await db.query<Rollout>(`select ${COLUMNS} from rule_set_rollouts where proposal_id = $1`, [
    proposalId,
  ]);
  return rows[0] ?? null;
}

export interface RolloutDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  /** Version that this process assesses by: no step is done under another one. */
  readonly inForce: () => string;
  /** Assesses a subject again, in a transaction of its own. */
  readonly reassess: (subject: Subject) => Promise<void>;
}

/**
 * Brings the re-assessment further for about `budgetMs`. Killed at any moment it goes on from its last page: what was done
 * already is passed over. @returns null: there is none to do here and now
 */
export async function advanceRollout(deps: RolloutDeps, budgetMs: number): Promise<Rollout | null> {
  return deps.db.transaction(async (tx) => {
    const { rows } = await tx.query<Rollout>(
      `select ${COLUMNS} from rule_set_rollouts where state = 'running' order by started_at limit 1 for update skip locked`,
    );
    let rollout = rows[0] ?? null;
    if (rollout === null || rollout.version !== deps.inForce()) return null;
    const until = performance.now() + budgetMs;
    while (rollout.state === 'running' && performance.now() < until) rollout = await step(tx, deps, rollout);
    await tx.query(
      `update rule_set_rollouts set state = $2, cursor = $3, seen = $4, reassessed = $5, failed = $6, last_error = $7,
         updated_at = $8 where proposal_id = $1`,
      [
        rollout.proposalId,
        rollout.state,
        JSON.stringify(rollout.cursor),
        rollout.seen,
        rollout.reassessed,
        rollout.failed,
        rollout.lastError,
        ts(deps.clock.now()),
      ],
    );
    return rollout;
  });
}

async function step(tx: Tx, deps: RolloutDeps, rollout: Rollout): Promise<Rollout> {
  if (rollout.cursor.phase === 'findings') {
    const { rows } = await tx.query<{ id: string; subject: string; ruleSet: string | null }>(
      `select f.id, split_part(f.subject_key, '#', 1) as subject, h.rule_set as "ruleSet"
       from (select id, subject_key from findings where outcome <> 'clear' and ($1::uuid is null or id > $1)
             order by id limit ${PAGE}) f
       left join assessment_heads h on h.subject_kind = split_part(f.subject_key, '/', 1)
         and h.subject_id = substring(split_part(f.subject_key, '#', 1) from position('/' in f.subject_key) + 1)
       order by f.id`,
      [rollout.cursor.id],
    );
    const last = rows.at(-1);
    if (last === undefined) {
      const caughtUp = await reassessAll(deps, await lateSubjects(tx, rollout), rollout);
      return rollout.reassessFrom === null
        ? { ...caughtUp, state: 'done' }
        : { ...caughtUp, cursor: { phase: 'heads', head: FIRST_HEAD } };
    }
    const due = rows.filter(({ ruleSet }) => ruleSet !== null && ruleSet !== rollout.version);
    const subjects = [...new Set(due.map(({ subject }) => subject))].map(subjectOfKey);
    const done = await reassessAll(deps, subjects, rollout);
    return { ...done, seen: rollout.seen + rows.length, cursor: { phase: 'findings', id: last.id } };
  }
  const page = await nextHeads(tx, rollout.cursor.head, {
    from: rollout.reassessFrom ?? 0,
    to: FAR_MS,
    limit: PAGE,
    withFacts: false,
  });
  if (page === null) return { ...rollout, state: 'done' };
  const due = page.heads.filter(({ ruleSet }) => ruleSet !== rollout.version);
  const done = await reassessAll(
    deps,
    due.map(({ kind, id }) => ({ kind: kind as SubjectKind, id })),
    rollout,
  );
  return { ...done, seen: rollout.seen + page.heads.length, cursor: { phase: 'heads', head: page.cursor } };
}

/** Found under the set before by a process that heard of this one a moment late. */
async function lateSubjects(tx: Tx, rollout: Rollout): Promise<Subject[]> {
  const { rows } = await tx.query<{ kind: SubjectKind; id: string }>(
    `select distinct h.subject_kind as kind, h.subject_id as id
     from findings f join assessment_heads h on h.subject_kind = split_part(f.subject_key, '/', 1)
       and h.subject_id = substring(split_part(f.subject_key, '#', 1) from position('/' in f.subject_key) + 1)
     where f.outcome <> 'clear' and h.rule_set <> $1 and h.assessed_at >= $2 limit 500`,
    [rollout.version, ts(rollout.startedAt)],
  );
  return rows;
}

const subjectOfKey = (key: string): Subject => {
  const slash = key.indexOf('/');
  return { kind: key.slice(0, slash) as SubjectKind, id: key.slice(slash + 1) };
};

async function reassessAll(deps: RolloutDeps, subjects: readonly Subject[], before: Rollout): Promise<Rollout> {
  let { reassessed, failed, lastError } = before;
  for (const subject of subjects) {
    try {
      await deps.reassess(subject);
      reassessed += 1;
    } catch (error) {
      failed += 1;
      lastError = (error as Error).message.slice(0, 500);
      deps.log.warn({ subject: `${subject.kind}/${subject.id}`, err: lastError }, 'could not be assessed again');
    }
  }
  return { ...before, reassessed, failed, lastError };
}
