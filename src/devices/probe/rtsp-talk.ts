import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../../platform/clock.ts';
import { type DigestChallenge, digestHeader, parseChallenge } from '../../platform/digest-auth.ts';
import type { CameraAddress } from '../camera-address.ts';

/**
 * A short talk with an RTSP server (RFC 2326): what it answers in its own words, and what its clock says. The stream
 * itself is ffmpeg's business.
 */
export interface RtspTalk {
  /** Status of the last DESCRIBE; null: it did not speak RTSP. */
  readonly status: number | null;
  /** It sent us elsewhere; the address is not told, it may hold anything. */
  readonly redirected: boolean;
  /** It asked who we are. */
  readonly asksForLogin: boolean;
  readonly server: string | null;
  /** Its own time by the Date header, which has whole seconds, and ours when it came. */
  readonly date: ClockReading | null;
  /** Its own time by an RTCP sender report. */
  readonly rtcp: ClockReading | null;
}

export interface ClockReading {
  readonly deviceAt: number;
  readonly ourAt: number;
  readonly uncertaintyMs: number;
}

interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Headers that may stand several times. */
  readonly challenges: readonly string[];
  readonly body: string;
}

const LONGEST_ANSWER = 65_536;
/** Seconds from 1900 to 1970. */
const NTP_EPOCH_S = 2_208_988_800;

