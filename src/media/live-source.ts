import type { Clock } from '../platform/clock.ts';
import { DomainError } from '../platform/errors.ts';
import { unlessAborted } from '../platform/within.ts';
import { createDroppingQueue, pauseBeforeAttempt } from './bounded-queue.ts';
import { lookClosely, type Timed } from './close-look.ts';
import type { FrameSize, RtspTransport } from './ffmpeg/arguments.ts';
import type { SourceEvent, VideoSource } from './frame.ts';
import { GOP_REMEDY, isGopTooLong } from './gop-limit.ts';
import { type LiveConnection, type LiveReading, openConnection } from './live-connection.ts';
import { type MainStream, NO_MAIN, openMainStream } from './main-stream.ts';
import type { MediaTools } from './probe.ts';
import { type Slots, unlimitedSlots } from './slots.ts';
import type { StartPacer } from './start-pacer.ts';

export interface LiveOptions {
  readonly tools: MediaTools;
  /** Gives frames their time. */
  readonly clock: Clock;
  readonly url: string;
  /** The camera's main stream, where `url` is its sub-stream: for close looks that last. */
  readonly mainUrl?: string;
  readonly transport?: RtspTransport;
  readonly fps: number;
  /** False: every frame is read, always. */
  readonly glance: boolean;
  readonly limit: FrameSize;
  readonly segmentSeconds: number | null;
  /** Without a frame for this long ffmpeg is killed and started again. */
  readonly watchdogMs: number;
  /** Pictures that wait for a slow reader; beyond that the oldest is dropped and counted. */
  readonly queueFrames: number;
  /** Who may decode whole groups of pictures at the same time. */
  readonly slots?: Slots;
  /** Paces connections over all cameras of the process. */
  readonly starts?: StartPacer;
  readonly firstPauseMs?: number;
  readonly mostPauseMs?: number;
  readonly signal: AbortSignal;
}

const SILENT_STEP_MS = 2_000;
const SILENT_AFTER_MS = 3_000;
/** Keyframes come every few seconds: their absence says something later. */
const SILENT_AFTER_KEYFRAMES_MS = 5_000;
/** A connection that held this long was a good one: the next pause is short again. */
const GOOD_CONNECTION_MS = 30_000;
/** How much of the compressed stream is kept for a look back. A reader that is slower still has missed something. */
const KEPT_MS = 30_000;
/** While somebody is looked at closely, and the look lags behind. */
const KEPT_FOR_A_LOOK_MS = 120_000;
/** A main stream that could not be read is not asked again at once. */
const MAIN_PAUSE_MS = 120_000;
const FIRST_PAUSE_MS = 500;
/** A camera that comes back is seen again within ten seconds: this, a keyframe for the probe and one for us. */
const MOST_PAUSE_MS = 2_500;
/** A camera that says nothing is asked anew soon; now and then it is given longer, for those behind slow lines. */
const LONG_ATTEMPT_EACH = 4;
/** What a stream is, it usually says sooner. */
const SAID_LATE_MS = 1_200;
/** Cameras lock themselves after some wrong passwords: after so many attempts in a row we ask seldom. */
const LOGIN_ATTEMPTS = 6;
const LOGIN_PAUSE_MS = 60_000;

type Wish = { readonly gear: 'close'; readonly fromAt: number } | { readonly gear: 'glance' };

/**
 * A camera that does not wait: one ffmpeg with two outputs, watched, restarted at growing intervals, for ever. It shows
 * keyframes; where its reader wants to look closer, the groups of pictures around them are decoded from the ring, first
 * what is there already, then each as it becomes whole.
 */
