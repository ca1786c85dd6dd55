-- Foundations without a word of the domain: outbox, blobs, keys, audit, month partitions.

-- Adds the partition of one month to a table partitioned by a timestamptz range. Months are UTC.
create function ensure_month_partition(parent text, month date) returns void language plpgsql as $$
declare
  first date := date_trunc('month', month);
  part text := parent || '_' || to_char(first, 'YYYYMM');
begin
  if to_regclass(part) is null then
    execute format('create table %I partition of %I for values from (%L) to (%L)',
      part, parent, first::text || ' 00:00:00+00', (first + interval '1 month')::date::text || ' 00:00:00+00');
  end if;
exception
  -- Rows of that month already lie in the default partition (a lying clock brought them): they stay there.
  when check_violation or duplicate_table then null;
end $$;

create table outbox (
  id bigint generated always as identity primary key,
  topic text not null,
  -- Equal keys of one topic that wait together are one job; null never joins.
  dedupe_key text,
  payload jsonb not null,
  created_at timestamptz not null,
  available_at timestamptz not null,
  published_at timestamptz,
  published_count int not null default 0,
  done_at timestamptz,
  failed_count int not null default 0,
  last_error text
);
create unique index outbox_waiting_key on outbox (topic, dedupe_key) where published_at is null and dedupe_key is not null;
create index outbox_to_publish on outbox (available_at) where published_at is null;
create index outbox_in_flight on outbox (published_at) where published_at is not null and done_at is null;
create index outbox_done on outbox (done_at) where done_at is not null;

-- Data keys, wrapped by the master key that never enters the database.
create table data_keys (
  id int generated always as identity primary key,
  purpose text not null,
  wrapped bytea not null,
  created_at timestamptz not null,
  retired_at timestamptz
);

-- Encrypted files, addressed by the SHA-256 of their plain content.
create table blobs (
  sha256 bytea primary key,
  size_bytes bigint not null,
  media_type text not null,
  retention_class text not null,
  created_at timestamptz not null,
  expires_at timestamptz
);
create index blobs_expiring on blobs (expires_at) where expires_at is not null;

-- Append-only. `commitment` = SHA-256(salt, entry): the entry and its salt may be erased by law, the commitment stays
-- and with it every seal made over it.
create table audit_entries (
  id bigint generated always as identity,
  at timestamptz not null,
  actor text not null,
  action text not null,
  subject_kind text,
  subject_id text,
  purpose text,
  outcome text not null,
  entry_enc bytea,
  salt bytea,
  commitment bytea not null,
  primary key (id, at)
) partition by range (at);
create table audit_entries_default partition of audit_entries default;
create index audit_entries_subject on audit_entries (subject_kind, subject_id, at);
create rule audit_entries_append_only as on delete to audit_entries do instead nothing;
