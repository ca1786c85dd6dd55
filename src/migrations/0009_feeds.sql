-- What else arrives beside claims and cameras: the national terminal's face checks, and the catalogue of drugs.

create table terminal_auths (
  id uuid primary key,
  clinic_code text not null,
  psn_no text not null,
  auth_no text, -- authNo, which the settlement names later; null: the terminal gave none
  ok boolean not null,
  at timestamptz not null,
  created_at timestamptz not null
);
create unique index terminal_auths_no on terminal_auths (auth_no) where auth_no is not null;
create index terminal_auths_psn on terminal_auths (psn_no, at);
create index terminal_auths_clinic on terminal_auths (clinic_code, at);

create table catalogue (
  med_list_codg text primary key,
  name text,
  pack numeric check (pack > 0), -- smallest units in a pack
  daily_dose numeric check (daily_dose > 0), -- smallest units a day
  procured boolean not null default false, -- centrally (集采)
  updated_at timestamptz not null
);
