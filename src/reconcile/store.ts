import type { Static, TSchema } from 'typebox';
import type { ClinicRow } from '../access/tables.ts';
import type { CameraRow } from '../devices/tables.ts';
import type { RequestFace } from '../ledgers/claims/request-face.ts';
import type { ClaimEventRow, ClaimStatementRow, SettlementRow } from '../ledgers/claims/rows.ts';
import type { AppearanceRow, DeviceStateRow, TerminalAuthRow } from '../ledgers/presence/tables.ts';
import type { FilingRow, PersonRow, PersonStatusRow, PortraitRow, ProxyRow, StaffRow } from '../people/tables.ts';
import type { EnqueueOptions, Topic } from '../platform/outbox.ts';
import type { BookStore, ElsewhereBrief } from './book/store.ts';
import type { ClinicScoreStore } from './clinic-score/store.ts';
import type { FaceSample } from './face-judge.ts';
import type { Subject, SubjectKind } from './facts.ts';
import type { HoldAttemptRow, HoldBreakerRow } from './holding/tables.ts';
import type { InRequestStore } from './in-request/store.ts';
import type { Span } from './intervals.ts';
import type { PeriodStore } from './periods/store.ts';
import type {
  AssessmentHeadRow,
  AssessmentRow,
  ClinicScheduleRow,
  DecisionEventRow,
  DecisionRow,
  FindingRow,
} from './tables.ts';

/**
 * Everything that this room reads and writes without a person's asking: assessments, decisions and what leads to them.
 * Two implementations mean the same: PostgreSQL (one transaction) and tables in memory (bulk). A method gives plain rows;
 * what they mean together is told by shared code. Rows come **in no order** and lists without limit where nothing else is
 * said. Times are epoch ms. A span is [from, to), both ends named where it is not. Puts are seen by later reads of the same
 * store, and are written with the end of its work at the latest.
 */
export interface ReconcileStore extends BookStore, PeriodStore, ClinicScoreStore, InRequestStore {
  // ── order of work ─────────────────────────────────────────────────────────────────────────────────────────────────
  /** Waits until nobody else works under this key, until this store's work ends. In memory: nothing. */
  lock(key: string): Promise<void>;
  /** Where the settlement belongs, locked under its visit's key (`visitKeyOf`), in one step; null: none of that id. */
  lockSettlement(settlementId: string): Promise<SettlementRef | null>;
  /**
   * Leaves work for others, with this store's commit. Equal keys of a topic that wait are one: the earliest moment and
   * the newest payload stand. `availableAt` left out: now.
   */
  tell<Schema extends TSchema>(topic: Topic<Schema>, items: readonly Told<Static<Schema>>[]): void;

  // ── a subject and its visit ───────────────────────────────────────────────────────────────────────────────────────
  /** Everything known of a subject, and of its visit when it belongs to one. Rows that are locked stay so until the end. */
  standingOf(options: { readonly subject: Subject; readonly visitKey: string | null }): Promise<StandingRows>;
  /**
   * Says what will probably be asked next, so that the answers travel together. Who then asks otherwise is answered all the
   * same, and puts in between are seen. In memory: nothing.
   */
  expect(asked: () => ExpectedReads): void;
  /** Where a settlement belongs, unlocked. */
  settlementRef(settlementId: string): Promise<SettlementRef | null>;
  /** Stored facts, still compressed; null: not kept (any more). */
  factsBody(hash: Buffer): Promise<Buffer | null>;
  /** Who a claim is about: his clinic, his row, all that lists ever said of him, what the clinic filed for that moment. */
  parties(options: {
    readonly clinicCode: string;
    /** null: no person; `person` is null and `statuses` are empty. */
    readonly psnNo: string | null;
    readonly at: number;
    /** For the terminal's face checks, both ends included. */
    readonly around: Span;
    /** For his settlements elsewhere, both ends included; null: they are not asked for. */
    readonly elsewhere: Span | null;
  }): Promise<PartyRows>;

  // ── what cameras saw ──────────────────────────────────────────────────────────────────────────────────────────────
  /** A clinic's cameras, enabled or not, with what they told about a span of true time, and what was seen in it. */
  presence(options: { readonly clinicCode: string; readonly at: number; readonly span: Span }): Promise<PresenceRows>;
  /** Whose faces may be meant: see PeopleRows. */
  people(options: {
    readonly clinicCode: string;
    /** The insured people that claims are about. May be empty, never holds one twice. */
    readonly psnNos: readonly string[];
    /** Also who else settled at the clinic with from <= at < to; null: nobody. */
    readonly others: Span | null;
  }): Promise<PeopleRows>;
  /** Opened templates by id; ids that are not kept any more are absent. The same object may come again and again. */
  templates(ids: readonly string[]): Promise<ReadonlyMap<string, FaceSample>>;

