import pg from 'pg';
import type { Logger } from './log.ts';

// bigint counts and fen stay far below 2^53; dates are calendar days, not instants; numerics are decimals, never floats.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => Date.parse(isoOf(text)));

/** PostgreSQL writes `2026-03-17 01:15:30.5+00`; Date.parse wants `T` and `+00:00`. */
const isoOf = (text: string): string => text.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00');

/**
 * Runs SQL. Parameters: a number for a bigint, an ISO string or `ts(ms)` for a timestamptz, a Buffer for bytea.
 * Results: timestamptz comes back as epoch milliseconds, date as `yyyy-mm-dd`, bigint as number, numeric as string.
 */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
    /** Of a statement whose text never varies: each connection plans it once. One name, one text. */
    name?: string,
  ): Promise<{ rows: Row[]; rowCount: number }>;
}

/** An open transaction. Only `Db.transaction` makes one. */
export interface Tx extends Queryable {
  readonly inTransaction: true;
  /**
   * Sends a statement whose answer nobody needs, without waiting: what is asked next is answered after it, and its failure
   * fails the transaction. Saves a round trip.
   */
  later(sql: string, values?: readonly unknown[], name?: string): void;
}

export interface TransactionOptions {
  readonly statementTimeoutMs?: number;
  /**
   * Named statements are planned once and for all values, not anew for each: with many partitions planning costs more than the
   * work. Only where every statement finds its rows by index whatever is asked.
   */
  readonly plansOnce?: boolean;
}

export interface Db extends Queryable {
  /** @param options.statementTimeoutMs a statement that takes longer, or waits longer for a lock, ends with an error */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Calls back on each NOTIFY of `channel`, over a connection of its own that is rebuilt when it breaks. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<{ close(): Promise<void> }>;
  readonly connectionString: string;
  close(): Promise<void>;
}

/** A timestamptz parameter from epoch milliseconds. */
export const ts = (ms: number): string => new Date(ms).toISOString();
export const tsOrNull = (ms: number | null | undefined): string | null => (ms == null ? null : ts(ms));

const RETRIED_SQLSTATES = new Set(['40001', '40P01']);
const TRANSACTION_ATTEMPTS = 5;

export function openDb(options: {
  readonly connectionString: string;
  readonly applicationName: string;
  readonly log: Logger;
  readonly maxConnections?: number;
}): Db {
  const { connectionString, log } = options;
  // Statements that do not wait for each other's answers travel together.
  const settings = {
    connectionString,
    application_name: options.applicationName,
    max: options.maxConnections ?? 8,
    pipeline: true,
  };
  const pool = new pg.Pool(settings);
  // A broken idle connection is replaced at the next query; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ err: error.message }, 'an idle database connection broke'));

  const transaction = async <T>(work: (tx: Tx) => Promise<T>, limits?: TransactionOptions): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await runOnce(pool, work, limits);
      } catch (error) {
        const retriable = error instanceof pg.DatabaseError && RETRIED_SQLSTATES.has(error.code ?? '');
        if (!retriable || attempt >= TRANSACTION_ATTEMPTS) throw error;
      }
    }
  };

  return {
    connectionString,
    query: (sql, values, name) => run(pool, sql, values, name),
    transaction,
    listen: (channel, onNotify) => listen({ connectionString, channel, onNotify, log }),
    close: () => pool.end(),
  };
}

async function run<Row extends pg.QueryResultRow>(
  target: pg.Pool | pg.PoolClient,
  sql: string,
  values?: readonly unknown[],
  name?: string,
): Promise<{ rows: Row[]; rowCount: number }> {
  const text = { text: sql, ...(name === undefined ? {} : { name }) };
  const result = await target.query<Row>(text, values as unknown[] | undefined);
  return { rows: result.rows, rowCount: result.rowCount ?? 0 };
}

/** What is sent before the program waits again goes out as one: each write by itself wakes the database anew. */
function sendTogether(client: pg.PoolClient): void {
  const { connection } = client as Partial<pg.Client>;
  if (connection === undefined || connection.stream.writableCorked > 0) return;
  const { stream } = connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

async function runOnce<T>(
  pool: pg.Pool,
  work: (tx: Tx) => Promise<T>,
  { statementTimeoutMs, plansOnce }: TransactionOptions = {},
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that dies between two queries says so here; unheard, it would end the process.
  const onBreak = (error: Error): void => {
    broken = error;
  };
  client.on('error', onBreak);
  const sent: Promise<unknown>[] = [];
  let over = false;
  let failure: { readonly error: unknown } | undefined;
  /** What follows a failed statement fails too, and tells less: the first failure counts. */
  const watch = (answer: Promise<unknown>): void => {
    sent.push(answer);
    answer.catch((error: unknown) => {
      failure ??= { error };
    });
  };
  try {
    const limit =
      statementTimeoutMs === undefined ? '' : `; set local statement_timeout = ${Math.ceil(statementTimeoutMs)}`;
    sendTogether(client);
    const plans = plansOnce === true ? '; set local plan_cache_mode = force_generic_plan' : '';
    watch(client.query(`begin${limit}${plans}`));
    // Work that was given up may go on: what it still asks must not reach the connection's next user.
    const ask: typeof run = (target, ...statement) => {
      if (over) return Promise.reject(new Error('the transaction is over'));
      sendTogether(client);
      return run(target, ...statement);
    };
    const result = await work({
      inTransaction: true,
      query: (sql, values, name) => ask(client, sql, values, name),
      later: (sql, values, name) => watch(ask(client, sql, values, name)),
    });
    over = true;
    sendTogether(client);
    // The server commits only if all before it went well.
    watch(client.query('commit'));
    await Promise.all(sent);
    return result;
  } catch (error) {
    over = true;
    await client.query('rollback').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw failure !== undefined && isAftermath(error) ? failure.error : error;
  } finally {
    client.off('error', onBreak);
    client.release(broken);
  }
}

/** What a statement is told behind one that failed in the same transaction. */
const isAftermath = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '25P02';

const LISTEN_RETRY_MS = 500;

async function listen(options: {
  readonly connectionString: string;
  readonly channel: string;
  readonly onNotify: (payload: string) => void;
  readonly log: Logger;
}): Promise<{ close(): Promise<void> }> {
  let closed = false;
  let client: pg.Client | undefined;
  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({ connectionString: options.connectionString, keepAlive: true });
    fresh.on('notification', (message) => options.onNotify(message.payload ?? ''));
    fresh.on('error', () => {
      if (closed || client !== fresh) return;
      client = undefined;
      setTimeout(() => void reconnect(), LISTEN_RETRY_MS);
    });
    await fresh.connect();
    await fresh.query(`listen ${pg.escapeIdentifier(options.channel)}`);
    client = fresh;
  };
  const reconnect = async (): Promise<void> => {
    if (closed) return;
    try {
      await connect();
      options.onNotify(''); // whatever was said meanwhile went unheard
    } catch (error) {
      options.log.warn({ channel: options.channel, err: (error as Error).message }, 'waiting for the database');
      setTimeout(() => void reconnect(), LISTEN_RETRY_MS);
    }
  };
  await connect();
  return {
    close: async () => {
      closed = true;
      await client?.end().catch(() => undefined);
    },
  };
}

export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === '23505';
