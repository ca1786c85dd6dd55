import type { CameraRow, ClockOffsetRow } from './tables.ts';

/** What registers cameras and their clocks, by the database (pg-store.ts) or in memory (memory-store.ts). */
export interface DeviceStore {
  camera(id: string): Promise<CameraRow | null>;
  /** Of a known one everything changes but when it was created; without `withSource` its source stays too. */
  putCamera(row: CameraRow, options: { readonly withSource: boolean }): Promise<void>;
  /** The offset measured last; null: never measured. */
  newestOffset(cameraId: string): Promise<ClockOffsetRow | null>;
  /** One of each camera and moment. */
  putOffset(row: ClockOffsetRow): Promise<void>;
}
