import type { Keyring } from '../platform/crypto.ts';
import type { Queryable } from '../platform/db.ts';
import { Lru } from '../platform/lru.ts';
import { asReal } from '../platform/real.ts';
import type { WorkingSet } from '../platform/working-set/working-set.ts';
import { type TemplateRow, templatesTable } from './tables.ts';
import {
  getTemplates,
  lateSealedTemplate,
  openedTemplate,
  type StoredTemplate,
  type TemplateStore,
} from './template.store.ts';

/** Templates of bulk work: rows are sealed as they leave memory, the newest ones stay at hand in the clear. */
export interface MemoryTemplates extends TemplateStore {
  /** Templates of `ids`; ids that are not kept any more are absent. The same object each time, while it is at hand. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, StoredTemplate>>;
  /** Lets go what was not read since it was called before. */
  age(): void;
}

/** @param options.cap how many stay in the clear at least (at most twice as many); about 0.7 kB each with 128 numbers */
export function createMemoryTemplates(options: {
  readonly workingSet: WorkingSet;
  readonly db: Queryable;
  readonly keyring: Keyring;
  readonly cap: number;
}): MemoryTemplates {
  const { workingSet, db, keyring } = options;
  const table = workingSet.table(templatesTable);
  const atHand = new Lru<string, StoredTemplate>(options.cap);
  const deleted = new Set<string>();

  const fetch = async (ids: readonly string[], found: Map<string, StoredTemplate>): Promise<void> => {
    await workingSet.written();
    for (const [id, stored] of await getTemplates(db, keyring, ids)) {
      if (deleted.has(id)) continue;
      atHand.set(id, stored);
      found.set(id, stored);
    }
  };

  return {
    async addTemplates(templates) {
      return templates.map((fresh) => {
        const stored: StoredTemplate = {
          // A view of a bigger buffer would keep all of it alive.
          template:
            fresh.template.buffer.byteLength === fresh.template.byteLength ? fresh.template : fresh.template.slice(),
          modelVersion: fresh.modelVersion,
          quality: asReal(fresh.quality),
        };
        const row = lateSealedTemplate(keyring, {
          ...stored,
          retentionClass: fresh.retentionClass,
          createdAt: fresh.createdAt,
        });
        table.put(row);
        atHand.set(row.id, stored);
        return row.id;
      });
    },

    async deleteTemplates(ids) {
      for (const id of ids) {
        atHand.delete(id);
        if (table.get(id) === undefined) {
          // It is in the database alone, which is all that a deletion must know of it.
          table.restore([tombstone(id)]);
          deleted.add(id);
        }
        table.delete(table.get(id) ?? tombstone(id));
      }
      if (deleted.size > REMEMBERED_DELETIONS) deleted.clear();
    },

    age: () => atHand.age(),

    async read(ids) {
      const found = new Map<string, StoredTemplate>();
      const missing: string[] = [];
      for (const id of ids) {
        const known = atHand.get(id);
        if (known !== undefined) {
          found.set(id, known);
          continue;
        }
        const row = table.get(id);
        if (row === undefined || row.template_enc.length === 0) {
          missing.push(id);
          continue;
        }
        const opened = openedTemplate(keyring, row);
        atHand.set(id, opened);
        found.set(id, opened);
      }
      if (missing.length > 0) await fetch(missing, found);
      return found;
    },
  };
}

/** Deletions wait for the next flush only; nobody asks for an id much later than it was deleted. */
const REMEMBERED_DELETIONS = 100_000;

const tombstone = (id: string): TemplateRow => ({
  id,
  template_enc: Buffer.alloc(0),
  dimension: 0,
  model_version: '',
  quality: 0,
  retention_class: '',
  created_at: 0,
});
