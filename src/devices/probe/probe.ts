import { type RtspTransport, schemeOf } from '../../media/ffmpeg/arguments.ts';
import type { SourceFault } from '../../media/ffmpeg/failure.ts';
import type { VideoInfo } from '../../media/ffmpeg/probe-output.ts';
import { type MediaTools, normaliseSource, probeVideo } from '../../media/probe.ts';
import { type StreamSample, sampleStream } from '../../media/probe-measure.ts';
import type { Clock } from '../../platform/clock.ts';
import { DomainError } from '../../platform/errors.ts';
import { hideSecretsOf, redactUrl } from '../../platform/log.ts';
import type { CameraAddress } from '../camera-address.ts';
import { type CameraGuard, createCameraGuard } from '../camera-guard.ts';
import { type ClockClass, classifyClock } from '../clock-class.ts';
import type { Check } from './check.ts';
import { clockCheck, passwordCheck, pictureChecks, streamChecks } from './checks.ts';
import { type ConnectFault, connectChecks } from './connect-checks.ts';
import { talkHttp } from './http-talk.ts';
import {
  type FindFaces,
  lightOf,
  lookAtPictures,
  type PictureLight,
  type ProbedFace,
  type ProbedPicture,
  tellingPicture,
} from './look.ts';
import { type GopMeasure, measurePackets, parseFrameCrc } from './packets.ts';
import { passwordFault } from './password.ts';
import { reach } from './reach.ts';
import { type ClockReading, talkRtsp } from './rtsp-talk.ts';

/** Device less true time, as a camera told it. */
export interface ProbedClock {
  /** `onvif`: the camera's own · `rtsp`, `http`: Date header of the server that answers · `rtcp`: the stream's sender report. */
  readonly source: 'onvif' | 'rtsp' | 'rtcp' | 'http';
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
  readonly class: ClockClass;
  /** Whole hours, for `zone`. */
  readonly hours: number | null;
}

export interface CameraProbe {
  /** It could be measured. Whether it is good, the checks say. */
  readonly ok: boolean;
  /** The address without its log-in and query. */
  readonly source: string;
  readonly kind: 'file' | 'rtsp' | 'rtmp' | 'http';
  readonly transport: RtspTransport | null;
  readonly codec: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
  readonly bitRateKbps: number | null;
  readonly gop: GopMeasure | null;
  /** Null: nobody told it. */
  readonly clock: ProbedClock | null;
  /** What every source said of the clock. */
  readonly clocks: readonly ProbedClock[];
  readonly picture: ({ readonly width: number; readonly height: number } & PictureLight) | null;
  readonly faces: readonly ProbedFace[];
  readonly measuredSeconds: number;
  readonly server: string | null;
  readonly checks: readonly Check[];
  /** ffmpeg's last words when it could not be measured, without secrets. */
  readonly said: string | null;
}

