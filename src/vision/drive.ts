import type { Frame, SourceEvent, VideoSource } from '../media/frame.ts';
import type { CameraSession } from './camera-session.ts';
import type { SessionEvent } from './session-events.ts';

/**
 * Leads a source's events through a session until the source ends, and passes the session's wishes back to the source.
 * `before` sees each event first (frames for stills, segments for the ring); `out` is awaited, so that a slow store holds
 * recorded footage back. Whatever is open at the end is closed.
 */
export async function driveSession(options: {
  readonly source: VideoSource;
  readonly session: CameraSession;
  readonly before?: (event: SourceEvent) => Promise<void> | void;
  /** The session is done with a frame and holds nothing of it. */
  readonly after?: (frame: Frame) => void;
  readonly out: (events: readonly SessionEvent[]) => Promise<void>;
}): Promise<void> {
  const { source, session } = options;
  for await (const event of source.events()) {
    await options.before?.(event);
    if (event.kind === 'frame') {
      const { events, wish } = await session.frame(event.frame);
      if (wish?.kind === 'closer') source.lookCloser(wish.fromAt);
      else if (wish?.kind === 'relax') source.relax();
      options.after?.(event.frame);
      if (events.length > 0) await options.out(events);
    } else if (event.kind === 'silent') {
      const { events } = session.silent(event.at, event.since, event.reason);
      if (events.length > 0) await options.out(events);
    }
  }
  const { events } = session.end();
  if (events.length > 0) await options.out(events);
}
