-- What all clinics together show of honest visits (src/reconcile/clinic-score/population.ts), and whether kin came.

alter table score_entries
  add column kin_llr real; -- of who came to the counter: how like another member of the household, log10; null: nobody compared with one

-- A clinic's settlements of some weeks, counted when it was scored.
create table sight_counts (
  clinic_code text primary key,
  through date not null, -- local day of the count
  body text not null -- compact JSON: SightCounts of population.ts
);
