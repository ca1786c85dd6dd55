-- From an alert to a determination: states by DOMAIN 5.2, limits, two people, and what each step may be taken back to.

alter table alerts drop constraint alerts_state_check;
-- Who had confirmed an alert was one person: of an adverse determination that is the first of two voices.
update alerts set state = case state
  when 'open' then 'new' when 'acknowledged' then 'first_review' when 'dismissed' then 'excluded'
  when 'confirmed' then 'proposed' else state end;
alter table alerts add constraint alerts_state_check check (state in ('new', 'first_review', 'excluded', 'asked', 'explained',
  'overdue', 'second_review', 'verification', 'final_review', 'proposed', 'determined', 'handling', 'archived', 'withdrawn'));
-- When the state that it is in should be over; null: no limit, or not reckoned yet.
alter table alerts add column due_at timestamptz;
create index alerts_due on alerts (due_at) where due_at is not null;
create index alerts_state_newest on alerts (state, raised_at desc, id desc) where queue_state = 'shown';

alter table alert_events
  add column from_state text,
  add column to_state text,
  add column before jsonb, -- of a person's step: what stood before it, for taking it back
  add column undoes bigint references alert_events (seq);
create unique index alert_events_undone on alert_events (undoes) where undoes is not null;

-- What a review knows beside the alert. A person is known by his number at the bureau: two accounts of one are one.
create table alert_flow (
  alert_id uuid primary key references alerts (id),
  entered_at timestamptz not null, -- the state that it is in
  first_by text, first_person text,
  second_by text, second_person text,
  asked_at timestamptz, question text,
  task jsonb, -- {way, text} of a verification
  verification jsonb, -- {result, officers}
  proposal jsonb, -- {determination, grounds, amountFen, by, person}
  determination text check (determination in ('violation', 'suspected_fraud', 'no_violation', 'data_quality')),
  determined_at timestamptz,
  grounds text,
  amount_fen bigint,
  appealed_at timestamptz,
  assignee text,
  locked_by text, locked_until timestamptz,
  snoozed_until timestamptz, snooze_note text,
  escalated_at timestamptz
);
create index alert_flow_assignee on alert_flow (assignee) where assignee is not null;
insert into alert_flow (alert_id, entered_at, proposal)
  select a.id, a.updated_at, jsonb_build_object('determination', 'violation', 'grounds', '', 'amountFen', a.fund_fen, 'by', d.actor,
    'person', split_part(d.actor, ':', 2))
  from alerts a join alert_dispositions d on d.alert_id = a.id and d.undone_at is null and d.confirmed
  where a.state = 'proposed';
insert into alert_flow (alert_id, entered_at, first_by, first_person)
  select distinct on (a.id) a.id, e.at, e.actor, split_part(e.actor, ':', 2)
  from alerts a join alert_events e on e.alert_id = a.id and e.action in ('acknowledged', 'dismissed')
  where a.state in ('first_review', 'excluded') order by a.id, e.seq desc
  on conflict do nothing;

-- What a clinic says, and what it shows for it.
create table alert_attachments (
  id uuid primary key,
  alert_id uuid not null references alerts (id),
  name text not null,
  media_type text not null,
  size_bytes int not null,
  blob_sha256 bytea not null,
  uploaded_by text not null,
  uploaded_at timestamptz not null
);
create index alert_attachments_alert on alert_attachments (alert_id);
create table alert_explanations (
  id uuid primary key,
  alert_id uuid not null references alerts (id),
  kind text not null check (kind in ('explanation', 'appeal')),
  at timestamptz not null,
  actor text not null,
  body text not null,
  late boolean not null, -- after its limit
  attachment_ids uuid[] not null,
  undone_at timestamptz
);
create index alert_explanations_alert on alert_explanations (alert_id, at);

-- What was ordered, of an alert or a case, and what came back of it.
create table handling_measures (
  id uuid primary key,
  alert_id uuid references alerts (id),
  case_id uuid,
  kind text not null,
  amount_fen bigint not null check (amount_fen >= 0),
  recovered_fen bigint not null default 0 check (recovered_fen >= 0),
  due_on date,
  note text,
  created_by text not null,
  created_at timestamptz not null,
  undone_at timestamptz,
  check (alert_id is not null or case_id is not null)
);
create index handling_measures_alert on handling_measures (alert_id);
create index handling_measures_case on handling_measures (case_id);
create table handling_recoveries (
  id uuid primary key,
  measure_id uuid not null references handling_measures (id),
  amount_fen bigint not null check (amount_fen > 0),
  recovered_on date not null,
  receipt text,
  actor text not null,
  at timestamptz not null,
  undone_at timestamptz
);
create index handling_recoveries_measure on handling_recoveries (measure_id);

-- A share of what was excluded, looked at again by somebody who does not know how it went.
create table second_looks (
  id uuid primary key,
  alert_id uuid not null references alerts (id),
  excluded_seq bigint not null unique,
  excluded_person text not null,
  drawn_at timestamptz not null,
  state text not null check (state in ('open', 'done', 'void')),
  outcome text check (outcome in ('none', 'suspicion')),
  note text,
  actor text,
  done_at timestamptz
);
create index second_looks_open on second_looks (drawn_at, id) where state = 'open';
