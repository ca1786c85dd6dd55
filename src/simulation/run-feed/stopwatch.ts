/** Where the time goes, in milliseconds by name. */
export interface Stopwatch {
  time<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Adds what has passed since `from` (performance.now()). */
  add(name: string, from: number): void;
  /** By name: total and how often, the longest first. */
  readings(): { readonly name: string; readonly ms: number; readonly times: number }[];
}

export function createStopwatch(): Stopwatch {
  const readings = new Map<string, { name: string; ms: number; times: number }>();
  const add = (name: string, from: number): void => {
    const passed = performance.now() - from;
    const reading = readings.get(name);
    if (reading) {
      reading.ms += passed;
      reading.times += 1;
    } else readings.set(name, { name, ms: passed, times: 1 });
  };
  return {
    add,
    async time(name, work) {
      const from = performance.now();
      try {
        return await work();
      } finally {
        add(name, from);
      }
    },
    readings: () => [...readings.values()].toSorted((a, b) => b.ms - a.ms),
  };
}
