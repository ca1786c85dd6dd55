import { type Queryable, type Tx, ts, tsOrNull } from '../platform/db.ts';
import type { Outbox } from '../platform/outbox.ts';
import { tellOutbox } from '../platform/tell.ts';
import { findingsOf } from './alert.store.ts';
import { appendAlertEvent } from './alert-events.ts';
import { budgetIn } from './budget/pg-store.ts';
import type { NamedSettlement, ReviewStore } from './store.ts';
import type { AlertRow } from './tables.ts';

/** The alert writer on the database, within one transaction. */
export function createPgReviewStore(tx: Tx, deps: { readonly outbox: Outbox }): ReviewStore {
  return { ...alertsIn(tx), ...ledgersIn(tx), ...budgetIn(tx), tell: tellOutbox(tx, deps.outbox) };
}

const COLUMNS = `id, incident_key, phase, phases, class, severity, subject_kind, clinic_code, region_code, psn_no, camera_id,
  setl_ids, fund_fen, title_zh, title_en, rules, findings, dismissed_rules, state, state_reason, occurred_at, raised_at,
  updated_at, withdrawn_at, version, queue_state, queued_at, shown_at, p_right, expected_fen, review_minutes`;

const alertsIn = (tx: Tx): Pick<ReviewStore, 'lock' | 'findings' | 'alert' | 'putAlert' | 'addEvent'> => ({
  async lock(incidentKey) {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 7))', [incidentKey]);
  },

  findings: (incidentKey) => findingsOf(tx, incidentKey),

  async alert(incidentKey) {
    const { rows } = await tx.query<AlertRow & Record<string, unknown>>(
      `select ${COLUMNS} from alerts where incident_key = $1 for update`,
      [incidentKey],
    );
    return rows[0] ?? null;
  },

  async putAlert(row) {
    await tx.query(
      `insert into alerts (${COLUMNS})
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
         $26, $27, $28, $29, $30, $31)
       on conflict (id) do update set phase = excluded.phase, phases = excluded.phases, class = excluded.class,
         severity = excluded.severity, subject_kind = excluded.subject_kind, clinic_code = excluded.clinic_code,
         region_code = excluded.region_code, psn_no = excluded.psn_no, camera_id = excluded.camera_id,
         setl_ids = excluded.setl_ids, fund_fen = excluded.fund_fen, title_zh = excluded.title_zh,
         title_en = excluded.title_en, rules = excluded.rules, findings = excluded.findings,
         dismissed_rules = excluded.dismissed_rules, state = excluded.state, state_reason = excluded.state_reason,
         occurred_at = excluded.occurred_at, updated_at = excluded.updated_at, withdrawn_at = excluded.withdrawn_at,
         version = excluded.version, queue_state = excluded.queue_state, queued_at = excluded.queued_at,
         shown_at = excluded.shown_at, p_right = excluded.p_right, expected_fen = excluded.expected_fen,
         review_minutes = excluded.review_minutes`,
      [
        ...[row.id, row.incident_key, row.phase, row.phases, row.class, row.severity, row.subject_kind],
        ...[row.clinic_code, row.region_code, row.psn_no, row.camera_id, row.setl_ids, row.fund_fen],
        ...[row.title_zh, row.title_en, row.rules, JSON.stringify(row.findings), row.dismissed_rules, row.state],
        ...[row.state_reason, ts(row.occurred_at), ts(row.raised_at), ts(row.updated_at), tsOrNull(row.withdrawn_at)],
        ...[row.version, row.queue_state, ts(row.queued_at), tsOrNull(row.shown_at), row.p_right, row.expected_fen],
        row.review_minutes,
      ],
    );
  },

  addEvent: (event) =>
    appendAlertEvent(tx, {
      alertId: event.alert_id,
      at: event.at,
      actor: event.actor,
      action: event.action,
      reason: event.reason,
      ...(event.detail === null ? {} : { detail: event.detail }),
      shown: event.shown,
    }),
});

const SETTLEMENT = 's.id, s.at, s.fund_fen, s.reversed_at';

type Ledgers = Pick<
  ReviewStore,
  'settlementsNumbered' | 'settlementsOfMessage' | 'settlementsOfVisit' | 'firstEventAt' | 'offsetAt' | 'regionOf'
>;

const ledgersIn = (db: Queryable): Ledgers => {
  const named = async (condition: string, values: readonly unknown[]): Promise<readonly NamedSettlement[]> =>
    (
      await db.query<NamedSettlement & Record<string, unknown>>(
        `select ${SETTLEMENT} from settlements s where ${condition}`,
        values,
      )
    ).rows;
  return {
    async settlementsNumbered(setlIds) {
      if (setlIds.length === 0) return [];
      const { rows } = await db.query<NamedSettlement & Record<string, unknown>>(
        `select ${SETTLEMENT} from settlement_key k join settlements s on s.id = k.settlement_id and s.at = k.at
         where k.setl_id = any($1::text[])`,
        [setlIds],
      );
      return rows;
    },
    settlementsOfMessage: (_near, msgid) => named('s.msgid = $1', [msgid]),
    settlementsOfVisit: ({ clinicCode }, mdtrtId) =>
      named('s.mdtrt_id = $1 and s.clinic_code = $2', [mdtrtId, clinicCode]),

    async firstEventAt({ clinicCode }, { mdtrtId, msgid }) {
      const { rows } = await db.query<{ at: number | null }>(
        `select min(at) as at from claim_events
         where clinic_code = $1 and (mdtrt_id = $2 or msgid = $3)
           and kind in ('registration', 'trial_settlement', 'settlement')`,
        [clinicCode, mdtrtId, msgid],
      );
      return rows[0]?.at ?? null;
    },

    async offsetAt(cameraId, deviceMs) {
      const { rows } = await db.query<{ offset_ms: number }>(
        `select offset_ms from camera_clock_offsets where camera_id = $1 and measured_at <= $2
         order by measured_at desc limit 1`,
        [cameraId, ts(deviceMs)],
      );
      return rows[0]?.offset_ms ?? 0;
    },

    async regionOf(clinicCode) {
      const { rows } = await db.query<{ region_code: string }>('select region_code from clinics where code = $1', [
        clinicCode,
      ]);
      return rows[0]?.region_code ?? null;
    },
  };
};
