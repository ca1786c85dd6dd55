-- Alerts and how they leave the house.

create table alerts (
  id uuid primary key,
  incident_key text not null unique,
  phase text not null check (phase in ('pre', 'in', 'post')), -- of the finding that leads
  phases text[] not null, -- of every finding that hit
  class text not null check (class in ('fraud', 'evidence', 'device', 'data')),
  severity text not null check (severity in ('high', 'medium', 'low')),
  subject_kind text not null check (subject_kind in ('settlement', 'person', 'staff', 'clinic', 'camera')),
  clinic_code text not null,
  region_code text not null,
  psn_no text,
  camera_id text,
  setl_ids text[] not null default '{}',
  fund_fen bigint not null default 0,
  title_zh text not null,
  title_en text not null,
  rules text[] not null, -- id@version of every rule that hit
  findings jsonb not null, -- the newest ones, undetermined included; of a withdrawn alert, the last ones
  -- Rules that had hit when a person dismissed it: only another one brings it back.
  dismissed_rules text[] not null default '{}',
  state text not null check (state in ('open', 'acknowledged', 'dismissed', 'withdrawn')),
  state_reason text,
  occurred_at timestamptz not null,
  raised_at timestamptz not null,
  updated_at timestamptz not null,
  withdrawn_at timestamptz, -- since when no finding hits any more
  version int not null default 1
);
create index alerts_region on alerts (region_code text_pattern_ops, raised_at desc, id desc);
create index alerts_clinic on alerts (clinic_code, raised_at desc, id desc);
create index alerts_newest on alerts (raised_at desc, id desc);
create index alerts_setl_ids on alerts using gin (setl_ids);

-- History, and the order in which consoles hear of it: `seq` is given under a lock, so it is the order of commit.
create table alert_events (
  seq bigint primary key,
  alert_id uuid not null references alerts (id),
  at timestamptz not null,
  actor text not null,
  action text not null, -- raised, revised, withdrawn, returned, acknowledged, dismissed, reopened
  reason text,
  detail jsonb
);
create index alert_events_alert on alert_events (alert_id, seq);

create table webhooks (
  id uuid primary key,
  url text not null,
  secret_enc bytea not null,
  topics text[] not null,
  phases text[] not null default '{pre}', -- of the alerts that alert.raised tells of
  region_code text references regions (code),
  clinic_code text references clinics (code),
  enabled boolean not null default true,
  created_by text not null,
  created_at timestamptz not null
);
create table webhook_deliveries (
  id uuid primary key,
  webhook_id uuid not null references webhooks (id),
  topic text not null,
  subject_id text not null,
  payload jsonb not null,
  state text not null check (state in ('waiting', 'delivered', 'failed')),
  attempts int not null default 0,
  last_status int,
  last_error text,
  created_at timestamptz not null,
  delivered_at timestamptz,
  unique (webhook_id, topic, subject_id)
);
create index webhook_deliveries_log on webhook_deliveries (webhook_id, created_at desc, id desc);
