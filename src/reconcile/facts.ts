import type { StatusKind } from '../people/people.store.ts';
import type { AppearanceFact } from './appearance-facts.ts';
import type {
  CameraClockFacts,
  DayBookFact,
  DayBooks,
  ElsewhereFact,
  RepeatedFaceFact,
  TerminalAuthFact,
} from './book/facts.ts';
import type { EnrolleeScoreFacts } from './clinic-score/enrollee-facts.ts';
import type { ClinicScoreFacts } from './clinic-score/facts.ts';
import type { InRequestFacts } from './in-request/facts.ts';
import type { OutagePatternFact, OutageSettlementFact } from './outage-facts.ts';
import type { ClinicPeriodFacts, PersonPeriodFacts } from './periods/facts.ts';

/**
 * The scalars that a rule may look at, gathered once per trigger and stored under their hash. Times are **true** time in epoch
 * milliseconds (device − offset). No name, no ID number, no template: `psnNo` is the national platform's opaque number.
 */
export type Facts =
  | VisitFacts
  | SettlementFacts
  | ClinicDayFacts
  | CameraFacts
  | CameraClockFacts<ClinicFacts>
  | ClinicScoreFacts
  | EnrolleeScoreFacts
  | ClinicPeriodFacts
  | PersonPeriodFacts;

export const SUBJECT_KINDS = [
  'visit',
  'settlement',
  'clinic_day',
  'camera',
  'camera_clock',
  'clinic_score',
  'enrollee_score',
  'clinic_period',
  'person_period',
] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/**
 * visit: its visit key (`visit:<clinic>:<mdtrt_id>` or `message:<msgid>`) · settlement: settlements.id ·
 * clinic_day: `<clinic>:<yyyy-mm-dd>`, local · camera: `<camera>@<start of the outage, device ms>` ·
 * camera_clock: the camera's id · clinic_score: the clinic's code · enrollee_score: psn_no · clinic_period: `<clinic>:<yyyy-mm>` · person_period: `<psn_no>:<yyyy-mm>`
 */
export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
}

/** Form of the facts; raised when their meaning changes, so that old ones are replayed by what they meant. */
export const FACTS_SCHEMA = 1;

export interface Interval {
  readonly from: number;
  /** null: goes on */
  readonly to: number | null;
}

/** Which face model judged, and whether its calibration may be relied on. */
export interface CardFacts {
  readonly modelVersion: string;
  readonly calibrated: boolean;
  /** Calibrated on the site's own confirmed visits: only then may a face finding hold. */
  readonly siteCalibrated: boolean;
}

export interface ClinicFacts {
  readonly code: string;
  readonly regionCode: string | null;
  /** False: switched off for this clinic or for the whole installation. */
  readonly faceRecognition: boolean;
  readonly mode: 'mirror' | 'hook';
}

export interface StatusFact extends Interval {
  readonly what: StatusKind;
  readonly institution: string | null;
  readonly source: string;
  /** When the list reached us; after the settlement: registered late. */
  readonly knownAt: number;
}

export interface PortraitFact {
  readonly quality: number;
  /** yyyy-mm-dd */
  readonly takenOn: string | null;
  /** At the claim's moment, to a tenth; absent where its date is not known. */
  readonly ageYears?: number;
  /** Made by the model in use; another model's template cannot be compared. */
  readonly comparable: boolean;
  /** Present where the same face stands under two people, or two faces under this one: nothing rests on it until that is settled. */
  readonly disputed?: true;
}

export interface PersonFacts {
  readonly psnNo: string;
  /** There is a row about him. */
  readonly known: boolean;
  readonly sex: string | null;
  /** yyyy-mm-dd */
  readonly birth: string | null;
  readonly statuses: readonly StatusFact[];
  readonly portrait: PortraitFact | null;
  /** Works at this clinic: his own visit is no swipe. */
  readonly isStaffHere: boolean;
}

/** Someone whose face was looked for beside the claimed person's. */
export interface CandidateFact {
  readonly role: 'staff' | 'proxy' | 'household' | 'other';
  /** staff: id of the staff row; else psn_no */
  readonly ref: string;
  readonly hasPortrait: boolean;
}

export interface CameraStateFact extends Interval {
  readonly state: string;
}

/** One camera over a window. */
export interface CameraWindowFact {
  readonly cameraId: string;
  readonly scenePoint: string;
  /** The claim type needs it. */
  readonly required: boolean;
  /** Stands at the counter (or in the room that serves as one). */
  readonly counter: boolean;
  readonly clockOffsetMs: number;
  readonly uncertaintyMs: number;
  /** Footage has been processed beyond the window's end. */
  readonly complete: boolean;
  /** States that overlap the window, clipped to it; times without any are unknown. */
  readonly states: readonly CameraStateFact[];
  /** Share of the window in which it was ok and below its watermark. */
  readonly coverage: number;
}

