import type { Queryable } from '../../platform/db.ts';
import { pageDay, type TableDef } from '../../platform/working-set/table.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { CircleKeys } from './circle.ts';
import { createNameFilter, hashOf } from './name-filter.ts';
import { isFields } from './nodes.ts';
import type { ClaimEventRow, ClaimReversalRow, FeeLineRow, SeenMessageRow, SettlementKeyRow } from './rows.ts';
import {
  claimEventsTable,
  claimReversalsTable,
  feeLinesTable,
  seenMessagesTable,
  settlementKeysTable,
} from './tables.ts';

/** Names of messages, settlements and visits. */
export interface ClaimKeys {
  readonly msgids: readonly string[];
  readonly setlIds: readonly string[];
  readonly visits: readonly { readonly clinicCode: string; readonly mdtrtId: string }[];
}

export interface ClaimPage {
  readonly clinic: string;
  readonly at: number;
}

/** Knows which messages, settlements and visits may have left memory, and brings them back before they are needed. */
export interface ClaimPaging {
  /** The pages of everything that these names lead to. Costs next to nothing where all of it is here. */
  bringBack(keys: ClaimKeys): Promise<void>;
  /** Call after each `workingSet.evict(beforeMs)` with the same moment. */
  evicted(beforeMs: number): void;
  /** Of each row that is put. */
  note(table: TableDef<object>, row: object): void;
  readonly stats: { readonly queries: number; readonly pages: number };
}

export function createClaimPaging(deps: { readonly db: Queryable; readonly workingSet: WorkingSet }): ClaimPaging {
  const { db, workingSet } = deps;
  const left = createNameFilter();
  /** Hashes of the names on each day's pages that are still here. */
  const here = new Map<number, number[]>();
  let leftBefore = Number.NEGATIVE_INFINITY;
  /** Names whose pages have been looked for since pages last left. */
  const back = new Set<string>();
  const stats = { queries: 0, pages: 0 };

  const noteName = (name: string, at: number): void => {
    const day = pageDay(at);
    const hash = hashOf(name);
    const hashes = here.get(day);
    if (hashes === undefined) here.set(day, [hash]);
    else if (hashes.at(-1) !== hash && hashes.at(-2) !== hash) hashes.push(hash);
    // Written onto a page of a day that has left already: it leaves at the next occasion.
    if (day < leftBefore) left.add(hash);
  };

  const gone = (name: string): boolean => {
    if (back.has(name) || !left.mayHold(hashOf(name))) return false;
    back.add(name);
    return true;
  };

  const bringBack = async (keys: ClaimKeys): Promise<void> => {
    if (leftBefore === Number.NEGATIVE_INFINITY) return;
    for (let asked: ClaimKeys = keys; ; ) {
      const looked: ClaimKeys = {
        msgids: asked.msgids.filter((msgid) => gone(messageName(msgid))),
        setlIds: asked.setlIds.filter((setlId) => gone(settlementName(setlId))),
        visits: asked.visits.filter(({ clinicCode, mdtrtId }) => gone(visitName(clinicCode, mdtrtId))),
      };
      if (looked.msgids.length + looked.setlIds.length + looked.visits.length === 0) return;
      const { pages, keys: further } = await findPagedOut(db, looked);
      stats.queries += 1;
      for (const { clinic, at } of pages) await workingSet.ensure(clinic, at, at);
      stats.pages += pages.length;
      asked = further;
    }
  };

  return {
    stats,
    bringBack,

    evicted(beforeMs) {
      const before = pageDay(beforeMs);
      for (const [day, hashes] of here) {
        if (day >= before) continue;
        for (const hash of hashes) left.add(hash);
        here.delete(day);
      }
      leftBefore = Math.max(leftBefore, before);
      back.clear();
    },

    note(table, row) {
      switch (table.name) {
        case seenMessagesTable.name: {
          const { msgid, received_at } = row as SeenMessageRow;
          return noteName(messageName(msgid), received_at);
        }
        case settlementKeysTable.name: {
          const { setl_id, at } = row as SettlementKeyRow;
          return noteName(settlementName(setl_id), at);
        }
        // A settlement lies on its event's page.
        case claimEventsTable.name: {
          const { msgid, clinic_code, mdtrt_id, at } = row as ClaimEventRow;
          noteName(messageName(msgid), at);
          if (mdtrt_id !== null) noteName(visitName(clinic_code, mdtrt_id), at);
          return;
        }
        case feeLinesTable.name: {
          const { msgid, clinic_code, mdtrt_id, at } = row as FeeLineRow;
          noteName(messageName(msgid), at);
          return noteName(visitName(clinic_code, mdtrt_id), at);
        }
        case claimReversalsTable.name: {
          const { msgid, kind, target, clinic_code, at } = row as ClaimReversalRow;
          noteName(messageName(msgid), at);
          return noteName(
            kind === 'technical'
              ? messageName(target)
              : kind === 'settlement'
                ? settlementName(target)
                : visitName(clinic_code, target),
            at,
          );
        }
        default:
          return;
      }
    },
  };
}

