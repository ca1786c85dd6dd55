import { type Queryable, ts } from '../../platform/db.ts';
import { STANDING_STATES } from '../flow/states.ts';
import { type AlertCount, AT_RISK_STATES, NOTHING, type Sums } from './figures.ts';
import { type Ground, groundValues, PLACED } from './places.store.ts';
import type { ReportSpan } from './span.ts';

type Row<Fields> = Fields & Record<string, unknown>;

/**
 * Sums of every place one level below a ground. What happened is read from the daily counts; what stands now (money at risk, work
 * that is late) from the alerts that stand, which are few.
 */
export async function sumsByPlace(
  db: Queryable,
  ground: Ground,
  span: ReportSpan,
  now: number,
): Promise<ReadonlyMap<string, Sums>> {
  const values = groundValues(ground);
  const [settled, outcomes, alerts, risk, late] = await Promise.all([
    db.query<Row<Pick<Sums, 'settlements' | 'fundFen' | 'seen' | 'blind'> & { place: string }>>(
      `with ${PLACED}
       select place, sum(settlements) as settlements, sum(fund_fen)::bigint as "fundFen", sum(seen) as seen, sum(blind) as blind
       from settlement_days d join placed p on p.code = d.clinic_code where d.day between $4 and $5 group by place`,
      [...values, span.from, span.to],
    ),
    db.query<
      Row<Pick<Sums, 'confirmed' | 'excluded' | 'foundFen' | 'orderedFen' | 'recoveredFen'> & { place: string }>
    >(
      `with ${PLACED}
       select place, sum(confirmed) as confirmed, sum(excluded) as excluded, sum(found_fen)::bigint as "foundFen",
         sum(ordered_fen)::bigint as "orderedFen", sum(recovered_fen)::bigint as "recoveredFen"
       from outcome_days d join placed p on p.code = d.clinic_code where d.day between $4 and $5 group by place`,
      [...values, span.from, span.to],
    ),
    db.query<Row<AlertCount & { place: string }>>(
      `with ${PLACED}
       select place, class, phase, state, sum(n) as n
       from alert_days d join placed p on p.code = d.clinic_code where d.day between $4 and $5 group by place, class, phase, state`,
      [...values, span.from, span.to],
    ),
    db.query<Row<{ place: string; fen: number }>>(
      `with ${PLACED}, named as (
         select distinct k.settlement_id, k.at
         from alerts a join placed p on p.code = a.clinic_code, unnest(a.setl_ids) n join settlement_key k on k.setl_id = n
         where a.queue_state = 'shown' and a.class = 'fraud' and a.state = any($4) and a.shown_at >= $5 and a.shown_at < $6)
       select p.place, sum(s.fund_fen)::bigint as fen
       from named n join settlements s on s.id = n.settlement_id and s.at = n.at join placed p on p.code = s.clinic_code
       where s.reversed_at is null and s.fund_fen is not null group by p.place`,
      [...values, AT_RISK_STATES, ts(span.bounds.from), ts(span.bounds.until)],
    ),
    db.query<Row<{ place: string; n: number }>>(
      `with ${PLACED}
       select p.place, count(*) as n from alerts a join placed p on p.code = a.clinic_code
       where a.due_at < $4 and a.queue_state = 'shown' and a.state = any($5) group by p.place`,
      [...values, ts(now), STANDING_STATES],
    ),
  ]);
  const places = new Map<string, Sums>();
  const merge = (place: string, sums: Partial<Sums>): void => {
    places.set(place, { ...(places.get(place) ?? NOTHING), ...sums });
  };
  const numbers = <Fields extends object>({ place, ...rest }: Fields & { place: string }): Partial<Sums> =>
    Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, Number(value)]));
  for (const row of settled.rows) merge(row.place, numbers(row));
  for (const row of outcomes.rows) merge(row.place, numbers(row));
  for (const { place, fen } of risk.rows) merge(place, { atRiskFen: fen });
  for (const { place, n } of late.rows) merge(place, { overdue: n });
  for (const { place, class: of, phase, state, n } of alerts.rows) {
    const known = places.get(place)?.alerts ?? [];
    merge(place, { alerts: [...known, { class: of, phase, state, n: Number(n) }] });
  }
  return places;
}
