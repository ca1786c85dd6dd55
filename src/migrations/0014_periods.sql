-- What rules over weeks and months look at: a clinic's days, rolled up; its last month; and how its peers stand.

create table clinic_rolls (
  clinic_code text not null,
  day date not null, -- local
  -- Bulk work keeps a roll at hand until then (src/reconcile/periods/tables.ts).
  leaves_on date not null,
  body text not null, -- compact JSON: src/reconcile/periods/roll.ts
  primary key (clinic_code, day)
);

create table clinic_trends (
  clinic_code text primary key,
  county text not null, -- '' where the clinic's region is not known
  through date not null, -- newest day rolled up
  body text not null -- compact JSON: src/reconcile/periods/trend.ts
);

-- Once a day: of each county, and of all ('*').
create table peer_stats (
  scope text not null,
  day date not null,
  body text not null, -- compact JSON: src/reconcile/periods/peers.ts
  primary key (scope, day)
);
