import type { AppearanceState } from './appearance.ts';
import type { StateInterval } from './health.ts';

/** What a camera's session says. To be stored in this order: a watermark promises what was said before it. */
export type SessionEvent =
  | { readonly kind: 'appearance'; readonly appearance: AppearanceState }
  /** An appearance that an earlier, unfinished reading had told and that is not there. */
  | { readonly kind: 'void'; readonly id: string; readonly from: number }
  | { readonly kind: 'device'; readonly id: string; readonly interval: StateInterval }
  /** Every appearance with `from` before `until` has been told. */
  | { readonly kind: 'watermark'; readonly until: number };

export interface SessionStep {
  readonly events: readonly SessionEvent[];
  /** What the session asks of a source that can go back. */
  readonly wish: { readonly kind: 'closer'; readonly fromAt: number } | { readonly kind: 'relax' } | null;
}

/** What was told of a stretch that is read again, because a process died before it was finished. */
export interface Adoptable {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}
