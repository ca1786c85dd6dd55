import type { Audit } from '../../access/audit.ts';
import { pageOf } from '../../access/paging.ts';
import type { Principal, Scope } from '../../access/principal.ts';
import { actorOf, scopeOf } from '../../access/scope.ts';
import { type Db, type Queryable, type Tx, ts, tsOrNull } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { ALERT_COLUMNS, type StoredAlert } from '../alert.store.ts';
import { appendAlertEvent } from '../alert-events.ts';
import { placeKey, placeOf } from '../place.ts';
import { estimateShare } from './beta.ts';
import type { MissedReport, SampleCheck, SampleCheckList } from './budget.schemas.ts';
import { type DispositionDeps, recordDisposition } from './dispositions.ts';

/** 抽查: what reviewers are asked to look at, what they found, and what follows about what was not shown. */

interface CheckRow {
  readonly id: string;
  readonly day: string;
  readonly clinic_code: string;
  readonly clinic_name: string | null;
  readonly psn_no: string | null;
  readonly setl_ids: string[];
  readonly occurred_at: number | null;
  readonly fund_fen: number | null;
  readonly state: SampleCheck['state'];
  readonly outcome: SampleCheck['outcome'];
  readonly note: string | null;
  readonly created_at: number;
  readonly done_at: number | null;
}

const SELECT = `select s.id, s.day, s.clinic_code, c.name as clinic_name, a.psn_no, coalesce(a.setl_ids, '{}') as setl_ids,
    a.occurred_at, a.fund_fen, s.state, s.outcome, s.note, s.created_at, s.done_at
  from sample_checks s left join alerts a on a.id = s.alert_id left join clinics c on c.code = s.clinic_code
  where ($1::text is null or s.region_code like $1 || '%') and ($2::text is null or s.clinic_code = $2)`;

const itemOf = (row: CheckRow): SampleCheck => ({
  id: row.id,
  day: row.day,
  clinic: { code: row.clinic_code, name: row.clinic_name ?? row.clinic_code },
  psnNo: row.psn_no,
  setlIds: row.setl_ids,
  occurredAt: tsOrNull(row.occurred_at),
  fundFen: row.fund_fen ?? 0,
  state: row.state,
  outcome: row.outcome,
  note: row.note,
  createdAt: ts(row.created_at),
  doneAt: tsOrNull(row.done_at),
});

export async function listSampleChecks(
  db: Queryable,
  scope: Scope,
  query: { readonly state?: string | undefined; readonly limit: number; readonly cursor?: string | undefined },
): Promise<SampleCheckList> {
  const place = placeOf(query.cursor);
  const { rows } = await db.query<CheckRow & Record<string, unknown>>(
    `${SELECT} and ($3::text is null or s.state = $3)
       and ($4::timestamptz is null or (s.created_at, s.id) < ($4, $5::uuid))
     order by s.created_at desc, s.id desc limit $6`,
    [
      ...[scope.regionPrefix, scope.clinicCode, query.state ?? null],
      ...[place === null ? null : ts(place.at), place?.id ?? null, query.limit + 1],
    ],
  );
  const page = pageOf(rows, query.limit, (row) => placeKey({ at: row.created_at, id: row.id }));
  return { items: page.items.map(itemOf), nextCursor: page.nextCursor };
}

/**
 * Keeps what a reviewer found. What is wrong is put on the screens as an alert: a person has said so.
 * @throws DomainError `not_found` outside the caller's scope, `conflict` when it has been answered
 */
