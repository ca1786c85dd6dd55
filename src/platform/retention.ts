/** How long each class of data is kept: days, or null for "until someone decides". From config/retention.yaml. */
export interface RetentionPolicy {
  /** @returns epoch ms, or null when the class does not expire by itself */
  expiresAt(retentionClass: string, fromMs: number): number | null;
}

const DAY_MS = 86_400_000;

/** @throws RangeError on a class that the policy does not name */
export function createRetentionPolicy(daysByClass: Readonly<Record<string, number | null>>): RetentionPolicy {
  return {
    expiresAt(retentionClass, fromMs) {
      const days = daysByClass[retentionClass];
      if (days === undefined) throw new RangeError(`config/retention.yaml does not name the class ${retentionClass}`);
      return days === null ? null : fromMs + days * DAY_MS;
    },
  };
}
