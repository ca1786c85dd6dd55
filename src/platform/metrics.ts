/** Counts of a process since it started: what happened how often, by labels. Whoever owns the process makes one and hands it on. */
export interface Counters {
  /** @param labels few values each: a rule's id, never a person's or a message's number */
  add(name: string, labels: Readonly<Record<string, string>>, by?: number): void;
  /** In order of name and labels. */
  read(): readonly Count[];
}

export interface Count {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function createCounters(): Counters {
  const counts = new Map<string, Count>();
  return {
    add(name, labels, by = 1) {
      const inOrder = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
      const key = JSON.stringify([name, inOrder]);
      counts.set(key, { name, labels, value: (counts.get(key)?.value ?? 0) + by });
    },
    read: () => [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count),
  };
}
