import { pageOf } from '../access/paging.ts';
import type { Principal, Scope } from '../access/principal.ts';
import { hasRight } from '../access/rights.ts';
import { scopeOf } from '../access/scope.ts';
import { type Queryable, ts, tsOrNull } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { ALERT_COLUMNS, type StoredAlert } from './alert.store.ts';
import { newestSeq } from './alert-events.ts';
import type { AlertItem, AlertList, AlertListQuery, AlertSummary } from './alerts.schemas.ts';
import { itemForClinic } from './flow/flow-view.ts';
import { ALERT_STATES, isStanding } from './flow/states.ts';
import { placeKey, placeOf } from './place.ts';

export interface NamedAlert extends StoredAlert {
  readonly clinicName: string | null;
  readonly regionName: string | null;
  readonly waitReason: AlertItem['waitReason'];
  readonly assignee: string | null;
  readonly lockedBy: string | null;
  readonly lockedUntil: number | null;
  readonly snoozedUntil: number | null;
  readonly escalated: boolean;
  readonly asked: boolean;
}

/** Where a caller sees alerts, and whether also those that wait: they stand nowhere as an accusation yet. */
export interface AlertSight {
  readonly scope: Scope;
  readonly waiting: boolean;
  /** A clinic sees what it was asked about: a suspicion that nobody has looked at stands before no one whom it concerns. */
  readonly askedOnly: boolean;
}

export const sightOf = (principal: Principal): AlertSight => ({
  scope: scopeOf(principal),
  waiting: hasRight(principal.role, 'alerts.first'),
  askedOnly: hasRight(principal.role, 'alerts.explain'),
});

export const NAMED_COLUMNS = `${ALERT_COLUMNS}, c.name as "clinicName", r.name as "regionName",
  case when a.queue_state = 'waiting' then q.reason end as "waitReason",
  f.assignee, f.locked_by as "lockedBy", f.locked_until as "lockedUntil", f.snoozed_until as "snoozedUntil",
  f.escalated_at is not null as escalated, f.asked_at is not null as asked`;
export const NAMED_FROM = `alerts a left join clinics c on c.code = a.clinic_code
  left join regions r on r.code = a.region_code left join alert_queue q on q.alert_id = a.id
  left join alert_flow f on f.alert_id = a.id`;
const IN_SCOPE = `($1::text is null or a.region_code like $1 || '%') and ($2::text is null or a.clinic_code = $2)`;

export function itemOf(alert: NamedAlert): AlertItem {
  return {
    id: alert.id,
    incidentKey: alert.incidentKey,
    phase: alert.phase,
    phases: [...alert.phases],
    class: alert.class,
    severity: alert.severity,
    state: alert.state,
    stateReason: alert.stateReason,
    subjectKind: alert.subjectKind,
    title: { zh: alert.titleZh, en: alert.titleEn },
    clinic: { code: alert.clinicCode, name: alert.clinicName ?? alert.clinicCode },
    region: { code: alert.regionCode, name: alert.regionName ?? alert.regionCode },
    cameraId: alert.cameraId,
    psnNo: alert.psnNo,
    rules: [...alert.rules],
    setlIds: [...alert.setlIds],
    fundFen: alert.fundFen,
    occurredAt: ts(alert.occurredAt),
    raisedAt: ts(alert.raisedAt),
    updatedAt: ts(alert.updatedAt),
    version: alert.version,
    queueState: alert.queueState,
    shownAt: tsOrNull(alert.shownAt),
    waitReason: alert.waitReason,
    pRight: alert.pRight,
    expectedFen: alert.expectedFen,
    reviewMinutes: alert.reviewMinutes,
    dueAt: tsOrNull(alert.dueAt),
    assignee: alert.assignee,
    lockedBy: alert.lockedBy,
    snoozedUntil: tsOrNull(alert.snoozedUntil),
    escalated: alert.escalated,
  };
}

/** Escapes what `like` would read as a pattern. */
const prefixPattern = (text: string): string => `${text.replace(/[\\%_]/g, '\\$&')}%`;

