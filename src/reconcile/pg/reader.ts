import type { QueryResultRow } from 'pg';

/** Reads rows in the store's transaction, after what was put before. The name stands for the text: see `Queryable`. */
export type Read = <Row extends QueryResultRow>(
  name: string,
  sql: string,
  values: readonly unknown[],
) => Promise<Row[]>;

/** A statement that gives exactly one row. Its name stands for its text. */
export interface OneRow<Asked> {
  readonly name: string;
  readonly sql: string;
  /** Of the row. */
  readonly columns: readonly string[];
  /** In the order of $1, $2 … */
  values(asked: Asked): readonly unknown[];
}

/** Statements of one row each as one statement, whose row has the columns of all. Their columns differ, their values follow. */
export function sideBySide(statements: readonly { readonly sql: string; readonly params: number }[]): string {
  let before = 0;
  const parts = statements.map(({ sql, params }, i) => {
    const shift = before;
    before += params;
    return `(${sql.replace(/\$(\d+)/g, (_, n: string) => `$${Number(n) + shift}`)}) as q${i}`;
  });
  return `select * from ${parts.join(' cross join ')}`;
}

/**
 * Answers that were asked for before they are needed: whoever asks the same is given what came, once, unless something was
 * written since.
 */
export function readsAhead(ask: Read): {
  readonly read: Read;
  /** To be given to who asks this. */
  expect(name: string, values: readonly unknown[], answer: Promise<readonly QueryResultRow[]>): void;
  /** Something is written: what was asked before says less. */
  forget(): void;
} {
  const answers = new Map<string, Promise<readonly QueryResultRow[]>>();
  const keyOf = (name: string, values: readonly unknown[]): string => JSON.stringify([name, ...values]);
  return {
    read: (name, sql, values) => {
      if (answers.size === 0) return ask(name, sql, values);
      const key = keyOf(name, values);
      const known = answers.get(key);
      if (known === undefined) return ask(name, sql, values);
      answers.delete(key);
      // The same statement with the same values was asked: rows of the type that this asker names.
      return known as never;
    },
    expect(name, values, answer) {
      // Heard by who asks for it; nobody may.
      answer.catch(() => undefined);
      answers.set(keyOf(name, values), answer);
    },
    forget: () => answers.clear(),
  };
}

/** Sends a statement in the store's transaction whose answer nobody needs: what is read next is read after it. */
export type Later = (name: string, sql: string, values: readonly unknown[]) => Promise<void>;
