import type { AppearanceDraft, AppearanceState } from './appearance.ts';
import type { Adoptable, SessionEvent } from './session-events.ts';

/** Two readings of the same footage find a person this close to the same moment. */
const SAME_START_MS = 2_500;
const LEAST_BETWEEN_MS = 2_000;
const REFRESH_MS = 10_000;
const BETTER_QUALITY = 0.08;

/**
 * Decides when an appearance is worth telling again, and under which id. Ids follow from camera and moment, or are those
 * of an earlier reading of the same footage, so that reading twice tells nothing twice.
 */
export class Teller {
  readonly #makeId: (from: number, count: number) => string;
  readonly #known = new Map<
    AppearanceDraft,
    { id: string; from: number; at: number; to: number; faces: number; quality: number; suspected: boolean }
  >();
  readonly #startsAt = new Map<number, number>();
  #adoptable: Adoptable[];

  constructor(options: {
    readonly makeId: (from: number, count: number) => string;
    readonly adoptable: readonly Adoptable[];
  }) {
    this.#makeId = options.makeId;
    this.#adoptable = [...options.adoptable];
  }

  tell(draft: AppearanceDraft, state: 'open' | 'closed', at: number): AppearanceState {
    let known = this.#known.get(draft);
    if (!known) {
      known = { ...this.#identify(draft.from), at, to: draft.to, faces: 0, quality: 0, suspected: false };
      this.#known.set(draft, known);
    }
    const { presentation } = draft;
    const suspected = presentation?.suspected === true;
    Object.assign(known, { at, to: draft.to, faces: draft.faces, quality: draft.quality, suspected });
    const appearance: AppearanceState = {
      id: known.id,
      state,
      from: known.from,
      to: Math.max(draft.to, known.from),
      faces: draft.faces,
      quality: draft.quality,
      template: draft.described,
      shots: draft.shots,
      presentation,
    };
    if (state === 'closed') this.#known.delete(draft);
    return appearance;
  }

  /** Whether what is known now is materially more than what was told last. */
  isWorthTelling(draft: AppearanceDraft, at: number): boolean {
    const told = this.#known.get(draft);
    if (!told || at - told.at < LEAST_BETWEEN_MS) return false;
    if (told.suspected !== (draft.presentation?.suspected === true)) return true;
    if (told.faces === 0 && draft.faces > 0) return true;
    return (
      draft.quality >= told.quality + BETTER_QUALITY ||
      (draft.faces >= 2 * told.faces && draft.faces > told.faces) ||
      draft.to - told.to >= REFRESH_MS
    );
  }

  #identify(from: number): { id: string; from: number } {
    const near = this.#adoptable
      .filter((each) => Math.abs(each.from - from) <= SAME_START_MS)
      .sort((a, b) => Math.abs(a.from - from) - Math.abs(b.from - from))[0];
    if (near) {
      this.#adoptable = this.#adoptable.filter((each) => each !== near);
      return { id: near.id, from: near.from };
    }
    const count = this.#startsAt.get(from) ?? 0;
    this.#startsAt.set(from, count + 1);
    return { id: this.#makeId(from, count), from };
  }

  /** What an earlier reading told before `until` and this one did not find. */
  notFoundAgain(until: number): SessionEvent[] {
    const missing = this.#adoptable.filter((each) => each.from + SAME_START_MS < until);
    this.#adoptable = this.#adoptable.filter((each) => !missing.includes(each));
    for (const from of this.#startsAt.keys()) if (from < until - 60_000) this.#startsAt.delete(from);
    return missing.map(({ id, from }) => ({ kind: 'void', id, from }));
  }
}
