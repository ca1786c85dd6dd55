import type { CameraStateFact, CameraWindowFact } from './facts.ts';
import { clip, gapsOf, type Span, shareOf, union } from './intervals.ts';
import type { WindowParameters } from './parameters.ts';

/** A camera with what was told of it around a window; times are device time. */
export interface CameraTelling {
  readonly id: string;
  readonly scenePoint: string;
  readonly requiredMedTypes: readonly string[];
  readonly enabled: boolean;
  /** device − true; null: never measured. */
  readonly offsetMs: number | null;
  readonly uncertaintyMs: number | null;
  readonly states: readonly CameraStateFact[];
  /** Watermark; null: it has never told one. */
  readonly untilAt: number | null;
  readonly watermarkMovedAt: number | null;
}

export interface WindowFacts {
  readonly window: Span;
  readonly counterMoment: Span;
  readonly uncertaintyMs: number;
  readonly coverage: number;
  readonly missed: number;
  readonly gaps: readonly Span[];
  readonly complete: boolean;
  readonly footageLost: boolean;
  readonly cameras: readonly CameraWindowFact[];
}

export const offsetOf = (camera: Pick<CameraTelling, 'offsetMs'>): number => camera.offsetMs ?? 0;

export const uncertaintyOf = (
  camera: Pick<CameraTelling, 'offsetMs' | 'uncertaintyMs'>,
  parameters: WindowParameters,
): number => (camera.offsetMs === null ? parameters.defaultUncertaintyMs : (camera.uncertaintyMs ?? 0));

/** By how much the windows of a clinic are widened: its least certain clock. */
export const widening = (cameras: readonly CameraTelling[], parameters: WindowParameters): number =>
  Math.min(
    parameters.maxUncertaintyMs,
    Math.max(0, ...cameras.filter(({ enabled }) => enabled).map((camera) => uncertaintyOf(camera, parameters))),
  );

/** The claim type needs this camera: an empty list means all types, `14` includes `140104`. */
export const isRequired = (
  camera: Pick<CameraTelling, 'enabled' | 'requiredMedTypes'>,
  medType: string | null,
): boolean =>
  camera.enabled &&
  (camera.requiredMedTypes.length === 0 ||
    medType === null ||
    camera.requiredMedTypes.some((type) => medType.startsWith(type)));

/** Where one settles: the counter, or in a clinic without a camera there the consulting room, which is its counter. */
export function counterPoints(cameras: readonly Pick<CameraTelling, 'enabled' | 'scenePoint'>[]): string {
  const has = (point: string): boolean => cameras.some((camera) => camera.enabled && camera.scenePoint === point);
  return has('counter') ? 'counter' : 'consulting';
}

/** States in true time, each ending where the next begins, clipped to the window. */
export function statesWithin(camera: CameraTelling, window: Span): CameraStateFact[] {
  const offset = offsetOf(camera);
  const sorted = camera.states.toSorted((a, b) => a.from - b.from);
  return sorted.flatMap((state, i) => {
    const next = sorted[i + 1]?.from ?? Number.POSITIVE_INFINITY;
    const to = Math.min(state.to ?? Number.POSITIVE_INFINITY, next);
    const span = clip({ from: state.from - offset, to: to - offset }, window);
    return span === null ? [] : [{ state: state.state, ...span }];
  });
}

/** When one camera was ok and below its watermark. */
export function coveredBy(camera: CameraTelling, window: Span): Span[] {
  if (camera.untilAt === null) return [];
  const until = camera.untilAt - offsetOf(camera);
  return statesWithin(camera, window).flatMap(({ state, from, to }) => {
    const span = state === 'ok' ? clip({ from, to: to ?? window.to }, { from: window.from, to: until }) : null;
    return span === null ? [] : [span];
  });
}

const DECISIVE_POINTS = new Set(['counter', 'consulting']);

/** Cameras where a visit takes place (收费处、诊室, DOMAIN.md 2.3): a door alone does not show who was treated. Without such a camera, all. */
const decisive = (cameras: readonly CameraTelling[]): readonly CameraTelling[] => {
  const there = cameras.filter(({ scenePoint }) => DECISIVE_POINTS.has(scenePoint));
  return there.length > 0 ? there : cameras;
};