export async function answerSampleCheck(
  deps: DispositionDeps & { readonly db: Db; readonly audit: Audit },
  principal: Principal,
  id: string,
  answer: { readonly outcome: NonNullable<SampleCheck['outcome']>; readonly note?: string | undefined },
): Promise<SampleCheck> {
  const scope = scopeOf(principal);
  await deps.db.transaction(async (tx) => {
    const { rows } = await tx.query<{ alert_id: string; state: string }>(
      `select alert_id, state from sample_checks
       where id = $3 and ($1::text is null or region_code like $1 || '%') and ($2::text is null or clinic_code = $2) for update`,
      [scope.regionPrefix, scope.clinicCode, id],
    );
    const [check] = rows;
    if (check === undefined) throw noSuchCheck(id);
    if (check.state === 'done') {
      throw new DomainError('conflict', 'this check has been answered', { remedy: 'Reload the list of checks.' });
    }
    const actor = actorOf(principal);
    const now = deps.clock.now();
    await tx.query(
      `update sample_checks set state = 'done', outcome = $2, note = $3, actor = $4, done_at = $5 where id = $1`,
      [id, answer.outcome, answer.note ?? null, actor, ts(now)],
    );
    await deps.audit.record(tx, {
      actor,
      action: 'sample_check.answer',
      subjectKind: 'sample_check',
      subjectId: id,
      outcome: 'done',
      detail: { outcome: answer.outcome, note: answer.note ?? null },
    });
    if (answer.outcome !== 'cannot_tell') await teach(tx, deps, check.alert_id, answer.outcome === 'wrong', actor);
  });
  const { rows } = await deps.db.query<CheckRow & Record<string, unknown>>(`${SELECT} and s.id = $3`, [
    scope.regionPrefix,
    scope.clinicCode,
    id,
  ]);
  const [row] = rows;
  if (row === undefined) throw noSuchCheck(id);
  return itemOf(row);
}

async function teach(tx: Tx, deps: DispositionDeps, alertId: string, wrong: boolean, actor: string): Promise<void> {
  const { rows } = await tx.query<StoredAlert & Record<string, unknown>>(
    `select ${ALERT_COLUMNS} from alerts a where a.id = $1 for update`,
    [alertId],
  );
  const [alert] = rows;
  // It has come to the screens since, where it is judged, or its findings were taken back.
  if (alert === undefined || alert.queueState === 'shown' || alert.state !== 'new') return;
  await recordDisposition(tx, deps, alert, { confirmed: wrong, reason: null, actor, sampled: true });
  if (!wrong) return;
  const now = deps.clock.now();
  await tx.query(
    `update alerts set queue_state = 'shown', shown_at = $2, updated_at = $2, version = version + 1 where id = $1`,
    [alertId, ts(now)],
  );
  await tx.query('delete from alert_queue where alert_id = $1', [alertId]);
  await appendAlertEvent(tx, { alertId, at: now, actor, action: 'shown', reason: 'sample_check' });
}

const noSuchCheck = (id: string): DomainError =>
  new DomainError('not_found', `there is no check ${id} here`, { remedy: 'See GET /v1/sample-checks.' });

/** What share of what was not shown was wrong, by rule, from the checks that came to a clear outcome. */
export async function missedReport(db: Queryable): Promise<MissedReport> {
  const { rows } = await db.query<{
    rule: string;
    waited: number;
    sampled: number;
    checked: number;
    wrong: number;
  }>(
    `select d.rule_key as rule, d.waited, d.sampled, coalesce(c.checked, 0) as checked, coalesce(c.wrong, 0) as wrong
     from (select rule_key, sum(waited) as waited, sum(sampled) as sampled from sample_days group by rule_key) d
     left join (select rule_key, count(*) filter (where outcome in ('fine', 'wrong')) as checked,
                  count(*) filter (where outcome = 'wrong') as wrong from sample_checks group by rule_key) c using (rule_key)
     order by 1`,
  );
  const byRule = rows.map((row) => {
    const { share, low, high } = estimateShare(row.wrong, row.checked);
    return { ...row, missedShare: share, low, high, missed: share === null ? null : share * row.waited };
  });
  const sum = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const all = { waited: sum((r) => r.waited), sampled: sum((r) => r.sampled), checked: sum((r) => r.checked) };
  // Each rule by its own share, for rules are not sampled alike; where a rule was never checked, nothing is known of it.
  const known = byRule.filter(({ missed }) => missed !== null);
  const missed = known.reduce((total, row) => total + (row.missed ?? 0), 0);
  const knownWaited = known.reduce((total, row) => total + row.waited, 0);
  const weighed = (of: (row: (typeof byRule)[number]) => number): number =>
    knownWaited === 0 ? 1 : known.reduce((total, row) => total + of(row) * row.waited, 0) / knownWaited;
  return {
    rules: [
      {
        rule: '',
        ...all,
        wrong: sum((r) => r.wrong),
        missedShare: knownWaited === 0 ? null : missed / knownWaited,
        low: knownWaited === 0 ? 0 : weighed(({ low }) => low),
        high: weighed(({ high }) => high),
        missed: knownWaited === 0 ? null : missed,
      },
      ...byRule,
    ],
  };
}
