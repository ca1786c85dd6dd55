-- What the cockpit and the reports read: counts by local day and clinic, made anew for every day that something touched (ADR 23).

-- A clinic's day that is to be counted again. Only ever appended to, in the transaction that touched it: whoever counts takes out
-- the marks that he sees and then counts what he sees, so that what commits later has a mark of its own.
create table report_marks (
  id bigint generated always as identity primary key,
  what text not null, -- settlements, alerts, outcomes
  clinic_code text not null,
  at timestamptz, -- a moment of the day
  day date -- or the day
);

create table settlement_days (
  day date not null, -- of the settlement, local
  clinic_code text not null,
  settlements int not null, -- net of reversals
  fund_fen bigint not null,
  seen int not null, -- of them with enough of their window covered by cameras
  blind int not null, -- with too little; of the rest nothing is known
  primary key (clinic_code, day)
);
create index settlement_days_day on settlement_days (day);

-- Alerts by the day on which they came before reviewers.
create table alert_days (
  day date not null,
  clinic_code text not null,
  class text not null,
  phase text not null,
  state text not null,
  n int not null,
  fund_fen bigint not null,
  primary key (clinic_code, day, class, phase, state)
);
create index alert_days_day on alert_days (day);

create table outcome_days (
  day date not null, -- of the word, the determination, the order, the money
  clinic_code text not null,
  confirmed int not null,
  excluded int not null,
  found_fen bigint not null, -- determined to be violation or fraud
  ordered_fen bigint not null,
  recovered_fen bigint not null,
  primary key (clinic_code, day)
);
create index outcome_days_day on outcome_days (day);

create table report_state (
  one boolean primary key default true check (one),
  reckoned_at timestamptz not null, -- when no mark was left
  min_coverage double precision not null -- by which `seen` was counted
);

-- Zones and changes of the clock begin at a quarter of an hour: the marks of many rows are few.
create function report_quarter(at timestamptz) returns timestamptz language sql immutable
  return date_bin('15 minutes', at, '2000-01-01 00:00:00+00');

create function report_mark_settlements() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into report_marks (what, clinic_code, at)
    select distinct 'settlements', clinic_code, report_quarter(at) from fresh;
  else
    insert into report_marks (what, clinic_code, at)
    select distinct 'settlements', s.clinic_code, report_quarter(s.at) from (
      (select id, at, clinic_code, fund_fen, reversed_at is null from fresh
       except select id, at, clinic_code, fund_fen, reversed_at is null from stale)
      union
      (select id, at, clinic_code, fund_fen, reversed_at is null from stale
       except select id, at, clinic_code, fund_fen, reversed_at is null from fresh)) s;
  end if;
  return null;
end $$;
create trigger settlements_reported after insert on settlements
  referencing new table as fresh for each statement execute function report_mark_settlements();
create trigger settlements_reported_anew after update on settlements
  referencing old table as stale new table as fresh for each statement execute function report_mark_settlements();

-- A settlement lies in its window, whose ends lie on one day or on two.
create function report_mark_heads() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into report_marks (what, clinic_code, at)
    select distinct 'settlements', clinic_code, report_quarter(edge) from fresh, unnest(array[window_from, window_to]) edge
    where subject_kind = 'settlement';
  else
    insert into report_marks (what, clinic_code, at)
    select distinct 'settlements', f.clinic_code, report_quarter(edge)
    from fresh f join stale s using (subject_kind, subject_id), unnest(array[f.window_from, f.window_to]) edge
    where f.subject_kind = 'settlement'
      and (f.coverage, f.awaits_until is null) is distinct from (s.coverage, s.awaits_until is null);
  end if;
  return null;
end $$;
create trigger heads_reported after insert on assessment_heads
  referencing new table as fresh for each statement execute function report_mark_heads();
create trigger heads_reported_anew after update on assessment_heads
  referencing old table as stale new table as fresh for each statement execute function report_mark_heads();

