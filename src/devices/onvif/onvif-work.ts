import { parentPort, workerData } from 'node:worker_threads';
import onvif, { type Cam as Camera, type CamOptions } from 'onvif';

/**
 * The thread's side of ONVIF: one question, one answer, then it ends. The client throws on answers that it did not expect, in
 * callbacks that nobody can catch: here that costs a thread, and not the process.
 */
export type OnvifTask =
  | {
      readonly kind: 'clock' | 'streams';
      /** An IP address that was checked. */
      readonly ip: string;
      readonly port: number;
      readonly user: string | null;
      readonly password: string | null;
      readonly timeoutMs: number;
    }
  | { readonly kind: 'discover'; readonly timeoutMs: number };

export interface OnvifClock {
  /** Epoch ms by the camera; null: it told none. */
  readonly deviceAt: number | null;
  readonly ourAt: number;
  readonly tookMs: number;
}

export interface OnvifProfile {
  readonly name: string;
  readonly codec: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
  readonly kbps: number | null;
  readonly gop: number | null;
  readonly uri: string | null;
}

export type OnvifAnswer =
  | { readonly kind: 'clock'; readonly clock: OnvifClock }
  | {
      readonly kind: 'streams';
      readonly clock: OnvifClock;
      readonly manufacturer: string | null;
      readonly model: string | null;
      readonly firmware: string | null;
      readonly profiles: readonly OnvifProfile[];
    }
  | {
      readonly kind: 'discover';
      readonly found: readonly { readonly xaddrs: readonly string[]; readonly scopes: string }[];
    }
  | { readonly kind: 'failed'; readonly fault: 'login' | 'refused' | 'timeout' | 'not_onvif'; readonly said: string };

const MOST_PROFILES = 8;
const task = workerData as OnvifTask;
/** Who asked ends the thread when he has it. */
const answer = (found: OnvifAnswer): void => parentPort?.postMessage(found);

type Callback<T> = (error: Error | null, data?: T, xml?: string) => void;
const ask = <T>(call: (callback: Callback<T>) => void): Promise<{ data: T; xml: string }> =>
  new Promise((resolve, reject) => {
    call((error, data, xml) => {
      if (error) reject(error);
      else resolve({ data: data as T, xml: xml ?? '' });
    });
  });

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value.slice(0, 100) : typeof value === 'number' ? String(value) : null;
const numberOf = (value: unknown): number | null => {
  const number = Number(value);
  return value != null && value !== '' && Number.isFinite(number) ? number : null;
};

async function clockOf(cam: Camera): Promise<OnvifClock> {
  const startedAt = Date.now();
  const { data, xml } = await ask<Date>((callback) => cam.getSystemDateAndTime(callback));
  const ourAt = Date.now();
  // Where a camera tells no time the client puts in ours: that is no measurement.
  const told = /(UTCDateTime|LocalDateTime)/i.test(xml) && data instanceof Date && Number.isFinite(data.getTime());
  return { deviceAt: told ? data.getTime() : null, ourAt, tookMs: ourAt - startedAt };
}

async function work(): Promise<void> {
  if (task.kind === 'discover') {
    const found = new Map<string, { xaddrs: string[]; scopes: string }>();
    const take = (match: unknown): void => {
      const { XAddrs, scopes } = (match ?? {}) as { XAddrs?: unknown; scopes?: unknown };
      const xaddrs = typeof XAddrs === 'string' ? XAddrs.split(/\s+/).filter((url) => url !== '') : [];
      const said = typeof scopes === 'string' ? scopes : '';
      if (xaddrs[0] !== undefined && found.size < 500) found.set(xaddrs[0], { xaddrs, scopes: said.slice(0, 2000) });
    };
    onvif.Discovery.on('error', () => undefined);
    onvif.Discovery.on('device', (device: { probeMatches?: { probeMatch?: unknown } }) => {
      const match = device.probeMatches?.probeMatch;
      for (const each of Array.isArray(match) ? match : [match]) take(each);
    });
    onvif.Discovery.probe({ resolve: false, timeout: task.timeoutMs }, () => {
      answer({ kind: 'discover', found: [...found.values()] });
    });
    // Whatever a stranger on the network sends, the others have answered.
    process.on('uncaughtException', () => undefined);
    return;
  }
  const { ip, port, user, password, timeoutMs } = task;
  const options: CamOptions = { hostname: ip, port, timeout: timeoutMs, autoconnect: false, preserveAddress: true };
  const cam = new onvif.Cam({ ...options, ...(user === null ? {} : { username: user, password: password ?? '' }) });
  const clock = await clockOf(cam);
  if (task.kind === 'clock') {
    answer({ kind: 'clock', clock });
    return;
  }
  await ask((callback) => cam.getServices(true, callback)).catch(() =>
    ask((callback) => cam.getCapabilities(callback)),
  );
  // One question that needs the log-in before all the others: cameras lock themselves after a few wrong ones.
  const { data: device } = await ask<{ manufacturer?: unknown; model?: unknown; firmwareVersion?: unknown }>(
    (callback) => cam.getDeviceInformation(callback as Callback<unknown>),
  );
  await ask((callback) => cam.getProfiles(callback));
  const profiles: OnvifProfile[] = [];
  // The device's own XML, whatever the library's types promise of it: every field is asked for its type below.
  for (const profile of (cam.profiles ?? []).slice(0, MOST_PROFILES) as unknown as Record<string, never>[]) {
    const token = (profile.$ as { token?: unknown } | undefined)?.token;
    const encoder = (profile.videoEncoderConfiguration ?? {}) as Record<string, never>;
    if (textOf(token) === null) continue;
    const stream = await ask<unknown>((callback) =>
      cam.getStreamUri({ protocol: 'RTSP', profileToken: String(token) }, callback as Callback<{ uri: string }>),
    ).catch(() => ({ data: null }));
    const data = stream.data as { uri?: unknown } | string | null;
    const uri = typeof data === 'string' ? data : data?.uri;
    const resolution = (encoder.resolution ?? {}) as { width?: unknown; height?: unknown };
    const rate = (encoder.rateControl ?? {}) as { frameRateLimit?: unknown; bitrateLimit?: unknown };
    const codecOptions = (encoder.H264 ?? encoder.H265 ?? {}) as { govLength?: unknown };
    profiles.push({
      name: textOf(profile.name) ?? String(token),
      codec: textOf(encoder.encoding),
      width: numberOf(resolution.width),
      height: numberOf(resolution.height),
      fps: numberOf(rate.frameRateLimit),
      kbps: numberOf(rate.bitrateLimit),
      gop: numberOf(codecOptions.govLength ?? (encoder.$ as { GovLength?: unknown } | undefined)?.GovLength),
      uri: typeof uri === 'string' ? uri.slice(0, 1000) : null,
    });
  }
  answer({
    ...{ kind: 'streams', clock, profiles },
    manufacturer: textOf(device?.manufacturer),
    model: textOf(device?.model),
    firmware: textOf(device?.firmwareVersion),
  });
}

work().catch((error: Error) => {
  const said = String(error?.message ?? error).slice(0, 200);
  const fault = /auth|401|sender not|NotAuthorized/i.test(said)
    ? 'login'
    : /ECONNREFUSED/i.test(said)
      ? 'refused'
      : /timeout|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/i.test(said)
        ? 'timeout'
        : 'not_onvif';
  answer({ kind: 'failed', fault, said });
});
