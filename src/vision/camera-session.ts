import type { Frame } from '../media/frame.ts';
import { lumaGrid, lumaSamples, toRgb, type YuvImage } from '../media/yuv.ts';
import { derivedId } from '../platform/ids.ts';
import type { FaceReader, ObservedFace } from './face-reader.ts';
import { glimpseOf, isStartling } from './glimpse.ts';
import { type CameraState, createHealthMonitor, type HealthLimits, type StateInterval } from './health.ts';
import { isTellable, isWellKnown, lookBox, needsLook, prospectOf } from './look-policy.ts';
import { createMotionGate } from './motion-gate.ts';
import { createSearch } from './search.ts';
import type { Adoptable, SessionEvent, SessionStep } from './session-events.ts';
import { createStayers } from './stayers.ts';
import type { StreamAmount } from './stream-judge.ts';
import { Teller } from './teller.ts';
import { type Track, Tracker } from './tracker.ts';
import { viewOf } from './view/view.ts';
import type { KnownView } from './view/view-judge.ts';

export interface SessionOptions {
  readonly cameraId: string;
  readonly reader: FaceReader;
  /** False: people are counted, no face is described or kept. */
  readonly recognise: boolean;
  /** The source obeys the wishes: keyframes will do while nothing happens. */
  readonly canGoBack: boolean;
  /**
   * What stands for a glance: a place on a grid of time, which repeats a keyframe until the next one (recorded footage), or
   * the keyframe as it came (live). Default `grid`.
   */
  readonly glances?: 'grid' | 'arrival';
  /** Unseen for this long, a person has left. Default 5 s. */
  readonly goneAfterMs?: number;
  readonly healthLimits?: HealthLimits;
  /** What the camera should show, as far as it is known, and who keeps what is learned of it. */
  readonly views?: readonly KnownView[];
  readonly onView?: (known: KnownView) => void;
  /** What an earlier process left behind. */
  readonly resume?: {
    readonly device?: { readonly state: CameraState; readonly from: number };
    readonly adoptable?: readonly Adoptable[];
    readonly watermark?: number;
  };
}

/**
 * One camera's footage → appearances, states of the device, watermark. Frames go in one after the other (each call awaited),
 * events come out; a session has no clock, file or database of its own.
 */
export interface CameraSession {
  frame(frame: Frame): Promise<SessionStep>;
  /** There has been no picture since `since`. */
  silent(at: number, since: number, reason: string): SessionStep;
  /**
   * Somebody is said to be there until then (a settlement names him): from the next picture on every frame is wanted and
   * searched, whether or not anything moves. Footage that was judged before is not judged again.
   */
  expect(until: number): void;
  /** Bytes of the stream that came: too few are a trouble of the camera. */
  amount(amount: StreamAmount): void;
  /** No more frames: closes what is open. */
  end(): SessionStep;
  readonly peopleInSight: number;
}

const GRID_COLS = 80;
const GRID_ROWS = 45;
/** An empty, still room is searched this often all the same, so that nobody is lost by not moving. */
const BASE_LOOK_MS = 10_000;
const FRUITLESS_LOOK_MS = 700;
const FINE_GLANCE_MS = 60_000;
/** A live camera's room is seen to be empty before anybody comes: its noise and light are known, and whoever comes moves. */
const LIVE_BASE_LOOK_MS = 60_000;
const LIVE_FINE_GLANCE_MS = 300_000;
/** A settlement is no reason to look for longer than this at once. */
const LONGEST_EXPECTED_MS = 30_000;
const STEADY_LOOK_MS = 450;
/** One person alone cannot be mistaken for another. */
const ALONE_LOOK_MS = 700;
const LONGEST_WITHOUT_LOOK_MS = 2_000;
const YOUNG_MS = 3_000;
const EAGER_MS = 1_500;
const RELAX_AFTER_MS = 4_000;
/** The time grid shows a keyframe up to half a step before its time. */
const GLANCE_SLACK_MS = 500;
const WATERMARK_STEP_MS = 1_000;
const MOST_LOOKS_PER_FRAME = 4;
/** After somebody who stayed was doubted every frame is looked at for a while: what disturbed it may go on. */
const NO_STAY_MS = 10_000;

