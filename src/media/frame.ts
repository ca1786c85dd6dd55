import type { DomainError } from '../platform/errors.ts';
import type { FrameSize } from './ffmpeg/arguments.ts';
import type { VideoInfo } from './ffmpeg/probe-output.ts';
import type { YuvImage } from './yuv.ts';

/** How a source is read: `glance` decodes keyframes only; `close` every frame, sampled. */
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
  /** How a live stream is read from here on, and why: the median length of its groups of pictures, null while unknown. */
  | {
      readonly kind: 'reading';
      readonly at: number;
      readonly reading: 'keyframes' | 'every_frame';
      readonly gopMs: number | null;
    }
  | { readonly kind: 'segment'; readonly segment: RecordedSegment }
  /** Told again and again while there is no picture. `since`: the first moment without one. */
  | { readonly kind: 'silent'; readonly at: number; readonly since: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly at: number; readonly error: DomainError }
  | { readonly kind: 'ended'; readonly at: number };

export interface VideoSource {
  /** What happens, in order; may be read once. Ends with the signal, or with recorded footage that is not paced. */
  events(): AsyncIterable<SourceEvent>;
  /**
   * Goes back to `fromAt` (device time; a live source: as far as its ring reaches) and reads on with every frame. A live
   * source whose keyframes are too rare always does: nothing happens.
   */
  lookCloser(fromAt: number): void;
  /** From here on keyframes will do. */
  relax(): void;
  /** Whether `lookCloser` is obeyed, at least while keyframes come often enough. */
  readonly canGoBack: boolean;
  /** Frames that a slow reader missed; a missed keyframe counts for all up to the next one. */
  readonly framesDropped: number;
  /** The file that shows a moment of the last seconds, and the moment of its beginning; it may still be growing. */
  footageAt?(at: number): { readonly path: string; readonly from: number } | null;
}
