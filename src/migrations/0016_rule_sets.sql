-- Rule sets are drafted and published by one person and approved by another. Their text stands in rule_sets, for ever.

-- What config/rules said, each time that it said something new: a change becomes a draft.
create table rule_set_files (
  seq bigint generated always as identity primary key,
  version text not null unique references rule_sets (version),
  seen_at timestamptz not null
);

create table rule_set_proposals (
  id uuid primary key,
  name text not null,
  reason text not null,
  state text not null check (state in ('draft', 'proposed', 'live', 'superseded', 'rejected', 'withdrawn')),
  source text not null check (source in ('api', 'files', 'command')),
  version text not null references rule_sets (version),
  base_version text references rule_sets (version), -- in force when it was drafted; null: the first
  authors text[] not null, -- everyone who wrote in it or published it: none of them approves it
  proposed_by text,
  proposed_at timestamptz,
  decided_by text,
  decided_at timestamptz,
  live_from timestamptz,
  live_until timestamptz,
  reassess_from timestamptz, -- subjects from here on are assessed again under it; null: only what is open
  revision int not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index rule_set_proposals_live on rule_set_proposals (state) where state = 'live';
create index rule_set_proposals_newest on rule_set_proposals (created_at desc, id desc);

create table rule_set_events (
  id bigint generated always as identity primary key,
  proposal_id uuid not null references rule_set_proposals (id),
  at timestamptz not null,
  actor text not null,
  action text not null, -- drafted, revised, proposed, approved, rejected, withdrawn, superseded
  note text,
  detail jsonb
);
create index rule_set_events_proposal on rule_set_events (proposal_id, id);

-- What is open is assessed again under a set that went into force.
create table rule_set_rollouts (
  proposal_id uuid primary key references rule_set_proposals (id),
  version text not null references rule_sets (version),
  reassess_from timestamptz,
  state text not null check (state in ('running', 'done', 'superseded')),
  cursor jsonb not null,
  total int not null,
  seen int not null default 0,
  reassessed int not null default 0,
  failed int not null default 0,
  last_error text,
  started_at timestamptz not null,
  updated_at timestamptz not null
);
create index rule_set_rollouts_running on rule_set_rollouts (started_at) where state = 'running';

-- A candidate beside the live set: over the past (backtest), or over what is assessed from now on (shadow).
create table candidate_runs (
  id uuid primary key,
  kind text not null check (kind in ('backtest', 'shadow')),
  proposal_id uuid references rule_set_proposals (id),
  name text not null,
  version text not null references rule_sets (version),
  base_version text not null references rule_sets (version),
  from_at timestamptz, -- of a backtest: subjects whose moment lies in [from_at, to_at)
  to_at timestamptz,
  state text not null check (state in ('running', 'done', 'stopped')),
  stop_reason text,
  cursor jsonb not null,
  total int,
  subjects int not null default 0,
  replayed int not null default 0,
  not_replayable jsonb not null default '{}', -- reason: count
  outcomes jsonb not null default '{}', -- rule: {outcome: count}
  evaluating_ms double precision not null default 0,
  slowest_ms double precision not null default 0,
  failures int not null default 0, -- in a row
  last_error text,
  result jsonb,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index candidate_runs_running on candidate_runs (created_at) where state = 'running';
create unique index candidate_runs_shadow on candidate_runs (proposal_id) where kind = 'shadow' and state = 'running';

-- Where the live set or the candidate hits. Never a finding, an alert or a decision.
create table candidate_outcomes (
  run_id uuid not null references candidate_runs (id) on delete cascade,
  subject text not null, -- <subject kind>/<subject id>
  rule_id text not null,
  part text not null, -- '': the rule finds one
  incident_key text not null,
  clinic_code text not null,
  at timestamptz not null, -- the subject's moment
  held text not null, -- outcome of the finding that stood; 'none'
  would text not null, -- outcome under the candidate; 'none'
  reason text,
  zh text,
  en text,
  primary key (run_id, subject, rule_id, part)
);
create index candidate_outcomes_incident on candidate_outcomes (run_id, incident_key);
