import type { Audit } from '../access/audit.ts';
import { pageOf } from '../access/paging.ts';
import type { Principal, Scope } from '../access/principal.ts';
import { actorOf, scopeOf } from '../access/scope.ts';
import type { Clock } from '../platform/clock.ts';
import { type Db, type Queryable, ts, tsOrNull } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { HoldItem, HoldsPage } from './clearing.schemas.ts';
import { placeKey, placeOf } from './place.ts';
import { yuan } from './words/format.ts';

/** What is held out of a month's clearing, and what the bureau has been told of it. */

export interface ClearingDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly audit: Audit;
}

const FROM = `decisions d join settlements s on s.id = d.settlement_id
  left join clinics c on c.code = d.clinic_code
  left join clearing_acknowledgements k on k.decision_id = d.id and k.clearing_month = d.clearing_month`;

/**
 * Held at moment $4: confirmed by two people, or standing before its deadline (a hold that nobody decided is released
 * then by policy, whether or not the clock's job has run yet), on a settlement that has not been reversed.
 */
const HELD = `d.decision = 'hold' and s.reversed_at is null
  and (d.state = 'confirmed' or (d.state = 'standing' and (d.deadline_at is null or d.deadline_at > $4)))`;
const IN_SCOPE = `d.clearing_month = $3
  and ($1::text is null or c.region_code like $1 || '%') and ($2::text is null or d.clinic_code = $2)`;

interface HoldRow {
  readonly id: string;
  readonly setl_id: string | null;
  readonly mdtrt_id: string | null;
  readonly msgid: string;
  readonly clinic_code: string;
  readonly clinic_name: string | null;
  readonly settled_at: number;
  readonly fund_fen: number;
  readonly reasons: HoldItem['reasons'];
  readonly state: HoldItem['state'];
  readonly deadline_at: number | null;
  readonly acknowledged_at: number | null;
}

