import { defineTable } from '../../platform/working-set/table.ts';
import type {
  ClaimEventRow,
  ClaimIntakeCountRow,
  ClaimMessageRow,
  ClaimQuarantineRow,
  ClaimReversalRow,
  ClaimStatementRow,
  FeeLineRow,
  SeenMessageRow,
  SettlementKeyRow,
  SettlementRow,
} from './rows.ts';

export type {
  ClaimEventRow,
  ClaimIntakeCountRow,
  ClaimMessageRow,
  ClaimQuarantineRow,
  ClaimReversalRow,
  ClaimStatementRow,
  FeeLineRow,
  SeenMessageRow,
  SettlementKeyRow,
  SettlementRow,
};

/** The value of the indexes `visit`: a visit's number means something within its clinic only. */
export const visitKey = (clinicCode: string, mdtrtId: string): string => `${clinicCode}|${mdtrtId}`;

const visitOf = (row: { readonly clinic_code: string; readonly mdtrt_id: string | null }): string | null =>
  row.mdtrt_id === null ? null : visitKey(row.clinic_code, row.mdtrt_id);
const pageAt = { clinic: 'clinic_code', at: 'at' } as const;
const pageReceived = { clinic: 'clinic_code', at: 'received_at' } as const;

export const seenMessagesTable = defineTable<SeenMessageRow>()({
  name: 'seen_message',
  columns: {
    msgid: 'text',
    infno: 'text',
    clinic_code: 'text',
    message_id: 'uuid',
    received_at: 'timestamptz',
    event_at: 'timestamptz',
    request_hash: 'bytea',
    response_hash: 'bytea',
  },
  key: ['msgid'],
  page: pageReceived,
  indexes: {},
});

export const settlementKeysTable = defineTable<SettlementKeyRow>()({
  name: 'settlement_key',
  columns: { setl_id: 'text', settlement_id: 'uuid', clinic_code: 'text', at: 'timestamptz' },
  key: ['setl_id'],
  page: pageAt,
  indexes: {},
});

export const claimMessagesTable = defineTable<ClaimMessageRow>()({
  name: 'claim_messages',
  columns: {
    id: 'uuid',
    received_at: 'timestamptz',
    msgid: 'text',
    infno: 'text',
    clinic_code: 'text',
    inf_at: 'timestamptz',
    inf_offset_min: 'int',
    request_enc: 'bytea',
    response_enc: 'bytea',
    responded_at: 'timestamptz',
    retention_class: 'text',
  },
  key: ['id', 'received_at'],
  // Big, and never read: what completes one writes the whole row again.
  page: 'once_written',
  indexes: {},
});

export const claimEventsTable = defineTable<ClaimEventRow>()({
  name: 'claim_events',
  columns: {
    id: 'uuid',
    kind: 'text',
    at: 'timestamptz',
    at_offset_min: 'int',
    clinic_code: 'text',
    msgid: 'text',
    message_received_at: 'timestamptz',
    psn_no: 'text',
    mdtrt_id: 'text',
    setl_id: 'text',
    dev_no: 'text',
    opter: 'text',
    body: 'jsonb',
    reversed_by: 'text',
    reversed_at: 'timestamptz',
    created_at: 'timestamptz',
  },
  key: ['id', 'at'],
  page: pageAt,
  indexes: { id: (row) => row.id, msgid: (row) => row.msgid, visit: visitOf, psn_no: (row) => row.psn_no },
});

export const settlementsTable = defineTable<SettlementRow>()({
  name: 'settlements',
  columns: {
    id: 'uuid',
    at: 'timestamptz',
    at_offset_min: 'int',
    msgid: 'text',
    setl_id: 'text',
    mdtrt_id: 'text',
    clinic_code: 'text',
    psn_no: 'text',
    med_type: 'text',
    insutype: 'text',
    cert_type: 'text',
    dev_no: 'text',
    opter: 'text',
    total_fen: 'bigint',
    fund_fen: 'bigint',
    account_fen: 'bigint',
    cash_fen: 'bigint',
    reversed_at: 'timestamptz',
    reversed_by: 'text',
    received_at: 'timestamptz',
  },
  key: ['id', 'at'],
  page: pageAt,
  indexes: {
    id: (row) => row.id,
    msgid: (row) => row.msgid,
    visit: visitOf,
    psn_no: (row) => row.psn_no,
  },
});

export const feeLinesTable = defineTable<FeeLineRow>()({
  name: 'fee_lines',
  columns: {
    id: 'uuid',
    at: 'timestamptz',
    clinic_code: 'text',
    mdtrt_id: 'text',
    feedetl_sn: 'text',
    chrg_bchno: 'text',
    msgid: 'text',
    sent_at: 'timestamptz',
    psn_no: 'text',
    med_list_codg: 'text',
    medins_list_codg: 'text',
    name: 'text',
    cnt: 'numeric',
    price: 'numeric',
    amount_fen: 'bigint',
    in_scope_fen: 'bigint',
    doctor_code: 'text',
    cancelled_at: 'timestamptz',
    cancelled_by: 'text',
  },
  key: ['id', 'at'],
  page: pageAt,
  indexes: { visit: visitOf, msgid: (row) => row.msgid },
});

export const claimReversalsTable = defineTable<ClaimReversalRow>()({
  name: 'claim_reversals',
  columns: {
    msgid: 'text',
    kind: 'text',
    target: 'text',
    clinic_code: 'text',
    psn_no: 'text',
    chrg_bchno: 'text',
    amount_fen: 'bigint',
    at: 'timestamptz',
    created_at: 'timestamptz',
    applied_to: 'uuid',
    voided_by: 'text',
  },
  key: ['msgid'],
  page: pageAt,
  indexes: { target: (row) => row.target },
});

export const claimQuarantineTable = defineTable<ClaimQuarantineRow>()({
  name: 'claim_quarantine',
  columns: {
    id: 'uuid',
    received_at: 'timestamptz',
    msgid: 'text',
    infno: 'text',
    clinic_code: 'text',
    reason: 'text',
    detail: 'text',
    body_enc: 'bytea',
    body_bytes: 'bigint',
    state: 'text',
    resolved_at: 'timestamptz',
    resolved_by: 'text',
    note: 'text',
    submitted_by: 'text',
    submitter_region: 'text',
    submitter_clinic: 'text',
    scope_region: 'text',
    scope_clinic: 'text',
    retention_class: 'text',
  },
  key: ['id'],
  page: 'once_written',
  indexes: {},
});

export const claimIntakeCountsTable = defineTable<ClaimIntakeCountRow>()({
  name: 'claim_intake_counts',
  columns: { clinic_code: 'text', region_code: 'text', day: 'date', outcome: 'text', n: 'bigint' },
  key: ['clinic_code', 'region_code', 'day', 'outcome'],
  page: { clinic: 'clinic_code', at: 'day' },
  indexes: {},
});

export const claimStatementsTable = defineTable<ClaimStatementRow>()({
  name: 'claim_statements',
  columns: {
    msgid: 'text',
    infno: 'text',
    clinic_code: 'text',
    from_at: 'timestamptz',
    to_at: 'timestamptz',
    insutype: 'text',
    settlements: 'int',
    total_fen: 'bigint',
    fund_fen: 'bigint',
    setl_ids: 'text[]',
    mdtrt_ids: 'text[]',
    received_at: 'timestamptz',
  },
  key: ['msgid'],
  // A few a month for each clinic.
  page: 'never',
  indexes: {},
});
