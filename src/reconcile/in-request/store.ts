import type { TerminalAuthRow } from '../../ledgers/presence/tables.ts';
import type { Span } from '../intervals.ts';

export interface InRequestStore {
  /**
   * What is known of a terminal's number: its lines in the terminal's log, and whether another visit of the person named it
   * within `before`, both ends included, in a request that stands.
   */
  authNamed(options: {
    readonly authNo: string;
    readonly psnNo: string;
    readonly mdtrtId: string | null;
    readonly before: Span;
  }): Promise<AuthNamedRows>;
}

export interface AuthNamedRows {
  readonly auths: readonly Pick<TerminalAuthRow, 'clinic_code' | 'psn_no' | 'ok' | 'at'>[];
  readonly otherVisit: boolean;
}
