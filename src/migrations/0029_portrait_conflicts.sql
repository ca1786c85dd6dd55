-- The same face under two people, or two faces under one: open until a person says what it is. Nothing rests on the portraits
-- of one that `disputes`: an open one, and one of which nobody could tell.

create table portrait_conflicts (
  id uuid primary key,
  kind text not null check (kind in ('same_face_two_people', 'two_faces_one_person')),
  -- The portrait whose acceptance showed it, and the one that it was compared with.
  portrait_id uuid not null references portraits (id),
  subject_kind text not null,
  subject_ref text not null,
  region_code text not null,
  other_portrait_id uuid not null references portraits (id),
  other_kind text not null,
  other_ref text not null,
  other_region_code text not null,
  score real not null, -- cosine
  threshold real not null, -- of the gallery's size; of two faces under one: the mismatch cut
  llr real not null, -- log10, capped
  gallery_size int not null, -- people compared; 1: the person's own older portrait
  model_version text not null,
  calibration_id text not null,
  state text not null check (state in ('open', 'closed')),
  disputes boolean not null,
  resolution text check (resolution in ('same_person', 'twins_or_kin', 'wrong_photograph', 'cannot_tell', 'replaced')),
  wrong_portrait_id uuid references portraits (id),
  reason text,
  resolved_by text,
  resolved_at timestamptz,
  -- What the resolution changed of portraits, to take it back: [{id, state}] as it was before.
  before jsonb,
  created_at timestamptz not null,
  check ((state = 'closed') = (resolution is not null)),
  unique (portrait_id, other_portrait_id)
);
create index portrait_conflicts_state on portrait_conflicts (state, id);
create index portrait_conflicts_disputed on portrait_conflicts (portrait_id) where disputes;
create index portrait_conflicts_disputed_other on portrait_conflicts (other_portrait_id) where disputes;
create index portrait_conflicts_subject on portrait_conflicts (subject_kind, subject_ref);
create index portrait_conflicts_other on portrait_conflicts (other_kind, other_ref);
