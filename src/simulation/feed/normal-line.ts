import type { OpenHours } from '../../access/open-hours.ts';
import type { ScenePoint } from '../../devices/camera.store.ts';
import type { PresentationKind } from '../../faces/presentation/presentation.ts';
import type { DeviceState } from '../../ledgers/presence/device-state.store.ts';

/**
 * A line of a feed as the rest of the house reads it: one form for every spelling that the format allows. Times are
 * epoch milliseconds; device time where the format says so. What may be absent is null.
 */
interface Arrival<Kind extends string> {
  /** True moment of arrival. */
  readonly at: number;
  readonly kind: Kind;
}

/** `to` null: until further notice. */
interface Span {
  readonly from: number;
  readonly to: number | null;
}

export interface NormalRegion extends Arrival<'region'> {
  /** 4, 6, 9 or 12 digits; filling zeros of longer official codes are taken off. */
  readonly code: string;
  readonly name: string;
  readonly level: 'city' | 'county' | 'township' | 'village';
  readonly parent: string | null;
}

export interface NormalClinic extends Arrival<'clinic'> {
  /** fixmedins_code */
  readonly code: string;
  readonly name: string;
  readonly region: string;
  /** Empty: not known. */
  readonly openHours: readonly OpenHours[];
  readonly mode: 'mirror' | 'hook';
}

export interface NormalCamera extends Arrival<'camera'> {
  readonly id: string;
  readonly clinic: string;
  readonly scenePoint: ScenePoint;
  /** `med_type` codes; empty: all. */
  readonly required: readonly string[];
}

export interface NormalPortrait {
  /** yyyy-mm-dd */
  readonly taken: string | null;
  /** 0..1 */
  readonly quality: number;
  /** Unit length. */
  readonly template: Float32Array;
}

export interface NormalPerson extends Arrival<'person'> {
  readonly psnNo: string;
  readonly certno: string | null;
  readonly name: string | null;
  readonly sex: 'male' | 'female' | null;
  /** yyyy-mm-dd */
  readonly birth: string | null;
  readonly household: string | null;
  readonly region: string | null;
  readonly portrait: NormalPortrait | null;
}

export interface NormalStaff extends Arrival<'staff'> {
  readonly id: string;
  readonly clinic: string;
  readonly name: string | null;
  readonly template: Float32Array | null;
}

export interface NormalSignIn extends Arrival<'signIn'>, Span {
  readonly staff: string;
  readonly clinic: string;
}

export interface NormalProxy extends Arrival<'proxy'>, Span {
  readonly psnNo: string;
  readonly proxyPsnNo: string;
  readonly relation: string | null;
}

export interface NormalStatus extends Arrival<'status'>, Span {
  readonly psnNo: string;
  readonly what: 'dead' | 'inpatient' | 'suspended' | 'away';
}

export interface NormalFiled extends Arrival<'filed'>, Span {
  readonly clinic: string;
  readonly psnNo: string | null;
  readonly what: 'outage' | 'homeVisit' | 'vaccinationDay' | 'layout' | 'emergency';
}

export interface NormalAuth extends Arrival<'auth'> {
  readonly clinic: string;
  readonly psnNo: string;
  readonly authNo: string | null;
  readonly ok: boolean;
}

export interface NormalCatalogue extends Arrival<'catalogue'> {
  /** med_list_codg */
  readonly code: string;
  readonly name: string | null;
  /** Smallest units in a pack. */
  readonly pack: number | null;
  /** Smallest units a day. */
  readonly dailyDose: number | null;
  readonly procured: boolean;
}

export interface NormalAppearance extends Arrival<'appearance'> {
  readonly id: string;
  readonly camera: string;
  readonly state: 'open' | 'closed';
  /** Device time. */
  readonly from: number;
  /** Device time: last seen, so far; null: nothing later than `from`. */
  readonly to: number | null;
  /** Unit length; null: counted, no usable face. */
  readonly template: Float32Array | null;
  /** 0..1; 0 where it is not told, so that nothing is judged by it. */
  readonly quality: number;
  readonly faces: number;
  /** Left out: nothing says that it is a picture. */
  readonly presentation?: PresentationKind;
}

export interface NormalWatermark extends Arrival<'watermark'> {
  readonly camera: string;
  /** Device time. */
  readonly until: number;
}

/** Device time. */
export interface NormalDevice extends Arrival<'device'>, Span {
  readonly camera: string;
  readonly state: DeviceState;
  /** Device minus true, seconds. */
  readonly clockOffsetS: number | null;
}

/**
 * A pair of the national interface, untouched: what is wrong with it is for the claims ledger to say. Numbers of more digits
 * than a double keeps are strings, as when a body is taken in.
 */
export interface NormalMessage extends Arrival<'message'> {
  readonly request: unknown;
  readonly response: unknown;
  /** How many bytes its text has at most; told of long lines only, which may be over the limit of a body. */
  readonly textBytes?: number;
}

export type NormalLine =
  | NormalRegion
  | NormalClinic
  | NormalCamera
  | NormalPerson
  | NormalStaff
  | NormalSignIn
  | NormalProxy
  | NormalStatus
  | NormalFiled
  | NormalAuth
  | NormalCatalogue
  | NormalAppearance
  | NormalWatermark
  | NormalDevice
  | NormalMessage;

/** A line with where it stands, for messages about it. */
export interface NumberedLine {
  readonly line: NormalLine;
  /** Counted from 1 in its file. */
  readonly number: number;
  readonly file: string;
}
