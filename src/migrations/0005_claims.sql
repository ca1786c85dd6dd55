-- The national interface's messages, and the claim events that they mean.

-- Unpartitioned, because a partitioned table cannot hold a key that is unique across months.
create table seen_message (
  msgid text primary key,
  infno text not null,
  clinic_code text not null,
  message_id uuid not null,
  received_at timestamptz not null, -- finds the partition of claim_messages
  request_hash bytea not null,
  response_hash bytea
);
create table sold_trace_code (
  code text primary key,
  first_sale_ref text not null,
  clinic_code text not null,
  sold_at timestamptz not null
);
create table settlement_key (
  setl_id text primary key,
  settlement_id uuid not null,
  at timestamptz not null -- finds the partition of settlements
);

create table claim_messages (
  id uuid not null,
  received_at timestamptz not null,
  msgid text not null,
  infno text not null,
  clinic_code text not null,
  inf_at timestamptz,
  inf_offset_min int, -- the source's offset from UTC
  request_enc bytea not null,
  response_enc bytea,
  responded_at timestamptz,
  retention_class text not null default 'claim',
  primary key (id, received_at)
) partition by range (received_at);
create table claim_messages_default partition of claim_messages default;
create index claim_messages_clinic on claim_messages (clinic_code, received_at);

-- Counts survive the erasure of what they count.
create table claim_intake_counts (
  clinic_code text not null,
  day date not null,
  outcome text not null check (outcome in ('accepted', 'duplicate', 'quarantined')),
  n bigint not null,
  primary key (clinic_code, day, outcome)
);

create table claim_quarantine (
  id uuid primary key,
  received_at timestamptz not null,
  msgid text,
  infno text,
  clinic_code text,
  reason text not null,
  detail text not null,
  body_enc bytea not null,
  body_bytes int not null,
  state text not null default 'open' check (state in ('open', 'replayed', 'discarded')),
  replayed_at timestamptz,
  submitted_by text not null,
  scope_region text,
  scope_clinic text
);
create index claim_quarantine_open on claim_quarantine (reason, received_at) where state = 'open';

-- Names that a province or a HIS vendor writes otherwise; adding one replays what it heals.
create table claim_key_mappings (
  id uuid primary key,
  infno text, -- null: every transaction
  from_key text not null,
  to_key text not null,
  note text,
  created_by text not null,
  created_at timestamptz not null,
  unique nulls not distinct (infno, from_key)
);

create table claim_events (
  id uuid not null,
  kind text not null check (kind in ('identity', 'registration', 'registration_cancel', 'diagnosis', 'fee_lines', 'fee_cancel',
    'trial_settlement', 'settlement', 'settlement_reversal', 'technical_reversal')),
  at timestamptz not null,
  at_offset_min int not null,
  clinic_code text not null,
  msgid text not null,
  message_received_at timestamptz not null,
  psn_no text,
  mdtrt_id text,
  setl_id text,
  dev_no text,
  opter text,
  body jsonb not null, -- what rules read of it; no name, no ID number
  reversed_by text, -- msgid
  reversed_at timestamptz,
  created_at timestamptz not null,
  primary key (id, at)
) partition by range (at);
create table claim_events_default partition of claim_events default;
create index claim_events_visit on claim_events (mdtrt_id, at);
create index claim_events_clinic on claim_events (clinic_code, at);
create index claim_events_msgid on claim_events (msgid);
create index claim_events_psn on claim_events (psn_no, at);

-- The anchor: one row a settlement, net of reversals, with the newest verdict.
create table settlements (
  id uuid not null,
  at timestamptz not null, -- setl_time, corrected to UTC
  at_offset_min int not null,
  msgid text not null,
  setl_id text, -- null until the response came
  mdtrt_id text,
  clinic_code text not null,
  psn_no text,
  med_type text,
  insutype text,
  cert_type text,
  dev_no text,
  opter text,
  total_fen bigint,
  fund_fen bigint,
  account_fen bigint,
  cash_fen bigint,
  reversed_at timestamptz,
  reversed_by text,
  received_at timestamptz not null,
  primary key (id, at)
) partition by range (at);
create table settlements_default partition of settlements default;
create index settlements_clinic on settlements (clinic_code, at);
create index settlements_msgid on settlements (msgid);
create index settlements_psn on settlements (psn_no, at);
create index settlements_visit on settlements (mdtrt_id);

create table fee_lines (
  id uuid not null,
  at timestamptz not null,
  clinic_code text not null,
  mdtrt_id text not null,
  feedetl_sn text not null,
  msgid text not null,
  psn_no text,
  med_list_codg text,
  medins_list_codg text,
  name text,
  cnt numeric,
  price numeric,
  amount_fen bigint,
  in_scope_fen bigint,
  doctor_code text,
  cancelled_at timestamptz,
  primary key (id, at)
) partition by range (at);
create table fee_lines_default partition of fee_lines default;
create index fee_lines_visit on fee_lines (mdtrt_id, feedetl_sn);

-- Reversals that came before what they reverse.
create table pending_reversals (
  msgid text primary key,
  kind text not null check (kind in ('settlement', 'technical')),
  target text not null, -- setl_id, or the msgid of the reversed message
  clinic_code text not null,
  at timestamptz not null,
  created_at timestamptz not null
);
create index pending_reversals_target on pending_reversals (kind, target);
