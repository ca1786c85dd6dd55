-- Faces that are searched (1:N): templates of portraits in use, packed as int8 and encrypted in shards, so that a process has
-- them in memory soon after its start. Everything here can be made again from biometric.templates.

create table biometric.gallery_shards (
  id uuid primary key,
  model_version text not null,
  dimension int not null,
  templates int not null,
  sealed bytea not null,
  created_at timestamptz not null
);
create index gallery_shards_model on biometric.gallery_shards (model_version, created_at);

create table biometric.gallery_members (
  template_id uuid not null,
  model_version text not null,
  shard_id uuid not null references biometric.gallery_shards (id) on delete cascade,
  primary key (template_id, model_version)
);
create index gallery_members_shard on biometric.gallery_members (shard_id);

create index if not exists portraits_template on portraits (template_id) where template_id is not null;
create index if not exists portraits_decided on portraits (decided_at) where state = 'accepted';
