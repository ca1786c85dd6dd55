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
