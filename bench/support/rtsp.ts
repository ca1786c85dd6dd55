import type { Socket } from 'node:net';
import type { FlvFilm, FlvPicture } from './flv.ts';

/** RTP payloads above this are cut into fragmentation units (RFC 6184, 5.8). */
const LARGEST_PAYLOAD = 1_400;
const PAYLOAD_TYPE = 96;
const CLOCK_HZ = 90_000;
const INTERLEAVED = 4;
const RTP_HEADER = 12;

/** The RTP packets of one picture as they go over RTSP's own connection, numbers and times still to be filled in. */
export interface PacketTrain {
  readonly bytes: Buffer;
  /** Where each packet's RTP header begins. */
  readonly headers: readonly number[];
}

export function packetTrain({ data }: FlvPicture): PacketTrain {
  const payloads = nalUnits(data.subarray(5)).flatMap(payloadsOf);
  const bytes = Buffer.alloc(payloads.reduce((sum, each) => sum + INTERLEAVED + RTP_HEADER + each.length, 0));
  const headers: number[] = [];
  let at = 0;
  payloads.forEach((payload, i) => {
    bytes[at] = 0x24;
    bytes.writeUInt16BE(RTP_HEADER + payload.length, at + 2);
    at += INTERLEAVED;
    headers.push(at);
    bytes[at] = 0x80;
    bytes[at + 1] = PAYLOAD_TYPE | (i === payloads.length - 1 ? 0x80 : 0);
    payload.copy(bytes, at + RTP_HEADER);
    at += RTP_HEADER + payload.length;
  });
  return { bytes, headers };
}

/** One viewer's copy. @param sequence of the first packet @param ms on the stream's clock */
export function numbered({ bytes, headers }: PacketTrain, sequence: number, ms: number): Buffer {
  const copy = Buffer.from(bytes);
  headers.forEach((at, i) => {
    copy.writeUInt16BE((sequence + i) & 0xffff, at + 2);
    copy.writeUInt32BE(Math.round((ms * CLOCK_HZ) / 1000) >>> 0, at + 4);
    copy.writeUInt32BE(1, at + 8);
  });
  return copy;
}

/**
 * Speaks RTSP 1.0 over one connection, RTP interleaved in it, until the viewer wants to see: enough for ffmpeg, no more.
 * @param filmOf null: no such stream
 */
export function answerRtsp(
  socket: Socket,
  stream: { filmOf(path: string): FlvFilm | null; play(path: string): void },
): void {
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1');
    for (let end = heard.indexOf('\r\n\r\n'); end >= 0; end = heard.indexOf('\r\n\r\n')) {
      const request = heard.slice(0, end);
      heard = heard.slice(end + 4);
      // What a viewer reports of its reception (RTCP) may stand before its words.
      const [, method = '', url = ''] = /([A-Z_]+) (rtsp:\S+) RTSP/.exec(request) ?? [];
      const path = URL.canParse(url) ? new URL(url).pathname.replace(/^\/|\/(video)?$/g, '') : '';
      const film = stream.filmOf(path);
      const say = (status: string, headers: readonly string[] = [], body = ''): void =>
        void socket.write(
          [
            `RTSP/1.0 ${status}`,
            `CSeq: ${/CSeq: *(\d+)/i.exec(request)?.[1] ?? 0}`,
            'Session: 1;timeout=60',
            ...headers,
            ...(body === '' ? [] : ['Content-Type: application/sdp', `Content-Length: ${body.length}`]),
            '',
            body,
          ].join('\r\n'),
        );
      if (film === null) say('404 Not Found');
      else if (method === 'OPTIONS') say('200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER']);
      else if (method === 'DESCRIBE') say('200 OK', [`Content-Base: ${url}/`], describe(film));
      else if (method === 'SETUP' && !/interleaved/.test(request)) say('461 Unsupported Transport');
      else if (method === 'SETUP') say('200 OK', ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1']);
      else if (method === 'PLAY') {
        say('200 OK');
        stream.play(path);
      } else say('200 OK');
    }
  });
}

function describe({ setup }: FlvFilm): string {
  const sets = parameterSets(setup.subarray(5));
  const profile = sets[0]?.subarray(1, 4).toString('hex') ?? '';
  return [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=camera', 'c=IN IP4 0.0.0.0', 't=0 0'],
    `m=video 0 RTP/AVP ${PAYLOAD_TYPE}`,
    `a=rtpmap:${PAYLOAD_TYPE} H264/${CLOCK_HZ}`,
    `a=fmtp:${PAYLOAD_TYPE} packetization-mode=1;profile-level-id=${profile};sprop-parameter-sets=${sets.map((set) => set.toString('base64')).join(',')}`,
    'a=control:video',
    '',
  ].join('\r\n');
}

/** SPS and PPS of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15). */
function parameterSets(record: Buffer): Buffer[] {
  const sets: Buffer[] = [];
  let at = 5;
  for (const mask of [0x1f, 0xff]) {
    const count = record.readUInt8(at++) & mask;
    for (let i = 0; i < count; i++) {
      const size = record.readUInt16BE(at);
      sets.push(record.subarray(at + 2, at + 2 + size));
      at += 2 + size;
    }
  }
  return sets;
}

function nalUnits(data: Buffer): Buffer[] {
  const units: Buffer[] = [];
  for (let at = 0; at + 4 <= data.length; ) {
    const size = data.readUInt32BE(at);
    units.push(data.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return units;
}

function payloadsOf(unit: Buffer): Buffer[] {
  if (unit.length <= LARGEST_PAYLOAD) return [unit];
  const header = unit.readUInt8(0);
  const pieces: Buffer[] = [];
  for (let at = 1; at < unit.length; at += LARGEST_PAYLOAD - 2) {
    const piece = unit.subarray(at, at + LARGEST_PAYLOAD - 2);
    const first = at === 1 ? 0x80 : 0;
    const last = at + piece.length === unit.length ? 0x40 : 0;
    pieces.push(Buffer.concat([Buffer.from([(header & 0xe0) | 28, first | last | (header & 0x1f)]), piece]));
  }
  return pieces;
}
