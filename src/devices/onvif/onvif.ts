import { Worker } from 'node:worker_threads';
import { systemClock } from '../../platform/clock.ts';
import { DomainError } from '../../platform/errors.ts';
import type { CameraAddress } from '../camera-address.ts';
import { parseCameraAddress } from '../camera-address.ts';
import type { CameraGuard } from '../camera-guard.ts';
import { type ClockClass, classifyClock } from '../clock-class.ts';
import { reach } from '../probe/reach.ts';
import type { ClockReading } from '../probe/rtsp-talk.ts';
import type { OnvifAnswer, OnvifClock, OnvifTask } from './onvif-work.ts';

/** What a camera says of itself by ONVIF. */
export interface OnvifStreams {
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly firmware: string | null;
  /** Device less true time; null: it told none. */
  readonly clock: { readonly offsetMs: number; readonly class: ClockClass; readonly hours: number | null } | null;
  readonly profiles: readonly {
    readonly name: string;
    readonly codec: string | null;
    readonly width: number | null;
    readonly height: number | null;
    readonly fps: number | null;
    readonly kbps: number | null;
    readonly gop: number | null;
    /** Where the stream is, at the host that was asked; null: it has no RTSP. */
    readonly port: number | null;
    readonly path: string | null;
  }[];
}

export interface FoundDevice {
  readonly host: string;
  readonly port: number;
  readonly name: string | null;
  readonly hardware: string | null;
}

const CALL_MS = 4_000;
/** An answer larger than this is an attack: the thread dies of it, and nothing else. */
const THREAD_MB = 96;

/** Asks in a thread of its own. @throws DomainError `source_unavailable` when it broke or took too long */
function inThread(task: OnvifTask, mostMs: number): Promise<OnvifAnswer> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./onvif-thread.mjs', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MB },
    });
    const timer = setTimeout(() => {
      resolve({ kind: 'failed', fault: 'timeout', said: 'no answer in time' });
      void worker.terminate();
    }, mostMs);
    const broken = (said: string): void => resolve({ kind: 'failed', fault: 'not_onvif', said });
    worker.once('message', (answer: OnvifAnswer) => {
      resolve(answer);
      void worker.terminate();
    });
    worker.once('error', (error) => broken(error instanceof Error ? error.message : String(error)));
    worker.once('exit', () => {
      clearTimeout(timer);
      broken('it ended without an answer');
    });
  });
}

const FAULTS: Readonly<Record<Extract<OnvifAnswer, { kind: 'failed' }>['fault'], readonly [string, string]>> = {
  login: [
    'ONVIF 用户名或密码错误 / user name or password was refused by ONVIF',
    '多数品牌须单独建立 ONVIF 用户，并校准摄像头时钟 / most brands want an ONVIF user of its own, and a right clock',
  ],
  refused: [
    'ONVIF 端口拒绝连接 / nothing listens at the ONVIF port',
    '打开 ONVIF；端口常为 80、2020、8000 / switch ONVIF on; its port is often 80, 2020 or 8000',
  ],
  timeout: ['ONVIF 没有应答 / no answer by ONVIF', '检查地址、端口和网络 / check address, port and network'],
  not_onvif: [
    '该端口不是 ONVIF / what answers there speaks no ONVIF',
    '检查端口；或改用品牌模板 / check the port, or use the brand’s template',
  ],
};

const readingOf = (clock: OnvifClock): ClockReading | null =>
  clock.deviceAt === null
    ? null
    : // Whole seconds, cut: on average the camera is half a second further.
      { deviceAt: clock.deviceAt + 500, ourAt: clock.ourAt - clock.tookMs / 2, uncertaintyMs: 500 + clock.tookMs };

/** The ports that cameras keep ONVIF at. */
const CLOCK_PORTS = [80, 2020, 8000] as const;

