/** Pure: one question about a camera, and its answer. */

export const CHECK_IDS = [
  'address',
  'reachable',
  'login',
  'path',
  'stream',
  'codec',
  'smart_codec',
  'gop',
  'frame_rate',
  'bit_rate',
  'time_stamps',
  'picture',
  'face_size',
  'view',
  'clock',
  'password',
] as const;
export type CheckId = (typeof CHECK_IDS)[number];

export interface Words {
  readonly zh: string;
  readonly en: string;
}

export interface Check {
  readonly id: CheckId;
  /** Null: it cannot be told, and the words say why. */
  readonly ok: boolean | null;
  readonly zh: string;
  readonly en: string;
  /** What to do; null where nothing is to be done. */
  readonly remedy: Words | null;
}

export const words = (zh: string, en: string): Words => ({ zh, en });
export const good = (id: CheckId, zh: string, en: string): Check => ({ id, ok: true, zh, en, remedy: null });
export const bad = (id: CheckId, said: Words, remedy: Words): Check => ({ id, ok: false, ...said, remedy });
export const unsure = (id: CheckId, said: Words, remedy: Words | null): Check => ({ id, ok: null, ...said, remedy });
