import type { Tell } from '../platform/tell.ts';
import type { AlertClass, Finding } from './alert.ts';
import type {
  Bound,
  BudgetDayRow,
  QueuedAlertRow,
  RuleRecordRow,
  SampleCheckRow,
  SampleDayRow,
  WaitReason,
} from './budget/tables.ts';
import type { AlertEventRow, AlertRow } from './tables.ts';

/** What makes alerts of findings, by the database (pg-store.ts) or in memory (memory-store.ts). */
export interface ReviewStore {
  /** Waits until nobody else works on this incident, until this store's work ends. In memory: nothing. */
  lock(incidentKey: string): Promise<void>;
  /** All findings of an incident, those that are taken back too, in no order. */
  findings(incidentKey: string): Promise<readonly Finding[]>;
  /** The alert of an incident, locked; null: none was raised. */
  alert(incidentKey: string): Promise<AlertRow | null>;
  /** Inserts, or replaces the one of the same id. */
  putAlert(row: AlertRow): Promise<void>;
  /** Appends to the history of all alerts. Last in its transaction: everyone waits for the number. */
  addEvent(event: Omit<AlertEventRow, 'seq'>): Promise<void>;

  settlementsNumbered(setlIds: readonly string[]): Promise<readonly NamedSettlement[]>;
  settlementsOfMessage(near: Near, msgid: string): Promise<readonly NamedSettlement[]>;
  settlementsOfVisit(near: Near, mdtrtId: string): Promise<readonly NamedSettlement[]>;
  /** When a visit (by its number or its message) was registered, tried or settled first at that clinic; null: never. */
  firstEventAt(near: Near, visit: VisitName): Promise<number | null>;
  /** device − true of the newest offset measured at or before a device time; 0: none. */
  offsetAt(cameraId: string, deviceMs: number): Promise<number>;
  /** null: the clinic is not registered. */
  regionOf(clinicCode: string): Promise<string | null>;

  /** Waits until nobody else fills queues, until this store's work ends. In memory: nothing. */
  lockBudget(): Promise<void>;
  /** What waits of a class and may be shown: all but what is not precise enough. In no order. */
  candidates(alertClass: AlertClass): Promise<readonly QueuedAlertRow[]>;
  queued(alertId: string): Promise<QueuedAlertRow | null>;
  /** Waiting alerts of class fraud that no sample was drawn from yet. */
  undrawn(): Promise<readonly QueuedAlertRow[]>;
  /** Of these alerts: a sample has been drawn from them. */
  markDrawn(alerts: readonly QueuedAlertRow[]): Promise<void>;
  putSampleCheck(row: SampleCheckRow): Promise<void>;
  /** Adds to what is counted of the day. */
  addSampleDay(row: SampleDayRow): Promise<void>;
  /** Groups whose false alerts are out of bounds, and whose bound nobody has lifted. */
  brokenBounds(): Promise<readonly Bound[]>;
  /** The groups in which a person lies. */
  groupsOf(psnNo: string, at: number): Promise<readonly Bound[]>;
  /** Inserts, or replaces the one of the same alert. */
  putQueued(row: QueuedAlertRow): Promise<void>;
  dropQueued(alertId: string): Promise<void>;
  /** Of those that wait still, and not for want of precision. */
  setWaitReason(alertIds: readonly string[], reason: WaitReason): Promise<void>;
  budgetDay(day: string, alertClass: AlertClass): Promise<readonly BudgetDayRow[]>;
  putBudgetDay(row: BudgetDayRow): Promise<void>;
  ruleRecords(keys: readonly string[]): Promise<readonly RuleRecordRow[]>;
  clinicCount(): Promise<number>;
  /** Whether the decision on an incident's visit is a hold that stands. */
  isHeld(incident: { readonly incidentKey: string; readonly clinicCode: string }): Promise<boolean>;

  readonly tell: Tell;
}

/** Where something happened, about: what lies in memory is looked for there. The database looks everywhere. */
export interface Near {
  readonly clinicCode: string;
  readonly from: number;
  readonly to: number;
}

/** By its number at the clinic, or by its message. */
export interface VisitName {
  readonly mdtrtId: string | null;
  readonly msgid: string | null;
}

export interface NamedSettlement {
  readonly id: string;
  readonly at: number;
  readonly fund_fen: number | null;
  readonly reversed_at: number | null;
}
