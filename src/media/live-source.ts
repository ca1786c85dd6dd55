import type { Clock } from '../platform/clock.ts';
import { DomainError } from '../platform/errors.ts';
import { unlessAborted } from '../platform/within.ts';
import { createDroppingQueue, pauseBeforeAttempt } from './bounded-queue.ts';
import type { FrameSize, RtspTransport } from './ffmpeg/arguments.ts';
import type { SourceEvent, VideoSource } from './frame.ts';
import { type GopDecoder, openGopDecoder } from './gop-decoder.ts';
import { GOP_REMEDY, isGopTooLong, LONGEST_GOP_MS } from './gop-limit.ts';
import type { Gop } from './gop-ring.ts';
import { type LiveConnection, type LiveReading, openConnection } from './live-connection.ts';
import { type MainStream, openMainStream } from './main-stream.ts';
import type { RawFrame } from './pgm-stream.ts';
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
/** A close look that lasts this long is worth the main stream: a shadow is not. */
const MAIN_AFTER_MS = 3_000;
/** A main stream that could not be read is not asked again at once. */
const MAIN_PAUSE_MS = 120_000;
/** A keyframe's arrival and its group's beginning may differ by so much. */
const JITTER_MS = 400;
const RESCAN_MS = 100;
const FIRST_PAUSE_MS = 500;
/** A camera that comes back is seen again within ten seconds: this, a keyframe for the probe and one for us. */
const MOST_PAUSE_MS = 2_500;
/** A camera that says nothing is asked anew soon; now and then it is given longer, for those behind slow lines. */
const LONG_ATTEMPT_EACH = 4;
/** Cameras lock themselves after some wrong passwords: after so many attempts in a row we ask seldom. */
const LOGIN_ATTEMPTS = 6;
const LOGIN_PAUSE_MS = 60_000;

type Wish = { readonly gear: 'close'; readonly fromAt: number } | { readonly gear: 'glance' };
type Timed = { readonly event: SourceEvent; readonly connection: LiveConnection | null };

/**
 * A camera that does not wait: one ffmpeg with two outputs, watched, restarted at growing intervals, for ever. It shows
 * keyframes; where its reader wants to look closer, the groups of pictures around them are decoded from the ring, first
 * what is there already, then each as it becomes whole.
 */
