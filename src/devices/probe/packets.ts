/** Pure: what a stream's packets say of it. ffmpeg's `framecrc` tells each packet's times, size and whether it is a keyframe. */

export interface Packet {
  /** Decoding time, seconds of the stream. */
  readonly at: number;
  readonly bytes: number;
  readonly key: boolean;
}

/** Packets of the first stream in ffmpeg's `framecrc` output; a line that is cut off is left out. */
export function parseFrameCrc(text: string): Packet[] {
  const base = /^#tb 0: (\d+)\/(\d+)/m.exec(text);
  const unit = base ? Number(base[1]) / Number(base[2]) : 1;
  const packets: Packet[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    // stream, dts, pts, duration, size, checksum[, F=flags unless it is a plain keyframe][, side data]
    const match = /^0,\s*(-?\d+),\s*(?:-?\d+|NOPTS),\s*-?\d+,\s*(\d+),\s*0x[0-9a-f]+(.*)$/i.exec(line);
    if (!match) continue;
    const flags = /F=0x([0-9a-f]+)/i.exec(match[3] ?? '')?.[1];
    const key = flags === undefined || (Number.parseInt(flags, 16) & 1) === 1;
    packets.push({ at: Number(match[1]) * unit, bytes: Number(match[2]), key });
  }
  return packets;
}

/** Groups of pictures as the packets showed them, in seconds of the stream. */
export interface GopMeasure {
  /** Between keyframes, mean; null: fewer than two keyframes came. */
  readonly seconds: number | null;
  readonly shortest: number | null;
  readonly longest: number | null;
  /** Pictures from keyframe to keyframe, median. */
  readonly frames: number | null;
  /** Whole groups that were seen. */
  readonly groups: number;
  /** Null: too few groups to tell. */
  readonly regular: boolean | null;
  /** No keyframe in the last so many seconds: a group is at least as long. */
  readonly openSeconds: number;
}

export interface StreamMeasure {
  readonly packets: number;
  readonly seconds: number;
  readonly fps: number | null;
  readonly kbps: number | null;
  readonly gop: GopMeasure;
  /** Mean size of a keyframe. */
  readonly keyframeBytes: number | null;
  /** Times that ran backwards or stood still between packets. */
  readonly brokenTimes: number;
  /** Longest wait between two packets, in seconds of the stream. */
  readonly longestGap: number;
}

const median = (values: readonly number[]): number | null => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
};
const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Groups differ by more than this share of their median: the encoder sets keyframes as it likes ("smart" codecs). */
const REGULAR_SPREAD = 0.25;
const LEAST_GROUPS = 2;

/** Pictures a second: by their own steps where these are even, else by how many came. A clock that was set right in between is no picture more. */
function rateOf(steps: readonly number[], counted: number): number {
  const step = median(steps.filter((value) => value > 0));
  if (step === null) return counted;
  const usual = steps.filter((value) => value > 0.5 * step && value < 1.5 * step);
  const own = usual.length / usual.reduce((sum, value) => sum + value, 0);
  return usual.length >= 0.9 * steps.length && Math.abs(own / counted - 1) < 0.1 ? own : counted;
}

/** @param wallSeconds how long it was read, for streams whose own times say nothing; null: recorded */
export function measurePackets(packets: readonly Packet[], wallSeconds: number | null): StreamMeasure {
  const steps = packets.slice(1).map((packet, i) => packet.at - (packets[i]?.at ?? 0));
  const step = median(steps.filter((value) => value > 0));
  const brokenTimes = steps.filter((value) => value <= 0).length;
  // A step back or a leap is the clock's, not the picture's: it counts as one ordinary step.
  const leap = Math.max(10, 50 * (step ?? 0));
  const times: number[] = [];
  let now = 0;
  packets.forEach((_, i) => {
    const raw = i === 0 ? 0 : (steps[i - 1] ?? 0);
    now += i === 0 ? 0 : raw < 0 || raw > leap ? (step ?? 0) : raw;
    times.push(now);
  });
  const useless = packets.length > 1 && now <= 0 && wallSeconds !== null;
  const scale = useless ? (wallSeconds ?? 0) / (packets.length - 1) : 0;
  const at = (i: number): number => (useless ? i * scale : (times[i] ?? 0));
  const length = packets.length < 2 ? 0 : at(packets.length - 1) + (useless ? scale : (step ?? 0));
  const keys = packets.flatMap((packet, i) => (packet.key ? [i] : []));
  const allGaps = keys.slice(1).map((index, i) => at(index) - at(keys[i] ?? 0));
  // Until its first report a live stream's times are guessed: the first group's length is, too.
  const gaps = wallSeconds !== null && allGaps.length >= 3 ? allGaps.slice(1) : allGaps;
  const counts = keys.slice(1).map((index, i) => index - (keys[i] ?? 0));
  const bytes = packets.reduce((sum, packet) => sum + packet.bytes, 0);
  const middle = median(gaps);
  const [shortest, longest] = gaps.length === 0 ? [null, null] : [Math.min(...gaps), Math.max(...gaps)];
  const lastKey = keys.at(-1);
  const round = (value: number | null, digits = 3): number | null =>
    value === null ? null : Number(value.toFixed(digits));
  return {
    packets: packets.length,
    seconds: round(length) ?? 0,
    fps: length > 0 ? round(rateOf(steps, packets.length / length), 2) : null,
    kbps: length > 0 ? round((bytes * 8) / length / 1000, 1) : null,
    gop: {
      seconds: round(mean(gaps)),
      shortest: round(shortest),
      longest: round(longest),
      frames: median(counts),
      groups: gaps.length,
      regular:
        gaps.length < LEAST_GROUPS || middle === null || shortest === null || longest === null
          ? null
          : longest - shortest <= REGULAR_SPREAD * middle,
      openSeconds: round(lastKey === undefined ? length : length - at(lastKey)) ?? 0,
    },
    keyframeBytes: round(mean(keys.map((i) => packets[i]?.bytes ?? 0)), 0),
    brokenTimes,
    longestGap: round(steps.length === 0 ? 0 : Math.max(0, ...steps)) ?? 0,
  };
}
