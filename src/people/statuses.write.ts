import type { Clock } from '../platform/clock.ts';
import { type Tx, tsOrNull } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import { tellChanges } from './changes.ts';
import type { WriterDeps } from './deps.ts';
import type { PersonStatus, StatusKind } from './people.store.ts';
import { createPgPeopleStore } from './pg-store.ts';
import type { PeopleStore } from './store.ts';
import type { PersonStatusRow } from './tables.ts';

export type StatusInput = Omit<PersonStatus, 'id'>;

const keyOf = (psnNo: string, what: StatusKind, from: number): string => `${psnNo}|${what}|${from}`;

/**
 * Stores what lists say of persons; the same said twice changes nothing and tells nothing. A person dies once: a new
 * date of death replaces the old one.
 */
export async function registerStatuses(
  store: PeopleStore,
  deps: { readonly clock: Clock },
  statuses: readonly StatusInput[],
): Promise<void> {
  const wanted = new Map<string, StatusInput>();
  for (const status of statuses) {
    const key = status.what === 'dead' ? `${status.psnNo}|dead` : keyOf(status.psnNo, status.what, status.from);
    wanted.set(key, status);
  }
  const rows = [...wanted.values()].sort((a, b) => (a.psnNo < b.psnNo ? -1 : a.psnNo > b.psnNo ? 1 : a.from - b.from));
  const stored = await store.statuses(rows.map((row) => row.psnNo));
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
  await store.removeStatuses(outdated);
  await store.putStatuses(
    changed.map((row) => ({
      id: newId(),
      psn_no: row.psnNo,
      what: row.what,
      from_at: row.from,
      to_at: row.to,
      institution: row.institution,
      source: row.source,
      created_at: deps.clock.now(),
    })),
  );
  await tellChanges(store.tell, [
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

export const putStatuses = (tx: Tx, deps: WriterDeps, statuses: readonly StatusInput[]): Promise<void> =>
  registerStatuses(createPgPeopleStore(tx, deps), deps, statuses);

/** Takes back what a list said wrongly: all of one kind, or the one from a moment. @returns how many there were */
export async function withdrawStatuses(
  tx: Tx,
  deps: WriterDeps,
  withdrawn: readonly { readonly psnNo: string; readonly what: StatusKind; readonly from: number | null }[],
): Promise<number> {
  const { rows } = await tx.query<PersonStatusRow & Record<string, unknown>>(
    `select s.id, s.psn_no, s.what, s.from_at, s.to_at, s.institution, s.source, s.created_at from person_status s
     join unnest($1::text[], $2::text[], $3::timestamptz[]) as t (psn_no, what, from_at)
       on s.psn_no = t.psn_no and s.what = t.what and (t.from_at is null or s.from_at = t.from_at)`,
    [withdrawn.map((row) => row.psnNo), withdrawn.map((row) => row.what), withdrawn.map((row) => tsOrNull(row.from))],
  );
  const store = createPgPeopleStore(tx, deps);
  await store.removeStatuses(rows);
  await tellChanges(
    store.tell,
    rows.map((row) => ({ psnNo: row.psn_no, what: 'status', from: row.from_at, to: row.to_at })),
  );
  return rows.length;
}
