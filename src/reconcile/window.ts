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
  const states = inOrder(camera.states);
  const within: CameraStateFact[] = [];
  for (let i = 0; i < states.length; i++) {
    const { state, from, to } = states[i] as CameraStateFact;
    const next = states[i + 1]?.from ?? Number.POSITIVE_INFINITY;
    const start = Math.max(from - offset, window.from);
    const end = Math.min(Math.min(to ?? Number.POSITIVE_INFINITY, next) - offset, window.to);
    if (start < end) within.push({ state, from: start, to: end });
  }
  return within;
}

/** The states themselves where they are in order already: nearly always. */
function inOrder(states: readonly CameraStateFact[]): readonly CameraStateFact[] {
  for (let i = 1; i < states.length; i++) {
    if ((states[i - 1] as CameraStateFact).from > (states[i] as CameraStateFact).from)
      return states.toSorted((a, b) => a.from - b.from);
  }
  return states;
}

/** When one camera was ok and below its watermark. */
export function coveredBy(camera: CameraTelling, window: Span): Span[] {
  if (camera.untilAt === null) return [];
  const until = camera.untilAt - offsetOf(camera);
  return litWithin(statesWithin(camera, window), window, until);
}

/** Of states within a window, when it was ok and before a moment. */
function litWithin(states: readonly CameraStateFact[], window: Span, until: number): Span[] {
  const lit: Span[] = [];
  for (const { state, from, to } of states) {
    const end = Math.min(to ?? window.to, until);
    if (state === 'ok' && from < end) lit.push({ from, to: end });
  }
  return lit;
}

const DECISIVE_POINTS = new Set(['counter', 'consulting']);

/** Cameras where a visit takes place (收费处、诊室, DOMAIN.md 2.3): a door alone does not show who was treated. Without such a camera, all. */
const decisive = <Camera extends Pick<CameraTelling, 'scenePoint'>>(cameras: readonly Camera[]): readonly Camera[] => {
  const there = cameras.filter(({ scenePoint }) => DECISIVE_POINTS.has(scenePoint));
  return there.length > 0 ? there : cameras;
};

/** Cameras whose outage alone makes a claim's window blind: those of the counter that it needs, else all that decide. */
export function decisiveIds(cameras: readonly CameraWindowFact[]): string[] {
  const required = cameras.filter((camera) => camera.required);
  const atCounter = required.filter(({ counter }) => counter);
  return (atCounter.length > 0 ? atCounter : decisive(required)).map(({ cameraId }) => cameraId);
}

/** Of a day, the cameras without which nothing is seen. */
export const decisiveOfDay = (cameras: readonly CameraTelling[]): string[] =>
  decisive(cameras.filter((camera) => isRequired(camera, null))).map(({ id }) => id);

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

/** A claim's window and how far it was seen, without what each camera tells of it. */
export function frameAround(options: {
  readonly at: number;
  readonly medType: string | null;
  readonly now: number;
  readonly cameras: readonly CameraTelling[];
  readonly parameters: WindowParameters;
}): Omit<WindowFacts, 'cameras' | 'missed'> {
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
  return {
    ...over,
    // A window that was seen but for the moment that counts is blind.
    coverage: atCounter.length > 0 ? Math.min(over.coverage, counterShare) : over.coverage,
    window,
    counterMoment,
    uncertaintyMs: u,
  };
}

/** Window, counter moment and coverage around a claim at true time `at`. */
export function windowAround(options: Parameters<typeof frameAround>[0]): WindowFacts {
  const { cameras, parameters } = options;
  const frame = frameAround(options);
  const { window } = frame;
  const counter = counterPoints(cameras);
  const told = cameras.map((camera): CameraWindowFact => {
    const states = statesWithin(camera, window);
    const until = camera.untilAt === null ? Number.NEGATIVE_INFINITY : camera.untilAt - offsetOf(camera);
    return {
      cameraId: camera.id,
      scenePoint: camera.scenePoint,
      required: isRequired(camera, options.medType),
      counter: camera.scenePoint === counter,
      clockOffsetMs: offsetOf(camera),
      uncertaintyMs: uncertaintyOf(camera, parameters),
      complete: until >= window.to,
      states,
      coverage: shareOf([window], litWithin(states, window, until)),
    };
  });
  const shares = told.map(({ coverage }) => coverage);
  return { ...frame, missed: missedByAll(cameras, shares, parameters), cameras: told };
}

/** The widest that a window can reach around a moment: to find settlements by what happened near them. */
export const reachOf = (parameters: WindowParameters): { beforeMs: number; afterMs: number } => ({
  beforeMs: parameters.beforeMs + parameters.maxUncertaintyMs,
  afterMs: parameters.afterMs + parameters.maxUncertaintyMs,
});
