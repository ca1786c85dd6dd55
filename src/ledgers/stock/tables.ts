import { defineTable } from '../../platform/working-set/table.ts';

/** A drug of the national catalogue, as rules need it. Quantities are decimals. */
export interface CatalogueRow {
  readonly med_list_codg: string;
  readonly name: string | null;
  /** Smallest units in a pack; null: unknown. */
  readonly pack: string | null;
  /** Smallest units a day; null: unknown. */
  readonly daily_dose: string | null;
  /** Centrally procured (集采). */
  readonly procured: boolean;
  readonly updated_at: number;
}

export const catalogueTable = defineTable<CatalogueRow>()({
  name: 'catalogue',
  columns: {
    med_list_codg: 'text',
    name: 'text',
    pack: 'numeric',
    daily_dose: 'numeric',
    procured: 'boolean',
    updated_at: 'timestamptz',
  },
  key: ['med_list_codg'],
  page: 'never',
  indexes: {},
});
