-- Who may see what: regions (city 4, county 6, township 9, village 12 digits: a code's prefix is its parent), clinics,
-- users, sessions, machine keys.

create table regions (
  code text primary key,
  name text not null,
  level text not null check (level in ('city', 'county', 'township', 'village')),
  parent text references regions (code)
);

create table clinics (
  code text primary key, -- fixmedins_code
  name text not null,
  region_code text not null references regions (code),
  -- [{"days":[1,2,3,4,5,6,7],"from":"08:00","to":"18:00"}], local time of the installation
  open_hours jsonb not null default '[]',
  mode text not null default 'mirror' check (mode in ('mirror', 'hook')),
  face_recognition boolean not null default true,
  created_at timestamptz not null
);
create index clinics_region on clinics (region_code text_pattern_ops);

create table users (
  id uuid primary key,
  username text not null unique,
  display_name text not null,
  role text not null,
  region_code text references regions (code),
  clinic_code text references clinics (code),
  password_hash text not null,
  disabled_at timestamptz,
  created_at timestamptz not null,
  check (region_code is not null or clinic_code is not null)
);

create table sessions (
  token_hash bytea primary key,
  user_id uuid not null references users (id),
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_user on sessions (user_id);
create index sessions_expiring on sessions (expires_at);

-- Failed log-ins by blind index of the name that was typed (known or not, so that a lock tells nothing) and of the
-- address that it came from.
create table login_attempts (
  key bytea primary key,
  failed int not null,
  since timestamptz not null,
  locked_until timestamptz
);

create table api_keys (
  id uuid primary key,
  name text not null,
  key_hash bytea not null unique,
  role text not null,
  region_code text references regions (code),
  clinic_code text references clinics (code),
  camera_id text,
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  check (region_code is not null or clinic_code is not null),
  check (camera_id is null or clinic_code is not null)
);

-- Audit entries are history: nothing but their erasable part (entry and salt, taken out together) ever changes.
create function audit_entries_guard() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.entry_enc is null and new.salt is null
     and (new.id, new.at, new.actor, new.action, new.outcome, new.commitment) is not distinct from
         (old.id, old.at, old.actor, old.action, old.outcome, old.commitment)
     and (new.subject_kind, new.subject_id, new.purpose) is not distinct from
         (old.subject_kind, old.subject_id, old.purpose) then
    return new;
  end if;
  raise exception 'audit entries are append-only';
end $$;
create trigger audit_entries_append_only before update or delete on audit_entries
  for each row execute function audit_entries_guard();
