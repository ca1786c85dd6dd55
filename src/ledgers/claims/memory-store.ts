import type { Agenda } from '../../platform/working-set/agenda.ts';
import type { TableDef } from '../../platform/working-set/table.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { ClaimReversalRow } from './rows.ts';
import type { ClaimStore } from './store.ts';
import {
  claimEventsTable,
  claimIntakeCountsTable,
  claimReversalsTable,
  feeLinesTable,
  seenMessagesTable,
  settlementKeysTable,
  settlementsTable,
  visitKey,
} from './tables.ts';

/**
 * The store of bulk work, in memory. What a message may concern must be there: see `createClaimPaging`. Its transaction is
 * the working set's.
 */
export function createMemoryClaimStore(deps: {
  readonly workingSet: Pick<WorkingSet, 'table'>;
  readonly agenda: Pick<Agenda, 'addAll'>;
  /** Hears of every row that is put, so that it can be found again when it has left memory. */
  readonly onPut?: (table: TableDef<object>, row: object) => void;
}): ClaimStore {
  const { workingSet, agenda, onPut } = deps;
  const seenMessages = workingSet.table(seenMessagesTable);
  const settlementKeys = workingSet.table(settlementKeysTable);
  const events = workingSet.table(claimEventsTable);
  const settlements = workingSet.table(settlementsTable);
  const lines = workingSet.table(feeLinesTable);
  const reversals = workingSet.table(claimReversalsTable);
  const counts = workingSet.table(claimIntakeCountsTable);

  const reversalsOf = (
    msgids: readonly string[],
    targets: readonly string[],
    clinicCode: string,
  ): ClaimReversalRow[] => {
    const found: ClaimReversalRow[] = [];
    for (const msgid of msgids) {
      const own = reversals.get(msgid);
      if (own !== undefined && own.clinic_code === clinicCode) found.push(own);
    }
    for (const target of targets) {
      for (const row of reversals.by('target', target)) {
        if (row.clinic_code === clinicCode && !found.includes(row)) found.push(row);
      }
    }
    return found;
  };
  const present = <T>(items: readonly (T | undefined)[]): T[] => items.filter((item) => item !== undefined);
  const put = <Row extends object>(def: TableDef<Row>, row: Row): void => {
    workingSet.table(def).put(row);
    onPut?.(def as unknown as TableDef<object>, row);
  };
  const find = <Row extends object>(def: TableDef<Row>, key: Partial<Row>): Row => {
    const row = workingSet.table(def).get(...def.key.map((column) => key[column] as string | number));
    if (row === undefined) throw new Error(`a row of ${def.name} that is to be changed is not in memory`);
    return row;
  };

  return {
    lock: async () => undefined,
    tryLock: async () => true,

    known: async ({ msgid, clinicCode, targets, setlIds }) => ({
      seen: seenMessages.get(msgid) ?? null,
      reversals: reversalsOf([msgid], targets, clinicCode),
      settlementKeys: present(setlIds.map((setlId) => settlementKeys.get(setlId))),
    }),

    circle: async ({ clinicCode, msgids, setlIds, mdtrtIds }) => {
      const visits = mdtrtIds.map((mdtrtId) => visitKey(clinicCode, mdtrtId));
      return {
        seen: present(msgids.map((msgid) => seenMessages.get(msgid))),
        events: [
          ...msgids.flatMap((msgid) => events.by('msgid', msgid)),
          ...visits.flatMap((visit) => events.by('visit', visit).filter((event) => event.kind === 'registration')),
        ],
        settlements: [
          ...msgids.flatMap((msgid) => settlements.by('msgid', msgid)),
          ...setlIds.flatMap((setlId) => {
            const key = settlementKeys.get(setlId);
            return key === undefined ? [] : present([settlements.get(key.settlement_id, key.at)]);
          }),
          ...visits.flatMap((visit) => settlements.by('visit', visit)),
        ],
        lines: [
          ...msgids.flatMap((msgid) => lines.by('msgid', msgid)),
          ...visits.flatMap((visit) => lines.by('visit', visit)),
        ],
        reversals: reversalsOf(msgids, [...msgids, ...setlIds, ...mdtrtIds], clinicCode),
      };
    },

    insert: put,

    change(def, key, to) {
      const row = find(def, key);
      const changed = { ...row, ...to };
      // A row that moves to another moment has another key.
      if (def.key.some((column) => changed[column] !== row[column])) workingSet.table(def).delete(row);
      put(def, changed);
    },

    rewrite(def, row) {
      const table = workingSet.table(def);
      const here = table.get(...def.key.map((column) => row[column] as string | number)) !== undefined;
      if (!here) table.restore([row]);
      put(def, row);
    },

    remove(def, key) {
      workingSet.table(def).delete(find(def, key));
    },

    count(changes) {
      for (const { clinicCode, regionCode, day, outcome, n } of changes) {
        const before = counts.get(clinicCode, regionCode, day, outcome)?.n ?? 0;
        counts.put({ clinic_code: clinicCode, region_code: regionCode, day, outcome, n: before + n });
      }
    },

    tell: async (topic, items) => agenda.addAll(topic, items),

    flush: async () => undefined,
  };
}
