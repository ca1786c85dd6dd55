/**
 * How often people settle in a day and a month, in a fixed amount of memory (a count-min sketch, 10.1016/j.jalgor.2003.12.001):
 * a count is never too low, and seldom too high. It spares the question to the database for nearly everybody.
 */
export interface PersonCounts {
  /** @param day yyyy-mm-dd */
  add(psnNo: string, day: string): void;
  /** Whether so many may have been added of that day, or of its month. False is certain. */
  mayReach(psnNo: string, day: string, leastADay: number, leastAMonth: number): boolean;
}

/** Two rows of a million counts: a prefecture's month fills half of them once. */
const LOG2_CELLS = 21;
const MOST_MONTHS = 3;
const FULL = 255;

export function createPersonCounts(): PersonCounts {
  /** The newest months that were met. Of older ones nothing is known, and everything is possible. */
  const months = new Map<string, readonly [Uint8Array, Uint8Array]>();
  let forgotten = '';

  const cellsOf = (month: string): readonly [Uint8Array, Uint8Array] | null => {
    const known = months.get(month);
    if (known !== undefined) return known;
    if (month <= forgotten) return null;
    const cells = [new Uint8Array(2 ** LOG2_CELLS), new Uint8Array(2 ** LOG2_CELLS)] as const;
    months.set(month, cells);
    if (months.size > MOST_MONTHS) {
      const [oldest = ''] = [...months.keys()].sort();
      months.delete(oldest);
      forgotten = oldest > forgotten ? oldest : forgotten;
    }
    return months.get(month) ?? null;
  };

  return {
    add(psnNo, day) {
      const cells = cellsOf(day.slice(0, 7));
      if (cells === null) return;
      raise(cells, psnNo);
      raise(cells, `${psnNo} ${day}`);
    },

    mayReach(psnNo, day, leastADay, leastAMonth) {
      const cells = cellsOf(day.slice(0, 7));
      if (cells === null) return true;
      return count(cells, psnNo) >= leastAMonth || count(cells, `${psnNo} ${day}`) >= leastADay;
    },
  };
}

function raise(cells: readonly [Uint8Array, Uint8Array], key: string): void {
  const [a, b] = placesOf(key);
  const least = Math.min(cells[0][a] ?? 0, cells[1][b] ?? 0);
  if (least >= FULL) return;
  // Only what holds the least is raised: others were raised by others.
  if (cells[0][a] === least) cells[0][a] = least + 1;
  if (cells[1][b] === least) cells[1][b] = least + 1;
}

function count(cells: readonly [Uint8Array, Uint8Array], key: string): number {
  const [a, b] = placesOf(key);
  const least = Math.min(cells[0][a] ?? 0, cells[1][b] ?? 0);
  return least >= FULL ? Number.POSITIVE_INFINITY : least;
}

function placesOf(key: string): readonly [number, number] {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b ^= b >>> 13;
  }
  const mask = 2 ** LOG2_CELLS - 1;
  return [(a ^ (a >>> 15)) & mask, (b ^ (b >>> 16)) & mask];
}
