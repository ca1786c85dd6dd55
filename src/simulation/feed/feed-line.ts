import type { Calibration } from '../../faces/model-card.ts';
import type { PresentationKind } from '../../faces/presentation/presentation.ts';

/**
 * The lines of a feed: what a city tells the product, in the order in which it arrives. A feed is a folder with
 * `meta.json`, `feed.ndjson` (sorted by `at`) and, for the scorer only, `truth.ndjson`. Field names are the format's.
 */

/** ISO 8601 with the source's offset, to the second or the millisecond: `2026-03-02T08:15:30+08:00`. */
export type FeedTime = string;
/** `yyyy-mm-dd` */
export type FeedDate = string;
/** Base64 of float32, little-endian, unit length, `meta.dimension` numbers. */
export type FeedTemplate = string;

interface Arrival<Kind extends string> {
  /** True moment of arrival: what has not arrived is not known. */
  readonly at: FeedTime;
  readonly kind: Kind;
}

interface Span {
  readonly from: FeedTime;
  /** null: until further notice. */
  readonly to: FeedTime | null;
}

/** Code of 4 (city), 6 (county), 9 (township) or 12 digits (village); a code begins with its parent's. */
export interface RegionLine extends Arrival<'region'> {
  readonly code: string;
  readonly name: string;
  readonly level: 'city' | 'county' | 'township' | 'village';
  readonly parent: string | null;
}

export interface OpenHours {
  /** ISO days of the week, Monday 1 to Sunday 7. */
  readonly days: readonly number[];
  /** `hh:mm`, local time of `meta.timeZone`. */
  readonly from: string;
  readonly to: string;
}

/** `mirror`: message pairs are copied afterwards. `hook`: its HIS asks (2206 without a response) before it settles. */
export interface ClinicLine extends Arrival<'clinic'> {
  readonly fixmedins_code: string;
  readonly name: string;
  readonly region: string;
  readonly openHours: readonly OpenHours[];
  readonly mode: 'mirror' | 'hook';
}

export interface CameraLine extends Arrival<'camera'> {
  readonly id: string;
  readonly clinic: string;
  readonly scenePoint: 'counter' | 'consulting' | 'pharmacy' | 'entrance';
  /** `med_type` codes whose settlements need this camera; empty: all. */
  readonly required: readonly string[];
}

export interface FeedPortrait {
  readonly taken: FeedDate | null;
  /** 0 to 1 */
  readonly quality: number;
  readonly template: FeedTemplate;
}

/** The same `psn_no` again replaces. */
export interface PersonLine extends Arrival<'person'> {
  readonly psn_no: string;
  readonly certno: string | null;
  readonly name: string;
  readonly sex: 'male' | 'female' | 'unknown';
  readonly birth: FeedDate | null;
  readonly household: string | null;
  readonly region: string | null;
  readonly portrait: FeedPortrait | null;
}

/** `id` is the code by which messages name the doctor (`bilg_dr_codg`, `atddr_no`). */
export interface StaffLine extends Arrival<'staff'> {
  readonly id: string;
  readonly clinic: string;
  readonly name: string;
  readonly template: FeedTemplate | null;
}

export interface SignInLine extends Arrival<'signIn'>, Span {
  readonly staff: string;
  readonly clinic: string;
}

export interface ProxyLine extends Arrival<'proxy'>, Span {
  readonly psn_no: string;
  readonly proxyPsnNo: string;
  readonly relation: string;
}

export interface StatusLine extends Arrival<'status'>, Span {
  readonly psn_no: string;
  readonly what: 'dead' | 'inpatient' | 'suspended' | 'away';
}

/** What a clinic filed with the bureau. */
export interface FiledLine extends Arrival<'filed'>, Span {
  readonly clinic: string;
  readonly psn_no: string | null;
  readonly what: 'outage' | 'homeVisit' | 'vaccinationDay' | 'layout' | 'emergency';
}

/** The national terminal's face check. */
export interface AuthLine extends Arrival<'auth'> {
  readonly clinic: string;
  readonly psn_no: string;
  readonly authNo: string;
  readonly ok: boolean;
}

/** `pack`: smallest units in a pack; `dailyDose`: smallest units a day; null: unknown. `procured`: centrally (集采). */
export interface CatalogueLine extends Arrival<'catalogue'> {
  readonly med_list_codg: string;
  readonly name: string;
  readonly pack: number | null;
  readonly dailyDose: number | null;
  readonly procured: boolean;
}