/** One page, the newest first. A page that was begun stays the same while new alerts come in above it. */
export async function listAlerts(db: Queryable, sight: AlertSight, query: AlertListQuery): Promise<AlertList> {
  const { scope } = sight;
  const queue = query.queue ?? 'shown';
  if (queue === 'waiting' && !sight.waiting) {
    throw new DomainError('forbidden', 'only a supervisor sees alerts that wait', {
      remedy: 'Leave the filter out: what has passed the alarm budget is shown.',
    });
  }
  const place = placeOf(query.cursor);
  const rules = query.rule?.map((rule) => (rule.includes('@') ? rule : `${rule}@%`)) ?? null;
  const { rows } = await db.query<NamedAlert>(
    `select ${NAMED_COLUMNS} from ${NAMED_FROM}
     where ${IN_SCOPE}
       and ($3::text[] is null or a.phase = any($3))
       and ($4::text[] is null or a.class = any($4))
       and ($5::text[] is null or a.severity = any($5))
       and ($6::text[] is null or a.state = any($6))
       and ($7::text[] is null or exists (select 1 from unnest(a.rules) rule, unnest($7::text[]) wanted
                                          where rule like wanted))
       and ($8::text is null or a.clinic_code = $8)
       and ($9::text is null or a.region_code like $9 || '%')
       and ($10::timestamptz is null or a.occurred_at >= $10)
       and ($11::timestamptz is null or a.occurred_at < $11)
       and ($12::text is null or a.id::text like $12 or a.psn_no like $12 or a.clinic_code like $12
            or a.camera_id like $12 or a.incident_key like $12 or a.incident_key like '%:' || $12
            or exists (select 1 from unnest(a.setl_ids) setl_id where setl_id like $12))
       and ($13::timestamptz is null or (a.raised_at, a.id) < ($13, $14::uuid))
       and a.queue_state = $16
       and (not $17::boolean or f.asked_at is not null)
     order by a.raised_at desc, a.id desc limit $15`,
    [
      scope.regionPrefix,
      scope.clinicCode,
      query.phase ?? null,
      query.class ?? null,
      query.severity ?? null,
      query.state ?? null,
      rules,
      query.clinic ?? null,
      query.region ?? null,
      query.from ?? null,
      query.to ?? null,
      query.q === undefined || query.q.trim() === '' ? null : prefixPattern(query.q.trim()),
      place === null ? null : ts(place.at),
      place?.id ?? null,
      query.limit + 1,
      queue,
      sight.askedOnly,
    ],
  );
  const page = pageOf(rows, query.limit, (row) => placeKey({ at: row.raisedAt, id: row.id }));
  const items = page.items.map(itemOf);
  return { items: sight.askedOnly ? items.map(itemForClinic) : items, nextCursor: page.nextCursor };
}

/** @throws DomainError `not_found` when there is none, or it lies outside the scope: the caller cannot tell which */
export async function getAlert(
  db: Queryable,
  { scope, waiting, askedOnly }: AlertSight,
  id: string,
): Promise<NamedAlert> {
  const { rows } = await db.query<NamedAlert>(
    `select ${NAMED_COLUMNS} from ${NAMED_FROM} where ${IN_SCOPE} and a.id = $3 and ($4 or a.queue_state = 'shown')
       and (not $5::boolean or f.asked_at is not null)`,
    [scope.regionPrefix, scope.clinicCode, id, waiting, askedOnly],
  );
  const alert = rows[0];
  if (!alert) throw noSuchAlert(id);
  return alert;
}

export const noSuchAlert = (id: string): DomainError =>
  new DomainError('not_found', `there is no alert ${id} here`, { remedy: 'See GET /v1/alerts for what there is.' });

export async function summariseAlerts(db: Queryable, { scope, askedOnly }: AlertSight): Promise<AlertSummary> {
  const seq = await newestSeq(db);
  const { rows } = await db.query<{
    phase: keyof AlertSummary['byPhase'];
    class: keyof AlertSummary['byClass'];
    severity: keyof AlertSummary['bySeverity'];
    state: keyof AlertSummary['byState'];
    n: number;
    fund_fen: number;
  }>(
    `select phase, class, severity, state, count(*) as n, sum(fund_fen)::bigint as fund_fen from alerts a
     where ${IN_SCOPE} and queue_state = 'shown'
       and (not $3::boolean or exists (select from alert_flow f where f.alert_id = a.id and f.asked_at is not null))
     group by phase, class, severity, state`,
    [scope.regionPrefix, scope.clinicCode, askedOnly],
  );
  const summary = {
    standing: 0,
    byPhase: { pre: 0, in: 0, post: 0 },
    byClass: { fraud: 0, evidence: 0, device: 0, data: 0 },
    bySeverity: { high: 0, medium: 0, low: 0 },
    byState: Object.fromEntries(ALERT_STATES.map((state) => [state, 0])) as AlertSummary['byState'],
    fundFen: 0,
    seq,
  };
  for (const row of rows) {
    summary.byState[row.state] += row.n;
    if (!isStanding(row.state)) continue;
    summary.standing += row.n;
    summary.byPhase[row.phase] += row.n;
    summary.byClass[row.class] += row.n;
    summary.bySeverity[row.severity] += row.n;
    if (row.class === 'fraud') summary.fundFen += row.fund_fen;
  }
  return summary;
}
