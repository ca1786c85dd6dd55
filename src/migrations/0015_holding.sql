-- Whether holds are placed at all: when they jump, they stop, and reviewing goes on.

create table hold_breakers (
  scope text primary key, -- '*': the whole installation; else the first six digits of a region
  state text not null check (state in ('open', 'closed')),
  opened_at timestamptz not null,
  closes_at timestamptz, -- by itself; null: closed
  wanted int not null, -- holds that were wanted within the window when it opened
  decided int not null, -- of so many decisions
  withheld int not null default 0, -- holds that became reviews since
  closed_at timestamptz,
  closed_by text, -- null: open, or closed by itself
  note text,
  updated_at timestamptz not null
);

-- One row for each decision that should have held, whether it did.
create table hold_attempts (
  decision_id uuid primary key,
  at timestamptz not null,
  clinic_code text not null,
  region text not null, -- six digits
  held boolean not null
);
create index hold_attempts_at on hold_attempts (at);

-- Answers given while the database was away are written down later.
alter table claim_degraded_answers drop constraint claim_degraded_answers_why_check;
alter table claim_degraded_answers add constraint claim_degraded_answers_why_check check (why in ('late', 'failed', 'away'));

-- What reconciliations (3201, 3202) and pulls (5203, 5204) told of how much there should be.
create table claim_statements (
  msgid text primary key,
  infno text not null,
  clinic_code text not null,
  from_at timestamptz not null,
  to_at timestamptz not null, -- behind the last moment
  insutype text,
  settlements int, -- that stand; null: told one by one
  total_fen bigint,
  fund_fen bigint,
  setl_ids text[] not null default '{}',
  mdtrt_ids text[] not null default '{}',
  received_at timestamptz not null
);
create index claim_statements_clinic on claim_statements (clinic_code, from_at);