/** @param options.rtcpMs how long to wait for a sender report; 0: do not play */
export async function talkRtsp(
  where: { readonly address: CameraAddress; readonly ip: string },
  options: {
    readonly timer: Clock;
    /** Domain time, to hold the device's against. */
    readonly clock: Clock;
    readonly timeoutMs: number;
    readonly rtcpMs: number;
    readonly signal?: AbortSignal;
  },
): Promise<RtspTalk> {
  const { address, ip } = where;
  const { clock, timer } = options;
  const over = new AbortController();
  const socket =
    address.scheme === 'rtsps'
      ? // Cameras sign their own certificates; nothing is believed of what comes but its form.
        connectTls({ host: ip, port: address.port, rejectUnauthorized: false })
      : connect({ host: ip, port: address.port });
  const end = (): void => void socket.destroy();
  options.signal?.addEventListener('abort', end, { once: true });
  const limit = timer.sleep(options.timeoutMs + options.rtcpMs, over.signal).then(end, () => undefined);
  const wire = openWire(socket);

  const base = `rtsp${address.scheme === 'rtsps' ? 's' : ''}://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}${address.path}`;
  let cseq = 0;
  let challenge: DigestChallenge | null = null;
  let basic = false;
  let uses = 0;
  let session: string | null = null;
  const talk = {
    status: null as number | null,
    redirected: false,
    asksForLogin: false,
    server: null as string | null,
    date: null as ClockReading | null,
    rtcp: null as ClockReading | null,
  };

  const ask = async (method: string, uri: string, more: readonly string[] = []): Promise<Answer> => {
    const lines = [`${method} ${uri} RTSP/1.0`, `CSeq: ${++cseq}`, 'User-Agent: ClaimSight', ...more];
    if (session !== null) lines.push(`Session: ${session}`);
    if (address.login !== null && challenge !== null) {
      const nc = String(++uses).padStart(8, '0');
      const parts = { ...{ username: address.login.user, password: address.login.password }, method, uri, nc };
      lines.push(`Authorization: ${digestHeader(challenge, { ...parts, cnonce: randomBytes(8).toString('hex') })}`);
    } else if (address.login !== null && basic) {
      const { user, password } = address.login;
      lines.push(`Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
    }
    const askedAt = clock.now();
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const answer = await wire.answer();
    const ourAt = clock.now();
    talk.server ??= answer.headers.get('server')?.slice(0, 100) ?? null;
    const date = answer.headers.get('date');
    const deviceAt = date === undefined ? Number.NaN : Date.parse(date);
    // The header was cut to whole seconds: on average the device is half a second further.
    if (talk.date === null && Number.isFinite(deviceAt))
      talk.date = { deviceAt: deviceAt + 500, ourAt, uncertaintyMs: 500 + (ourAt - askedAt) };
    return answer;
  };

  try {
    await wire.open;
    const accept = ['Accept: application/sdp'];
    let described = await ask('DESCRIBE', base, accept);
    if (described.status === 401) {
      talk.asksForLogin = true;
      challenge = parseChallenge(described.challenges);
      basic = challenge === null && described.challenges.some((header) => /^\s*basic/i.test(header));
      // Once only: cameras lock themselves after a few wrong passwords.
      if (address.login !== null && (challenge !== null || basic)) described = await ask('DESCRIBE', base, accept);
    }
    talk.status = described.status;
    talk.redirected = described.status >= 300 && described.status < 400;
    if (described.status === 200 && options.rtcpMs > 0) {
      const control = videoControl(described, base);
      const setup = await ask('SETUP', control, ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1']);
      session = setup.headers.get('session')?.split(';')[0]?.trim() ?? null;
      if (setup.status === 200) {
        await ask('PLAY', described.headers.get('content-base') ?? base, ['Range: npt=0.000-']);
        talk.rtcp = await wire.senderReport(() => clock.now());
        socket.write(`TEARDOWN ${base} RTSP/1.0\r\nCSeq: ${++cseq}\r\nSession: ${session ?? ''}\r\n\r\n`);
      }
    }
  } catch {
    // What was said until here stands; why it went silent, ffmpeg will tell.
  } finally {
    over.abort();
    end();
    await limit;
    options.signal?.removeEventListener('abort', end);
  }
  return talk;
}

/** The address of the first video track that an SDP names. */
function videoControl(described: Answer, base: string): string {
  const media = described.body.split(/^m=/m).find((part) => part.startsWith('video')) ?? '';
  const control = /^a=control:(\S+)/m.exec(media)?.[1] ?? '*';
  if (/^rtsps?:\/\//i.test(control)) return control;
  const root = described.headers.get('content-base') ?? base;
  return control === '*' ? root : `${root.replace(/\/$/, '')}/${control.replace(/^\//, '')}`;
}

interface Wire {
  readonly open: Promise<void>;
  answer(): Promise<Answer>;
  senderReport(now: () => number): Promise<ClockReading | null>;
}

/** Answers and interleaved packets of one connection, in order; every wait fails when it closes. */
function openWire(socket: Socket): Wire {
  let buffer = Buffer.alloc(0);
  let closed = false;
  let wake: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
    wake();
  });
  const open = new Promise<void>((resolve, reject) => {
    socket.once('secureConnect' in socket ? 'secureConnect' : 'connect', () => resolve());
    socket.once('connect', () => resolve());
    socket.once('close', () => reject(new Error('closed')));
  });
  open.catch(() => undefined);
  const more = async (): Promise<void> => {
    if (closed) throw new Error('closed');
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    if (closed && buffer.length === 0) throw new Error('closed');
  };

  /** The next interleaved packet, or null when the next thing is no packet. */
  const packet = async (): Promise<{ channel: number; data: Buffer } | null> => {
    while (buffer.length < 4) await more();
    if (buffer[0] !== 0x24) return null;
    const length = buffer.readUInt16BE(2);
    while (buffer.length < 4 + length) await more();
    const data = buffer.subarray(4, 4 + length);
    const channel = buffer[1] ?? 0;
    buffer = buffer.subarray(4 + length);
    return { channel, data };
  };

  const answer = async (): Promise<Answer> => {
    while ((await packet()) !== null);
    let end = buffer.indexOf('\r\n\r\n');
    while (end < 0) {
      if (buffer.length > LONGEST_ANSWER) throw new Error('too long');
      await more();
      end = buffer.indexOf('\r\n\r\n');
    }
    const [first = '', ...lines] = buffer.subarray(0, end).toString('latin1').split('\r\n');
    const status = /^RTSP\/\d\.\d (\d{3})/.exec(first)?.[1];
    if (status === undefined) throw new Error('no RTSP');
    const pairs = lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()] as const;
    });
    const headers = new Map(pairs);
    const length = Math.min(LONGEST_ANSWER, Number(headers.get('content-length') ?? 0) || 0);
    while (buffer.length < end + 4 + length) await more();
    const body = buffer.subarray(end + 4, end + 4 + length).toString('utf8');
    buffer = buffer.subarray(end + 4 + length);
    const challenges = pairs.filter(([name]) => name === 'www-authenticate').map(([, value]) => value);
    return { status: Number(status), headers, challenges, body };
  };

  return {
    open,
    answer,
    async senderReport(now) {
      for (;;) {
        const next = await packet();
        if (next === null) {
          await answer();
          continue;
        }
        const { channel, data } = next;
        // Type 200 is a sender report: length, sender, NTP seconds and fraction.
        if (channel !== 1 || data.length < 20 || data[1] !== 200) continue;
        const seconds = data.readUInt32BE(8);
        if (seconds === 0) return null;
        const deviceAt = Math.round((seconds - NTP_EPOCH_S + data.readUInt32BE(12) / 2 ** 32) * 1000);
        return { deviceAt, ourAt: now(), uncertaintyMs: 500 };
      }
    },
  };
}
