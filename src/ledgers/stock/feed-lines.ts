import { Decimal } from 'decimal.js';
import type { Clock } from '../../platform/clock.ts';
import type { StockStore } from './store.ts';

export interface FeedCatalogue {
  /** med_list_codg */
  readonly code: string;
  readonly name: string | null;
  /** Smallest units in a pack; null: unknown. */
  readonly pack: number | null;
  /** Smallest units a day; null: unknown. */
  readonly dailyDose: number | null;
  readonly procured: boolean;
}

/** A drug of the catalogue. A size of nothing or less is unknown. */
export const takeCatalogue = (store: StockStore, deps: { readonly clock: Clock }, line: FeedCatalogue): Promise<void> =>
  store.putCatalogue({
    med_list_codg: line.code,
    name: line.name,
    pack: sizeOf(line.pack),
    daily_dose: sizeOf(line.dailyDose),
    procured: line.procured,
    updated_at: deps.clock.now(),
  });

const sizeOf = (size: number | null): string | null =>
  size !== null && Number.isFinite(size) && size > 0 ? new Decimal(size).toFixed() : null;