export interface ProbeOptions {
  readonly tools: MediaTools;
  /** True time. */
  readonly clock: Clock;
  readonly url: string;
  /** Null: whoever asks may name any place, files of this machine too (the command line). */
  readonly guard: CameraGuard | null;
  /** Null: faces are not looked for. */
  readonly findFaces: FindFaces | null;
  /** Left out: TCP, then UDP where the camera wants it. */
  readonly transport?: RtspTransport;
  /** Reads its clock by ONVIF; null: it could not. */
  readonly onvifClock?: (address: CameraAddress, ip: string) => Promise<ClockReading | null>;
  /** Least and most seconds to measure. */
  readonly seconds?: number;
  readonly timeoutMs?: number;
  readonly progress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface ProbeResult {
  readonly probe: CameraProbe;
  /** The picture that tells most, with its faces' boxes; biometric. */
  readonly best: ProbedPicture | null;
}

const CONNECT_MS = 5_000;
const PICTURE_MS = 20_000;
const LIVE_SECONDS = 10;
const RECORDED_SECONDS = 60;
/** A live stream whose keyframes do not come is measured at most this many times as long. */
const PATIENCE = 3;
const ENOUGH_GROUPS = 3;
const RTCP_MS = 6_000;
/** From less nothing can be measured. */
const LEAST_PACKETS = 5;

/**
 * Measures a camera or a recording, and says what is wrong with it and what to do. Never throws for what a source does:
 * a probe that is not `ok` says why in its checks. The password is tried once.
 */
export async function probeCamera(options: ProbeOptions): Promise<ProbeResult> {
  const { url, tools } = options;
  const progress = options.progress ?? (() => undefined);
  const hide = hideSecretsOf(url);
  const file = /^file:/i.test(url) || !/^[a-z][a-z0-9+.-]*:\/\//i.test(url);
  const kind = kindOf(url, file);
  const blank: CameraProbe = {
    ok: false,
    source: redactUrl(url).slice(0, 300),
    kind,
    transport: null,
    codec: null,
    width: null,
    height: null,
    fps: null,
    bitRateKbps: null,
    gop: null,
    clock: null,
    clocks: [],
    picture: null,
    faces: [],
    measuredSeconds: 0,
    server: null,
    checks: [],
    said: null,
  };
  const failed = (fault: ConnectFault, more: Partial<CameraProbe> = {}, extra: readonly Check[] = []): ProbeResult => ({
    probe: { ...blank, ...more, checks: [...connectChecks(fault, !file), ...extra] },
    best: null,
  });

  if (file) {
    if (options.guard !== null) return failed('address');
    try {
      return await measure(options, { url: normaliseSource(url).url, live: false, transport: null }, blank, []);
    } catch (error) {
      // A percent sign in a file: address that begins nothing.
      if (error instanceof URIError) return failed('no_file');
      throw error;
    }
  }

  let address: CameraAddress;
  let ip: string;
  let openUrl: string;
  try {
    const guard = options.guard ?? createCameraGuard({ networks: null });
    ({ address, ip, url: openUrl } = await guard.check(url));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const fault = error.code === 'source_unavailable' ? 'unknown_host' : error.details.outside ? 'network' : 'address';
    return failed(fault, { said: hide(error.message) });
  }
  const password = address.login === null ? [] : [passwordCheck(passwordFault(address.login))];

  progress(`connecting to ${address.host}:${address.port}`);
  const reached = await reach({ ip, port: address.port }, tools.timer, CONNECT_MS);
  options.signal?.throwIfAborted();
  if (reached !== 'open') return failed(reached, {}, password);

  const { readings, server, fault } = await talk(options, address, ip);
  options.signal?.throwIfAborted();
  const clocks = readings.map(({ source, reading }) => clockOf(source, reading));
  const known = { clocks, clock: clocks[0] ?? null, server };
  if (fault !== null) return failed(fault, known, password);
  // Whoever gets in without a log-in: so does everybody.
  const after = [passwordCheck(passwordFault(address.login))];
  const transports: readonly RtspTransport[] =
    kind !== 'rtsp' ? ['tcp'] : options.transport ? [options.transport] : ['tcp', 'udp'];
  let last: ProbeResult | null = null;
  for (const transport of transports) {
    const source = { url: openUrl, live: true, transport: kind === 'rtsp' ? transport : null };
    last = await measure(options, source, { ...blank, ...known }, after);
    if (last.probe.ok || !/461|Unsupported transport|Nonmatching transport/i.test(last.probe.said ?? '')) break;
  }
  return last ?? failed('no_stream', known, after);
}

const kindOf = (url: string, file: boolean): CameraProbe['kind'] => {
  if (file) return 'file';
  const scheme = schemeOf(url);
  return scheme.startsWith('rtmp') ? 'rtmp' : scheme.startsWith('http') ? 'http' : 'rtsp';
};

const clockOf = (source: ProbedClock['source'], { deviceAt, ourAt, uncertaintyMs }: ClockReading): ProbedClock => ({
  source,
  offsetMs: Math.round(deviceAt - ourAt),
  uncertaintyMs: Math.round(uncertaintyMs),
  ...classifyClock(deviceAt, ourAt, uncertaintyMs),
});

interface Talked {
  /** The best first. */
  readonly readings: readonly { readonly source: ProbedClock['source']; readonly reading: ClockReading }[];
  readonly server: string | null;
  readonly fault: ConnectFault | null;
}

/** Asks the camera in its own protocol, before ffmpeg does: for a plain reason, and for its clock. */
async function talk(options: ProbeOptions, address: CameraAddress, ip: string): Promise<Talked> {
  const { clock, tools } = options;
  const signal = options.signal ? { signal: options.signal } : {};
  // A media server has no ONVIF: what answers there is another device.
  const asksOnvif = address.scheme.startsWith('rtsp') && options.onvifClock !== undefined;
  const onvif = asksOnvif ? options.onvifClock?.(address, ip).catch(() => null) : undefined;
  const readings: { source: ProbedClock['source']; reading: ClockReading }[] = [];
  if (address.scheme.startsWith('rtsp')) {
    const said = await talkRtsp(
      { address, ip },
      { clock, timer: tools.timer, timeoutMs: CONNECT_MS, rtcpMs: RTCP_MS, ...signal },
    );
    const own = await onvif;
    if (own) readings.push({ source: 'onvif', reading: own });
    if (said.date) readings.push({ source: 'rtsp', reading: said.date });
    // Many cameras count RTCP from their start: only a plausible time is a clock.
    if (said.rtcp && Math.abs(said.rtcp.deviceAt - said.rtcp.ourAt) < 366 * 86_400_000)
      readings.push({ source: 'rtcp', reading: said.rtcp });
    const login = address.login === null ? 'login_missing' : 'login_wrong';
    const byStatus: Readonly<Record<number, ConnectFault>> = { 401: login, 403: login, 404: 'path', 454: 'path' };
    const fault = said.redirected ? 'redirected' : (byStatus[said.status ?? 0] ?? null);
    return { readings, server: said.server, fault };
  }
  if (address.scheme.startsWith('http')) {
    const said = await talkHttp({ address, ip }, { clock, timeoutMs: CONNECT_MS, ...signal });
    if (said.date) readings.push({ source: 'http', reading: said.date });
    const fault = said.redirected
      ? 'redirected'
      : said.status === 404
        ? 'path'
        : said.asksForLogin && address.login === null
          ? 'login_missing'
          : null;
    return { readings, server: null, fault };
  }
  return { readings, server: null, fault: null };
}

const FAULT_OF: Readonly<Record<SourceFault, ConnectFault>> = {
  file: 'no_file',
  login: 'login_wrong',
  refused: 'refused',
  path: 'path',
  unreachable: 'unreachable',
  timeout: 'no_stream',
  no_video: 'no_stream',
  not_video: 'not_video',
  elsewhere: 'redirected',
};

/** Decodes, measures and looks. */
async function measure(
  options: ProbeOptions,
  source: { readonly url: string; readonly live: boolean; readonly transport: RtspTransport | null },
  blank: CameraProbe,
  after: readonly Check[],
): Promise<ProbeResult> {
  const { tools, findFaces } = options;
  const { url, live } = source;
  const hide = hideSecretsOf(options.url);
  const progress = options.progress ?? (() => undefined);
  const transport = source.transport === null ? {} : { transport: source.transport };
  const signal = options.signal ? { signal: options.signal } : {};
  const least = options.seconds ?? (live ? LIVE_SECONDS : RECORDED_SECONDS);
  let video: VideoInfo;
  let sample: StreamSample;
  try {
    progress('waiting for a picture');
    video = await probeVideo(tools, url, { ...transport, ...signal, timeoutMs: options.timeoutMs ?? PICTURE_MS });
    progress(`${video.codec} ${video.width}×${video.height}, measuring for ${least} s or more`);
    sample = await sampleStream(tools, url, video, {
      ...{ live, ...transport, ...signal },
      mostMs: least * 1000 * (live ? PATIENCE : 1),
      enough: (text) => {
        const { gop, seconds } = measurePackets(parseFrameCrc(text), live ? least : null);
        return seconds >= least && gop.groups >= ENOUGH_GROUPS;
      },
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof DomainError)) throw error;
    const known = FAULT_OF[error.details.fault as SourceFault];
    const fault =
      known === 'login_wrong' && !/@/.test(options.url)
        ? 'login_missing'
        : (known ?? (live ? 'no_stream' : 'not_video'));
    const said = [error.message, error.details.ffmpeg].filter((text) => typeof text === 'string' && text !== '');
    // Whether everybody may watch is not known where nobody could.
    const checks = [...connectChecks(fault, live), ...(/@/.test(options.url) ? after : [])];
    return {
      probe: { ...blank, ...{ transport: source.transport, checks, said: hide(said.join(' · ')) } },
      best: null,
    };
  }
  const measured = measurePackets(parseFrameCrc(sample.packets), live ? sample.wallSeconds : null);
  if (measured.packets < LEAST_PACKETS || sample.pictures.length === 0) {
    const checks = [...connectChecks(live ? 'no_stream' : 'not_video', live), ...after];
    const said = `only ${measured.packets} pictures came`;
    return { probe: { ...blank, ...{ transport: source.transport, codec: video.codec, checks, said } }, best: null };
  }
  progress(
    `${measured.packets} packets in ${measured.seconds} s, looking for faces in ${sample.pictures.length} pictures`,
  );
  const looked = findFaces
    ? await lookAtPictures(sample.pictures, sample.scale, findFaces)
    : sample.pictures.map((image): ProbedPicture => ({ image, faces: [], boxes: [] }));
  const best = tellingPicture(looked);
  const light = best === null ? null : lightOf(best.image);
  const faces = best?.faces ?? [];
  const { width, height, codec } = video;
  return {
    best,
    probe: {
      ...blank,
      ok: true,
      transport: source.transport,
      codec,
      width,
      height,
      fps: measured.fps ?? video.fps,
      bitRateKbps: measured.kbps,
      gop: measured.gop,
      picture:
        best === null || light === null ? null : { width: best.image.width, height: best.image.height, ...light },
      faces,
      measuredSeconds: measured.seconds,
      checks: [
        ...connectChecks(null, live),
        ...streamChecks({ codec, width, height }, measured, faces),
        ...pictureChecks(light, faces, findFaces !== null),
        clockCheck(blank.clock === null ? null : { ...blank.clock, judgement: blank.clock }, live),
        ...after,
      ],
    },
  };
}
