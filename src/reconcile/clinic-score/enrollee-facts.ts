import type { ClinicFacts } from '../facts.ts';
import type { ClinicScoreFacts } from './facts.ts';

/** What the cameras say of one enrollee's settlements over some weeks, at all clinics. */
export interface EnrolleeScoreFacts {
  readonly kind: 'enrollee_score';
  readonly schema: number;
  /** Where most of his settlements look strange. */
  readonly clinic: ClinicFacts;
  readonly psnNo: string;
  /** yyyy-mm-dd, local: the newest day that is counted. */
  readonly through: string;
  /** In order of the clinics' codes. */
  readonly places: readonly EnrolleePlace[];
}

/**
 * A clinic where he settled. Of others' visits only what tells how good the cameras are: no number, no money. Of his own those
 * that were explained meanwhile (a registered proxy, an alert about the clinic that names them) have sight `explained`.
 */
export interface EnrolleePlace extends Pick<ClinicScoreFacts, 'cameras' | 'population' | 'visits'> {
  readonly clinic: string;
  readonly faceRecognition: boolean;
  /** Places of his own in `visits`, in order. */
  readonly own: readonly number[];
}