/** What the cameras could see, and saw, around one moment. */
export interface PresenceFacts {
  readonly at: number;
  readonly window: { readonly from: number; readonly to: number };
  readonly counterMoment: { readonly from: number; readonly to: number };
  readonly uncertaintyMs: number;
  /** Share of the window in which at least one required camera was ok and below its watermark. */
  readonly coverage: number;
  readonly minCoverage: number;
  /** How likely it is that somebody who was there was missed by every camera that covered the window. Absent in older facts. */
  readonly missed?: number;
  /** Parts of the window that no required camera covered. */
  readonly gaps: readonly Interval[];
  /** Every required camera's watermark has passed the end of the window. */
  readonly complete: boolean;
  /** It never will: no advance for 48 h. */
  readonly footageLost: boolean;
  readonly cameras: readonly CameraWindowFact[];
  /** Footage is awaited: only those stand here who recognise the insured person or a proxy; nothing follows from who is not. Absent: everyone. */
  readonly early?: true;
  readonly appearances: readonly AppearanceFact[];
  readonly candidates: readonly CandidateFact[];
  readonly card: CardFacts;
  readonly faceRecognition: boolean;
  readonly claimedPortrait: PortraitFact | null;
  readonly claimedIsStaff: boolean;
  /** He passed the national terminal's face check around that moment: he was there, whatever the cameras saw. Absent: not known. */
  readonly terminalConfirmed?: boolean;
  /** The face picture of the request is his, as if a camera had recognised him: log10 likelihood ratio. Absent: not known. */
  readonly requestFaceLlr?: number;
  /** Whole years at that moment. */
  readonly claimedAgeYears: number | null;
  readonly limits: VerdictLimits;
}

/** Parameters of the verdict (config/rules/window.yaml), stored with the facts that they shaped. */
export interface VerdictLimits {
  readonly portraitQualityMin: number;
  readonly portraitMaxAgeYears: number;
  /** Younger faces change too fast to compare. */
  readonly minAgeYears: number;
  /** Someone without a usable face counts as somebody when he stayed this long. */
  readonly unjudgedMinStayMs: number;
  /** What `missed` may be for a conclusion from not having been seen. Absent in older facts. */
  readonly missedMax?: number;
  /** By how much (log10) another identity must fit better before an appearance counts as that person. */
  readonly explainedMarginLlr: number;
  readonly llrCap: number;
}

export interface FilingFacts {
  readonly homeVisit: boolean;
  readonly outage: boolean;
  readonly vaccinationDay: boolean;
  /** Approved to open beyond its hours. Absent in older facts. */
  readonly emergency?: boolean;
}

export interface VisitEventFact {
  readonly eventId: string;
  readonly kind: 'registration' | 'trial_settlement' | 'settlement';
  readonly at: number;
  readonly msgid: string;
  readonly cancelled: boolean;
}

/** Registration and trial settlement, before there is a settlement. */
export interface VisitFacts extends InRequestFacts {
  readonly kind: 'visit';
  readonly schema: number;
  readonly visitKey: string;
  readonly clinic: ClinicFacts;
  readonly mdtrtId: string | null;
  readonly msgid: string;
  readonly person: PersonFacts | null;
  readonly events: readonly VisitEventFact[];
  /** Its response came and gave it a visit number: it goes on under `visit:…`. */
  readonly movedTo: string | null;
  /** All its settlements were reversed. */
  readonly reversed: boolean;
  /** Around the trial settlement, or else the first event. Absent in older facts. */
  readonly terminalAuth?: TerminalAuthFact | null;
  /** Local day of the trial settlement, or else of the first event. Absent in older facts. */
  readonly day?: { readonly from: number; readonly to: number };
  /** Around the trial settlement, while there is no settlement yet. */
  readonly presence: PresenceFacts | null;
}

export interface SettlementFacts extends InRequestFacts {
  readonly kind: 'settlement';
  readonly schema: number;
  readonly settlementId: string;
  readonly visitKey: string;
  readonly clinic: ClinicFacts;
  readonly at: number;
  readonly msgid: string;
  readonly setlId: string | null;
  readonly mdtrtId: string | null;
  readonly medType: string | null;
  readonly totalFen: number | null;
  readonly fundFen: number | null;
  readonly reversed: boolean;
  readonly person: PersonFacts | null;
  readonly filings: FilingFacts;
  /** Absent in older facts. */
  readonly terminalAuth?: TerminalAuthFact | null;
  /** Its local day. Absent in older facts. */
  readonly day?: { readonly from: number; readonly to: number };
  /** How far (ms) it lies from the clinic's opening hours; 0: within; null: the clinic told none. Absent in older facts. */
  readonly outsideHoursMs?: number | null;
  /** Settlements of the person at other institutions on that day or within some hours, that stand. Absent in older facts. */
  readonly elsewhere?: readonly ElsewhereFact[];
  readonly presence: PresenceFacts;
}

