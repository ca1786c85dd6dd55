import { IN_PLACE, matchBlocks, type Placement, searchPlacement } from './align.ts';
import { type View, viewOfLuma } from './view.ts';
import type { ViewLimits } from './view-limits.ts';

/** A view that pictures are held against. */
export interface KnownView {
  readonly view: View;
  /** `reference`: a person said that it is right; `learned`: what the camera showed when it was first watched. */
  readonly origin: 'reference' | 'learned';
  /** Steepness of edges in live pictures of it; null: not learned yet. */
  readonly sharpness: number | null;
}

/** Pictures of another size than the camera's usual ones are passed over, until so many have come in a row. */
const OTHER_SIZE = 40;

export type ViewState = 'covered' | 'moved' | 'defocused';
export interface ViewTrouble {
  readonly state: ViewState;
  /** From the last picture that was in order on. */
  readonly from: number;
  readonly reason: string;
}

/** Pure: follows what a camera shows against what it should show. */
export interface ViewJudge {
  /** Whether a picture of that moment is wanted. */
  due(at: number): boolean;
  look(at: number, view: View): void;
  readonly trouble: ViewTrouble | null;
  /** In order since; null: not in order, or not looked at yet. */
  readonly goodSince: number | null;
  /** From here on it may turn out that something is wrong; null: nothing suspicious. */
  readonly doubtFrom: number | null;
}

type Sign =
  | { readonly state: 'good' }
  | { readonly state: 'unsure' }
  | { readonly state: ViewState; readonly afterMs: number; readonly reason: string };

const STEPS_PER_LOOK = 3;
/** Two views a moment apart of a camera that stands still. */
const STILL = 0.6;
/** A sharper picture is believed soon, a duller one slowly: dirt comes slowly too. */
const SHARPER = 0.02;
const DULLER = 1e-5;
const SAVE_WHEN_CHANGED = 0.15;
/** A picture that shows half as much as the usual view, and nothing of it, is of another place. */
const OWN_STRUCTURE = 0.5;
/** After such a break in looking nothing is known of what was between. */
const BREAK = 3;