/** What the cameras of a clinic could see in a window that is already widened. */
export function coverageOver(options: {
  readonly cameras: readonly CameraTelling[];
  readonly whole: readonly Span[];
  readonly medType: string | null;
  readonly now: number;
  readonly parameters: WindowParameters;
}): { coverage: number; gaps: Span[]; complete: boolean; footageLost: boolean } {
  const { whole, now, parameters } = options;
  const required = options.cameras.filter((camera) => isRequired(camera, options.medType));
  const end = Math.max(...whole.map(({ to }) => to));
  const covered = union(decisive(required).flatMap((camera) => whole.flatMap((span) => coveredBy(camera, span))));
  // A camera that has never spoken promises nothing, and must not hold up a clinic whose other cameras speak.
  const speaking = required.filter(({ untilAt }) => untilAt !== null);
  const lagging = (speaking.length > 0 ? speaking : required).filter(
    (camera) => camera.untilAt === null || camera.untilAt - offsetOf(camera) < end,
  );
  const complete = lagging.length === 0;
  const footageLost =
    !complete &&
    lagging.every(({ watermarkMovedAt }) => now >= Math.max(end, watermarkMovedAt ?? end) + parameters.footageLostMs);
  return {
    coverage: shareOf(whole, covered),
    gaps: whole.flatMap((span) => gapsOf(span, covered)),
    complete,
    footageLost,
  };
}

/** How likely all cameras that covered a window miss somebody who is there: each for itself. 1: none covered it. */
function missedByAll(
  cameras: readonly CameraTelling[],
  shares: readonly number[],
  { missRate, minCoverage }: WindowParameters,
): number {
  const looking = cameras.filter((camera, i) => camera.enabled && (shares[i] ?? 0) >= minCoverage);
  return Number((missRate ** looking.length).toPrecision(6));
}

/** Window, counter moment and coverage around a claim at true time `at`. */
export function windowAround(options: {
  readonly at: number;
  readonly medType: string | null;
  readonly now: number;
  readonly cameras: readonly CameraTelling[];
  readonly parameters: WindowParameters;
}): WindowFacts {
  const { at, cameras, parameters } = options;
  const u = widening(cameras, parameters);
  const window = { from: at - parameters.beforeMs - u, to: at + parameters.afterMs + u };
  const counter = counterPoints(cameras);
  const counterMoment = { from: at - parameters.counterBeforeMs - u, to: at + parameters.counterAfterMs + u };
  const over = coverageOver({ ...options, whole: [window] });
  const atCounter = cameras.filter((camera) => camera.scenePoint === counter && isRequired(camera, options.medType));
  // Parameters may reach beyond the window with it; what is not asked of the cameras is not held against them.
  const asked = clip(counterMoment, window) ?? window;
  const counterShare = shareOf([asked], union(atCounter.flatMap((camera) => coveredBy(camera, asked))));
  const shares = cameras.map((camera) => shareOf([window], coveredBy(camera, window)));
  return {
    ...over,
    missed: missedByAll(cameras, shares, parameters),
    // A window that was seen but for the moment that counts is blind.
    coverage: atCounter.length > 0 ? Math.min(over.coverage, counterShare) : over.coverage,
    window,
    counterMoment,
    uncertaintyMs: u,
    cameras: cameras.map((camera, i) => ({
      cameraId: camera.id,
      scenePoint: camera.scenePoint,
      required: isRequired(camera, options.medType),
      counter: camera.scenePoint === counter,
      clockOffsetMs: offsetOf(camera),
      uncertaintyMs: uncertaintyOf(camera, parameters),
      complete: camera.untilAt !== null && camera.untilAt - offsetOf(camera) >= window.to,
      states: statesWithin(camera, window),
      coverage: shares[i] ?? 0,
    })),
  };
}

/** The widest that a window can reach around a moment: to find settlements by what happened near them. */
export const reachOf = (parameters: WindowParameters): { beforeMs: number; afterMs: number } => ({
  beforeMs: parameters.beforeMs + parameters.maxUncertaintyMs,
  afterMs: parameters.afterMs + parameters.maxUncertaintyMs,
});
