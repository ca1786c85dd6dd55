import type { DeviceStateBrief } from '../store-rows.ts';

/** A camera's state, device time. */
export interface ToldState extends DeviceStateBrief {
  readonly camera_id: string;
}

/** A camera's clock offset. */
export interface ToldOffset {
  readonly measured_at: number;
  readonly offset_ms: number;
  readonly uncertainty_ms: number;
}

/**
 * What one camera after another told and what has left memory since: by camera, in order of time. Everything from `floor`
 * on, and of each camera the newest before it, since that still holds.
 */
export class Trail<Row extends object> {
  readonly #rows = new Map<string, Row[]>();
  readonly #momentOf: (row: Row) => number;
  #floor = Number.NEGATIVE_INFINITY;

  constructor(momentOf: (row: Row) => number) {
    this.#momentOf = momentOf;
  }

  /** Before it something may be missing here. */
  get floor(): number {
    return this.#floor;
  }

  /** Takes the place of a row of the same moment. */
  add(cameraId: string, row: Row): void {
    const rows = this.#rows.get(cameraId);
    if (!rows) {
      this.#rows.set(cameraId, [row]);
      return;
    }
    const at = this.#placeOf(rows, this.#momentOf(row));
    const same = rows[at];
    rows.splice(at, same !== undefined && this.#momentOf(same) === this.#momentOf(row) ? 1 : 0, row);
  }

  /** In order of time. */
  of(cameraId: string): readonly Row[] {
    return this.#rows.get(cameraId) ?? NONE;
  }

  /** Forgets what is older than `floor`, but of each camera the newest of it. */
  forget(floor: number): void {
    if (floor <= this.#floor) return;
    let forgotten = false;
    for (const rows of this.#rows.values()) {
      const older = this.#placeOf(rows, floor) - 1;
      if (older <= 0) continue;
      rows.splice(0, older);
      forgotten = true;
    }
    if (forgotten) this.#floor = floor;
  }

  /** Index of the first row at or after a moment. */
  #placeOf(rows: readonly Row[], moment: number): number {
    let at = rows.length;
    while (at > 0 && this.#momentOf(rows[at - 1] as Row) >= moment) at -= 1;
    return at;
  }
}

const NONE: readonly never[] = [];
