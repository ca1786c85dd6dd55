-- Accounts by two: an administrator asks, a security officer lets in. A person is his number, whatever accounts he has.

alter table users add column person_no text;
update users set person_no = username;
alter table users alter column person_no set not null;
alter table users add column state text not null default 'active' check (state in ('pending', 'active', 'rejected'));
-- 三员分立: system administrator, security officer and auditor are three people.
create unique index users_one_administrator on users (person_no)
  where role in ('admin', 'security', 'auditor') and state <> 'rejected';

create table account_requests (
  id uuid primary key,
  user_id uuid not null references users (id),
  kind text not null check (kind in ('create', 'change')),
  role text not null,
  region_code text references regions (code),
  clinic_code text references clinics (code),
  password_hash text,
  enable boolean not null default false,
  asked_by text not null,
  asked_person text not null,
  asked_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'approved', 'rejected')),
  decided_by text,
  decided_person text,
  decided_at timestamptz,
  reason text,
  check ((state = 'open') = (decided_person is null)),
  constraint account_requests_two_people check (decided_person is distinct from asked_person)
);
create unique index account_requests_one_open on account_requests (user_id) where state = 'open';

create table second_factors (
  user_id uuid primary key references users (id),
  secret_enc bytea not null,
  made_at timestamptz not null,
  confirmed_at timestamptz,
  -- RFC 6238 5.2: a code is taken once.
  last_step bigint
);
create table recovery_codes (
  user_id uuid not null references users (id),
  code_hash bytea not null,
  used_at timestamptz,
  primary key (user_id, code_hash)
);

alter table sessions add column id uuid not null default gen_random_uuid();
alter table sessions add column address text;
alter table sessions add column agent text;
create unique index sessions_id on sessions (id);
