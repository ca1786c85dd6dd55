/** What claims, people's lists and sign-ins say of a clinic's day, of a visit's person elsewhere, and of a camera's clock. */

/** What was written down about one settlement of a day that is over. */
export interface DayBookFact {
  readonly totalFen: number | null;
  readonly medType: string | null;
  readonly household: string | null;
  readonly sex: string | null;
  /** Whole years at the settlement. */
  readonly ageYears: number | null;
  /** ICD-10 codes of western diagnoses (2203), in order, each once. */
  readonly diagnoses: readonly string[];
  /** Who billed (bilg_dr_codg), in order, each once; as the messages have it. */
  readonly doctors: readonly string[];
  /** Kinds of fee lines that stand. */
  readonly drugLines: boolean;
  readonly otherLines: boolean;
}

export interface BookSpan {
  readonly from: number;
  /** null: goes on */
  readonly to: number | null;
}

/** A doctor who billed that day. */
export interface DoctorFact {
  readonly code: string;
  /** On this clinic's roster. */
  readonly registered: boolean;
  readonly here: readonly BookSpan[];
  readonly elsewhere: readonly (BookSpan & { readonly clinic: string })[];
}

export interface DayBooks {
  readonly doctors: readonly DoctorFact[];
  /** The clinic's roster has anybody. */
  readonly rosterKept: boolean;
  /** Somebody of the clinic signed in during the last days: it keeps sign-ins at all. */
  readonly signInsKept: boolean;
  /** All sign-ins here that touch the day. */
  readonly signedIn: readonly BookSpan[];
}

/** One template, bit for bit, at moments apart: no living face gives the same picture twice. */
export interface RepeatedFaceFact {
  readonly appearances: readonly { readonly id: string; readonly cameraId: string; readonly from: number }[];
}

/** The person's settlement at another institution near this one in time. */
export interface ElsewhereFact {
  readonly clinic: string;
  readonly setlId: string | null;
  readonly msgid: string;
  readonly at: number;
  /** The two places are at least so far apart; null: not known. */
  readonly leastKm: number | null;
  readonly otherProvince: boolean;
}

/** What is known of a camera's clock. */
export interface CameraClockFacts<Clinic> {
  readonly kind: 'camera_clock';
  readonly schema: number;
  readonly clinic: Clinic;
  readonly cameraId: string;
  readonly scenePoint: string;
  readonly enabled: boolean;
  /** device − true as last measured, in steps (`clockStepMs`): facts change when it matters; null: never measured. */
  readonly offsetMs: number | null;
  readonly uncertaintyMs: number | null;
  /** The year that the device shows; null: never measured. */
  readonly deviceYear: number | null;
}

/**
 * The national terminal's face check of the claimed person at the clinic, within the presence window. null: there was none,
 * and from that nothing follows.
 */
export interface TerminalAuthFact {
  /** Any check of the window was passed. */
  readonly ok: boolean;
  /** Of the passed one next to the settlement, else of the last one. */
  readonly at: number;
}
