-- Whose card each settlement was made with (src/reconcile/clinic-score/cards.ts): a card whose owner is again and again not the
-- one who comes, at several clinics.

alter table score_entries
  add column psn_no text; -- null: not known, or written down before

-- The same as `mayBeStrange` of src/reconcile/clinic-score/tables.ts.
create index score_entries_card on score_entries (psn_no, at)
  where not confirmed and sight in ('absent', 'elsewhere', 'counter');

alter table assessments drop constraint if exists assessments_subject_kind_check;
alter table assessments add constraint assessments_subject_kind_check check (
  subject_kind in (
    'visit', 'settlement', 'clinic_day', 'camera', 'clinic_score', 'enrollee_score', 'clinic_period', 'person_period', 'camera_clock'
  )
);
