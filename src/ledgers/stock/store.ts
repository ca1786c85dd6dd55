import { type Tx, ts } from '../../platform/db.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import { type CatalogueRow, catalogueTable } from './tables.ts';

/** What keeps the catalogue of drugs, by the database or in memory. A drug told again replaces what was told. */
export interface StockStore {
  putCatalogue(row: CatalogueRow): Promise<void>;
}

export const createPgStockStore = (tx: Tx): StockStore => ({
  async putCatalogue(row) {
    await tx.query(
      `insert into catalogue (med_list_codg, name, pack, daily_dose, procured, updated_at)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (med_list_codg) do update set name = excluded.name, pack = excluded.pack,
         daily_dose = excluded.daily_dose, procured = excluded.procured, updated_at = excluded.updated_at`,
      [row.med_list_codg, row.name, row.pack, row.daily_dose, row.procured, ts(row.updated_at)],
    );
  },
});

export function createMemoryStockStore(deps: { readonly workingSet: WorkingSet }): StockStore {
  const catalogue = deps.workingSet.table(catalogueTable);
  return { putCatalogue: async (row) => catalogue.put(row) };
}
