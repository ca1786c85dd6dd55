-- What is looked back upon for weeks is forgotten when nothing looks back so far any more (src/reconcile/sweep.ts).

create index score_entries_leaves on score_entries (leaves_on);
create index clinic_rolls_leaves on clinic_rolls (leaves_on);
