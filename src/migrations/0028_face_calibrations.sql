-- Calibrations of the face model on this installation's own confirmed visits: proposed by one person, approved by another.
create table face_calibrations (
  id uuid primary key,
  template_version text not null, -- of the model; another model's comparisons are not touched
  state text not null check (state in ('waiting', 'refused', 'proposed', 'in_force', 'rejected', 'superseded')),
  from_at timestamptz not null, -- visits from then on
  to_at timestamptz not null,
  numbers jsonb, -- people, visits and pairs, and what was left out and why
  refusal jsonb, -- {zh, en}
  calibration jsonb, -- as a model card has it
  proposed_by text not null,
  proposed_at timestamptz not null,
  note text,
  decided_by text,
  decided_at timestamptz,
  in_force_from timestamptz,
  in_force_until timestamptz
);
create unique index face_calibrations_in_force on face_calibrations (template_version) where state = 'in_force';
create index face_calibrations_newest on face_calibrations (proposed_at desc, id desc);

-- How a reviewer made sure that the insured person was there himself, by other means than a face; null: he said nothing of it.
alter table alert_dispositions add column insured_met text check (insured_met in ('id_card', 'called', 'in_person'));
