import type { Static, TSchema } from 'typebox';
import type { EnqueueOptions, Topic } from '../../platform/outbox.ts';
import type { TableDef } from '../../platform/working-set/table.ts';
import type { CountChange } from './counts.store.ts';
import type { EventFact, LineFact, SettlementFact } from './netting.ts';
import type { ClaimReversalRow, SeenMessageRow, SettlementKeyRow } from './rows.ts';

/** What the intake of one message reads first. */
export interface Known {
  readonly seen: Pick<SeenMessageRow, 'msgid' | 'received_at' | 'event_at' | 'request_hash' | 'response_hash'> | null;
  /** The message's own reversal, and those of its clinic that may speak of it. */
  readonly reversals: readonly ClaimReversalRow[];
  readonly settlementKeys: readonly SettlementKeyRow[];
}

/** Names by which messages hang together. Visits and reversals are those of one clinic. */
export interface CircleKeys {
  readonly clinicCode: string;
  readonly msgids: readonly string[];
  readonly setlIds: readonly string[];
  readonly mdtrtIds: readonly string[];
}

export interface CircleRows {
  /** Clinics of those of `msgids` that were seen. */
  readonly seen: readonly Pick<SeenMessageRow, 'msgid' | 'clinic_code'>[];
  /** Of `msgids`, and the registrations of `mdtrtIds`. */
  readonly events: readonly EventFact[];
  /** Of `msgids`, `setlIds` (whatever their clinic) and `mdtrtIds`. */
  readonly settlements: readonly SettlementFact[];
  /** Of `msgids` and `mdtrtIds`. */
  readonly lines: readonly LineFact[];
  /** `msgids` themselves, and what speaks of any of the names. */
  readonly reversals: readonly ClaimReversalRow[];
}

/**
 * Where the intake keeps what it takes in: PostgreSQL for a living installation, memory for bulk work. All of it happens in
 * one transaction of the caller's. Writes may wait until `flush`; reads see what was there before the first write.
 */
export interface ClaimStore {
  /** Keeps other transactions that name one of these away until this one ends. Sorted, so that they don't wait in a ring. */
  lock(keys: () => readonly string[]): Promise<void>;
  /** The same without waiting: false where another transaction has one of them. */
  tryLock(keys: readonly string[]): Promise<boolean>;
  known(of: {
    readonly msgid: string;
    readonly clinicCode: string;
    /** msgid, setl_id and visits, as reversals name what they take back. */
    readonly targets: readonly string[];
    readonly setlIds: readonly string[];
  }): Promise<Known>;
  circle(of: CircleKeys): Promise<CircleRows>;
  insert<Row extends object>(table: TableDef<Row>, row: Row): void;
  /** Changes some columns of the row whose key columns are those of `row`. */
  change<Row extends object>(table: TableDef<Row>, row: Partial<Row>, to: Partial<Row>): void;
  /** Writes a row of whose other columns nothing is known any more; it is there already. */
  rewrite<Row extends object>(table: TableDef<Row>, row: Row, columns: readonly (keyof Row & string)[]): void;
  remove<Row extends object>(table: TableDef<Row>, row: Partial<Row>): void;
  count(changes: readonly CountChange[]): void;
  tell<Schema extends TSchema>(
    topic: Topic<Schema>,
    items: readonly { readonly payload: Static<Schema>; readonly options?: EnqueueOptions }[],
  ): Promise<void>;
  /** Writes what was put. */
  flush(): Promise<void>;
}
