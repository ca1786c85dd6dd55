import type { SourceEvent } from './frame.ts';
import { type GopDecoder, openGopDecoder } from './gop-decoder.ts';
import { LONGEST_GOP_MS } from './gop-limit.ts';
import type { Gop } from './gop-ring.ts';
import type { LiveConnection } from './live-connection.ts';
import { type MainStream, NO_MAIN } from './main-stream.ts';
import type { RawFrame } from './pgm-stream.ts';
import type { MediaTools } from './probe.ts';
import type { Slots } from './slots.ts';

/** What happened at a live source, and on which of its connections. */
export interface Timed {
  readonly event: SourceEvent;
  readonly connection: LiveConnection | null;
}

export interface CloseLookOptions {
  readonly tools: MediaTools;
  readonly connection: LiveConnection;
  readonly fromAt: number;
  /** Every frame up to there was shown by an earlier look. */
  readonly after: number;
  readonly fps: number;
  readonly slots: Slots;
  readonly signal: AbortSignal;
  /** What happens meanwhile: `take` the next, and again the same until it is `taken`. */
  readonly events: { take(): Promise<Timed | null>; taken(): void };
  nextSeq(): number;
  /** The reader has seen enough. */
  isEnough(): boolean;
  /** Footage was shown up to there. */
  shown(at: number): void;
  /** So many frames could not be shown. */
  missed(frames: number): void;
  callMain(): Promise<MainStream>;
  mainFailed(): void;
}

/** A close look that lasts this long is worth the main stream: a shadow is not. */
const MAIN_AFTER_MS = 3_000;
/** A keyframe's arrival and its group's beginning may differ by so much. */
const JITTER_MS = 400;
const RESCAN_MS = 100;

/**
 * Every frame from `fromAt` on, until the reader relaxes or the connection ends. Pictures that arrive meanwhile only say
 * that a group is whole; what else happens is passed on. Answers up to when footage was shown.
 */
export async function* lookClosely(look: CloseLookOptions): AsyncGenerator<SourceEvent, number> {
  const { tools, connection, fromAt, fps, slots, signal, events } = look;
  const { ring, video, size } = connection;
  if (!ring) return fromAt;
  let position = Math.max(fromAt - JITTER_MS, look.after);
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
    look.shown(at);
    return {
      kind: 'frame',
      frame: { at, seq: look.nextSeq(), gear: 'close', image: { ...raw, matrix: video.matrix } },
    };
  };
  look.shown(fromAt);
  try {
    for (;;) {
      if (main === null && position - fromAt > MAIN_AFTER_MS) main = await look.callMain();
      if (!onMain && main?.waitingSince != null && position >= main.waitingSince) {
        onMain = true;
        decoder?.kill();
        decoder = null;
        picture = null;
      }
      const gop = release === null || onMain ? undefined : ring.gops.find(isNext);
      if (gop && decoder === null) {
        const missed = gop.from - position - JITTER_MS;
        if (missed > LONGEST_GOP_MS) look.missed(Math.round((missed * fps) / 1000));
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
          look.mainFailed();
          main = NO_MAIN;
        } else if (first.value.at > position) {
          const { at, raw, matrix } = first.value;
          position = at;
          look.shown(at);
          yield { kind: 'frame', frame: { at, seq: look.nextSeq(), gear: 'close', image: { ...raw, matrix } } };
          if (look.isEnough()) return position;
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
          if (look.isEnough()) return position;
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
          await tools.timer.sleep(RESCAN_MS, signal).catch(() => undefined);
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
      for (let last = await (picture ?? decoder?.next() ?? null); last !== null; last = (await decoder?.next()) ?? null)
        if (last.at > position) yield shown(last);
      return position;
    }
  } finally {
    decoder?.kill();
    over.abort();
    if (main !== null && main !== NO_MAIN && !main.shows) look.mainFailed();
    look.missed(main?.dropped ?? 0);
    await main?.close();
    await slot;
    (release as (() => void) | null)?.();
  }
}
