-- What each settlement tells about its clinic (src/reconcile/clinic-score/): whether the cameras saw that somebody came.

create table score_entries (
  settlement_id uuid primary key,
  clinic_code text not null,
  at timestamptz not null, -- of the settlement, true time
  -- Bulk work keeps an entry at hand until then (src/reconcile/clinic-score/tables.ts).
  leaves_on date not null,
  setl_id text,
  med_type text,
  fund_fen bigint not null,
  sight text not null check (sight in ('present', 'counter', 'elsewhere', 'absent', 'explained', 'blind', 'void')),
  confirmed boolean not null, -- by the national terminal's face check
  best_llr real, -- of who may have come for it: how like the insured person, log10; null: somebody could not be compared
  looking text not null -- cameras that covered the window, and what they saw: entry.ts
);
create index score_entries_clinic on score_entries (clinic_code, at);

alter table assessments drop constraint if exists assessments_subject_kind_check;
alter table assessments add constraint assessments_subject_kind_check check (
  subject_kind in ('visit', 'settlement', 'clinic_day', 'camera', 'clinic_score', 'clinic_period', 'person_period', 'camera_clock')
);
