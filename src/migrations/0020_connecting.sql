-- Connecting cameras: how each came to us, what it looks like, and what smart cameras push by themselves.

-- A still of the camera as it was set up, faces hidden in it: what a moved camera is told by.
create table camera_references (
  camera_id text primary key references cameras (id),
  blob_sha256 bytea not null,
  width int not null,
  height int not null,
  taken_at timestamptz not null,
  taken_by text not null
);

-- The scene points that settlements of a type need at a clinic; no row: the cameras' own required_med_types say it.
create table required_scene_points (
  clinic_code text not null references clinics (code),
  med_type text not null, -- '*': every type
  scene_point text not null check (scene_point in ('counter', 'consulting', 'pharmacy', 'entrance')),
  primary key (clinic_code, med_type, scene_point)
);

-- Why something was filed, and by whom.
alter table filings add column reason text;
alter table filings add column filed_by text;

-- Devices that push captures to us, each with a secret of its own.
create table capture_devices (
  device_id text primary key, -- GA/T 1400: 20 digits; ISAPI: the name in its address
  camera_id text not null references cameras (id),
  protocol text not null check (protocol in ('gat1400', 'isapi')),
  secret_enc bytea not null, -- write-only
  enabled boolean not null default true,
  registered_at timestamptz,
  session_address text, -- from where it logged in; it is believed from there while its heartbeats come
  heard_at timestamptz, -- anything at all
  beat_at timestamptz, -- its newest heartbeat
  contact_since timestamptz, -- since when heartbeats have come without a break
  captured_at timestamptz, -- when its newest capture came that showed a face
  late_at timestamptz, -- when a capture last came that was older than it should be: it is still emptying its store
  told_away boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index capture_devices_camera on capture_devices (camera_id);

-- One row for each picture that a device pushed: idempotent by its own id. What became of it is said here, also why not.
create table captures (
  id uuid primary key, -- of device and its own capture id
  device_id text not null,
  camera_id text not null references cameras (id),
  capture_id text not null,
  device_at timestamptz, -- as the device told it; null: it told none that could be read
  received_at timestamptz not null,
  state text not null check (state in ('waiting', 'accepted', 'quarantined')),
  reason text,
  box jsonb, -- where in the picture the device saw the face, in its pixels
  blob_sha256 bytea, -- until it is looked at, or as long as quarantine lasts
  appearance_id uuid,
  decided_at timestamptz
);
create index captures_camera on captures (camera_id, received_at);
create index captures_waiting on captures (camera_id) where state = 'waiting';

-- Gateways that speak GB/T 28181 for us (ZLMediaKit, WVP), and what they said of their channels.
create table gateways (
  id text primary key,
  kind text not null check (kind in ('wvp', 'zlm')),
  name text not null,
  region_code text not null,
  url text not null, -- of its REST API, without log-in
  secret_enc bytea not null, -- of its REST API
  hook_secret_enc bytea not null, -- what its web hooks must show
  stream_template text not null,
  heard_at timestamptz, -- its newest web hook
  asked_at timestamptz, -- when it was last asked for its channels
  trouble text, -- why it could not be asked; null: it could
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create table gateway_channels (
  gateway_id text not null references gateways (id),
  device_id text not null,
  channel_id text not null,
  camera_id text references cameras (id),
  name text not null,
  online boolean,
  told_at timestamptz not null,
  primary key (gateway_id, device_id, channel_id)
);
create unique index gateway_channels_camera on gateway_channels (camera_id) where camera_id is not null;
