import type { Json } from '../../platform/canonical-json.ts';
import { type Queryable, type Tx, ts, tsOrNull } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import type { RuleSetBody } from '../parameters.ts';

export type ProposalState = 'draft' | 'proposed' | 'live' | 'superseded' | 'rejected' | 'withdrawn';

/** A rule set on its way into force, or past it. Times in epoch ms. */
export interface Proposal {
  readonly id: string;
  readonly name: string;
  readonly reason: string;
  readonly state: ProposalState;
  readonly source: 'api' | 'files' | 'command';
  readonly version: string;
  readonly baseVersion: string | null;
  readonly authors: readonly string[];
  readonly proposedBy: string | null;
  readonly proposedAt: number | null;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly liveFrom: number | null;
  readonly liveUntil: number | null;
  readonly reassessFrom: number | null;
  /** Of optimistic locking: raised with every change. */
  readonly revision: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ProposalEvent {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly note: string | null;
  readonly detail: Json;
}

const COLUMNS = `id, name, reason, state, source, version, base_version as "baseVersion", authors,
  proposed_by as "proposedBy", proposed_at as "proposedAt", decided_by as "decidedBy", decided_at as "decidedAt",
  live_from as "liveFrom", live_until as "liveUntil", reassess_from as "reassessFrom", revision,
  created_at as "createdAt", updated_at as "updatedAt"`;

/** Everything that makes or moves proposals waits for this lock: there is one live set. */
export const lockProposals = (tx: Tx): Promise<unknown> =>
  tx.query(`select pg_advisory_xact_lock(hashtext('rule_sets'))`);

export async function putRuleSet(db: Queryable, version: string, body: RuleSetBody, at: number): Promise<void> {
  await db.query('insert into rule_sets (version, body, created_at) values ($1, $2, $3) on conflict do nothing', [
    version,
    JSON.stringify(body),
    ts(at),
  ]);
}

/** @throws DomainError `not_found` */
export async function bodyOf(db: Queryable, version: string): Promise<RuleSetBody> {
  const { rows } = await db.query<{ body: RuleSetBody }>('select body from rule_sets where version = $1', [version]);
  if (!rows[0]) throw new DomainError('not_found', `there is no rule set ${version} here`);
  return rows[0].body;
}

export async function putProposal(tx: Tx, proposal: Proposal): Promise<void> {
  await tx.query(
    `insert into rule_set_proposals (id, name, reason, state, source, version, base_version, authors, proposed_by, proposed_at,
       decided_by, decided_at, live_from, live_until, reassess_from, revision, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
     on conflict (id) do update set name = excluded.name, reason = excluded.reason, state = excluded.state,
       version = excluded.version, base_version = excluded.base_version, authors = excluded.authors,
       proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at, decided_by = excluded.decided_by,
       decided_at = excluded.decided_at, live_from = excluded.live_from, live_until = excluded.live_until,
       reassess_from = excluded.reassess_from, revision = excluded.revision, updated_at = excluded.updated_at`,
    [
      proposal.id,
      proposal.name,
      proposal.reason,
      proposal.state,
      proposal.source,
      proposal.version,
      proposal.baseVersion,
      proposal.authors,
      proposal.proposedBy,
      tsOrNull(proposal.proposedAt),
      proposal.decidedBy,
      tsOrNull(proposal.decidedAt),
      tsOrNull(proposal.liveFrom),
      tsOrNull(proposal.liveUntil),
      tsOrNull(proposal.reassessFrom),
      proposal.revision,
      ts(proposal.createdAt),
      ts(proposal.updatedAt),
    ],
  );
}

export async function addProposalEvent(
  tx: Tx,
  proposalId: string,
  event: Omit<ProposalEvent, 'note' | 'detail'> & { readonly note?: string | null; readonly detail?: unknown },
): Promise<void> {
  await tx.query(
    'insert into rule_set_events (proposal_id, at, actor, action, note, detail) values ($1, $2, $3, $4, $5, $6)',
    [
      proposalId,
      ts(event.at),
      event.actor,
      event.action,
      event.note ?? null,
      event.detail === undefined ? null : JSON.stringify(event.detail),
    ],
  );
}

export async function proposalEvents(db: Queryable, proposalId: string): Promise<ProposalEvent[]> {
  const { rows } = await db.query<ProposalEvent>(
    'select at, actor, action, note, detail from rule_set_events where proposal_id = $1 order by id',
    [proposalId],
  );
  return rows;
}

export async function liveProposal(db: Queryable): Promise<Proposal | null> {
  const { rows } = await db.query<Proposal>(`select ${COLUMNS} from rule_set_proposals where state = 'live'`);
  return rows[0] ?? null;
}

/** @throws DomainError `not_found` */
export async function proposalById(db: Queryable, id: string): Promise<Proposal> {
  const { rows } = await db.query<Proposal>(`select ${COLUMNS} from rule_set_proposals where id = $1`, [id]);
  if (!rows[0]) {
    throw new DomainError('not_found', `there is no rule set ${id} here`, {
      remedy: 'GET /v1/rule-sets lists them.',
      zh: '没有这个规则集。',
    });
  }
  return rows[0];
}

/** The newest first. */
export async function listProposals(
  db: Queryable,
  query: {
    readonly state: ProposalState | null;
    readonly after: { readonly at: number; readonly id: string } | null;
    readonly limit: number;
  },
): Promise<Proposal[]> {
  const { rows } = await db.query<Proposal>(
    `select ${COLUMNS} from rule_set_proposals where ($1::text is null or state = $1)
       and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
     order by created_at desc, id desc limit $4`,
    [query.state, tsOrNull(query.after?.at), query.after?.id ?? null, query.limit],
  );
  return rows;
}
