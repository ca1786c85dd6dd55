import type { DomainError } from '../platform/errors.ts';
import type { FrameSize } from './ffmpeg/arguments.ts';
import type { VideoInfo } from './ffmpeg/probe-output.ts';
import type { YuvImage } from './yuv.ts';

/** How a recorded source is read: `glance` decodes keyframes only, one picture a second; `close` every frame, sampled. */
export type Gear = 'glance' | 'close';

export interface Frame {
  /** Device time, epoch ms: the footage's own time, or for a live source our clock when the frame came. */
  readonly at: number;
  /** Counts the frames of one source, from 0. After a step back it goes on counting. */
  readonly seq: number;
  readonly gear: Gear;
  readonly image: YuvImage;
}

/** A finished piece of the recorded stream. The file is the receiver's: it moves or deletes it. */
export interface RecordedSegment {
  readonly from: number;
  readonly to: number;
  readonly path: string;
  readonly mediaType: 'video/mp4' | 'video/x-matroska';
}

export type SourceEvent =
  | { readonly kind: 'connected'; readonly at: number; readonly video: VideoInfo; readonly size: FrameSize }
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'segment'; readonly segment: RecordedSegment }
  /** Told again and again while there is no picture. `since`: the first moment without one. */
  | { readonly kind: 'silent'; readonly at: number; readonly since: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly at: number; readonly error: DomainError }
  | { readonly kind: 'ended'; readonly at: number };

export interface VideoSource {
  /** What happens, in order; may be read once. Ends with the signal, or with recorded footage that is not paced. */
  events(): AsyncIterable<SourceEvent>;
  /**
   * Recorded footage: goes back to `fromAt` (device time) and reads on with every frame. A live source always does:
   * nothing happens.
   */
  lookCloser(fromAt: number): void;
  /** Recorded footage: from here on keyframes will do. */
  relax(): void;
  /** Whether `lookCloser` is obeyed. */
  readonly canGoBack: boolean;
  /** Frames that a slow reader missed. */
  readonly framesDropped: number;
}
