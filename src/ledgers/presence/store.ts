import type { TemplateStore } from '../../people/template.store.ts';
import type { Tell } from '../../platform/tell.ts';
import type { AppearanceRow, DeviceStateRow, TerminalAuthRow, WatermarkRow } from './tables.ts';

/** What writes this ledger, by the database (pg-store.ts) or in memory (memory-store.ts). Rows that are read are locked. */
export interface PresenceStore extends TemplateStore {
  /** One appearance that began at that moment (device time). */
  appearance(wanted: AppearanceKey): Promise<AppearanceRow | null>;
  /** The same appearance as it was told with another beginning, within a day of this one. */
  misplaced(wanted: AppearanceKey): Promise<readonly AppearanceRow[]>;
  /** Inserts, or replaces the one of the same id and beginning. */
  putAppearance(row: AppearanceRow): Promise<void>;
  removeAppearances(rows: readonly AppearanceRow[]): Promise<void>;

  /**
   * Moves cameras' marks forward, never back, and adds to their counts; `updated_at` moves with the mark alone: it says
   * since when a camera is stuck. @param rows one a camera @returns where each mark stands, device time, by camera
   */
  raiseWatermarks(rows: readonly WatermarkRow[]): Promise<ReadonlyMap<string, number>>;

  /**
   * One state of each camera and beginning: state, end and reason of a known one change, where state or end differ.
   * @returns the id of the row when it is new or changed, else null
   */
  putDeviceState(row: DeviceStateRow): Promise<string | null>;

  /** Told twice, the first stands. */
  putTerminalAuth(row: TerminalAuthRow): Promise<void>;

  readonly tell: Tell;
}

export interface AppearanceKey {
  readonly id: string;
  readonly clinicCode: string;
  readonly from: number;
}
