import { isIP } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import { parseCameraAddress } from './camera-address.ts';
import { onvifClock } from './onvif/onvif.ts';
import { talkHttp } from './probe/http-talk.ts';
import { type ClockReading, talkRtsp } from './probe/rtsp-talk.ts';

export interface MeasuredClock extends ClockReading {
  readonly source: 'onvif' | 'rtsp' | 'http';
}

const CONNECT_MS = 5_000;

/**
 * What a live camera's clock shows: by ONVIF, else by the Date header of the server that gives its stream. Null: it tells none.
 * @param url checked, its host an IP address; may hold a password @param clock real time
 */
export async function measureClock(url: string, clock: Clock, signal: AbortSignal): Promise<MeasuredClock | null> {
  const address = parseCameraAddress(url);
  const ip = address.host;
  if (isIP(ip) === 0) return null;
  if (address.scheme.startsWith('rtsp')) {
    const own = await onvifClock(address, ip);
    if (own !== null) return { ...own, source: 'onvif' };
    const { date } = await talkRtsp({ address, ip }, { clock, timer: clock, timeoutMs: CONNECT_MS, rtcpMs: 0, signal });
    return date === null ? null : { ...date, source: 'rtsp' };
  }
  if (!address.scheme.startsWith('http')) return null;
  const { date } = await talkHttp({ address, ip }, { clock, timeoutMs: CONNECT_MS, signal });
  return date === null ? null : { ...date, source: 'http' };
}