export function openLive(options: LiveOptions): VideoSource {
  const { tools, clock } = options;
  const { timer } = tools;
  /** A reader that gives up, because it failed itself, tells nobody else. */
  const unread = new AbortController();
  const signal = AbortSignal.any([options.signal, unread.signal]);
  const slots = options.slots ?? unlimitedSlots;
  const isPicture = ({ event }: Timed): boolean => event.kind === 'frame';
  let dropped = 0;
  const queue = createDroppingQueue<Timed>(options.queueFrames, isPicture, (gone) => {
    // A keyframe stands for the frames up to the next one.
    const gopMs = gone.connection?.ring?.gopMs ?? 1_000;
    dropped += gone.connection?.ring ? Math.max(1, Math.round((gopMs * options.fps) / 1000)) : 1;
  });
  let seq = 0;
  let lastPictureAt: number | null = null;
  let trouble: string | null = null;
  let reading: LiveReading = options.glance ? 'keyframes' : 'every_frame';
  let wish: Wish | null = null;
  let watched: LiveConnection | null = null;
  /** Where a close look is: the ring keeps what is after it. */
  let held: number | null = null;
  const takeWish = (): Wish | null => {
    const taken = wish;
    wish = null;
    return taken;
  };
  const opened: LiveConnection[] = [];
  const startedAt = clock.now();

  const say = (event: SourceEvent, connection: LiveConnection | null = null): void => queue.push({ event, connection });

  /** A name server that never answers must not hold a camera that is let go of. */
  const addressOf = async (url: string): Promise<string> =>
    tools.address ? await unlessAborted(signal, tools.address(url)) : url;

  let mainFailedAt = Number.NEGATIVE_INFINITY;
  const callMain = async (): Promise<MainStream> => {
    if (options.mainUrl === undefined || clock.now() - mainFailedAt < MAIN_PAUSE_MS) return NO_MAIN;
    const { fps, limit, watchdogMs, transport } = options;
    try {
      const url = await addressOf(options.mainUrl);
      return openMainStream({
        ...{ tools, clock, url, fps, limit, watchdogMs, signal },
        ...(transport ? { transport } : {}),
      });
    } catch {
      mainFailedAt = clock.now();
      return NO_MAIN;
    }
  };

  /** One connection, from its probe to its end; throws the DomainError that says why it ended. */
  const connect = async (patient: boolean, longer: boolean): Promise<never> => {
    const { transport } = options;
    await options.starts?.take(signal);
    const url = await addressOf(options.url);
    const connection = await openConnection({
      ...{ tools, clock, url, patient, longer, reading, signal, fps: options.fps, limit: options.limit },
      ...(transport ? { transport } : {}),
      segmentSeconds: options.segmentSeconds,
      watchdogMs: options.watchdogMs,
    });
    opened.push(connection);
    // A close look may still be at the one before; those before that are nobody's.
    while (opened.length > 2) await opened.shift()?.remove();
    watched = connection;
    const { video, size, ring } = connection;
    let connected = false;
    let told: number | null = null;
    let listedAt = 0;
    try {
      for await (const { at, raw } of connection.pictures()) {
        if (!connected) say({ kind: 'connected', at, video, size });
        if (!connected && !ring) say({ kind: 'reading', at, reading: 'every_frame', gopMs: null });
        connected = true;
        lastPictureAt = at;
        trouble = null;
        const gear = ring ? 'glance' : 'close';
        say({ kind: 'frame', frame: { at, seq: seq++, gear, image: { ...raw, matrix: video.matrix } } }, connection);
        if (ring?.gopMs != null && told !== ring.gopMs) {
          if (isGopTooLong(ring.gopMs)) throw tooRare(ring.gopMs);
          if (told === null) say({ kind: 'reading', at, reading: 'keyframes', gopMs: ring.gopMs });
          told = ring.gopMs;
        }
        if (at - listedAt < 1_000) continue;
        listedAt = at;
        for (const segment of await connection.segments()) say({ kind: 'segment', segment });
        await ring?.forget(Math.max(at - KEPT_FOR_A_LOOK_MS, Math.min(at - KEPT_MS, (held ?? at) - KEPT_MS)));
      }
      throw new DomainError('source_unavailable', 'the stream ended', {});
    } finally {
      for (const segment of await connection.segments(true)) say({ kind: 'segment', segment });
      if (watched === connection) watched = null;
    }
  };

  /** What the next connection does otherwise, after one that ended. */
  const learn = (error: unknown, began: number, seqBefore: number): void => {
    const rare = error instanceof DomainError && error.details.gopMs !== undefined;
    const starved =
      reading === 'keyframes' &&
      error instanceof DomainError &&
      error.message.startsWith('no picture for') &&
      timer.now() - began < GOOD_CONNECTION_MS &&
      seq - seqBefore <= 1;
    if (rare || starved) reading = 'every_frame';
    else if (options.glance && timer.now() - began >= GOOD_CONNECTION_MS) reading = 'keyframes';
  };

  const run = async (): Promise<void> => {
    let patient = false;
    let refused = 0;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const began = timer.now();
      const seqBefore = seq;
      const reason: unknown = await connect(patient, attempt % LONG_ATTEMPT_EACH === 0).catch(
        (error: unknown) => error,
      );
      if (signal.aborted) break;
      const error: DomainError =
        reason instanceof DomainError
          ? reason
          : new DomainError('source_unavailable', 'the stream could not be read', {}, { cause: reason });
      learn(error, began, seqBefore);
      const gopMs = error.details.gopMs;
      if (typeof gopMs === 'number') {
        say({ kind: 'reading', at: clock.now(), reading: 'every_frame', gopMs });
        continue;
      }
      if (timer.now() - began >= GOOD_CONNECTION_MS || seq - seqBefore > 1) attempt = 1;
      const { fault } = error.details;
      // Over http a gate has kept it from getting there; over RTSP it was there before it could be stopped.
      const sentAway = fault === 'elsewhere' && /^rtsp/i.test(options.url);
      refused = fault === 'login' || sentAway ? refused + 1 : 0;
      trouble = error.message;
      // Something came, but no picture: perhaps the stream needs longer to say what it is. Not one that broke off at once.
      const waited = timer.now() - began >= SAID_LATE_MS;
      patient = seq === seqBefore && error.details.late === true && waited && !patient;
      say({ kind: 'failed', at: clock.now(), error });
      const most = refused > LOGIN_ATTEMPTS ? LOGIN_PAUSE_MS : (options.mostPauseMs ?? MOST_PAUSE_MS);
      await timer
        .sleep(pauseBeforeAttempt(attempt, options.firstPauseMs ?? FIRST_PAUSE_MS, most), signal)
        .catch(() => undefined);
    }
  };

  /** Says that there is no picture, whatever keeps it away: a slow connect, a pause, a stream that stalls. */
  const listen = async (): Promise<void> => {
    for (;;) {
      await timer.sleep(SILENT_STEP_MS, signal);
      const since = lastPictureAt ?? startedAt;
      const patience = watched?.ring ? SILENT_AFTER_KEYFRAMES_MS : SILENT_AFTER_MS;
      if (clock.now() - since > patience)
        say({ kind: 'silent', at: clock.now(), since, reason: trouble ?? 'no picture' });
    }
  };

  async function* events(): AsyncGenerator<SourceEvent> {
    void listen().catch(() => undefined);
    const running = run().finally(() => {
      say({ kind: 'ended', at: clock.now() });
      queue.close();
    });
    let pending: Promise<Timed | null> | null = null;
    let position = Number.NEGATIVE_INFINITY;
    const take = (): Promise<Timed | null> => {
      pending ??= queue.take();
      return pending;
    };
    try {
      for (let next = await take(); next !== null; next = await take()) {
        pending = null;
        const { event, connection } = next;
        if (event.kind === 'frame' && event.frame.at <= position) continue;
        yield event;
        const wanted = takeWish();
        if (wanted?.gear !== 'close' || !connection?.ring || signal.aborted) continue;
        const reader = lookClosely({
          ...{ tools, connection, signal, slots, callMain, fps: options.fps, fromAt: wanted.fromAt, after: position },
          events: {
            take,
            taken: () => {
              pending = null;
            },
          },
          nextSeq: () => seq++,
          isEnough: () => takeWish()?.gear === 'glance',
          shown: (at) => {
            held = at;
          },
          missed: (frames) => {
            dropped += frames;
          },
          mainFailed: () => {
            mainFailedAt = clock.now();
          },
        });
        try {
          for (let step = await reader.next(); ; step = await reader.next()) {
            if (step.done) {
              position = step.value;
              break;
            }
            yield step.value;
          }
        } finally {
          held = null;
          await reader.return(position);
        }
      }
    } finally {
      unread.abort();
      await running;
      await Promise.all(opened.map((connection) => connection.remove()));
    }
  }

  return {
    events,
    canGoBack: options.glance,
    get framesDropped() {
      return dropped;
    },
    lookCloser: (fromAt) => {
      wish = { gear: 'close', fromAt };
    },
    relax: () => {
      wish = { gear: 'glance' };
    },
    footageAt: (at) => watched?.ring?.fileAt(at) ?? null,
  };
}

const tooRare = (gopMs: number): DomainError =>
  new DomainError('source_unavailable', `a keyframe only every ${(gopMs / 1000).toFixed(1)} s`, {
    gopMs,
    remedy: GOP_REMEDY.en,
  });
