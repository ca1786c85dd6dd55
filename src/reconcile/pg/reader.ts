import type { QueryResultRow } from 'pg';

/** Reads rows in the store's transaction, after what was put before. The name stands for the text: see `Queryable`. */
export type Read = <Row extends QueryResultRow>(
  name: string,
  sql: string,
  values: readonly unknown[],
) => Promise<Row[]>;

/**
 * Reads that are asked before they are needed. What was asked so is answered once, unless something was written since.
 * @param inOrder the reader, whose text goes to the database before it first waits
 */
export function readsAhead(inOrder: Read): {
  readonly read: Read;
  /** Everything that `ask` reads is kept for who asks the same. */
  ahead(ask: () => readonly (Promise<unknown> | null)[]): void;
  /** Something is written: what was asked before says less. */
  forget(): void;
} {
  const answers = new Map<string, ReturnType<Read>>();
  let expecting = false;
  return {
    read: (name, sql, values) => {
      const key = JSON.stringify([name, ...values]);
      const known = answers.get(key) as ReturnType<typeof inOrder> | undefined;
      if (known !== undefined && !expecting) {
        answers.delete(key);
        return known as never;
      }
      const answer = inOrder(name, sql, values);
      if (expecting) answers.set(key, answer);
      return answer as never;
    },
    ahead(ask) {
      expecting = true;
      try {
        // Heard by who asks for them; nobody may.
        for (const asked of ask()) asked?.catch(() => undefined);
      } finally {
        expecting = false;
      }
    },
    forget: () => answers.clear(),
  };
}

/** Sends a statement in the store's transaction whose answer nobody needs: what is read next is read after it. */
export type Later = (name: string, sql: string, values: readonly unknown[]) => Promise<void>;
