/**
 * What came of the face picture that a request carried. The picture itself and its template are not kept (GB/T 41819:
 * delete after verification): this, with the picture's hash, is all that stays, in the event's body.
 */
export interface RequestFace {
  /** Hex SHA-256 of the picture; null: it could not be read as base64. */
  readonly sha256: string | null;
  /** What was found: `matched`, `differs`, …; or why the picture says nothing (`no_face`, `busy`, …). */
  readonly reason: string;
  /** Against the portrait of the insured person; null: not compared. */
  readonly zone: 'match' | 'uncertain' | 'beyond_genuine_tail' | null;
  /** log10 likelihood ratio; null: not compared. */
  readonly llr: number | null;
  /** 0..1; null: no usable face. */
  readonly quality: number | null;
  /** Of the judge; null: not compared. */
  readonly modelVersion: string | null;
  /** The judge was calibrated on the site's own visits. */
  readonly siteCalibrated: boolean;
}

/** A face picture as it was taken out of a request. */
export type FaceImage =
  | { readonly bytes: Buffer; readonly refused: null }
  /** `bytes` null: it was not even decoded. */
  | { readonly bytes: null; readonly refused: 'not_a_picture' | 'too_large' };

/** The port that the app injects: looks at a picture at once. Never throws; always answers within its own bound. */
export type LookAtFace = (
  image: FaceImage,
  claim: {
    readonly clinicCode: string;
    readonly psnNo: string;
    readonly mdtrtId: string | null;
    readonly at: number;
  },
) => Promise<RequestFace>;

/** A face that nothing was compared with. */
export const notCompared = (reason: string, sha256: string | null, quality: number | null = null): RequestFace => ({
  sha256,
  reason,
  zone: null,
  llr: null,
  quality,
  modelVersion: null,
  siteCalibrated: false,
});