export function openLive(options: LiveOptions): VideoSource {
  const { tools, signal, clock } = options;
  const { timer } = tools;
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
  /** Up to there every frame was shown. */
  let shownTo = Number.NEGATIVE_INFINITY;
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
      // Something came, but no picture: perhaps the stream needs longer to say what it is.
      patient = seq === seqBefore && error.details.late === true && !patient;
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
        const reader = closeUp(connection, wanted.fromAt, {
          take,
          taken: () => {
            pending = null;
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
          await reader.return(position);
        }
      }
    } finally {
      await running;
      await Promise.all(opened.map((connection) => connection.remove()));
    }
  }

  /**
   * Every frame from `fromAt` on, until the reader relaxes or the connection ends. Pictures that arrive meanwhile only say
   * that a group is whole; what else happens is passed on. Answers up to when footage was shown.
   */
  async function* closeUp(
    connection: LiveConnection,
    fromAt: number,
    events: { take(): Promise<Timed | null>; taken(): void },
  ): AsyncGenerator<SourceEvent, number> {
    const { ring, video, size } = connection;
    if (!ring) return fromAt;
    const { fps } = options;
    let position = Math.max(fromAt - JITTER_MS, shownTo);
    let decoder: GopDecoder | null = null;
    let picture: ReturnType<GopDecoder['next']> | null = null;
    let release: (() => void) | null = null;
    let main: MainStream | null = null;
    let large: ReturnType<MainStream['next']> | null = null;
    /** The main stream has caught up with what was shown of the sub-stream. */
    let onMain = false;
    const over = new AbortController();
    const slot = slots.acquire(AbortSignal.any([signal, over.signal])).then(
      (free) => {
        release = free;
        return { kind: 'slot' as const };
      },
      () => ({ kind: 'slot' as const }),
    );
    const isNext = (gop: Gop): boolean =>
      decoder === null
        ? gop.to > position + JITTER_MS + Math.min(JITTER_MS, (gop.to - gop.from) / 2)
        : gop.to > decoder.fedTo;
    const shown = ({ at, raw }: { at: number; raw: RawFrame }): SourceEvent => {
      position = at;
      held = at;
      return { kind: 'frame', frame: { at, seq: seq++, gear: 'close', image: { ...raw, matrix: video.matrix } } };
    };
    held = fromAt;
    try {
      for (;;) {
        if (main === null && position - fromAt > MAIN_AFTER_MS) main = await callMain();
        if (!onMain && main?.waitingSince != null && position >= main.waitingSince) {
          onMain = true;
          decoder?.kill();
          decoder = null;
          picture = null;
        }
        const gop = release === null || onMain ? undefined : ring.gops.find(isNext);
        if (gop && decoder === null) {
          const missed = gop.from - position - JITTER_MS;
          if (missed > LONGEST_GOP_MS) dropped += Math.round((missed * fps) / 1000);
          decoder = await openGopDecoder({ tools, first: gop, video, size, fps });
        }
        if (gop && decoder) {
          if (gop.file === decoder.file) {
            await decoder.feed(gop);
            continue;
          }
          decoder.end();
        }
        picture ??= decoder?.next() ?? null;
        if (onMain) large ??= main?.next() ?? null;
        const first = await Promise.race([
          events.take().then((value) => ({ kind: 'event' as const, value })),
          ...(picture ? [picture.then((value) => ({ kind: 'picture' as const, value }))] : []),
          ...(large ? [large.then((value) => ({ kind: 'large' as const, value }))] : []),
          ...(release === null && !signal.aborted ? [slot] : []),
        ]);
        if (first.kind === 'large') {
          large = null;
          if (first.value === null) {
            // It broke off: the sub-stream's groups go on from here.
            onMain = false;
            mainFailedAt = clock.now();
            main = NO_MAIN;
          } else if (first.value.at > position) {
            const { at, raw, matrix } = first.value;
            position = at;
            held = at;
            yield { kind: 'frame', frame: { at, seq: seq++, gear: 'close', image: { ...raw, matrix } } };
            if (takeWish()?.gear === 'glance') return position;
          }
          continue;
        }
        if (first.kind === 'slot') continue;
        if (first.kind === 'picture') {
          picture = null;
          if (first.value === null) {
            // The file's end.
            position = Math.max(position, (decoder?.fedTo ?? position) - JITTER_MS);
            decoder?.kill();
            decoder = null;
          } else if (first.value.at > position) {
            yield shown(first.value);
            if (takeWish()?.gear === 'glance') return position;
          }
          continue;
        }
        const next = first.value;
        if (next === null || next.event.kind === 'ended') return position;
        const { event } = next;
        if (event.kind === 'frame' && next.connection === connection) {
          events.taken();
          // The group before this keyframe is whole, or will be in a moment.
          for (let i = 0; i < 3 && !ring.gops.some(({ to }) => to >= event.frame.at - RESCAN_MS); i++) {
            await timer.sleep(RESCAN_MS, signal).catch(() => undefined);
            await ring.scan(event.frame.at);
          }
          continue;
        }
        if (event.kind === 'segment' || event.kind === 'reading') {
          events.taken();
          yield event;
          continue;
        }
        // The connection is over: what was handed over is shown to its end first.
        decoder?.end();
        for (
          let last = await (picture ?? decoder?.next() ?? null);
          last !== null;
          last = (await decoder?.next()) ?? null
        )
          if (last.at > position) yield shown(last);
        return position;
      }
    } finally {
      shownTo = position;
      held = null;
      decoder?.kill();
      over.abort();
      if (main !== null && main !== NO_MAIN && !main.shows) mainFailedAt = clock.now();
      dropped += main?.dropped ?? 0;
      await main?.close();
      await slot;
      (release as (() => void) | null)?.();
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

const NO_MAIN: MainStream = {
  ...{ shows: false, waitingSince: null, dropped: 0 },
  next: async () => null,
  close: async () => undefined,
};

const tooRare = (gopMs: number): DomainError =>
  new DomainError('source_unavailable', `a keyframe only every ${(gopMs / 1000).toFixed(1)} s`, {
    gopMs,
    remedy: GOP_REMEDY.en,
  });
