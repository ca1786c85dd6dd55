import type { Tx } from '../../platform/db.ts';
import type { Outbox } from '../../platform/outbox.ts';
import type { ColumnType } from '../../platform/working-set/column.ts';
import type { TableDef } from '../../platform/working-set/table.ts';
import type { CountChange } from './counts.store.ts';
import { statementsOf, type Write } from './pg-write.ts';
import type { ClaimReversalRow, SettlementKeyRow } from './rows.ts';
import type { CircleRows, ClaimStore, Known } from './store.ts';
import {
  claimEventsTable,
  claimReversalsTable,
  feeLinesTable,
  seenMessagesTable,
  settlementKeysTable,
  settlementsTable,
} from './tables.ts';

/** The live store: reads by one query each, writes by one at `flush`. */
export function createPgClaimStore(tx: Tx, deps: { readonly outbox: Outbox }): ClaimStore {
  const writes: Write[] = [];
  const counts: CountChange[] = [];
  return {
    async lock(keys) {
      tx.later(
        'select pg_advisory_xact_lock(hashtextextended(key, 4116)) from unnest($1::text[]) as key',
        [keys()],
        'claims-lock',
      );
    },

    async tryLock(keys) {
      const { rows } = await tx.query<{ got: boolean }>(
        `select bool_and(got) as got from (
           select pg_try_advisory_xact_lock(hashtextextended(key, 4116)) as got from unnest($1::text[]) as key) each`,
        [keys],
        'claims-try-lock',
      );
      return rows[0]?.got === true;
    },

    async known({ msgid, clinicCode, targets, setlIds }) {
      const { rows } = await tx.query<
        { [K in keyof NonNullable<Known['seen']>]: NonNullable<Known['seen']>[K] | null } & {
          reversals: ClaimReversalRow[] | null;
          keys: SettlementKeyRow[] | null;
        }
      >(KNOWN, [msgid, clinicCode, targets, setlIds], 'claims-known');
      const row = rows[0];
      const { received_at, request_hash } = row ?? {};
      return {
        seen:
          row && received_at != null && request_hash != null
            ? { msgid, received_at, event_at: row.event_at, request_hash, response_hash: row.response_hash }
            : null,
        reversals: row?.reversals ?? [],
        settlementKeys: row?.keys ?? [],
      };
    },

    async circle({ clinicCode, msgids, setlIds, mdtrtIds }) {
      const { rows } = await tx.query<{ [K in keyof CircleRows]: CircleRows[K] | null }>(
        CIRCLE,
        [msgids, setlIds, mdtrtIds, clinicCode],
        'claims-circle',
      );
      const row = rows[0];
      return {
        seen: row?.seen ?? [],
        events: row?.events ?? [],
        settlements: row?.settlements ?? [],
        lines: row?.lines ?? [],
        reversals: row?.reversals ?? [],
      };
    },

    insert(table, row) {
      writes.push({
        kind: 'insert',
        table: table as unknown as TableDef<object>,
        row: { ...row } as Record<string, unknown>,
      });
    },
    change(table, key, to) {
      writes.push({ kind: 'change', table: table as unknown as TableDef<object>, key: { ...key }, to: { ...to } });
    },
    rewrite(table, row, columns) {
      writes.push({
        kind: 'change',
        table: table as unknown as TableDef<object>,
        key: picked(row, table.key),
        to: picked(row, columns),
      });
    },
    remove(table, key) {
      writes.push({ kind: 'remove', table: table as unknown as TableDef<object>, key: { ...key } });
    },
    count(changes) {
      counts.push(...changes);
    },

    tell: (topic, items) => deps.outbox.addAll(tx, topic, items),

    async flush() {
      const statements = statementsOf(writes.splice(0), counts.splice(0));
      for (const { sql, values, name } of statements) tx.later(sql, values, name);
    },
  };
}

const picked = <Row extends object>(row: Row, columns: readonly (keyof Row & string)[]): Record<string, unknown> =>
  Object.fromEntries(columns.map((column) => [column, row[column]]));

/** A row as JSON, in the form in which `query` returns its values. */
function jsonOf<Row extends object>(
  table: TableDef<Row>,
  alias: string,
  columns: readonly (keyof Row & string)[],
): string {
  const types = table.columns as Readonly<Record<string, ColumnType>>;
  const values = columns.map((column) => {
    const name = `${alias}.${column}`;
    return `'${column}', ${types[column] === 'timestamptz' ? `(extract(epoch from ${name}) * 1000)::bigint` : name}`;
  });
  return `json_build_object(${values.join(', ')})`;
}

const columnsOf = <Row extends object>(table: TableDef<Row>): (keyof Row & string)[] =>
  Object.keys(table.columns) as (keyof Row & string)[];

const REVERSAL = jsonOf(claimReversalsTable, 'r', columnsOf(claimReversalsTable));

/** $1 msgid · $2 clinic · $3 targets · $4 setl_ids */
const KNOWN = `select m.received_at, m.event_at, m.request_hash, m.response_hash,
    (select json_agg(${REVERSAL}) from claim_reversals r
      where r.clinic_code = $2 and (r.msgid = $1 or r.target = any($3::text[]))) as reversals,
    (select json_agg(${jsonOf(settlementKeysTable, 'k', columnsOf(settlementKeysTable))})
      from settlement_key k where k.setl_id = any($4::text[])) as keys
  from (values (1)) as one left join seen_message m on m.msgid = $1`;

const EVENT = jsonOf(claimEventsTable, 'e', [
  'id',
  'at',
  'msgid',
  'kind',
  'clinic_code',
  'psn_no',
  'mdtrt_id',
  'setl_id',
  'reversed_by',
]);
const SETTLEMENT = jsonOf(settlementsTable, 's', [
  'id',
  'at',
  'msgid',
  'setl_id',
  'mdtrt_id',
  'clinic_code',
  'psn_no',
  'total_fen',
  'reversed_by',
]);
const LINE = jsonOf(feeLinesTable, 'l', [
  'id',
  'at',
  'msgid',
  'clinic_code',
  'mdtrt_id',
  'chrg_bchno',
  'sent_at',
  'cancelled_by',
]);

/** $1 msgids · $2 setl_ids · $3 mdtrt_ids · $4 clinic */
const CIRCLE = `select
    (select json_agg(${jsonOf(seenMessagesTable, 'm', ['msgid', 'clinic_code'])})
      from seen_message m where m.msgid = any($1::text[])) as seen,
    (select json_agg(e.row) from (
      select ${EVENT} as row from seen_message m join claim_events e on e.msgid = m.msgid and e.at = m.event_at
        where m.msgid = any($1)
      union all
      select ${EVENT} from claim_events e
        where e.mdtrt_id = any($3::text[]) and e.clinic_code = $4 and e.kind = 'registration') e) as events,
    (select json_agg(s.row) from (
      select ${SETTLEMENT} as row from settlements s where s.msgid = any($1)
      union all
      select ${SETTLEMENT} from settlement_key k join settlements s on s.id = k.settlement_id and s.at = k.at
        where k.setl_id = any($2::text[])
      union all
      select ${SETTLEMENT} from settlements s where s.mdtrt_id = any($3) and s.clinic_code = $4) s) as settlements,
    (select json_agg(l.row) from (
      select ${LINE} as row from fee_lines l where l.msgid = any($1)
      union all
      select ${LINE} from fee_lines l where l.mdtrt_id = any($3) and l.clinic_code = $4) l) as lines,
    (select json_agg(${REVERSAL}) from claim_reversals r
      where r.clinic_code = $4 and (r.msgid = any($1) or r.target = any($1 || $2 || $3))) as reversals`;
