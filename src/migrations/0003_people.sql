-- Enrollees, staff, proxies and their portraits. Names and ID numbers are encrypted from the first row; an ID number is
-- found by its blind index. Templates live in their own schema, under opaque ids and another key.

create table persons (
  psn_no text primary key,
  name_enc bytea,
  certno_enc bytea,
  certno_blind bytea,
  cert_type text not null default '01', -- psn_cert_type; 01: resident ID card
  sex text check (sex in ('male', 'female', 'unknown')),
  birth date,
  household text,
  region_code text,
  retention_class text not null default 'identity',
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index persons_certno on persons (certno_blind);
create index persons_region on persons (region_code text_pattern_ops, psn_no);
create index persons_household on persons (household) where household is not null;

create table person_status (
  id uuid primary key,
  psn_no text not null,
  what text not null check (what in ('dead', 'inpatient', 'suspended', 'away')),
  from_at timestamptz not null,
  to_at timestamptz,
  -- For an inpatient: where; settlements at that institution are his own.
  institution text,
  source text not null,
  created_at timestamptz not null,
  unique (psn_no, what, from_at)
);
create index person_status_psn on person_status (psn_no);

create table staff (
  id uuid primary key,
  clinic_code text not null references clinics (code),
  staff_no text not null, -- the national code or the HIS operator number
  psn_no text, -- where the doctor is insured himself: his own visit is no swipe
  name_enc bytea,
  active_from timestamptz not null,
  active_to timestamptz,
  created_at timestamptz not null,
  unique (clinic_code, staff_no)
);

create table staff_sign_ins (
  id uuid primary key,
  staff_id uuid not null references staff (id),
  clinic_code text not null,
  from_at timestamptz not null,
  to_at timestamptz,
  unique (staff_id, from_at)
);

create table proxies (
  id uuid primary key,
  psn_no text not null,
  proxy_psn_no text not null,
  relation text not null,
  from_at timestamptz not null,
  to_at timestamptz,
  registered_by text not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);
create index proxies_psn on proxies (psn_no);
create index proxies_proxy on proxies (proxy_psn_no);

-- What a clinic filed beforehand: home visit, vaccination day, outage, layout.
create table filings (
  id uuid primary key,
  clinic_code text not null references clinics (code),
  psn_no text,
  what text not null check (what in ('outage', 'homeVisit', 'vaccinationDay', 'layout')),
  from_at timestamptz not null,
  to_at timestamptz,
  created_at timestamptz not null
);
create index filings_clinic on filings (clinic_code, from_at);

create schema biometric;
create table biometric.templates (
  id uuid primary key,
  template_enc bytea not null, -- float32 little-endian, unit length
  dimension int not null,
  model_version text not null, -- model card id and pipeline version: templates of two never mix
  quality real not null,
  retention_class text not null,
  created_at timestamptz not null
);

create table portraits (
  id uuid primary key,
  subject_kind text not null check (subject_kind in ('enrollee', 'staff')),
  subject_ref text not null, -- psn_no, or the id of the staff row
  state text not null check (state in ('pending', 'accepted', 'quarantined', 'superseded', 'failed')),
  reasons jsonb not null default '[]', -- [{code, zh, en}]: why it was quarantined
  taken_on date,
  quality real,
  blob_sha256 bytea,
  template_id uuid,
  created_at timestamptz not null,
  decided_at timestamptz,
  unique (subject_kind, subject_ref, blob_sha256)
);
create index portraits_subject on portraits (subject_kind, subject_ref) where state = 'accepted';

-- Bulk imports: progress, resumption, and each refused row with its reason.
create table imports (
  id uuid primary key,
  kind text not null,
  state text not null check (state in ('waiting', 'running', 'done', 'failed')),
  file_name text not null,
  blob_sha256 bytea not null,
  portraits_blob_sha256 bytea,
  total_rows int,
  done_rows int not null default 0,
  accepted_rows int not null default 0,
  refused_rows int not null default 0,
  error text,
  requested_by text not null,
  scope_region text,
  scope_clinic text,
  created_at timestamptz not null,
  finished_at timestamptz
);
create table import_refusals (
  import_id uuid not null references imports (id),
  row_no int not null,
  file text, -- the picture in the zip that it is about; null: a row of the CSV
  reason text not null,
  detail text,
  unique nulls not distinct (import_id, row_no, file, reason)
);