/** One person before one camera. Device time. The same `id` replaces. */
export interface AppearanceLine extends Arrival<'appearance'> {
  readonly id: string;
  readonly camera: string;
  readonly state: 'open' | 'closed';
  readonly from: FeedTime;
  /** Last seen, so far. */
  readonly to: FeedTime | null;
  /** null: counted, no usable face. */
  readonly template: FeedTemplate | null;
  /** 0 to 1 */
  readonly quality: number;
  /** Shots pooled. */
  readonly faces: number;
  /** It may be a picture, not a face: of what kind. Absent: nothing says so. */
  readonly presentation?: PresentationKind | null;
}

/** Every appearance with `from` before `until` (device time) has been delivered; later ones are revisions. */
export interface WatermarkLine extends Arrival<'watermark'> {
  readonly camera: string;
  readonly until: FeedTime;
}

/** State of a camera from `from` on (device time); `to` null: until its next line. No line at all: unknown. */
export interface DeviceLine extends Arrival<'device'>, Span {
  readonly camera: string;
  readonly state: 'ok' | 'offline' | 'dark' | 'frozen' | 'covered' | 'moved';
  /** Device minus true, seconds, as last measured; null: never measured. */
  readonly clockOffsetS: number | null;
}

/** A pair of the national interface, claims and stock alike. */
export interface MessageLine extends Arrival<'message'> {
  readonly request: unknown;
  readonly response: unknown;
}

export type FeedLine =
  | RegionLine
  | ClinicLine
  | CameraLine
  | PersonLine
  | StaffLine
  | SignInLine
  | ProxyLine
  | StatusLine
  | FiledLine
  | AuthLine
  | CatalogueLine
  | AppearanceLine
  | WatermarkLine
  | DeviceLine
  | MessageLine;

export const FEED_KINDS = [
  'region',
  'clinic',
  'camera',
  'person',
  'staff',
  'signIn',
  'proxy',
  'status',
  'filed',
  'auth',
  'catalogue',
  'appearance',
  'watermark',
  'device',
  'message',
] as const satisfies readonly FeedLine['kind'][];
export type FeedKind = (typeof FEED_KINDS)[number];

/** `meta.json` */
export interface FeedMeta {
  readonly format: 'claimsight-feed/1';
  readonly seed: number;
  /** Every parameter that the generator used, in its own form. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** IANA name; of times in messages without an offset, and of opening hours. */
  readonly timeZone: string;
  /** First and last moment that the feed covers (true time). */
  readonly from: FeedTime;
  readonly to: FeedTime;
  /** Numbers in a template. */
  readonly dimension: number;
  readonly templateVersion: string;
  /** Whether the calibration comes from this city's own confirmed visits. Absent: no. */
  readonly siteCalibrated?: boolean;
  /** In a model card's form (docs/model-card). */
  readonly calibration: Calibration;
}

export const FRAUD_SCHEMES = [
  'ghost',
  'held_cards',
  'staff_swiping',
  'impostor_kin',
  'impostor_other',
  'phantom_drugs',
  'substitution',
  'trace_code_again',
  'dead_or_inpatient',
  'false_receipts',
] as const;
export type FraudScheme = (typeof FRAUD_SCHEMES)[number];

/** Who was really at the clinic for a settlement. */
export type Came = 'self' | 'proxy' | 'staff' | 'other' | 'nobody';

/** One settlement. */
export interface SettlementTruth {
  readonly row: 'settlement';
  readonly setl_id: string;
  readonly clinic: string;
  readonly at: FeedTime;
  readonly kind: 'honest' | 'fraud';
  readonly scheme: FraudScheme | null;
  /** Belongs to a concentrated clinic's scheme, not to scattered fraud. */
  readonly concentrated: boolean;
  readonly came: Came;
  readonly reversed: boolean;
  /** Fund money lost, integer fen; 0 where honest. */
  readonly loss_fen: number;
}

/** Stock received on paper only: no settlement. */
export interface ReceiptTruth {
  readonly row: 'receipt';
  readonly clinic: string;
  readonly at: FeedTime;
  readonly kind: 'fraud';
  readonly scheme: 'false_receipts';
  readonly concentrated: boolean;
  readonly loss_fen: number;
}

/** Each clinic once. */
export interface ClinicTruth {
  readonly row: 'clinic';
  readonly clinic: string;
  /** Share of the clinic's settlements from `fraudFrom` on at which nobody came who should have: ghosts, held cards, the dead. */
  readonly ghostShare: number;
  readonly fraudFrom: FeedTime | null;
  readonly mainScheme: FraudScheme | null;
}

export type TruthRow = SettlementTruth | ReceiptTruth | ClinicTruth;