create function report_mark_alerts() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into report_marks (what, clinic_code, at)
    select distinct 'alerts', clinic_code, report_quarter(shown_at) from fresh where shown_at is not null;
  else
    insert into report_marks (what, clinic_code, at)
    select distinct 'alerts', a.clinic_code, report_quarter(a.shown_at) from (
      (select id, clinic_code, class, phase, state, fund_fen, shown_at from fresh
       except select id, clinic_code, class, phase, state, fund_fen, shown_at from stale)
      union
      (select id, clinic_code, class, phase, state, fund_fen, shown_at from stale
       except select id, clinic_code, class, phase, state, fund_fen, shown_at from fresh)) a
    where a.shown_at is not null;
  end if;
  return null;
end $$;
create trigger alerts_reported after insert on alerts
  referencing new table as fresh for each statement execute function report_mark_alerts();
create trigger alerts_reported_anew after update on alerts
  referencing old table as stale new table as fresh for each statement execute function report_mark_alerts();

-- Of what people do there is little: each row by itself.
create function report_mark_disposition() returns trigger language plpgsql as $$
begin
  insert into report_marks (what, clinic_code, at) values ('outcomes', new.clinic_code, new.at);
  return null;
end $$;
create trigger dispositions_reported after insert or update on alert_dispositions
  for each row when (not new.sampled) execute function report_mark_disposition();

create function report_mark_flow() returns trigger language plpgsql as $$
begin
  insert into report_marks (what, clinic_code, at)
  select 'outcomes', a.clinic_code, day.at
  from alerts a, (values (new.determined_at), (case when tg_op = 'UPDATE' then old.determined_at end)) day (at)
  where a.id = new.alert_id and day.at is not null;
  return null;
end $$;
create trigger flow_reported after insert on alert_flow
  for each row when (new.determined_at is not null) execute function report_mark_flow();
create trigger flow_reported_anew after update on alert_flow
  for each row when ((old.determination, old.determined_at, old.amount_fen) is distinct from
    (new.determination, new.determined_at, new.amount_fen)) execute function report_mark_flow();

create function report_mark_measure() returns trigger language plpgsql as $$
begin
  insert into report_marks (what, clinic_code, at)
  select 'outcomes', a.clinic_code, new.created_at from alerts a where a.id = new.alert_id;
  return null;
end $$;
create trigger measures_reported after insert on handling_measures
  for each row execute function report_mark_measure();
create trigger measures_reported_anew after update on handling_measures
  for each row when ((old.amount_fen, old.undone_at is null) is distinct from (new.amount_fen, new.undone_at is null))
  execute function report_mark_measure();

create function report_mark_recovery() returns trigger language plpgsql as $$
begin
  insert into report_marks (what, clinic_code, day)
  select 'outcomes', a.clinic_code, new.recovered_on
  from handling_measures m join alerts a on a.id = m.alert_id where m.id = new.measure_id;
  return null;
end $$;
create trigger recoveries_reported after insert or update on handling_recoveries
  for each row execute function report_mark_recovery();

create index alert_flow_determined on alert_flow (determined_at) where determined_at is not null;
create index handling_measures_created on handling_measures (created_at);
create index handling_recoveries_on on handling_recoveries (recovered_on);

-- What stands already.
insert into report_marks (what, clinic_code, at) select distinct 'settlements', clinic_code, report_quarter(at) from settlements;
insert into report_marks (what, clinic_code, at)
  select distinct 'alerts', clinic_code, report_quarter(shown_at) from alerts where shown_at is not null;
insert into report_marks (what, clinic_code, at)
  select distinct 'outcomes', clinic_code, report_quarter(at) from alert_dispositions where not sampled;
insert into report_marks (what, clinic_code, at)
  select distinct 'outcomes', a.clinic_code, report_quarter(f.determined_at)
  from alert_flow f join alerts a on a.id = f.alert_id where f.determined_at is not null;
insert into report_marks (what, clinic_code, at)
  select distinct 'outcomes', a.clinic_code, report_quarter(m.created_at)
  from handling_measures m join alerts a on a.id = m.alert_id;
insert into report_marks (what, clinic_code, day)
  select distinct 'outcomes', a.clinic_code, r.recovered_on
  from handling_recoveries r join handling_measures m on m.id = r.measure_id join alerts a on a.id = m.alert_id;