  // ── a clinic's day, a camera's outage ─────────────────────────────────────────────────────────────────────────────
  /**
   * The clinic, its settlements with from <= at < to, its filings that overlap [from, to): from_at < to, to_at null or > from;
   * the terminal's face checks of around.from <= at <= around.to.
   */
  day(options: { readonly clinicCode: string; readonly around: Span } & Span): Promise<DayRows>;
  /** A camera with its clinic, and its states around a moment of device time; null: no such camera. */
  camera(options: { readonly cameraId: string; readonly deviceMs: number }): Promise<CameraDetailRows | null>;
  /** Filings of a clinic with from_at <= to, and to_at null or >= from. */
  filings(options: { readonly clinicCode: string } & Span): Promise<readonly FilingBrief[]>;
  /** Settlements of a clinic with from <= at <= to (null: no end): the first `limit` by (at, id). */
  settlementsFrom(options: {
    readonly clinicCode: string;
    readonly from: number;
    readonly to: number | null;
    readonly limit: number;
  }): Promise<readonly SettlementBrief[]>;
  /** States of a clinic's cameras (null: all) that began with from <= from_at <= to (null: no end), device time. */
  deviceStates(options: {
    readonly clinicCode: string;
    readonly cameraId: string | null;
    readonly from: number;
    readonly to: number | null;
  }): Promise<readonly (DeviceStateBrief & { readonly camera_id: string })[]>;
  /**
   * For each camera of the clinic, with d = `at` (true time) + its newest offset measured at or before `at` (0 without one):
   * the states with d − lookBackMs <= from_at <= d that began after its newest state that sees (`isOut` of outages.ts
   * is false) and began **before** d.
   */
  outageStates(options: {
    readonly clinicCode: string;
    readonly at: number;
    readonly lookBackMs: number;
  }): Promise<readonly (DeviceStateBrief & { readonly camera_id: string; readonly offset_ms: number })[]>;

  // ── which subjects something touches ──────────────────────────────────────────────────────────────────────────────
  /** device − true of the newest offset measured at or before a moment of true time; 0: none. */
  offsetAt(cameraId: string, at: number): Promise<number>;
  /** Which of these subjects of one kind have ever been assessed. */
  assessed(kind: SubjectKind, ids: readonly string[]): Promise<readonly AssessedRef[]>;
  /** Heads of settlements and visits of a clinic with window_from <= to, window_to >= from and window_from >= from − LONGEST_WINDOW_MS. */
  windowsOver(clinicCode: string, span: Span): Promise<readonly WindowRef[]>;
  /**
   * For each place: heads of settlements and visits of its clinic with window_from <= at <= window_to and
   * window_from >= at − LONGEST_WINDOW_MS whose verdict is null or not `match`; none where no appearance of the clinic (of
   * whatever state) that has a template began within 24 hours of `at`, both ends included. One list for all places; a
   * head may stand in it twice.
   */
  neighbours(places: readonly { readonly clinicCode: string; readonly at: number }[]): Promise<readonly WindowRef[]>;
  /** Camera heads of a clinic whose id begins with `<cameraId>@`, with window_to >= from and window_from <= to (null: no end). */
  knownOutages(options: {
    readonly clinicCode: string;
    readonly cameraId: string;
    readonly from: number;
    readonly to: number | null;
  }): Promise<readonly SubjectRef[]>;
  /** Heads of a clinic with after < awaits_until <= until (after null: no beginning). */
  awaitingBetween(clinicCode: string, after: number | null, until: number): Promise<readonly SubjectRef[]>;
  /** Raises a camera's mark to at least `until` (true time). @returns what it was; null: it had none */
  raiseWatermarkSeen(cameraId: string, until: number): Promise<number | null>;
  /** The least mark (true time) of a clinic's cameras that are enabled, asked for by every claim type, and have one; null: none. */
  leastWatermarkSeen(clinicCode: string): Promise<number | null>;
  /**
   * Settlements and (registration, trial_settlement) events of people with from <= at <= to (null: no end): of each the
   * first `limit` by (at, id). The people: `psnNo`; `withRelated` also who ever named him a proxy (proxies.proxy_psn_no,
   * whatever its dates) and who shares his household.
   */
  claimsOfPeople(options: {
    readonly psnNo: string;
    readonly withRelated: boolean;
    readonly from: number;
    readonly to: number | null;
    readonly limit: number;
  }): Promise<TouchedRows>;
  /** The same for all settlements and trial_settlement events (not registrations) of a clinic. */
  claimsOfClinic(options: {
    readonly clinicCode: string;
    readonly from: number;
    readonly to: number | null;
    readonly limit: number;
  }): Promise<TouchedRows>;
  /** Clinic of a row of `staff`; null: none of that id. */
  clinicOfStaff(staffId: string): Promise<string | null>;

