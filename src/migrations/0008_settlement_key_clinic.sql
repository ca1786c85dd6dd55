-- The clinic of each settlement's number: what is kept by clinic and day is found again by them.
alter table settlement_key add column clinic_code text;
update settlement_key k set clinic_code = s.clinic_code from settlements s where s.id = k.settlement_id and s.at = k.at;
update settlement_key set clinic_code = '' where clinic_code is null;
alter table settlement_key alter column clinic_code set not null;
