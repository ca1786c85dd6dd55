/** What settlements have to do with an outage of a camera. Times are true time, epoch ms. */

export interface OutageSettlementFact {
  readonly settlementId: string;
  readonly setlId: string | null;
  readonly msgid: string;
  readonly at: number;
  readonly fundFen: number | null;
  readonly reversed: boolean;
  /** The claim type needs this camera. */
  readonly needsCamera: boolean;
}

/** Outages that nobody filed, within opening hours, of the 30 days before the end of this one. */
export interface OutagePatternFact {
  /** Of the newest, yyyy-mm, local. */
  readonly month: string;
  readonly outages: readonly {
    readonly from: number;
    readonly to: number;
    /** That stand and need this camera. */
    readonly settlements: number;
    /** The same at the same time of other days on which the clinic was open and the camera saw. */
    readonly others: readonly number[];
  }[];
}