/** One settlement of a clinic's day. */
export interface DaySettlementFact {
  readonly settlementId: string;
  readonly setlId: string | null;
  readonly msgid: string;
  readonly visitKey: string;
  readonly at: number;
  readonly psnNo: string | null;
  readonly fundFen: number | null;
  readonly reversed: boolean;
  readonly homeVisit: boolean;
  readonly claimedIsStaff: boolean;
  /** Absent in older facts. */
  readonly terminalAuth?: TerminalAuthFact | null;
  readonly coverage: number;
  readonly complete: boolean;
  /** Numbers of the faces (clusters) in the window that are not staff. */
  readonly clustersInWindow: readonly number[];
  readonly clustersAtCounter: readonly number[];
  readonly staffInWindow: boolean;
  /** Somebody in the window (at the counter) whose face could not be judged. */
  readonly unjudgedInWindow: boolean;
  readonly unjudgedAtCounter: boolean;
  /** Clusters in the window that match the claimed person, a valid registered proxy, his household. */
  readonly claimedClusters: readonly number[];
  /** Clusters that may be the claimed person: zone `uncertain`. */
  readonly possibleClusters: readonly number[];
  readonly proxyClusters: readonly number[];
  readonly householdClusters: readonly number[];
  /** A proxy of his is registered and has no portrait: any face may be that proxy. */
  readonly proxyUnseenPossible: boolean;
  /** Once the day is over. Absent before, and in older facts. */
  readonly book?: DayBookFact;
}

export interface ClinicDayFacts {
  readonly kind: 'clinic_day';
  readonly schema: number;
  readonly clinic: ClinicFacts;
  /** yyyy-mm-dd, local */
  readonly day: string;
  readonly dayFrom: number;
  readonly dayTo: number;
  readonly open: readonly { readonly from: number; readonly to: number }[];
  /** The last window of the day has ended and the cameras have been processed beyond it, or never will be. */
  readonly closed: boolean;
  /** When the last window of the day ends. */
  readonly closesAt: number;
  /** Over the opening hours. */
  readonly coverage: number;
  readonly complete: boolean;
  readonly minCoverage: number;
  readonly vaccinationDay: boolean;
  readonly card: CardFacts;
  /** All staff of the day have portraits that can be compared. */
  readonly staffKnown: boolean;
  readonly settlements: readonly DaySettlementFact[];
  /** Distinct faces that are not staff. */
  readonly visitors: number;
  /** Appearances without a comparable face: each counts as one head. */
  readonly unjudgedHeads: number;
  /** All appearances, for clinics without face recognition. */
  readonly heads: number;
  /** Once the day is over. Absent before, and in older facts. */
  readonly books?: DayBooks;
  readonly repeatedFaces?: readonly RepeatedFaceFact[];
  readonly filedOutages?: readonly Interval[];
}

/** One outage of one camera: consecutive states that are not ok. */
export interface CameraFacts {
  readonly kind: 'camera';
  readonly schema: number;
  readonly clinic: ClinicFacts;
  readonly cameraId: string;
  readonly scenePoint: string;
  readonly enabled: boolean;
  /** First ms of the outage by the device's clock: part of the subject's id. */
  readonly startDeviceMs: number;
  /** The outage as it is known; null: there is none (any more) that starts here. */
  readonly outage: (Interval & { readonly states: readonly CameraStateFact[] }) | null;
  /** How long it has lasted so far, or in all: in steps of 10 s, beyond an hour of a minute, at most a day. */
  readonly lastedMs: number;
  /** Openings of the clinic near or within it that are not further ahead than the look-ahead. */
  readonly openings: readonly number[];
  /** Opening hours that it overlaps. */
  readonly openHours: readonly { readonly from: number; readonly to: number }[];
  /** Outages that were filed beforehand. */
  readonly filed: readonly Interval[];
  /** Changes of the layout that were filed. Absent in older facts. */
  readonly filedLayout?: readonly Interval[];
  readonly settlements: readonly OutageSettlementFact[];
  /** The camera's outages of the last weeks beside its clinic's other days. Absent in older facts, and where there were few. */
  readonly pattern?: OutagePatternFact;
}

export const visitKeyOf = (clinicCode: string, mdtrtId: string | null, msgid: string): string =>
  mdtrtId === null ? `message:${msgid}` : `visit:${clinicCode}:${mdtrtId}`;

/** Key of an outage, for subjects and incidents alike. */
export const cameraSubjectId = (cameraId: string, startDeviceMs: number): string => `${cameraId}@${startDeviceMs}`;
