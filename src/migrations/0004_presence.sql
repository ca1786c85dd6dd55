-- Cameras and what they saw. Times of appearances, states and watermarks are device time; the offset tells the truth.

create table cameras (
  id text primary key,
  clinic_code text not null references clinics (code),
  name text not null,
  scene_point text not null check (scene_point in ('counter', 'consulting', 'pharmacy', 'entrance')),
  -- med_type codes whose settlements need this camera; empty: all
  required_med_types text[] not null default '{}',
  source_url_enc bytea, -- with its password; never logged, never returned
  source_kind text not null check (source_kind in ('file', 'footage', 'rtsp', 'rtmp', 'http', 'push')),
  options jsonb not null default '{}',
  enabled boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index cameras_clinic on cameras (clinic_code);

create table camera_clock_offsets (
  camera_id text not null references cameras (id),
  measured_at timestamptz not null,
  offset_ms int not null, -- device - true
  uncertainty_ms int not null,
  source text not null,
  primary key (camera_id, measured_at)
);

create table device_states (
  id uuid primary key,
  camera_id text not null references cameras (id),
  state text not null check (state in ('ok', 'offline', 'dark', 'frozen', 'covered', 'moved', 'unknown')),
  from_at timestamptz not null,
  to_at timestamptz, -- null: until the camera's next state
  reason text,
  unique (camera_id, from_at)
);

create table camera_watermarks (
  camera_id text primary key references cameras (id),
  until_at timestamptz not null,
  frames_read bigint not null default 0,
  frames_dropped bigint not null default 0,
  updated_at timestamptz not null
);

create table appearances (
  id uuid not null,
  camera_id text not null,
  clinic_code text not null,
  state text not null check (state in ('open', 'closed', 'void')),
  from_at timestamptz not null,
  to_at timestamptz not null, -- last seen
  faces int not null, -- shots pooled
  quality real not null,
  template_id uuid, -- biometric.templates; null: head count only
  revision int not null default 1,
  retention_class text not null,
  received_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (id, from_at)
) partition by range (from_at);
create table appearances_default partition of appearances default;
create index appearances_clinic_time on appearances (clinic_code, from_at);
create index appearances_camera_open on appearances (camera_id) where state = 'open';

create table appearance_shots (
  id uuid primary key,
  appearance_id uuid not null,
  at timestamptz not null,
  quality real not null,
  box jsonb not null, -- pixels of the frame: {x, y, width, height, frameWidth, frameHeight}
  blob_sha256 bytea
);
create index appearance_shots_appearance on appearance_shots (appearance_id);

-- A still for each settlement and alert: when it was meant, when it was taken, and by which clock.
create table snapshots (
  id uuid primary key,
  trigger_kind text not null check (trigger_kind in ('settlement', 'alert')),
  trigger_id text not null,
  clinic_code text not null,
  camera_id text not null references cameras (id),
  planned_at timestamptz not null, -- device time
  actual_at timestamptz,
  clock_offset_ms int,
  state text not null check (state in ('pending', 'taken', 'missed')),
  reason text,
  blob_sha256 bytea,
  retention_class text not null,
  created_at timestamptz not null,
  unique (trigger_kind, trigger_id, camera_id, planned_at)
);
create index snapshots_pending on snapshots (camera_id, planned_at) where state = 'pending';

create table footage_segments (
  id uuid primary key,
  camera_id text not null references cameras (id),
  from_at timestamptz not null,
  to_at timestamptz not null,
  blob_sha256 bytea not null,
  size_bytes bigint not null,
  created_at timestamptz not null,
  unique (camera_id, from_at)
);
create index footage_segments_age on footage_segments (to_at);

-- Footage that an alert keeps out of the ring's reach.
create table footage_pins (
  id uuid primary key,
  alert_id uuid not null,
  camera_id text not null references cameras (id),
  from_at timestamptz not null,
  to_at timestamptz not null,
  created_at timestamptz not null,
  released_at timestamptz,
  unique (alert_id, camera_id, from_at, to_at)
);
create index footage_pins_camera on footage_pins (camera_id, from_at) where released_at is null;
