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
create index alert_queue_rules on alert_queue using gin (rules);
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

-- What a person found of a suspicion. One stands for each alert; what was taken back stays as history.
alter table alerts drop constraint alerts_state_check;
alter table alerts add constraint alerts_state_check
  check (state in ('open', 'acknowledged', 'confirmed', 'dismissed', 'withdrawn'));

create table alert_dispositions (
  id uuid primary key,
  alert_id uuid not null references alerts (id),
  at timestamptz not null,
  actor text not null,
  confirmed boolean not null, -- 属实 · 不属实
  reason text, -- of one that is none (DOMAIN.md 2.5)
  sampled boolean not null, -- found by a neutral check of what was not shown
  rules jsonb not null, -- [{key, claimed}]: which estimates it moved
  clinic_code text not null,
  region_code text not null,
  psn_no text,
  fund_fen bigint not null,
  shown_at timestamptz,
  undone_at timestamptz
);
create unique index alert_dispositions_standing on alert_dispositions (alert_id) where undone_at is null;
create index alert_dispositions_at on alert_dispositions (at);

-- 抽查: alerts that were not shown, put before reviewers as checks that accuse nobody.
alter table alert_queue add column drawn boolean not null default false; -- it has been among those that a day's sample was drawn from
alter table alert_queue alter column drawn drop default;
create index alert_queue_undrawn on alert_queue (ready_at) where class = 'fraud' and not drawn;

create table sample_checks (
  id uuid primary key, -- derived from the alert and since when it waits
  alert_id uuid not null,
  day date not null,
  rule_key text not null, -- by which its day's sample was drawn
  clinic_code text not null,
  region_code text not null,
  state text not null check (state in ('open', 'done')),
  outcome text check (outcome in ('fine', 'wrong', 'cannot_tell')),
  actor text,
  note text,
  created_at timestamptz not null,
  done_at timestamptz
);
create index sample_checks_open on sample_checks (created_at desc, id desc);
create index sample_checks_alert on sample_checks (alert_id);

-- How many of each rule were not shown on a day, and how many of them the sample took.
create table sample_days (
  day date not null,
  rule_key text not null,
  waited int not null,
  sampled int not null,
  primary key (day, rule_key)
);

-- Daily counts by group of people and clinic, so that no request reads everything. dimension `all`: everybody.
create table fairness_days (
  day date not null,
  dimension text not null check (dimension in ('all', 'age', 'sex', 'portrait_age', 'clinic')),
  grp text not null,
  settlements int not null,
  judged int not null, -- of them with a verdict
  cannot_tell int not null,
  shown int not null, -- suspicions shown on that day
  confirmed int not null, -- of them
  excluded int not null,
  computed_at timestamptz not null,
  primary key (day, dimension, grp)
);
create index fairness_days_group on fairness_days (dimension, grp, day);

-- Groups whose false alerts are out of bounds: their alerts wait, until it falls again or a person lifts it.
create table fairness_bounds (
  dimension text not null,
  grp text not null,
  broken_at timestamptz not null,
  shown int not null,
  excluded int not null,
  low double precision not null, -- lower confidence bound of the group's rate
  allowed double precision not null,
  lifted_at timestamptz,
  lifted_by text,
  note text,
  primary key (dimension, grp)
);
