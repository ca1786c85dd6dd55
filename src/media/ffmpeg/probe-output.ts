/** What a source shows, as one decoded frame of it proved. */
export interface VideoInfo {
  /** The container, as ffmpeg calls it. */
  readonly format: string;
  readonly codec: string;
  /** Upright and with square pixels, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Width of a pixel over its height, as it comes out of the decoder. */
  readonly pixelAspect: number;
  readonly fps: number | null;
  /** Null for a live source. */
  readonly durationMs: number | null;
  /** From the file's beginning to its first picture: sound may come before it, or what cannot be decoded. */
  readonly firstMs: number;
  readonly matrix: 'bt601' | 'bt709';
}

const SIZE = /, (\d{1,5})x(\d{1,5})(?: \[SAR (\d+):(\d+) DAR \d+:\d+\])?/;

/**
 * Reads ffmpeg's log of `probeJob`: codec and rate from the input's part, upright size from the output's part (where
 * the rotation of a telephone's footage is already applied).
 * @returns null when no frame was decoded
 */
export function parseProbe(log: string): VideoInfo | null {
  const [inputPart = '', outputPart] = log.split(/^Output #0/m);
  if (outputPart === undefined || !/\bframe=\s*[1-9]/.test(outputPart)) return null;
  const inputLine = inputPart.split('\n').find((line) => /Stream #0:\d+.*: Video: /.test(line));
  const outputLine = outputPart.split('\n').find((line) => /Stream #0:0.*: Video: /.test(line));
  const codec = /: Video: ([a-z0-9_]+)/.exec(inputLine ?? '')?.[1];
  const size = SIZE.exec(outputLine ?? '');
  if (codec === undefined || size === null) return null;
  const [width, height, sarNum, sarDen] = size
    .slice(1, 5)
    .map((text) => (text === undefined ? Number.NaN : Number(text)));
  if (!width || !height) return null;
  const pixelAspect = sarNum && sarDen ? sarNum / sarDen : 1;
  const duration = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(inputPart);
  const fps = /, (\d+(?:\.\d+)?) fps/.exec(inputLine ?? '')?.[1] ?? /, (\d+(?:\.\d+)?) tbr/.exec(inputLine ?? '')?.[1];
  return {
    format: /^Input #0, (\S+), from/m.exec(inputPart)?.[1] ?? '',
    codec,
    width: Math.abs(pixelAspect - 1) > 0.02 ? Math.round(width * pixelAspect) : width,
    height,
    pixelAspect,
    fps: fps === undefined ? null : Number(fps),
    durationMs: duration
      ? Math.round((Number(duration[1]) * 3600 + Number(duration[2]) * 60 + Number(duration[3])) * 1000)
      : null,
    firstMs: Math.max(0, Math.round(1000 * Number(/\bpts_time:\s*(-?[\d.]+)/.exec(log)?.[1] ?? 0))),
    matrix: /\bbt709\b/.test(inputLine ?? '') ? 'bt709' : 'bt601',
  };
}

/** The time that a finished `lengthJob` had reached, in ms; null when it tells none. */
export function parseLength(log: string): number | null {
  const time = [...log.matchAll(/\btime=(\d+):(\d\d):(\d\d(?:\.\d+)?)/g)].at(-1);
  return time ? Math.round((Number(time[1]) * 3600 + Number(time[2]) * 60 + Number(time[3])) * 1000) : null;
}

/** The even size within `limit` that keeps the picture's shape; never larger than the picture, never under 16. */
export function fitWithin(
  video: { readonly width: number; readonly height: number },
  limit: { readonly width: number; readonly height: number },
): {
  width: number;
  height: number;
} {
  // A limit of 1280×720 means 720×1280 for a picture that stands upright.
  const [w, h] = video.width >= video.height ? [limit.width, limit.height] : [limit.height, limit.width];
  const scale = Math.min(1, w / video.width, h / video.height);
  const even = (n: number): number => Math.max(16, 2 * Math.round(n / 2));
  return { width: even(video.width * scale), height: even(video.height * scale) };
}
