-- The alarm budget: what stands between a finding and a reviewer's screen.

-- Alerts that were raised before count as shown: they stood on screens.
alter table alerts
  add column queue_state text not null default 'shown' check (queue_state in ('shown', 'waiting')),
  add column queued_at timestamptz, -- since when it waits, or had waited when it was shown
  add column shown_at timestamptz,
  add column p_right real, -- probability that it is right; class fraud only
  add column expected_fen bigint, -- expected confirmed loss
  add column review_minutes real;
update alerts set queued_at = raised_at, shown_at = raised_at;
alter table alerts alter column queue_state drop default, alter column queued_at set not null;
alter table alerts add check ((queue_state = 'shown') = (shown_at is not null));
create index alerts_shown_newest on alerts (raised_at desc, id desc) where queue_state = 'shown';
create index alerts_shown_at on alerts (shown_at);

-- Whether the alert stood on reviewers' screens with this event: only such are streamed.
alter table alert_events add column shown boolean not null default true;
alter table alert_events alter column shown drop default;
create index alert_events_shown on alert_events (seq) where shown;

-- What waits, narrow: one row for each alert that stands and is not shown.
create table alert_queue (
  alert_id uuid primary key,
  incident_key text not null,
  class text not null,
  severity text not null,
  clinic_code text not null,
  region_code text not null,
  psn_no text,
  rules text[] not null, -- keys under which the rules' precision is counted
  p_right real,
  expected_fen bigint,
  minutes real,
  raised_at timestamptz not null, -- since when it waits
  ready_at timestamptz not null,
  urgent boolean not null,
  reason text not null check (reason in ('under_precision', 'settling', 'over_budget', 'fairness_bound'))
);
create index alert_queue_candidates on alert_queue (class) where reason <> 'under_precision';
create index alert_queue_region on alert_queue (region_code text_pattern_ops);

-- How many were shown on a local day. region_code '': the whole installation.
create table alert_budget_days (
  day date not null,
  class text not null,
  region_code text not null,
  shown int not null,
  primary key (day, class, region_code)
);

-- What reviewers found, by rule (or one reason of a rule), each worth half as much after a half-life; as of a moment.
create table rule_records (
  rule_key text primary key,
  confirmed double precision not null,
  excluded double precision not null,
  claimed double precision not null, -- sum of the probabilities that were claimed
  as_of timestamptz not null
);
