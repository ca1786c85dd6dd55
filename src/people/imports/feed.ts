import type { Scope } from '../../access/principal.ts';
import type { Tx } from '../../platform/db.ts';
import type { WriterDeps } from '../deps.ts';
import type { Cells, Column } from './columns.ts';
import { RowRefusal } from './refusals.ts';

/** For whom and where a feed is read. */
export interface FeedContext {
  readonly timeZone: string;
  readonly scope: Scope;
  /** Region prefix of the people that the sender may write. */
  readonly prefix: string;
  /** Who sent it; stands as the source of what it says. */
  readonly sender: string;
}

export interface FeedDefinition<Row, Fact> {
  readonly kind: string;
  readonly zh: string;
  readonly en: string;
  readonly columns: readonly Column[];
  /** Reads one row by itself. @throws RowRefusal */
  parse(cells: Cells, context: FeedContext): Row;
  /** Holds rows to what is stored: for each, what is to be written, or why not. */
  resolve(
    tx: Tx,
    deps: WriterDeps,
    rows: readonly Row[],
    context: FeedContext,
  ): Promise<(readonly Fact[] | RowRefusal)[]>;
  write(tx: Tx, deps: WriterDeps, facts: readonly Fact[], context: FeedContext): Promise<void>;
}

/** A feed with its own row types hidden: a batch of rows goes in, a refusal or null for each comes out. */
export interface Feed {
  readonly kind: string;
  readonly zh: string;
  readonly en: string;
  readonly columns: readonly Column[];
  store(tx: Tx, deps: WriterDeps, batch: readonly Cells[], context: FeedContext): Promise<(RowRefusal | null)[]>;
}

export function defineFeed<Row, Fact>(definition: FeedDefinition<Row, Fact>): Feed {
  const { kind, zh, en, columns } = definition;
  return {
    kind,
    zh,
    en,
    columns,
    async store(tx, deps, batch, context) {
      const parsed = batch.map((cells) => {
        try {
          return { row: definition.parse(cells, context) };
        } catch (error) {
          if (error instanceof RowRefusal) return error;
          throw error;
        }
      });
      const good = parsed.flatMap((item, index) => (item instanceof RowRefusal ? [] : [{ index, row: item.row }]));
      const rows = good.map(({ row }) => row);
      const resolved = rows.length === 0 ? [] : await definition.resolve(tx, deps, rows, context);
      const refusals = parsed.map((item) => (item instanceof RowRefusal ? item : null));
      const facts: Fact[] = [];
      resolved.forEach((outcome, i) => {
        const at = good[i]?.index;
        if (at === undefined) return;
        if (outcome instanceof RowRefusal) refusals[at] = outcome;
        else facts.push(...outcome);
      });
      if (facts.length > 0) await definition.write(tx, deps, facts, context);
      return refusals;
    },
  };
}