/** A camera's own clock by ONVIF, which needs no log-in; null: it speaks none. */
export async function onvifClock(
  _address: CameraAddress,
  ip: string,
  ports: readonly number[] = CLOCK_PORTS,
): Promise<ClockReading | null> {
  const asked = await Promise.all(
    ports.map(async (port): Promise<OnvifAnswer> => {
      // A thread costs a quarter of a second of CPU, and most of these ports are closed.
      if ((await reach({ ip, port }, systemClock, CALL_MS)) !== 'open')
        return { kind: 'failed', fault: 'refused', said: 'nothing listens there' };
      return inThread({ kind: 'clock', ip, port, user: null, password: null, timeoutMs: CALL_MS }, CALL_MS + 4_000);
    }),
  );
  for (const found of asked) if (found.kind === 'clock') return readingOf(found.clock);
  return null;
}

/** @throws DomainError `invalid_input` for a host where no camera may stand, `source_unavailable` with a remedy */
export async function onvifStreams(
  guard: CameraGuard,
  where: { readonly host: string; readonly port: number; readonly user?: string; readonly password?: string },
): Promise<OnvifStreams> {
  const ip = await guard.checkHost(where.host);
  const login = { user: where.user ?? null, password: where.password ?? null };
  const found = await inThread({ kind: 'streams', ip, port: where.port, ...login, timeoutMs: CALL_MS }, 10 * CALL_MS);
  if (found.kind === 'failed') {
    const [message, remedy] = FAULTS[found.fault];
    throw new DomainError('source_unavailable', message, { remedy });
  }
  if (found.kind !== 'streams') throw new DomainError('internal', 'another question was answered');
  const reading = readingOf(found.clock);
  return {
    manufacturer: found.manufacturer,
    model: found.model,
    firmware: found.firmware,
    clock:
      reading === null
        ? null
        : {
            offsetMs: Math.round(reading.deviceAt - reading.ourAt),
            ...classifyClock(reading.deviceAt, reading.ourAt, reading.uncertaintyMs),
          },
    profiles: found.profiles.map(({ uri, ...profile }) => ({ ...profile, ...placeOf(uri) })),
  };
}

/** Port and path of a stream's address; its host is not believed (and often wrong behind a NAT), its log-in not told. */
function placeOf(uri: string | null): { port: number | null; path: string | null } {
  try {
    const { scheme, port, path } = parseCameraAddress(uri ?? '');
    return scheme === 'rtsp' ? { port, path } : { port: null, path: null };
  } catch {
    return { port: null, path: null };
  }
}

/** Cameras of this machine's own network that answer WS-Discovery, as far as they stand where cameras may. */
export async function discoverOnvif(guard: CameraGuard, seconds: number): Promise<FoundDevice[]> {
  const answer = await inThread({ kind: 'discover', timeoutMs: seconds * 1000 }, seconds * 1000 + 6_000);
  if (answer.kind !== 'discover') return [];
  const found = new Map<string, FoundDevice>();
  for (const { xaddrs, scopes } of answer.found) {
    for (const xaddr of xaddrs) {
      if (!URL.canParse(xaddr)) continue;
      const { hostname, port } = new URL(xaddr);
      const host = hostname.replace(/^\[|\]$/g, '');
      const allowed = await guard.checkHost(host).then(
        () => true,
        () => false,
      );
      if (allowed && !found.has(host))
        found.set(host, {
          ...{ host, port: Number(port === '' ? 80 : port) },
          ...{ name: scopeOf(scopes, 'name'), hardware: scopeOf(scopes, 'hardware') },
        });
    }
  }
  return [...found.values()].sort((a, b) => (a.host < b.host ? -1 : 1));
}

function scopeOf(scopes: string, what: 'name' | 'hardware'): string | null {
  const value = new RegExp(`onvif://www\\.onvif\\.org/${what}/(\\S+)`, 'i').exec(scopes)?.[1];
  if (value === undefined) return null;
  try {
    return decodeURIComponent(value).slice(0, 100);
  } catch {
    return value.slice(0, 100);
  }
}
