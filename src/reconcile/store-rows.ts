import type { ClinicRow } from '../access/tables.ts';
import type { CameraRow } from '../devices/tables.ts';
import type { RequestFace } from '../ledgers/claims/request-face.ts';
import type { ClaimEventRow, SettlementRow } from '../ledgers/claims/rows.ts';
import type { AppearanceRow, DeviceStateRow, TerminalAuthRow } from '../ledgers/presence/tables.ts';
import type { FilingRow, PersonRow, PersonStatusRow, PortraitRow, ProxyRow, StaffRow } from '../people/tables.ts';
import type { ElsewhereBrief } from './book/store.ts';
import type { SubjectKind } from './facts.ts';
import type { AssessmentHeadRow, ClinicScheduleRow, DecisionRow, FindingRow } from './tables.ts';

/** The rows that this room's store gives: of other rooms' tables only the columns that are looked at. */

/** Sums leave out what was not told. */
export interface LedgerTotals {
  readonly settlements: number;
  readonly totalFen: number;
  readonly fundFen: number;
}

export interface SubjectRef {
  readonly subject_kind: SubjectKind;
  readonly subject_id: string;
}

export type AssessedRef = Pick<AssessmentHeadRow, 'subject_id' | 'awaits_until'>;

/** A subject with what its head says. */
export type WindowRef = SubjectRef & Pick<AssessmentHeadRow, 'verdict' | 'awaits_until'>;

export type SettlementRef = Pick<SettlementRow, 'id' | 'clinic_code' | 'mdtrt_id' | 'msgid' | 'at' | 'psn_no'>;

export type SettlementBrief = Pick<
  SettlementRow,
  | 'id'
  | 'at'
  | 'msgid'
  | 'setl_id'
  | 'mdtrt_id'
  | 'clinic_code'
  | 'psn_no'
  | 'med_type'
  | 'total_fen'
  | 'fund_fen'
  | 'reversed_at'
>;

export type ClaimEventBrief = Pick<
  ClaimEventRow,
  'id' | 'kind' | 'at' | 'clinic_code' | 'msgid' | 'psn_no' | 'mdtrt_id' | 'reversed_at'
> & {
  /** `body.medType` */
  readonly med_type: string | null;
  readonly refused: boolean;
  /** The terminal's number that the request named. */
  readonly auth_no: string | null;
  readonly request_face: RequestFace | null;
};

export interface StandingRows {
  /** Of the subject. */
  readonly head: Pick<
    AssessmentHeadRow,
    'assessment_id' | 'facts_hash' | 'rule_set' | 'awaits_until' | 'verdict'
  > | null;
  /** Of the subject (`subjectBaseOf(subject_key)` = `<kind>/<id>`), and those whose incident_key is the visit key. Locked. */
  readonly findings: readonly FindingRow[];
  /** Of the visit, locked; null without a visit key. */
  readonly decision: DecisionRow | null;
  /**
   * Registrations, trial settlements and settlements of the visit: `message:<msgid>` means all of that msgid, whatever their
   * visit; `visit:<clinic>:<mdtrt_id>` those of that clinic and number. Empty without a visit key.
   */
  readonly events: readonly ClaimEventBrief[];
  /** Settlements of the visit, matched in the same way; and the subject itself, if it is one. */
  readonly settlements: readonly SettlementBrief[];
}

export type ClinicBrief = Pick<ClinicRow, 'code' | 'region_code' | 'face_recognition' | 'mode' | 'open_hours'>;
export type FilingBrief = Pick<FilingRow, 'what' | 'psn_no' | 'camera_id' | 'from_at' | 'to_at'>;
export type StatusBrief = Pick<PersonStatusRow, 'what' | 'from_at' | 'to_at' | 'institution' | 'source' | 'created_at'>;

export interface PartyRows {
  readonly clinic: ClinicBrief | null;
  readonly person: Pick<PersonRow, 'psn_no' | 'sex' | 'birth'> | null;
  readonly statuses: readonly StatusBrief[];
  /** Of the clinic, for whomever: from_at <= at, and to_at null or > at. */
  readonly filings: readonly FilingBrief[];
  /** Of that person at that clinic, within `around`. */
  readonly auths: readonly AuthBrief[];
  /** Of that person at other clinics, not reversed. */
  readonly elsewhere: readonly ElsewhereBrief[];
}

