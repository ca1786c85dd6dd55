import type { ClaimEventKind } from './event-kinds.ts';
import type { RequestFace } from './request-face.ts';
import type { ClaimStatement } from './statement.ts';

/** Something about a message that is worth a data-quality note but no reason to refuse it. */
export interface Note {
  /** amounts_differ, clock_off, missing, wrong_type, bad_value, rounded, cut, insuplc_form, msgid_form, … */
  readonly code: string;
  readonly field: string | null;
}

/** The status that the platform told of one insurance (1101): 0 not insured, 1 normal, 2 suspended, 4 ended. */
export interface InsuranceStatus {
  readonly insutype: string | null;
  readonly status: string | null;
  readonly from: string | null;
  readonly pausedOn: string | null;
}

export type Scalar = string | number | boolean | null;
/** One node's fields under their national names; decimals as strings, times as ISO 8601 with offset. Nothing that names a person. */
export type NodeValues = Readonly<Record<string, Scalar>>;

/** What rules read of an event. No name, no ID number, no credential number. */
export interface ClaimEventBody {
  readonly infno: string;
  /** The platform's answer is known. */
  readonly responded: boolean;
  /** The platform answered with an error: what was asked for did not happen. */
  readonly refused: boolean;
  readonly request: Readonly<Record<string, readonly NodeValues[]>>;
  readonly response: Readonly<Record<string, readonly NodeValues[]>>;
  readonly medType: string | null;
  readonly insutype: string | null;
  readonly certType: string | null;
  readonly totalFen: number | null;
  readonly fundFen: number | null;
  readonly accountFen: number | null;
  readonly cashFen: number | null;
  /** 1101 only. */
  readonly insuranceStatus: readonly InsuranceStatus[];
  /** The clinic computer's clock minus the platform's, ms; null when one of them is not known. */
  readonly clockErrorMs: number | null;
  readonly notes: readonly Note[];
  /** Of the face picture that the request carried. Absent: it carried none. */
  readonly requestFace?: RequestFace;
}

/** One line of 2204. Quantities are decimal strings. */
export interface ClaimFeeLine {
  readonly feedetlSn: string;
  readonly mdtrtId: string;
  readonly chrgBchno: string | null;
  readonly at: number;
  readonly psnNo: string | null;
  readonly medListCodg: string | null;
  readonly medinsListCodg: string | null;
  readonly name: string | null;
  readonly cnt: string | null;
  readonly price: string | null;
  readonly amountFen: number | null;
  readonly inScopeFen: number | null;
  readonly doctorCode: string | null;
}

/** What a message takes back. */
export type Reversal =
  | {
      readonly kind: 'settlement';
      readonly setlId: string;
      readonly mdtrtId: string | null;
      readonly psnNo: string | null;
    }
  /** A settlement row with negative money, under its own setl_id or the one that it gives back. */
  | {
      readonly kind: 'refund';
      readonly mdtrtId: string;
      readonly amountFen: number;
      readonly psnNo: string | null;
      readonly setlId: string | null;
    }
  | { readonly kind: 'registration'; readonly mdtrtId: string }
  | { readonly kind: 'fees'; readonly mdtrtId: string; readonly chrgBchno: string | null }
  | { readonly kind: 'technical'; readonly msgid: string };

/** A message pair, understood. `kind` null: known to the table as stored only. */
export interface Claim {
  readonly msgid: string;
  readonly infno: string;
  readonly kind: ClaimEventKind | null;
  readonly clinicCode: string;
  readonly at: number;
  readonly atOffsetMin: number;
  /** The clinic computer's time, null when unreadable. */
  readonly infAt: number | null;
  readonly infOffsetMin: number | null;
  readonly psnNo: string | null;
  readonly mdtrtId: string | null;
  readonly setlId: string | null;
  readonly devNo: string | null;
  readonly opter: string | null;
  readonly body: ClaimEventBody;
  readonly feeLines: readonly ClaimFeeLine[];
  readonly reversal: Reversal | null;
  /** Of reconciliations and pulls: how much there should be. */
  readonly statement: ClaimStatement | null;
}