const messageName = (msgid: string): string => `m|${msgid}`;
const settlementName = (setlId: string): string => `s|${setlId}`;
const visitName = (clinicCode: string, mdtrtId: string): string => `v|${clinicCode}|${mdtrtId}`;

export const claimKeysOfCircle = ({ clinicCode, msgids, setlIds, mdtrtIds }: CircleKeys): ClaimKeys => ({
  msgids,
  setlIds,
  visits: mdtrtIds.map((mdtrtId) => ({ clinicCode, mdtrtId })),
});

/**
 * The names in a message pair as the interface writes them, without reading it: to bring back the pages of many messages
 * at once. A name in another spelling is missed here, and found when the message is taken in.
 */
export function claimKeysOf(pair: unknown): ClaimKeys {
  const found = { msgids: new Set<string>(), setlIds: new Set<string>(), mdtrtIds: new Set<string>() };
  const walk = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > DEEPEST_NAME) return;
    for (const key in value) {
      const member = (value as Record<string, unknown>)[key];
      if (typeof member === 'string') {
        if (key === 'mdtrt_id') found.mdtrtIds.add(member);
        else if (key === 'setl_id' || key === 'init_setl_id') found.setlIds.add(member);
        else if (key === 'msgid' || key === 'omsgid') found.msgids.add(member);
      } else walk(member, depth + 1);
    }
  };
  walk(pair, 0);
  const request = isFields(pair) && isFields(pair.request) ? pair.request : undefined;
  const clinicCode = typeof request?.fixmedins_code === 'string' ? request.fixmedins_code : '';
  return {
    msgids: [...found.msgids],
    setlIds: [...found.setlIds],
    visits: [...found.mdtrtIds].map((mdtrtId) => ({ clinicCode, mdtrtId })),
  };
}

const DEEPEST_NAME = 6;

/** Where in the database the rows of these names lie, by clinic and moment, and to which names they lead. */
export async function findPagedOut(
  db: Queryable,
  keys: ClaimKeys,
): Promise<{ readonly pages: readonly ClaimPage[]; readonly keys: ClaimKeys }> {
  const { rows } = await db.query<{
    clinic: string;
    at: number;
    msgid: string | null;
    setl_id: string | null;
    mdtrt_id: string | null;
  }>(
    PAGED_OUT,
    [
      keys.msgids,
      keys.setlIds,
      keys.visits.map((visit) => visit.clinicCode),
      keys.visits.map((visit) => visit.mdtrtId),
    ],
    'claims-paged-out',
  );
  const pages = new Map(rows.map(({ clinic, at }) => [`${clinic}|${pageDay(at)}`, { clinic, at }]));
  const present = (names: readonly (string | null)[]): string[] => [
    ...new Set(names.filter((name): name is string => name !== null)),
  ];
  const visits = new Map(
    rows.flatMap(({ clinic, mdtrt_id: mdtrtId }) =>
      mdtrtId === null ? [] : [[`${clinic}|${mdtrtId}`, { clinicCode: clinic, mdtrtId }]],
    ),
  );
  return {
    pages: [...pages.values()],
    keys: {
      msgids: present(rows.map((row) => row.msgid)),
      setlIds: present(rows.map((row) => row.setl_id)),
      visits: [...visits.values()],
    },
  };
}

/** $1 msgids · $2 setl_ids · $3 clinics and $4 mdtrt_ids of visits */
const PAGED_OUT = `with visit as (select * from unnest($3::text[], $4::text[]) as v (clinic_code, mdtrt_id))
  select clinic_code as clinic, received_at as at, msgid, null as setl_id, null as mdtrt_id
    from seen_message where msgid = any($1::text[])
  union all select clinic_code, at, msgid, setl_id, mdtrt_id from claim_events where msgid = any($1)
  union all select clinic_code, e.at, e.msgid, e.setl_id, mdtrt_id
    from claim_events e join visit using (clinic_code, mdtrt_id)
  union all select k.clinic_code, k.at, s.msgid, k.setl_id, s.mdtrt_id
    from settlement_key k left join settlements s on s.id = k.settlement_id and s.at = k.at
    where k.setl_id = any($2::text[])
  union all select clinic_code, at, msgid, setl_id, mdtrt_id from settlements where msgid = any($1)
  union all select clinic_code, s.at, s.msgid, s.setl_id, mdtrt_id
    from settlements s join visit using (clinic_code, mdtrt_id)
  union all select clinic_code, at, msgid, null, mdtrt_id from fee_lines where msgid = any($1)
  union all select clinic_code, l.at, l.msgid, null, mdtrt_id
    from fee_lines l join visit using (clinic_code, mdtrt_id)
  union all select clinic_code, at, msgid, null, null from claim_reversals
    where target = any($1) or target = any($2) or target = any($4)
  union all select clinic_code, at, case kind when 'technical' then target end, case kind when 'settlement' then target end,
      case when kind in ('refund', 'registration', 'fees') then target end
    from claim_reversals where msgid = any($1)`;