export type AuthBrief = Pick<TerminalAuthRow, 'psn_no' | 'ok' | 'at'>;

export type DeviceStateBrief = Pick<DeviceStateRow, 'state' | 'from_at' | 'to_at'>;

export type CameraBrief = Pick<CameraRow, 'id' | 'scene_point' | 'required_med_types' | 'enabled'> & {
  /** Of the newest offset measured at or before `at`; null: none. */
  readonly offset_ms: number | null;
  readonly uncertainty_ms: number | null;
  /** Watermark, device time; null: it has never told one. */
  readonly until_at: number | null;
  /** When that watermark was written, true time. */
  readonly moved_at: number | null;
  /**
   * With s = span shifted by offset_ms (0 without one): the newest state with from_at <= s.from, and all with
   * s.from < from_at < s.to, in order of from_at.
   */
  readonly states: readonly DeviceStateBrief[];
};

export type AppearanceBrief = Pick<
  AppearanceRow,
  'id' | 'camera_id' | 'state' | 'from_at' | 'to_at' | 'faces' | 'quality' | 'revision' | 'template_id' | 'presentation'
>;

export interface PresenceRows {
  /** In order of id (by code unit). */
  readonly cameras: readonly CameraBrief[];
  /**
   * Of the clinic, not void. With lo and hi the least and the greatest offset_ms of its cameras (null counts as 0):
   * span.from + lo − LONGEST_APPEARANCE_MS <= from_at < span.to + hi, and to_at >= span.from + lo. None without cameras.
   */
  readonly appearances: readonly AppearanceBrief[];
}

/** No window around a claim is longer (WindowSchema): what began earlier has no presence in it. */
export const LONGEST_WINDOW_MS = 3 * 86_400_000;

/** Somebody who stands before a camera longer than this is a new appearance. */
export const LONGEST_APPEARANCE_MS = 12 * 3_600_000;

export interface PeopleRows {
  /** All staff the clinic ever had. */
  readonly staff: readonly Pick<StaffRow, 'id' | 'psn_no' | 'active_from' | 'active_to'>[];
  /** All proxies that psnNos ever named. */
  readonly proxies: readonly Pick<ProxyRow, 'psn_no' | 'proxy_psn_no' | 'from_at' | 'to_at' | 'revoked_at'>[];
  /** Everyone in a household of one of psnNos, themselves included; people without a household are absent. */
  readonly households: readonly { readonly psn_no: string; readonly household: string }[];
  /** psn_no of who else settled, each once; may hold some of psnNos. Empty when `others` was null. */
  readonly others: readonly string[];
  /**
   * Accepted portraits that have a template: subject_kind `enrollee` of psnNos, of staff's psn_no, of proxies, households and
   * others; `staff` of staff's ids.
   */
  readonly portraits: readonly PortraitBrief[];
}

export type PortraitBrief = Pick<PortraitRow, 'id' | 'subject_kind' | 'subject_ref' | 'taken_on' | 'decided_at'> & {
  readonly template_id: string;
  /** A conflict about it is not settled. */
  readonly disputed?: boolean | null;
};

export interface DayRows {
  /** null: no such clinic; the rest is empty then. */
  readonly clinic: ClinicBrief | null;
  readonly settlements: readonly SettlementBrief[];
  readonly filings: readonly FilingBrief[];
  readonly auths: readonly AuthBrief[];
}

export interface CameraDetailRows {
  readonly camera: Pick<CameraRow, 'id' | 'clinic_code' | 'scene_point' | 'required_med_types' | 'enabled'>;
  readonly clinic: ClinicBrief;
  /** Of the newest offset measured at or before deviceMs; null: none. */
  readonly offset_ms: number | null;
  /** The newest that began before deviceMs, and the first 200 that began at it or later. */
  readonly states: readonly DeviceStateBrief[];
}

export type TouchedRow = Pick<SettlementRow, 'id' | 'clinic_code' | 'mdtrt_id' | 'msgid' | 'at'>;

export interface TouchedRows {
  /** In order of (at, id). */
  readonly settlements: readonly TouchedRow[];
  /** In order of (at, id). */
  readonly events: readonly TouchedRow[];
}

export interface ScheduleRows {
  readonly open_hours: ClinicRow['open_hours'];
  /** yyyy-mm-dd; null: never scheduled. */
  readonly scheduled_until: string | null;
  readonly scheduled_hours: ClinicScheduleRow['open_hours'] | null;
}
