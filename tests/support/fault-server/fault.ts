/** What a camera does wrong for a while. Whatever stands in `rest` is drawn from a seed: where it cuts, how long it lasts. */
export interface Fault {
  readonly kind: FaultKind;
  readonly ms: number;
  /** 0..1: where in a packet it cuts, how much garbage, … */
  readonly dice: number;
}

export const CONNECT_FAULTS = [
  'refused',
  'silent',
  'login',
  'forbidden',
  'missing',
  'broken',
  'empty',
  'garbage',
  'page',
  'elsewhere',
  'drip',
] as const;
export const STREAM_FAULTS = [
  'cut',
  'stall',
  'freeze',
  'noise',
  'jump',
  'back',
  'backwards',
  'stuck',
  'resize',
] as const;
export const PROXY_FAULTS = [
  'refused',
  'silent',
  'login',
  'missing',
  'broken',
  'empty',
  'garbage',
  'cut',
  'stall',
  'freeze',
  'noise',
  'drip',
] as const;
export const HLS_FAULTS = [
  'refused',
  'silent',
  'missing',
  'broken',
  'empty',
  'garbage',
  'page',
  'emptySegments',
  'noSegments',
  'cutSegments',
  'noiseSegments',
  'stalePlaylist',
  'elsewhere',
] as const;
export type FaultKind =
  | (typeof CONNECT_FAULTS)[number]
  | (typeof STREAM_FAULTS)[number]
  | (typeof PROXY_FAULTS)[number]
  | (typeof HLS_FAULTS)[number];

/** A camera whose faults are scripted. */
export interface FaultyCamera {
  readonly url: string;
  readonly faults: readonly FaultKind[];
  /** From now on it does that; null: it is well again. */
  play(fault: Fault | null): Promise<void>;
  stop(): Promise<void>;
}

/** Bytes that mean nothing. */
export function noise(length: number, dice: number): Buffer {
  let state = Math.floor(dice * 4_294_967_295) >>> 0 || 1;
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 255;
  }
  return bytes;
}
