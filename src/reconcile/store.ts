import type { Static, TSchema } from 'typebox';
import type { ClaimStatementRow } from '../ledgers/claims/rows.ts';
import type { EnqueueOptions, Topic } from '../platform/outbox.ts';
import type { BookStore } from './book/store.ts';
import type { ClinicScoreStore } from './clinic-score/store.ts';
import type { FaceSample } from './face-judge.ts';
import type { Subject, SubjectKind } from './facts.ts';
import type { HoldAttemptRow, HoldBreakerRow } from './holding/tables.ts';
import type { InRequestStore } from './in-request/store.ts';
import type { Span } from './intervals.ts';
import type { PeriodStore } from './periods/store.ts';
import type {
  AssessedRef,
  CameraDetailRows,
  DayRows,
  DeviceStateBrief,
  FilingBrief,
  LedgerTotals,
  PartyRows,
  PeopleRows,
  PresenceRows,
  ScheduleRows,
  SettlementBrief,
  SettlementRef,
  StandingRows,
  SubjectRef,
  TouchedRows,
  WindowRef,
} from './store-rows.ts';
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

export interface Told<Payload> {
  readonly payload: Payload;
  readonly options?: EnqueueOptions;
}
