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
  failed_logins int not null default 0,
  locked_until timestamptz,
  disabled_at timestamptz,
  created_at timestamptz not null
);

create table sessions (
  token_hash bytea primary key,
  user_id uuid not null references users (id),
  csrf_hash bytea not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_user on sessions (user_id);

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
  revoked_at timestamptz
);
