import type { Readable } from 'node:stream';

/**
 * ffmpeg's arguments as values. Options keep to what both a build of 2018 and a current one understand. Nothing here
 * sets a network timeout: their names changed between versions, and the watchdog ends a process that shows no frame.
 */

/** What stands around `-i`. `before` are input options. */
export interface FfmpegInput {
  readonly before: readonly string[];
  readonly url: string;
  /** What the process reads from its standard input, where `url` is `pipe:0`. */
  readonly from?: Readable;
}

/** One output: its options, and where it goes; `pipe` is the process's standard output. */
export interface FfmpegOutput {
  readonly options: readonly string[];
  readonly target: 'pipe' | { readonly path: string };
}

export interface FfmpegJob {
  readonly input: FfmpegInput;
  readonly outputs: readonly FfmpegOutput[];
  /** Each line of its log, as it comes. */
  readonly heard?: (line: string) => void;
}

/** `tcp` also gets through firewalls that drop the random ports of UDP. */
export type RtspTransport = 'tcp' | 'udp';

/** What a source's scheme may open besides itself, so that a playlist cannot make ffmpeg read our files or other hosts' ports. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  file: 'file',
  rtsp: 'rtsp,rtp,udp,tcp',
  rtsps: 'rtsp,rtp,udp,tcp,tls',
  rtmp: 'rtmp,tcp',
  rtmps: 'rtmps,tls,tcp',
  http: 'http,tcp',
  https: 'https,http,httpproxy,tls,tcp,crypto',
};

export const schemeOf = (url: string): string => /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? 'file';

/** A path as ffmpeg takes it whatever characters it has, a leading dash or a colon included. */
export const fileUrl = (absolutePath: string): string => `file:${absolutePath}`;

export function inputOf(
  url: string,
  options: {
    readonly seekSeconds?: number;
    readonly keyframesOnly?: boolean;
    readonly transport?: RtspTransport;
    readonly patient?: boolean;
    /** It was probed a moment ago: what it is need not be found out again at length. */
    readonly known?: boolean;
    /** No figures of progress in the log. */
    readonly quiet?: boolean;
  } = {},
): FfmpegInput {
  const scheme = schemeOf(url);
  const before = ['-threads', '1', '-protocol_whitelist', PROTOCOLS[scheme] ?? scheme];
  if (options.quiet) before.unshift('-nostats');
  if (scheme === 'rtsp' || scheme === 'rtsps') before.push('-rtsp_transport', options.transport ?? 'tcp');
  // By default ffmpeg listens for five seconds, for sound that a camera does not have.
  if (scheme !== 'file')
    before.push('-analyzeduration', options.patient ? '5000000' : options.known ? '700000' : '1500000');
  if (options.keyframesOnly) before.push('-skip_frame', 'nokey');
  if (options.seekSeconds !== undefined && options.seekSeconds > 0) before.push('-ss', options.seekSeconds.toFixed(3));
  return { before, url };
}

/** A fragmented MP4 that is handed over piece by piece. */
export const pipedInput = (from: Readable): FfmpegInput => ({
  before: ['-nostats', '-threads', '1', '-protocol_whitelist', 'pipe', '-f', 'mp4'],
  url: 'pipe:0',
  from,
});

export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Sampled frames on the pipe, each a PGM picture of its own (`pgmyuv`: luma above, chroma below), all of one size
 * whatever the source does in between.
 * @param sampling `grid`: exactly `fps` frames per second of footage, the n-th stands for n/fps; `arrival`: at most `fps`, as they come
 */
export function frameOutput(options: {
  readonly size: FrameSize;
  readonly fps: number;
  readonly sampling: 'grid' | 'arrival';
  readonly pixelAspect: number;
}): FfmpegOutput {
  const { width, height } = options.size;
  const sample =
    options.sampling === 'grid'
      ? `fps=fps=${options.fps}:start_time=0`
      : // Also when the source's clock jumps back, else nothing would come until it has caught up.
        `select='isnan(prev_selected_t)+gte(t-prev_selected_t\\,${(0.96 / options.fps).toFixed(4)})+lt(t\\,prev_selected_t)'`;
  const square =
    Math.abs(options.pixelAspect - 1) > 0.02 ? [`scale=trunc(iw*${options.pixelAspect.toFixed(5)}/2)*2:ih`] : [];
  const filters = [
    sample,
    ...square,
    `scale=${width}:${height}:force_original_aspect_ratio=decrease`,
    `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2`,
    'setsar=1',
  ];
  return {
    options: [
      ...['-map', '0:v:0', '-an', '-sn', '-dn', '-vf', filters.join(',')],
      ...(options.sampling === 'arrival' ? ['-vsync', 'passthrough'] : []),
      ...['-pix_fmt', 'yuv420p', '-f', 'image2pipe', '-c:v', 'pgmyuv'],
    ],
    target: 'pipe',
  };
}

/** The stream as it is, cut at keyframes into files of about `seconds`; each finished one is a line of the list. */
export function segmentOutput(options: {
  readonly directory: string;
  readonly seconds: number;
  readonly container: 'mp4' | 'matroska';
  /** The list names only so many of the newest; 0: all. */
  readonly listed?: number;
}): FfmpegOutput {
  const fragmented =
    options.container === 'mp4'
      ? // A file that was cut off by a crash can still be read up to its last whole fragment.
        // Each group of pictures is on disk as soon as the next one begins.
        ['-segment_format_options', 'movflags=+frag_keyframe+empty_moov+default_base_moof:flush_packets=1']
      : [];
  return {
    options: [
      ...['-map', '0:v:0', '-an', '-sn', '-dn', '-c:v', 'copy'],
      ...['-f', 'segment', '-segment_time', String(options.seconds), '-reset_timestamps', '1'],
      ...['-segment_format', options.container, ...fragmented],
      ...[
        '-segment_list',
        `${options.directory}/${SEGMENT_LIST}`,
        '-segment_list_type',
        'csv',
        '-segment_list_size',
        String(options.listed ?? 0),
      ],
    ],
    target: { path: `${options.directory}/%06d.${options.container === 'mp4' ? 'mp4' : 'mkv'}` },
  };
}

export const SEGMENT_LIST = 'segments.csv';

/** What an MP4 may hold; anything else is kept in Matroska, which holds all. */
export const containerFor = (codec: string): 'mp4' | 'matroska' =>
  /^(h264|hevc|mpeg4)$/.test(codec) ? 'mp4' : 'matroska';

/** Decodes one frame and tells, in its log, what the source is and when its picture begins. */
export const probeJob = (input: FfmpegInput): FfmpegJob => ({
  input,
  outputs: [{ options: ['-map', '0:v:0', '-frames:v', '1', '-vf', 'showinfo', '-f', 'null'], target: { path: '-' } }],
});

/** Reads all of the picture's packets and decodes none: its log tells how long they last. */
export const lengthJob = (input: FfmpegInput): FfmpegJob => ({
  input,
  outputs: [{ options: ['-map', '0:v:0', '-c:v', 'copy', '-f', 'null'], target: { path: '-' } }],
});

/** One picture at the input's position, as JPEG on the pipe. */
export const stillJob = (input: FfmpegInput): FfmpegJob => ({
  input,
  outputs: [
    {
      options: [
        '-map',
        '0:v:0',
        '-frames:v',
        '1',
        '-q:v',
        '3',
        '-pix_fmt',
        'yuvj420p',
        '-f',
        'image2pipe',
        '-c:v',
        'mjpeg',
      ],
      target: 'pipe',
    },
  ],
});
