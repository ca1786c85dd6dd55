import { defineTable } from '../../platform/working-set/table.ts';

/** The whole installation. */
export const EVERYWHERE = '*';

export interface HoldBreakerRow {
  /** `EVERYWHERE`, or a county's six digits. */
  readonly scope: string;
  readonly state: 'open' | 'closed';
  readonly opened_at: number;
  /** When it closes by itself; null: it is closed. */
  readonly closes_at: number | null;
  /** Holds wanted and decisions made within the window, when it opened. */
  readonly wanted: number;
  readonly decided: number;
  /** Holds that became reviews since it opened. */
  readonly withheld: number;
  readonly closed_at: number | null;
  /** null: open, or closed by itself. */
  readonly closed_by: string | null;
  readonly note: string | null;
  readonly updated_at: number;
}

export const holdBreakersTable = defineTable<HoldBreakerRow>()({
  name: 'hold_breakers',
  columns: {
    scope: 'text',
    state: 'text',
    opened_at: 'timestamptz',
    closes_at: 'timestamptz',
    wanted: 'int',
    decided: 'int',
    withheld: 'int',
    closed_at: 'timestamptz',
    closed_by: 'text',
    note: 'text',
    updated_at: 'timestamptz',
  },
  key: ['scope'],
  page: 'never',
  indexes: {},
});

export interface HoldAttemptRow {
  readonly decision_id: string;
  readonly at: number;
  readonly clinic_code: string;
  readonly region: string;
  readonly held: boolean;
}

export const holdAttemptsTable = defineTable<HoldAttemptRow>()({
  name: 'hold_attempts',
  columns: { decision_id: 'uuid', at: 'timestamptz', clinic_code: 'text', region: 'text', held: 'boolean' },
  key: ['decision_id'],
  // A hold is rare: all of them fit into memory.
  page: 'never',
  indexes: {},
});