export async function listHolds(
  deps: Pick<ClearingDeps, 'db' | 'clock'>,
  scope: Scope,
  month: string,
  query: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<HoldsPage> {
  const { db } = deps;
  const place = placeOf(query.cursor);
  const base = [scope.regionPrefix, scope.clinicCode, month, ts(deps.clock.now())];
  const { rows } = await db.query<HoldRow>(
    `select d.id, s.setl_id, coalesce(s.mdtrt_id, d.mdtrt_id) as mdtrt_id, s.msgid, d.clinic_code,
       c.name as clinic_name, s.at as settled_at, coalesce(s.fund_fen, d.fund_fen, 0) as fund_fen, d.reasons, d.state,
       d.deadline_at, k.acknowledged_at
     from ${FROM} where ${IN_SCOPE} and ${HELD}
       and ($5::timestamptz is null or (s.at, d.id) < ($5, $6::uuid))
     order by s.at desc, d.id desc limit $7`,
    [...base, place === null ? null : ts(place.at), place?.id ?? null, query.limit + 1],
  );
  const page = pageOf(rows, query.limit, (row) => placeKey({ at: row.settled_at, id: row.id }));
  const totals = (
    await db.query<{ holds: number; fund_fen: number; acknowledged: number }>(
      `select count(*) as holds, coalesce(sum(coalesce(s.fund_fen, d.fund_fen, 0)), 0)::bigint as fund_fen,
         count(k.decision_id) as acknowledged
       from ${FROM} where ${IN_SCOPE} and ${HELD}`,
      base,
    )
  ).rows[0] ?? { holds: 0, fund_fen: 0, acknowledged: 0 };
  return {
    month,
    items: page.items.map((row) => ({
      decisionId: row.id,
      setlId: row.setl_id,
      mdtrtId: row.mdtrt_id,
      msgid: row.msgid,
      clinic: { code: row.clinic_code, name: row.clinic_name ?? row.clinic_code },
      settledAt: ts(row.settled_at),
      fundFen: row.fund_fen,
      fundYuan: yuan(row.fund_fen),
      reasons: row.reasons,
      state: row.state,
      deadline: row.state === 'confirmed' ? null : tsOrNull(row.deadline_at),
      acknowledgedAt: tsOrNull(row.acknowledged_at),
    })),
    totals: {
      holds: totals.holds,
      fundFen: totals.fund_fen,
      fundYuan: yuan(totals.fund_fen),
      acknowledged: totals.acknowledged,
    },
    changes: place === null ? await changesOf(db, base) : [],
    nextCursor: page.nextCursor,
  };
}

const CHANGE_WORDS = {
  released: { zh: '暂缓已解除，请列入清算。', en: 'Released: include it in the clearing.' },
  reversed: { zh: '结算已撤销，无需清算。', en: 'The settlement was reversed: nothing to clear.' },
  superseded: { zh: '已被新的决定取代，不再暂缓。', en: 'Replaced by a newer decision: not held any more.' },
} as const;

const MOST_CHANGES = 1_000;

/** Acknowledged as held, and held no more: what the bureau must undo. */
async function changesOf(db: Queryable, base: readonly unknown[]): Promise<HoldsPage['changes']> {
  const { rows } = await db.query<{
    id: string;
    setl_id: string | null;
    state: string;
    deadline_at: number | null;
    updated_at: number;
    reversed_at: number | null;
    acknowledged_at: number;
  }>(
    `select d.id, s.setl_id, d.state, d.deadline_at, d.updated_at, s.reversed_at, k.acknowledged_at
     from ${FROM} where ${IN_SCOPE} and k.decision_id is not null and not (${HELD})
     order by d.updated_at desc, d.id limit ${MOST_CHANGES}`,
    base,
  );
  return rows.map((row) => {
    const change = row.reversed_at !== null ? 'reversed' : row.state === 'superseded' ? 'superseded' : 'released';
    const lapsed = row.state === 'standing' && row.deadline_at !== null;
    return {
      decisionId: row.id,
      setlId: row.setl_id,
      change,
      words: { ...CHANGE_WORDS[change] },
      at: ts(row.reversed_at ?? (lapsed ? row.deadline_at : null) ?? row.updated_at),
      acknowledgedAt: ts(row.acknowledged_at),
    };
  });
}

/**
 * The bureau has taken note of holds. All or none; again is no harm.
 * @throws DomainError `not_found` naming the decisions that are not holds of this month in the caller's scope
 */
export async function acknowledgeHolds(
  deps: ClearingDeps,
  principal: Principal,
  month: string,
  decisionIds: readonly string[],
): Promise<{ acknowledged: number; already: number }> {
  const scope = scopeOf(principal);
  const wanted = [...new Set(decisionIds)].sort();
  const actor = actorOf(principal);
  return deps.db.transaction(async (tx) => {
    const now = ts(deps.clock.now());
    const base = [scope.regionPrefix, scope.clinicCode, month, now];
    // What was acknowledged before may have been released since: saying it again is still no error.
    const known = await tx.query<{ id: string; acknowledged: boolean }>(
      `select d.id, k.decision_id is not null as acknowledged from ${FROM}
       where ${IN_SCOPE} and d.id = any($5::uuid[]) and (k.decision_id is not null or (${HELD})) order by d.id`,
      [...base, wanted],
    );
    const unknown = wanted.filter((id) => !known.rows.some((row) => row.id === id));
    if (unknown.length > 0) {
      throw new DomainError('not_found', `${unknown.length} of these are no holds of ${month} here`, {
        remedy: 'Read the list again: a hold may have been released meanwhile.',
        decisionIds: unknown,
      });
    }
    let acknowledged = 0;
    for (const row of known.rows) {
      const inserted = await tx.query(
        `insert into clearing_acknowledgements (clearing_month, decision_id, acknowledged_at, acknowledged_by)
         values ($1, $2, $3, $4) on conflict do nothing`,
        [month, row.id, now, actor],
      );
      if (inserted.rowCount === 0) continue;
      acknowledged += 1;
      await tx.query(
        `insert into decision_events (decision_id, at, actor, action, note) values ($1, $2, $3, 'acknowledge', $4)`,
        [row.id, now, actor, `clearing ${month}`],
      );
    }
    if (acknowledged > 0) {
      await deps.audit.record(tx, {
        actor,
        action: 'clearing.acknowledge',
        subjectKind: 'clearing_month',
        subjectId: month,
        outcome: 'done',
        detail: { decisionIds: wanted },
      });
    }
    return { acknowledged, already: wanted.length - acknowledged };
  });
}
