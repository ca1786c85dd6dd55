import { type Tx, ts } from '../../platform/db.ts';
import { brokenBounds, groupsOf } from '../fairness/groups.ts';
import type { ReviewStore } from '../store.ts';
import type { BudgetDayRow, QueuedAlertRow, RuleRecordRow } from './tables.ts';

export type BudgetStore = Pick<
  ReviewStore,
  | 'lockBudget'
  | 'candidates'
  | 'putQueued'
  | 'dropQueued'
  | 'budgetDay'
  | 'putBudgetDay'
  | 'ruleRecords'
  | 'clinicCount'
  | 'isHeld'
  | 'queued'
  | 'setWaitReason'
  | 'undrawn'
  | 'markDrawn'
  | 'putSampleCheck'
  | 'addSampleDay'
  | 'brokenBounds'
  | 'groupsOf'
>;

/** Any constant that nothing else in the database takes. */
const BUDGET_LOCK = 4116_0017;

/** The alarm budget on the database, within one transaction. */
export const budgetIn = (tx: Tx): BudgetStore => ({
  async lockBudget() {
    await tx.query('select pg_advisory_xact_lock($1)', [BUDGET_LOCK]);
  },

  async candidates(alertClass) {
    const { rows } = await tx.query<QueuedAlertRow & Record<string, unknown>>(
      `select * from alert_queue where class = $1 and reason <> 'under_precision'`,
      [alertClass],
    );
    return rows;
  },

  async queued(alertId) {
    const { rows } = await tx.query<QueuedAlertRow & Record<string, unknown>>(
      'select * from alert_queue where alert_id = $1',
      [alertId],
    );
    return rows[0] ?? null;
  },

  async undrawn() {
    const { rows } = await tx.query<QueuedAlertRow & Record<string, unknown>>(
      `select * from alert_queue where class = 'fraud' and not drawn`,
    );
    return rows;
  },

  async markDrawn(alerts) {
    await tx.query('update alert_queue set drawn = true where alert_id = any($1::uuid[])', [
      alerts.map((row) => row.alert_id),
    ]);
  },

  async putSampleCheck(row) {
    await tx.query(
      `insert into sample_checks (id, alert_id, day, rule_key, clinic_code, region_code, state, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing`,
      [row.id, row.alert_id, row.day, row.rule_key, row.clinic_code, row.region_code, row.state, ts(row.created_at)],
    );
  },

  async addSampleDay(row) {
    await tx.query(
      `insert into sample_days (day, rule_key, waited, sampled) values ($1, $2, $3, $4)
       on conflict (day, rule_key) do update set waited = sample_days.waited + excluded.waited,
         sampled = sample_days.sampled + excluded.sampled`,
      [row.day, row.rule_key, row.waited, row.sampled],
    );
  },

  brokenBounds: () => brokenBounds(tx),
  groupsOf: (psnNo, at) => groupsOf(tx, psnNo, at),

  async putQueued(row) {
    await tx.query(
      `insert into alert_queue (alert_id, incident_key, class, severity, clinic_code, region_code, psn_no, rules, p_right,
         expected_fen, minutes, raised_at, ready_at, urgent, reason, drawn)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
       on conflict (alert_id) do update set class = excluded.class, severity = excluded.severity,
         clinic_code = excluded.clinic_code, region_code = excluded.region_code, psn_no = excluded.psn_no,
         rules = excluded.rules, p_right = excluded.p_right, expected_fen = excluded.expected_fen,
         minutes = excluded.minutes, raised_at = excluded.raised_at, ready_at = excluded.ready_at,
         urgent = excluded.urgent, reason = excluded.reason, drawn = excluded.drawn`,
      [
        ...[row.alert_id, row.incident_key, row.class, row.severity, row.clinic_code, row.region_code, row.psn_no],
        ...[row.rules, row.p_right, row.expected_fen, row.minutes, ts(row.raised_at), ts(row.ready_at), row.urgent],
        ...[row.reason, row.drawn],
      ],
    );
  },

  async dropQueued(alertId) {
    await tx.query('delete from alert_queue where alert_id = $1', [alertId]);
  },

  async setWaitReason(alertIds, reason) {
    await tx.query(
      `update alert_queue set reason = $2 where alert_id = any($1::uuid[]) and reason <> 'under_precision'`,
      [alertIds, reason],
    );
  },

  async budgetDay(day, alertClass) {
    const { rows } = await tx.query<BudgetDayRow & Record<string, unknown>>(
      'select * from alert_budget_days where day = $1 and class = $2',
      [day, alertClass],
    );
    return rows;
  },

  async putBudgetDay(row) {
    await tx.query(
      `insert into alert_budget_days (day, class, region_code, shown) values ($1, $2, $3, $4)
       on conflict (day, class, region_code) do update set shown = excluded.shown`,
      [row.day, row.class, row.region_code, row.shown],
    );
  },

  async ruleRecords(keys) {
    if (keys.length === 0) return [];
    const { rows } = await tx.query<RuleRecordRow & Record<string, unknown>>(
      'select * from rule_records where rule_key = any($1::text[]) order by rule_key',
      [keys],
    );
    return rows;
  },

  async clinicCount() {
    return (await tx.query<{ n: number }>('select count(*) as n from clinics')).rows[0]?.n ?? 0;
  },

  async isHeld({ incidentKey }) {
    const { rowCount } = await tx.query(
      `select 1 from decisions where subject_key = $1 and decision = 'hold' and state = 'standing'`,
      [incidentKey],
    );
    return rowCount > 0;
  },
});
