import type { QueryResultRow } from 'pg';

/** Reads rows in the store's transaction, after what was put before. The name stands for the text: see `Queryable`. */
export type Read = <Row extends QueryResultRow>(
  name: string,
  sql: string,
  values: readonly unknown[],
) => Promise<Row[]>;

/** Sends a statement in the store's transaction whose answer nobody needs: what is read next is read after it. */
export type Later = (name: string, sql: string, values: readonly unknown[]) => Promise<void>;