export function createViewJudge(options: {
  readonly limits: ViewLimits;
  /** At most one of each mode (colour, infrared) and origin. */
  readonly known?: readonly KnownView[];
  /** A view, or its sharpness, was learned: to be kept for the next process. */
  readonly onLearned?: (known: KnownView) => void;
}): ViewJudge {
  const { limits, onLearned } = options;
  let known: KnownView[] = [...(options.known ?? [])];
  let lastLook: number | null = null;
  let lastView: View | null = null;
  let lastGood: number | null = null;
  let goodSince: number | null = null;
  let candidate: { state: ViewState; from: number; since: number } | null = null;
  let trouble: ViewTrouble | null = null;
  let learning: View[] = [];
  let learningSince = 0;
  let acuities: number[] = [];
  let search: { steps: Generator<void, Placement | null>; of: View } | null = null;
  /** What the last search found of the view that followed it. */
  let placed: Placement | null = null;
  let searched: View | null = null;
  /** Width of the pictures that sharpness is judged on: a main stream that is looked at for a while shows more. */
  let judgedWidth: number | null = null;
  let otherSizes = 0;
  const savedSharpness = new Map<KnownView, number>();

  const referenceFor = (view: View): KnownView | null => {
    const fits = known.filter((each) => each.view.cols === view.cols && each.view.rows === view.rows);
    const best = (mono: boolean): KnownView | undefined =>
      fits.find((each) => each.view.mono === mono && each.origin === 'reference') ??
      fits.find((each) => each.view.mono === mono);
    return best(view.mono) ?? best(!view.mono) ?? null;
  };
  const replace = (old: KnownView | null, next: KnownView): void => {
    known = [...known.filter((each) => each !== old), next];
    savedSharpness.set(next, next.sharpness ?? 0);
    onLearned?.(next);
  };

  /** Takes the usual view from pictures that agree with each other; whoever walks through is in few of them. */
  const learn = (at: number, view: View): void => {
    const last = learning.at(-1);
    if (view.spread < limits.flatSpread || (last && (last.mono !== view.mono || !alike(last, view)))) learning = [];
    if (learning.length === 0) learningSince = at;
    learning.push(view);
    if (learning.length < limits.learnLooks || at - learningSince < limits.learnMs) {
      if (learning.length > 4 * limits.learnLooks) learning.shift();
      return;
    }
    const luma = medians(learning.map((each) => each.luma));
    const { cols, rows, mono, width, height } = view;
    const sharpness = median(learning.map(({ acuity }) => acuity));
    const learned = { ...viewOfLuma(luma, cols, rows), mono, width, height, acuity: sharpness };
    learning = [];
    replace(known.find((each) => each.origin === 'learned' && each.view.mono === mono) ?? null, {
      view: learned,
      origin: 'learned',
      sharpness,
    });
  };

  const sharpness = (view: View, reference: KnownView): Sign => {
    const good: Sign = { state: 'good' };
    if (reference.view.mono !== view.mono || view.width !== judgedWidth) return good;
    const lit =
      view.mean - 16 >= limits.litEnough * (reference.view.mean - 16) &&
      view.spread >= limits.litEnough * reference.view.spread;
    const usual = reference.sharpness;
    if (usual === null) {
      if (!lit) return good;
      acuities.push(view.acuity);
      if (acuities.length < limits.learnLooks) return good;
      // A person's own picture of the place, of the same size, says how sharp it should have been.
      const own = reference.view.width === view.width ? reference.view.acuity * limits.sharpAgain : 0;
      const { view: known } = reference;
      replace(reference, {
        ...reference,
        view: { ...known, width: view.width, height: view.height },
        sharpness: Math.max(own, median(acuities)),
      });
      acuities = [];
      return good;
    }
    if (usual <= 0 || !lit) return good;
    const share = view.acuity / usual;
    if (share < (trouble?.state === 'defocused' ? limits.sharpAgain : limits.blurred)) {
      return {
        state: 'defocused',
        afterMs: limits.defocusedAfterMs,
        reason: `画面失焦：清晰度为平时的 ${Math.round(100 * share)}% / out of focus: ${Math.round(100 * share)} % of its usual sharpness`,
      };
    }
    const next = usual + (share > 1 ? SHARPER : DULLER) * (view.acuity - usual);
    const updated = { ...reference, sharpness: next };
    const saved = savedSharpness.get(reference) ?? usual;
    known = known.map((each) => (each === reference ? updated : each));
    savedSharpness.set(updated, saved);
    if (saved > 0 && Math.abs(next / saved - 1) > SAVE_WHEN_CHANGED) {
      savedSharpness.set(updated, next);
      onLearned?.(updated);
    }
    return good;
  };

  const isMoved = ({ dx, dy, turn, zoom }: Placement): boolean =>
    Math.hypot(dx, dy) > limits.movedShift ||
    Math.abs(turn) > limits.movedTurn ||
    Math.abs(Math.log(zoom)) > Math.log(1 + limits.movedZoom);

  const movedTo = (placement: Placement): Sign => {
    const { dx, dy, turn, zoom } = placement;
    const [shift, way] = [Math.round(100 * Math.hypot(dx, dy)), `${Math.round(turn)}°, ×${(1 / zoom).toFixed(2)}`];
    return {
      state: 'moved',
      afterMs: limits.movedAfterMs,
      reason: `画面移位：偏移画面宽度的 ${shift}%（旋转、缩放 ${way}） / the view has moved by ${shift} % of its width (turn, zoom ${way})`,
    };
  };

  /** What is not in its place: shifted, hidden or another view. */
  const elsewhere = (view: View, reference: KnownView, matched: number): Sign => {
    const enough = Math.max(limits.found, matched + limits.foundMore);
    const standsAt = (placement: Placement): boolean => {
      const there = matchBlocks(reference.view, view, placement);
      return there.blocks >= limits.leastBlocks && there.matched >= enough;
    };
    if (placed !== null && standsAt(placed)) {
      return isMoved(placed) ? movedTo(placed) : sharpness(view, reference);
    }
    if (searched === null || !alike(searched, view)) {
      // Another picture than was searched: what is being searched goes on, if it still looks like this.
      if (search === null || !alike(search.of, view)) {
        const least = { matched: enough, blocks: limits.leastBlocks };
        search = { steps: searchPlacement(reference.view, view, least), of: view };
      }
      for (let i = 0; i < STEPS_PER_LOOK; i++) {
        const step = search.steps.next();
        if (!step.done) continue;
        [searched, placed, search] = [search.of, step.value, null];
        break;
      }
      if (search !== null) return { state: 'unsure' };
      if (placed !== null && standsAt(placed)) return isMoved(placed) ? movedTo(placed) : sharpness(view, reference);
    }
    const still = lastView !== null && alike(lastView, view);
    // By infrared light at night a place may look like another one.
    if (matched >= limits.foreign || !still || reference.view.mono !== view.mono) return { state: 'unsure' };
    return {
      state: 'moved',
      afterMs: limits.changedAfterMs,
      reason: '画面与基准画面完全不同 / nothing of the reference view is seen any more',
    };
  };

  /** A plainer place than this one has structure of its own; what covers a lens has little. */
  const showsAnother = (view: View, reference: KnownView, blocks: number): boolean => {
    const own = matchBlocks(view, reference.view);
    return (1 - own.matched) * own.blocks >= OWN_STRUCTURE * blocks;
  };

  const judge = (view: View): Sign => {
    const covered = (zh: string, en: string): Sign => ({
      state: 'covered',
      afterMs: limits.coveredAfterMs,
      reason: `${zh} / ${en}`,
    });
    if (view.spread < limits.flatSpread) {
      return view.mean > 200
        ? covered('强光直射镜头，看不到内容', 'light shines into the lens: nothing is seen')
        : covered('镜头被遮挡，画面没有内容', 'the lens is covered: the picture shows nothing');
    }
    const reference = referenceFor(view);
    if (reference === null) return { state: 'good' };
    const { blocks, matched, lost } = matchBlocks(reference.view, view, IN_PLACE);
    if (blocks < limits.leastBlocks) return sharpness(view, reference);
    if (lost >= limits.lost && matched <= limits.lostMatched && !showsAnother(view, reference, blocks))
      return covered('镜头大部分被遮挡', 'most of the view is covered');
    if (matched >= limits.inPlace) return sharpness(view, reference);
    return elsewhere(view, reference, matched);
  };

  const alike = (a: View, b: View): boolean => {
    const { blocks, matched } = matchBlocks(a, b);
    return blocks < limits.leastBlocks || matched >= STILL;
  };

  return {
    due(at) {
      if (lastLook === null || at < lastLook) return true;
      const worried = candidate !== null || trouble !== null || search !== null;
      const every = worried ? limits.worryEveryMs : limits.lookEveryMs;
      return at - lastLook >= (learning.length > 0 || known.length === 0 ? every / 2 : every);
    },
    look(at, view) {
      judgedWidth ??= known.find(({ sharpness: of }) => of !== null)?.view.width ?? view.width;
      const fits = known.some((each) => each.view.rows === view.rows);
      if (view.width !== judgedWidth || (!fits && known.some(({ origin }) => origin === 'learned'))) {
        otherSizes++;
        if (otherSizes < OTHER_SIZE) {
          if (!fits) return;
        } else {
          judgedWidth = view.width;
          known = known.filter(({ origin, view: { rows } }) => origin === 'reference' || rows === view.rows);
          known = known.map((each) => ({ ...each, sharpness: null }));
          acuities = [];
        }
      } else otherSizes = 0;
      if (lastLook !== null && (at < lastLook || at - lastLook > BREAK * Math.max(limits.lookEveryMs, 5_000))) {
        lastGood = null;
        candidate = null;
        search = null;
        searched = null;
        learning = [];
      }
      const sign = judge(view);
      if (sign.state === 'good') {
        const reference = referenceFor(view);
        if (trouble === null && (reference === null || reference.view.mono !== view.mono)) learn(at, view);
        candidate = null;
        goodSince ??= at;
        lastGood = at;
        if (trouble !== null && at - goodSince >= limits.goodAfterMs) trouble = null;
      } else if (sign.state === 'unsure') {
        // Somebody stands before it, or it is being searched: nothing is said, and nothing taken back.
        if (trouble === null && search !== null && candidate === null) goodSince ??= at;
      } else {
        goodSince = null;
        if (candidate?.state !== sign.state) {
          const begins: number = candidate?.from ?? lastGood ?? at;
          candidate = { state: sign.state, from: trouble === null ? begins : at, since: at };
        }
        if (trouble?.state === sign.state) {
          candidate = null;
          trouble = adopted(at, view, trouble) ? null : { ...trouble, reason: sign.reason };
          if (trouble === null) goodSince = at;
        } else if (at - candidate.since >= sign.afterMs) {
          trouble = { state: sign.state, from: candidate.from, reason: sign.reason };
          candidate = null;
        }
      }
      lastLook = at;
      lastView = view;
    },
    get trouble() {
      return trouble;
    },
    get goodSince() {
      return goodSince;
    },
    get doubtFrom() {
      if (trouble !== null) return null;
      return candidate?.from ?? (search === null ? null : lastGood);
    },
  };

  /** A camera that nobody took a reference view of may have been hung elsewhere: its new view becomes the usual one. */
  function adopted(at: number, view: View, { state, from }: ViewTrouble): boolean {
    const byPerson = known.some(({ origin }) => origin === 'reference');
    if (state !== 'moved' || byPerson || at - from < limits.adoptAfterMs) return false;
    known = known.filter((each) => each.view.mono !== view.mono);
    placed = null;
    searched = null;
    return true;
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** The median of each cell. */
function medians(views: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(views[0]?.length ?? 0);
  const column = new Float32Array(views.length);
  for (let i = 0; i < out.length; i++) {
    for (let k = 0; k < views.length; k++) column[k] = (views[k] as Float32Array)[i] as number;
    column.sort();
    out[i] = column[views.length >> 1] as number;
  }
  return out;
}
