-- One face model takes another's place: both describe a face until every portrait was made again.

-- The same face by another model than the row that it names; null: a face's first template.
alter table biometric.templates add column of_id uuid;
create unique index templates_beside on biometric.templates (of_id, model_version) where of_id is not null;

create table re_enrolments (
  id uuid primary key,
  to_version text not null, -- the model's template version
  state text not null check (state in ('running', 'done', 'retired', 'superseded')),
  requested_by text not null,
  per_minute int not null, -- so many pictures at most
  worked_until timestamptz, -- a process is at it until then, unless it says more
  started_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz, -- every portrait was looked at
  retired_at timestamptz, -- the older models' templates of portraits are gone
  retired_by text
);
create unique index re_enrolments_one on re_enrolments (state) where state = 'running';

-- What could not be made again, and why.
create table re_enrolment_failures (
  run_id uuid not null references re_enrolments (id),
  kind text not null check (kind in ('portrait', 'appearance')),
  subject_id uuid not null,
  reasons jsonb not null, -- [{code, zh, en}]
  at timestamptz not null,
  primary key (run_id, kind, subject_id)
);
