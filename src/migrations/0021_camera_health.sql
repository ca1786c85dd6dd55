-- What cameras' pictures, packets and clocks say about the cameras themselves.

alter table device_states drop constraint device_states_state_check;
alter table device_states add constraint device_states_state_check check (state in
  ('ok', 'offline', 'dark', 'frozen', 'covered', 'moved', 'defocused', 'low_bit_rate', 'gaps', 'unknown'));

-- A clock that fell back to 1970 is off by more milliseconds than an int holds.
alter table camera_clock_offsets alter column offset_ms type bigint;
alter table snapshots alter column clock_offset_ms type bigint;

-- The usual view of a camera, learned from its live pictures: grey, 160 cells wide, medians over half a minute, so that neither
-- faces nor people who walk through are in it. What a moved, covered or blurred camera is told by.
create table camera_views (
  camera_id text not null references cameras (id),
  mono boolean not null, -- by infrared light
  origin text not null check (origin in ('reference', 'learned')),
  cols int not null,
  rows int not null,
  width int not null, -- of the pictures it was made from
  height int not null,
  luma bytea not null,
  sharpness real,
  learned_at timestamptz not null,
  primary key (camera_id, mono, origin)
);

-- The clock of a camera over time, as it told it itself. Live pictures are stamped with our clock: these readings correct nothing,
-- they explain the time that stands in the picture (camera_clock_offsets correct times that devices told).
create table camera_clock_readings (
  camera_id text not null references cameras (id),
  measured_at timestamptz not null, -- true time
  offset_ms bigint not null, -- device - true
  uncertainty_ms int not null,
  source text not null, -- onvif, rtsp, rtcp, http
  primary key (camera_id, measured_at)
);
