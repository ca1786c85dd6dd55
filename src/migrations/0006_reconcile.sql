-- What was known, what the rules said, what was decided.

create table facts (
  hash bytea primary key, -- SHA-256 of the canonical JSON
  body bytea not null, -- that JSON, compressed
  created_at timestamptz not null
);

create table rule_sets (
  version text primary key, -- hash of rules and parameters
  body jsonb not null,
  created_at timestamptz not null
);

create table assessments (
  id uuid not null,
  at timestamptz not null,
  subject_kind text not null check (subject_kind in ('visit', 'settlement', 'clinic_day', 'camera')),
  subject_id text not null,
  clinic_code text not null,
  trigger text not null,
  facts_hash bytea not null references facts (hash),
  rule_set text not null references rule_sets (version),
  model_version text not null,
  verdict jsonb, -- {verdict, reason, llr, coverage, appearanceId}
  outcomes jsonb not null, -- [{rule, outcome, reason}]
  primary key (id, at)
) partition by range (at);
create table assessments_default partition of assessments default;
create index assessments_subject on assessments (subject_kind, subject_id, at desc);

-- The newest assessment of each subject, one narrow row.
create table assessment_heads (
  subject_kind text not null,
  subject_id text not null,
  clinic_code text not null,
  assessment_id uuid not null,
  assessed_at timestamptz not null,
  window_from timestamptz not null,
  window_to timestamptz not null,
  facts_hash bytea not null,
  verdict text,
  verdict_reason text,
  llr real,
  coverage real,
  rule_set text not null default '',
  -- Footage is processed up to here before more can be said; null: nothing more is awaited.
  awaits_until timestamptz,
  primary key (subject_kind, subject_id)
);
create index assessment_heads_window on assessment_heads (clinic_code, window_from, window_to);
create index assessment_heads_awaiting on assessment_heads (clinic_code, awaits_until) where awaits_until is not null;

-- How far each camera's footage (true time) has been taken into account: windows that end between this and its new
-- watermark are due.
create table watermarks_seen (
  camera_id text primary key,
  until_at timestamptz not null
);

-- Until which day a clinic's openings and closings stand in the outbox, and for which hours.
create table clinic_schedule (
  clinic_code text primary key,
  scheduled_until date not null,
  open_hours jsonb not null
);

create table findings (
  id uuid primary key,
  rule_id text not null,
  rule_version text not null,
  subject_key text not null, -- <subject kind>/<subject id>, with #<part> where one rule finds several
  incident_key text not null, -- findings of one incident become one alert
  phase text not null check (phase in ('pre', 'in', 'post')),
  class text not null check (class in ('fraud', 'evidence', 'device', 'data')),
  severity text not null check (severity in ('high', 'medium', 'low')),
  clinic_code text not null,
  psn_no text,
  camera_id text,
  setl_ids text[] not null default '{}',
  basis text[] not null default '{}', -- face, presence, claims, status, stock
  outcome text not null check (outcome in ('hit', 'undetermined', 'error', 'clear')),
  reason text not null,
  evidence jsonb not null,
  assessment_id uuid not null,
  first_at timestamptz not null,
  updated_at timestamptz not null,
  unique (rule_id, subject_key)
);
create index findings_incident on findings (incident_key);
create index findings_subject on findings (split_part(subject_key, '#', 1));

create table decisions (
  id uuid primary key,
  subject_key text not null unique, -- visit:<clinic>:<mdtrt_id> or message:<msgid>
  clinic_code text not null,
  psn_no text,
  mdtrt_id text,
  setl_id text,
  settlement_id uuid,
  msgid text not null,
  clearing_month text not null, -- YYYY-MM, local
  fund_fen bigint,
  decision text not null check (decision in ('allow', 'review', 'hold')),
  reasons jsonb not null, -- [{code, rule, zh, en}]
  deadline_at timestamptz,
  default_action text not null default 'allow',
  alternative jsonb,
  state text not null check (state in ('standing', 'released', 'confirmed', 'superseded')),
  release_reason text,
  assessment_id uuid,
  decided_at timestamptz not null,
  updated_at timestamptz not null,
  ever_held boolean not null default false
);
create index decisions_month on decisions (clearing_month, clinic_code) where decision = 'hold';
create index decisions_clinic on decisions (clinic_code, decided_at desc, id desc);
create index decisions_recent on decisions (decided_at desc, id desc);

create table decision_events (
  id bigint generated always as identity primary key,
  decision_id uuid not null references decisions (id),
  at timestamptz not null,
  actor text not null,
  action text not null, -- decided, revised, release, confirm, auto_release, acknowledge
  before jsonb,
  after jsonb,
  note text
);
create index decision_events_decision on decision_events (decision_id, id);

create table clearing_acknowledgements (
  clearing_month text not null,
  decision_id uuid not null references decisions (id),
  acknowledged_at timestamptz not null,
  acknowledged_by text not null,
  primary key (clearing_month, decision_id)
);
