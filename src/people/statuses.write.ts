import { type Queryable, type Tx, ts, tsOrNull } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import { tellChanges } from './changes.ts';
import type { WriterDeps } from './deps.ts';
import type { PersonStatus, StatusKind } from './people.store.ts';

export type StatusInput = Omit<PersonStatus, 'id'>;

interface Row {
  id: string;
  psn_no: string;
  what: StatusKind;
  from_at: number;
  to_at: number | null;
  institution: string | null;
}

const keyOf = (psnNo: string, what: StatusKind, from: number): string => `${psnNo}|${what}|${from}`;

/**
 * Stores what lists say of persons; the same said twice changes nothing and tells nothing. A person dies once: a new
 * date of death replaces the old one.
 */
export async function putStatuses(tx: Tx, deps: WriterDeps, statuses: readonly StatusInput[]): Promise<void> {
  const wanted = new Map<string, StatusInput>();
  for (const status of statuses) {
    const key = status.what === 'dead' ? `${status.psnNo}|dead` : keyOf(status.psnNo, status.what, status.from);
    wanted.set(key, status);
  }
  const rows = [...wanted.values()].sort((a, b) => (a.psnNo < b.psnNo ? -1 : a.psnNo > b.psnNo ? 1 : a.from - b.from));
  const { rows: stored } = await tx.query<Row>(
    `select id, psn_no, what, from_at, to_at, institution from person_status
     where psn_no = any($1::text[]) order by id for update`,
    [rows.map((row) => row.psnNo)],
  );
  const same = new Map(stored.map((row) => [keyOf(row.psn_no, row.what, row.from_at), row]));
  const changed = rows.filter((row) => {
    const before = same.get(keyOf(row.psnNo, row.what, row.from));
    return before === undefined || before.to_at !== row.to || before.institution !== row.institution;
  });
  const deadNow = new Map(rows.filter((row) => row.what === 'dead').map((row) => [row.psnNo, row.from]));
  const outdated = stored.filter((row) => {
    const from = deadNow.get(row.psn_no);
    return row.what === 'dead' && from !== undefined && from !== row.from_at;
  });
  await removeRows(tx, outdated);
  await tx.query(
    `insert into person_status (id, psn_no, what, from_at, to_at, institution, source, created_at)
     select t.*, $8 from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[],
       $7::text[]) as t
     on conflict (psn_no, what, from_at) do update set to_at = excluded.to_at, institution = excluded.institution,
       source = excluded.source`,
    [
      changed.map(() => newId()),
      changed.map((row) => row.psnNo),
      changed.map((row) => row.what),
      changed.map((row) => ts(row.from)),
      changed.map((row) => tsOrNull(row.to)),
      changed.map((row) => row.institution),
      changed.map((row) => row.source),
      ts(deps.clock.now()),
    ],
  );
  await tellChanges(tx, deps.outbox, [
    ...changed.map((row) => {
      const before = same.get(keyOf(row.psnNo, row.what, row.from));
      // A stay cut short matters for the time that it no longer covers too.
      const to =
        before === undefined || before.to_at === null || row.to === null ? row.to : Math.max(before.to_at, row.to);
      return { psnNo: row.psnNo, what: 'status' as const, from: row.from, to: before?.to_at === null ? null : to };
    }),
    ...outdated.map((row) => ({ psnNo: row.psn_no, what: 'status' as const, from: row.from_at, to: row.to_at })),
  ]);
}

/** Takes back what a list said wrongly: all of one kind, or the one from a moment. @returns how many there were */
export async function withdrawStatuses(
  tx: Tx,
  deps: WriterDeps,
  withdrawn: readonly { readonly psnNo: string; readonly what: StatusKind; readonly from: number | null }[],
): Promise<number> {
  const { rows } = await tx.query<Row>(
    `select s.id, s.psn_no, s.what, s.from_at, s.to_at, s.institution from person_status s
     join unnest($1::text[], $2::text[], $3::timestamptz[]) as t (psn_no, what, from_at)
       on s.psn_no = t.psn_no and s.what = t.what and (t.from_at is null or s.from_at = t.from_at)`,
    [withdrawn.map((row) => row.psnNo), withdrawn.map((row) => row.what), withdrawn.map((row) => tsOrNull(row.from))],
  );
  await removeRows(tx, rows);
  await tellChanges(
    tx,
    deps.outbox,
    rows.map((row) => ({ psnNo: row.psn_no, what: 'status', from: row.from_at, to: row.to_at })),
  );
  return rows.length;
}

async function removeRows(db: Queryable, rows: readonly Row[]): Promise<void> {
  if (rows.length > 0) await db.query('delete from person_status where id = any($1::uuid[])', [rows.map((r) => r.id)]);
}
