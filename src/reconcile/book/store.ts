import type { ClaimEventBody } from '../../ledgers/claims/claim.ts';
import type { ClaimEventRow, FeeLineRow, SettlementRow } from '../../ledgers/claims/rows.ts';
import type { PersonRow, StaffRow, StaffSignInRow } from '../../people/tables.ts';
import type { Span } from '../intervals.ts';

/** What the room's store reads of a day's books. Rows come in no order, and may come more than once. */
export interface BookStore {
  /** Of a clinic's day that is over: see DayBookRows. */
  dayBooks(options: {
    readonly clinicCode: string;
    readonly mdtrtIds: readonly string[];
    readonly psnNos: readonly string[];
    readonly day: Span;
  }): Promise<DayBookRows>;
  /** A camera and its newest clock offset; null: no such camera. */
  cameraClock(cameraId: string): Promise<CameraClockRow | null>;
}

/** Lines and diagnoses lie within so much of their day, or they are not of it. */
export const BOOK_SLACK_MS = 86_400_000;
/** A sign-in that nobody ended is one of its day. */
export const SIGN_IN_REACH_MS = 86_400_000;
/** A clinic of which nobody signed in on the day, nor so long before it, is taken to keep no sign-ins. */
export const SIGN_INS_KEPT_MS = 86_400_000;
/** How far from a settlement the same person's others are looked for, beyond its local day. */
export const ELSEWHERE_REACH_MS = 3 * 3_600_000;

export interface DayBookRows {
  /** Of those visits at that clinic, not cancelled, day.from − BOOK_SLACK_MS <= at < day.to + BOOK_SLACK_MS. */
  readonly lines: readonly Pick<FeeLineRow, 'mdtrt_id' | 'doctor_code' | 'med_list_codg'>[];
  /** Diagnoses (2203) of those visits, within the same span; not taken back. */
  readonly diagnoses: readonly (Pick<ClaimEventRow, 'id' | 'at' | 'mdtrt_id'> & {
    readonly request: ClaimEventBody['request'] | null;
  })[];
  readonly persons: readonly Pick<PersonRow, 'psn_no' | 'sex' | 'birth' | 'household'>[];
  /** The clinic's roster. */
  readonly roster: readonly Pick<StaffRow, 'staff_no'>[];
  /**
   * Sign-ins at this clinic, and elsewhere of staff with a number that `lines` name: from_at < day.to,
   * from_at >= day.from − SIGN_IN_REACH_MS, to_at null or > day.from.
   */
  readonly signIns: readonly (Pick<StaffSignInRow, 'clinic_code' | 'from_at' | 'to_at'> & Pick<StaffRow, 'staff_no'>)[];
  /** A sign-in at this clinic with day.from − SIGN_INS_KEPT_MS <= from_at < day.to. */
  readonly kept: boolean;
}

export type ElsewhereBrief = Pick<SettlementRow, 'clinic_code' | 'setl_id' | 'msgid' | 'at'> & {
  /** Of that clinic; null: not registered. */
  readonly region_code: string | null;
};

export interface CameraClockRow {
  readonly id: string;
  readonly clinic_code: string;
  readonly scene_point: string;
  readonly enabled: boolean;
  /** Newest measurement; null: none. */
  readonly offset_ms: number | null;
  readonly uncertainty_ms: number | null;
  readonly measured_at: number | null;
}
