-- The national interface's messages, and the claim events that they mean.

-- Unpartitioned, because a partitioned table cannot hold a key that is unique across months.
create table seen_message (
  msgid text primary key,
  infno text not null,
  clinic_code text not null,
  message_id uuid not null,
  received_at timestamptz not null, -- finds the partition of claim_messages
  event_at timestamptz, -- finds the partition of claim_events; null: stored only
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
-- What names no clinic that its sender may speak for counts under the sender's own clinic, or '' in the sender's region.
create table claim_intake_counts (
  clinic_code text not null,
  region_code text not null,
  day date not null, -- of the arrival, in the installation's time zone
  outcome text not null check (outcome in ('accepted', 'duplicate', 'quarantined')),
  n bigint not null,
  primary key (clinic_code, region_code, day, outcome)
);

create table claim_quarantine (
  id uuid primary key,
  received_at timestamptz not null,
  msgid text,
  infno text,
  clinic_code text, -- as the message says it
  reason text not null,
  detail text not null,
  body_enc bytea not null, -- as it came; of a body over the limit, its beginning
  body_bytes bigint not null,
  state text not null default 'open' check (state in ('open', 'replayed', 'discarded')),
  resolved_at timestamptz,
  resolved_by text,
  note text,
  submitted_by text not null,
  -- What the sender's key was bound to: a replay asks again whether it may speak for the clinic.
  submitter_region text,
  submitter_clinic text,
  -- Under what it was counted, and who may see it.
  scope_region text not null,
  scope_clinic text not null,
  retention_class text not null default 'claim'
);
create index claim_quarantine_open on claim_quarantine (reason, id) where state = 'open';
create index claim_quarantine_received on claim_quarantine (received_at);

-- Names that a province or a HIS vendor writes otherwise; adding one replays what it heals.
create table claim_key_mappings (
  id uuid primary key,
  infno text, -- null: every transaction
  from_key text not null,
  to_key text not null,
  note text,
  created_by text not null,
  created_at timestamptz not null,
  -- What its replay has come to so far.
  healed int not null default 0,
  unhealed int not null default 0,
  replayed_at timestamptz, -- null: still replaying
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
  chrg_bchno text,
  msgid text not null,
  sent_at timestamptz not null, -- of the message: a cancellation takes back what was sent before it
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
  cancelled_by text, -- msgid
  primary key (id, at)
) partition by range (at);
create table fee_lines_default partition of fee_lines default;
create index fee_lines_visit on fee_lines (mdtrt_id, feedetl_sn);
create index fee_lines_msgid on fee_lines (msgid);

-- Every message that takes another back, whichever of the two came first.
create table claim_reversals (
  msgid text primary key,
  kind text not null check (kind in ('settlement', 'refund', 'registration', 'fees', 'technical')),
  -- setl_id (settlement) · mdtrt_id (refund without one, registration, fees) · msgid of the message taken back (technical)
  target text not null,
  clinic_code text not null, -- nobody takes back another clinic's message
  psn_no text,
  chrg_bchno text, -- fees: the batch, null every one
  amount_fen bigint, -- refund: the sum it gives back
  at timestamptz not null,
  created_at timestamptz not null,
  applied_to uuid, -- refund: the settlement that it took back
  voided_by text -- msgid of the technical reversal of this reversal
);
create index claim_reversals_target on claim_reversals (target, kind);

-- Answers given without a decision, because none came in time. The outbox assesses them later.
create table claim_degraded_answers (
  event_id uuid primary key,
  msgid text not null,
  clinic_code text not null,
  at timestamptz not null,
  why text not null check (why in ('late', 'failed'))
);
