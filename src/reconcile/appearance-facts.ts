import type { PresentationKind } from '../faces/presentation/presentation.ts';

/** Whom a camera saw around one moment, and what his face is worth against whose. Times are true time, epoch ms. */

export type Zone = 'match' | 'uncertain' | 'beyond_genuine_tail';

export interface Comparison {
  /** Cosine of unit vectors. */
  readonly score: number;
  /** log10 likelihood ratio, capped: > 0 speaks for the same person. */
  readonly llr: number;
  readonly zone: Zone;
  readonly qualityBin: string;
  /** Model and calibration that compared, where they are not those of the card: two models serve. */
  readonly modelVersion?: string;
}

/** The best of a group, and whose portrait it was. */
export interface BestComparison extends Comparison {
  readonly ref: string;
}

export interface AppearanceFact {
  readonly id: string;
  readonly cameraId: string;
  readonly scenePoint: string;
  readonly from: number;
  readonly to: number;
  readonly state: 'open' | 'closed';
  readonly revision: number;
  readonly faces: number;
  readonly quality: number;
  /** Has a template that the model in use can compare. */
  readonly hasTemplate: boolean;
  /** Before a counter camera at the counter moment. */
  readonly atCounter: boolean;
  /** Against the claimed person's portrait; null: no template or no portrait. */
  readonly claimed: Comparison | null;
  readonly staff: BestComparison | null;
  readonly proxy: BestComparison | null;
  readonly household: BestComparison | null;
  /** Someone else who settled here around the same time. */
  readonly other: BestComparison | null;
  /** Same number: same face, by single link over zone `match`; null: no template. */
  readonly cluster: number | null;
  /** Present where it may be a picture that was held or hung there: then it counts as somebody whose face cannot be judged. */
  readonly presentation?: PresentationFact;
}

export interface PresentationFact {
  readonly kind: PresentationKind;
  /** 0..1 */
  readonly strength: number;
  readonly looks: number;
  /** What the face in the picture would be worth: never used for a match, nor against anybody. null: no portrait. */
  readonly claimed: Comparison | null;
}