  // ── decisions ─────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Locked until the end. */
  decisionById(id: string): Promise<DecisionRow | null>;
  /** Not locked. */
  decisionOf(visitKey: string): Promise<DecisionRow | null>;
  /** All findings with this incident_key, taken back ones too. */
  findingsOfIncident(incidentKey: string): Promise<readonly FindingRow[]>;

  /** What a reconciliation or a pull told; null: no such message. */
  statement(msgid: string): Promise<ClaimStatementRow | null>;
  /** Settlements of a clinic that stand, with from <= at < to, of one kind of insurance (null: all). */
  ledgerTotals(
    options: { readonly clinicCode: string; readonly insutype: string | null } & Span,
  ): Promise<LedgerTotals>;
  /** Which of these settlements (setl_id, whatever became of them) or visits (mdtrt_id, of the clinic) are known. */
  knownNumbers(options: {
    readonly clinicCode: string;
    readonly setlIds: readonly string[];
    readonly mdtrtIds: readonly string[];
  }): Promise<readonly string[]>;
  /** Whether holding is paused in these scopes; absent: it never was. */
  holdBreakers(scopes: readonly string[]): Promise<readonly HoldBreakerRow[]>;
  /**
   * Of a county (six digits), or everywhere: decisions that should have held at or after `since`, without the one that is
   * asked about, and decisions first made at or after `since`.
   */
  holdCounts(options: {
    readonly region: string | null;
    readonly since: number;
    readonly except: string;
  }): Promise<{ readonly wanted: number; readonly decided: number }>;

  // ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Appends an assessment and replaces the head of its subject. Facts are stored once under their hash (`created_at`: the
   * assessment's `at`), as `compressFacts` of facts-form.ts has them.
   */
  putAssessment(options: {
    readonly facts: { readonly hash: Buffer; readonly json: string };
    readonly assessment: AssessmentRow;
    readonly head: AssessmentHeadRow;
  }): void;
  /** Each replaces the row of its (rule_id, subject_key); first_at and clinic_code of a row that is there stand. */
  putFindings(rows: readonly FindingRow[]): void;
  /** Replaces the row of its subject_key; id, clinic_code and decided_at of a row that is there stand. */
  putDecision(row: DecisionRow): void;
  /** Replaces the row of its scope. */
  putHoldBreaker(row: HoldBreakerRow): void;
  /** Replaces the row of its decision. */
  putHoldAttempt(row: HoldAttemptRow): void;
  /** Appends. The database numbers them in this order. */
  addDecisionEvent(event: Omit<DecisionEventRow, 'id'>): void;

  // ── openings and closings ─────────────────────────────────────────────────────────────────────────────────────────
  /** A clinic's hours and what of them is scheduled, locked until the end; null: no such clinic. */
  scheduleOf(clinicCode: string): Promise<ScheduleRows | null>;
  putSchedule(row: ClinicScheduleRow): void;
  /** Clinics never scheduled, scheduled to a day before `until`, or for other hours: the first `limit` codes in order. */
  dueClinics(options: { readonly until: string; readonly limit: number }): Promise<readonly string[]>;
}

/** Arguments of reads to come; null: that one is not expected. */
export interface ExpectedReads {
  readonly parties: Parameters<ReconcileStore['parties']>[0];
  readonly presence: Parameters<ReconcileStore['presence']>[0] | null;
  readonly people: Parameters<ReconcileStore['people']>[0] | null;
}

/** Sums leave out what was not told. */
export interface LedgerTotals {
  readonly settlements: number;
  readonly totalFen: number;
  readonly fundFen: number;
}

export interface Told<Payload> {
  readonly payload: Payload;
  readonly options?: EnqueueOptions;
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
  'id' | 'camera_id' | 'state' | 'from_at' | 'to_at' | 'faces' | 'quality' | 'revision' | 'template_id'
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
