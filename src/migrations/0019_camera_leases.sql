-- Which worker reads which camera. Operational facts on the database's own clock, which all workers share: no domain time.

create table camera_workers (
  id uuid primary key,
  seen_at timestamptz not null
);

-- One row per camera that was ever read. The token counts takeovers: who holds an older one writes nothing any more.
create table camera_leases (
  camera_id text primary key references cameras (id) on delete cascade,
  owner uuid, -- null: let go, anybody may take it
  token bigint not null default 1,
  until_at timestamptz not null
);
create index camera_leases_owner on camera_leases (owner);

-- How a live camera's stream is read, as last found: its keyframes, or (where they are too rare) every frame.
create table camera_readings (
  camera_id text primary key references cameras (id) on delete cascade,
  reading text not null check (reading in ('keyframes', 'every_frame')),
  gop_ms int, -- median length of its groups of pictures; null: longer than was waited for
  noted_at timestamptz not null
);