export function createCameraSession(options: SessionOptions): CameraSession {
  const { reader, cameraId } = options;
  const goneAfterMs = options.goneAfterMs ?? 5_000;
  const health = createHealthMonitor({
    ...(options.healthLimits ? { limits: options.healthLimits } : {}),
    ...(options.resume?.device ? { initial: options.resume.device } : {}),
    ...(options.views ? { views: options.views } : {}),
    ...(options.onView ? { onView: options.onView } : {}),
  });
  const gate = createMotionGate();
  const tracker = new Tracker({ likeness: reader.likeness, modelVersion: reader.modelVersion, goneAfterMs });
  const teller = new Teller({
    makeId: (from, count) => derivedId('appearance', cameraId, String(from), String(count)),
    adoptable: options.resume?.adoptable ?? [],
  });

  let events: SessionEvent[] = [];
  let promised = options.resume?.watermark ?? Number.NEGATIVE_INFINITY;
  let said = promised;
  // What was promised before is not judged again: the device's states up to there are told.
  let lastAt: number | null = options.resume?.watermark ?? null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let seenThen = Number.NEGATIVE_INFINITY;
  /** Where a close look goes on that is wanted or broke off. */
  let closeFrom = Number.NEGATIVE_INFINITY;
  let movedAt = Number.NEGATIVE_INFINITY;
  /** Those in sight are so well known that keyframes will do to see that they stay. */
  let staying = false;
  let noStayUntil = lookedAt;
  let eagerUntil = Number.NEGATIVE_INFINITY;
  let quietFrom: number | null = null;
  let glanced: Uint8Array | null = null;
  let primed = false;
  let wanted = false;
  /** Of the last picture: the main stream's are larger. */
  let size: { readonly width: number; readonly height: number } | null = null;
  const search = createSearch(reader, { cols: GRID_COLS, rows: GRID_ROWS });
  const live = options.glances === 'arrival';
  const slackMs = live ? 0 : GLANCE_SLACK_MS;

  const device = (intervals: readonly StateInterval[]): void => {
    for (const interval of intervals) {
      events.push({
        kind: 'device',
        id: derivedId('device-state', cameraId, interval.state, String(interval.from)),
        interval,
      });
    }
  };

  /** Promises up to `until`, less what is still in doubt. */
  const promise = (until: number, atOnce = false): void => {
    const bound = Math.min(until, health.doubtFrom ?? until, tracker.untoldFrom);
    events.push(...teller.notFoundAgain(bound));
    if (bound <= promised) return;
    promised = bound;
    if (promised - said >= WATERMARK_STEP_MS || atOnce) {
      said = promised;
      events.push({ kind: 'watermark', until: promised });
    }
  };

  const take = (): readonly SessionEvent[] => {
    const taken = events;
    events = [];
    return taken;
  };

  const tellTracks = (at: number): void => {
    for (const track of [...tracker.tracks]) {
      if (!track.told) settle(track, at);
      if (!tracker.tracks.includes(track)) continue;
      if (!track.told) {
        if (track.settled && isTellable(track, at, options.recognise)) {
          track.told = true;
          events.push({ kind: 'appearance', appearance: teller.tell(track.draft, 'open', at) });
        }
      } else if (teller.isWorthTelling(track.draft, at)) {
        events.push({ kind: 'appearance', appearance: teller.tell(track.draft, 'open', at) });
      }
    }
    for (const track of tracker.takeGone(at)) close(track, at);
  };

  const settle = (track: Track, at: number): void => {
    if (options.recognise && tracker.rejoin(track, at)) return;
    const mayBeKnown =
      track.draft.template === null ||
      tracker.tracks.some((each) => each !== track && each.seenAt < track.draft.knownFrom);
    // A face half turned away may still prove to be somebody we know: it gets a moment.
    if (!options.recognise || !mayBeKnown || at - track.draft.from >= 1_500) track.settled = true;
  };

  const close = (track: Track, at: number): void => {
    if (!track.told && !isTellable(track, Number.POSITIVE_INFINITY, options.recognise)) return;
    events.push({ kind: 'appearance', appearance: teller.tell(track.draft, 'closed', at) });
  };

  /** What a description of a track's face says of the person, and its picture where it is one of the best. */
  const learn = (track: Track, at: number, image: YuvImage, face: ObservedFace): void => {
    track.bestProspect = Math.max(track.bestProspect, prospectOf(track));
    const counted = tracker.describe(track, at, face);
    if (!counted || !track.draft.wantsShot(at, face.quality)) return;
    track.draft.addShot({
      at,
      quality: face.quality,
      box: face.box,
      frame: { width: image.width, height: image.height },
      image: toRgb(image, lookBox(face.box)),
    });
  };

  const lookClosely = async (at: number, image: YuvImage): Promise<void> => {
    const visible = tracker.visible(at);
    const lost = tracker.tracks.some((track) => track.seenAt < at);
    for (const track of visible) {
      const glimpse = glimpseOf(image, track.box);
      track.startling ||= track.glimpse !== null && isStartling(track.glimpse, glimpse);
      track.glimpse = glimpse;
    }
    const due = visible
      .filter((track) => needsLook(track, at, visible, lost))
      .sort((a, b) => a.draft.faces - b.draft.faces)
      .slice(0, MOST_LOOKS_PER_FRAME);
    if (due.length === 0) return;
    const faces = await reader.describe(
      image,
      due.map((track) => ({ box: track.box, score: track.scoreSum / track.hits })),
    );
    due.forEach((track, i) => {
      const face = faces[i];
      if (face) learn(track, at, image, face);
    });
  };

  const look = async (at: number, image: YuvImage, grid: Float32Array): Promise<void> => {
    const changed = gate.changed(grid) ?? [];
    gate.remember(grid);
    primed = true;
    lookedAt = at;
    tracker.see(at, await search.faces(at, image, tracker.tracks, changed));
    seenThen = at;
    if (options.recognise) await lookClosely(at, image);
  };

  const stayers = createStayers({ reader, search, tracker, gate, goneAfterMs, learn });

  const closeFrame = async (at: number, image: YuvImage, grid: Float32Array): Promise<SessionStep['wish']> => {
    const moved = gate.moved(grid);
    if (gate.cut(grid)) {
      tracker.cut();
      lookedAt = Number.NEGATIVE_INFINITY;
    }
    if (moved) {
      movedAt = at;
      search.moved(at, gate.changed(grid) ?? []);
    }
    closeFrom = at;
    wanted = false;
    const { tracks } = tracker;
    const inSight = tracks.some((track) => track.seenAt === seenThen);
    const restless =
      at <= eagerUntil ||
      tracks.some((track) => track.seenAt < seenThen || at - track.draft.from < YOUNG_MS || track.strikes.length > 0);
    const inPeace =
      tracks.length > 1
        ? STEADY_LOOK_MS
        : tracks.length > 0
          ? ALONE_LOOK_MS
          : moved
            ? FRUITLESS_LOOK_MS
            : BASE_LOOK_MS / 2;
    const interval = restless ? 0 : inPeace;
    if (inSight && !moved && !restless && at - lookedAt < LONGEST_WITHOUT_LOOK_MS) {
      tracker.still(at, seenThen);
      seenThen = at;
    } else if (at - lookedAt >= interval) {
      await look(at, image, grid);
    }
    tellTracks(at);
    promise(at);
    const calm = tracker.tracks.every((track) => track.seenAt === at && isWellKnown(track, at));
    staying = calm && tracker.tracks.length > 0 && at >= noStayUntil;
    const busy = !staying && (tracker.tracks.length > 0 || at - movedAt < RELAX_AFTER_MS);
    if (busy || at <= eagerUntil || !options.canGoBack) return null;
    quietFrom = at;
    glanced = null;
    return { kind: 'relax' };
  };

  const glanceFrame = async (
    at: number,
    image: YuvImage,
    grid: Float32Array,
    samples: Uint8Array,
  ): Promise<SessionStep['wish']> => {
    const repeated = !live && glanced !== null && Buffer.compare(glanced, samples) === 0;
    if (tracker.tracks.length > 0) {
      // A close look broke off with the connection: it is taken up again.
      if (!staying) return { kind: 'closer', fromAt: Math.min(at, closeFrom) };
      if (repeated) return null;
      const since = wanted ? seenThen : await stayers.doubtedSince(at, image, grid, seenThen, closeFrom);
      if (since === null) {
        glanced = samples;
        lookedAt = at;
        seenThen = at;
        quietFrom = at;
        tellTracks(at);
        promise(Math.min(at - GLANCE_SLACK_MS, stayers.comparedUntil(closeFrom) - slackMs));
        return null;
      }
      // Somebody left, came or turned since: what happened is read again in full.
      staying = false;
      noStayUntil = at + NO_STAY_MS;
      eagerUntil = Math.max(eagerUntil, at + EAGER_MS);
      lookedAt = Number.NEGATIVE_INFINITY;
      seenThen = since - (glanced === null ? 0 : slackMs);
      closeFrom = seenThen;
      tracker.rewind(seenThen);
      return { kind: 'closer', fromAt: seenThen };
    }
    if (!repeated) {
      glanced = samples;
      let something = wanted || (primed && gate.moved(grid));
      if (!something && (!primed || at - lookedAt >= (live ? LIVE_BASE_LOOK_MS : BASE_LOOK_MS))) {
        something = await search.somebody(at, image, live ? LIVE_FINE_GLANCE_MS : FINE_GLANCE_MS);
        gate.remember(grid);
        primed = true;
        lookedAt = at;
      }
      if (something) {
        // What came since the last quiet picture is read again in full.
        const fromAt = quietFrom === null ? at : quietFrom - slackMs;
        wanted = false;
        movedAt = at;
        lookedAt = Number.NEGATIVE_INFINITY;
        eagerUntil = Math.max(eagerUntil, at + EAGER_MS);
        return { kind: 'closer', fromAt };
      }
      quietFrom = at;
    }
    promise((quietFrom ?? at) - GLANCE_SLACK_MS);
    return null;
  };

  return {
    async frame({ at, gear, image }) {
      const grid = lumaGrid(image, GRID_COLS, GRID_ROWS);
      const samples = lumaSamples(image);
      // Frames that are read again, closer, have told of the device's health before.
      if (lastAt === null || at > lastAt) {
        device(health.frame(at, grid, samples, () => viewOf(image)));
        lastAt = at;
      }
      if (size !== null && (size.width !== image.width || size.height !== image.height))
        tracker.rescale(image.width / size.width, image.height / size.height);
      size = { width: image.width, height: image.height };
      if (gear === 'close' && !primed) eagerUntil = Math.max(eagerUntil, at + EAGER_MS);
      const wish = gear === 'close' ? await closeFrame(at, image, grid) : await glanceFrame(at, image, grid, samples);
      return { events: take(), wish };
    },
    silent(at, since, reason) {
      device(health.silent(at, since, reason));
      for (const track of tracker.takeGone(at)) close(track, at);
      // What came before an outage cannot be read again after it.
      if (health.state === 'offline') quietFrom = null;
      promise(health.state === 'offline' ? at : Math.min(at, since));
      return { events: take(), wish: null };
    },
    expect(until) {
      if (lastAt !== null && until <= lastAt) return;
      wanted = true;
      eagerUntil = Math.max(eagerUntil, lastAt === null ? until : Math.min(until, lastAt + LONGEST_EXPECTED_MS));
    },
    amount: health.amount,
    end() {
      for (const track of tracker.takeAll()) close(track, lastAt ?? track.seenAt);
      if (lastAt !== null) promise(lastAt, true);
      return { events: take(), wish: null };
    },
    get peopleInSight() {
      return tracker.tracks.filter((track) => track.told && track.seenAt === seenThen).length;
    },
  };
}
