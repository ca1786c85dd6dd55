-- What rules read of a clinic's day beside its claims: who signed in, here and elsewhere.
create index staff_sign_ins_clinic on staff_sign_ins (clinic_code, from_at);
create index staff_staff_no on staff (staff_no);

-- A township may approve that a clinic opens beyond its hours, for an emergency at night.
alter table filings drop constraint filings_what_check;
alter table filings add constraint filings_what_check check (
  what in ('outage', 'homeVisit', 'vaccinationDay', 'layout', 'emergency')
);

-- Rules that failed: few, and counted whenever rules are shown.
create index findings_errors on findings (rule_id) where outcome = 'error';
