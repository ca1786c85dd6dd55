import { createRequire } from 'node:module';
import type { Writable } from 'node:stream';
import { XMLParser } from 'fast-xml-parser';
import { parseMoment } from '../../people/moments.ts';
import { sha256 } from '../../platform/crypto.ts';
import type { CaptureBox, IncomingCapture } from './capture.ts';

/** Hikvision's ISAPI event notifications: a multipart of one EventNotificationAlert (XML or JSON) and its pictures. */

export interface IsapiMessage {
  readonly eventType: string;
  /** It only says that it is there. */
  readonly heartbeat: boolean;
  /** By the device's clock; null: it told none. */
  readonly deviceAt: number | null;
  readonly captures: readonly IncomingCapture[];
}

export interface Part {
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
}

/** Events with a face in them. */
const FACE_EVENTS = /^(facecapture|facesnap|facesnapmatch|facedetection|alarmresult|fr_?compare|mixedtargetdetection)/i;
const HEARTBEATS = /^(heartbeat|videoloss)$/i;
const MOST_PARTS = 40;

/** Dicer takes any multipart, `mixed` as well as `form-data`, with or without dispositions: Hikvision sends each of them. */
const { Dicer } = createRequire(import.meta.url)('@fastify/busboy') as {
  Dicer: new (options: { boundary: string; maxHeaderPairs?: number }) => Writable;
};

/** @throws Error when the multipart is broken or has too many parts */
export function readParts(body: Buffer, contentType: string): Promise<Part[]> {
  const boundary = /boundary="?([^";,\s]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return Promise.resolve([{ headers: { 'content-type': [contentType] }, body }]);
  return new Promise((resolve, reject) => {
    const parts: Part[] = [];
    const dicer = new Dicer({ boundary, maxHeaderPairs: 50 });
    dicer.on('part', (part: NodeJS.ReadableStream) => {
      let headers: Record<string, string[]> = {};
      const chunks: Buffer[] = [];
      part.on('header', (found: Record<string, string[]>) => {
        headers = found;
      });
      part.on('data', (chunk: Buffer) => chunks.push(chunk));
      part.on('error', reject);
      part.on('end', () => {
        if (parts.length >= MOST_PARTS) reject(new Error('too many parts'));
        parts.push({ headers, body: Buffer.concat(chunks) });
      });
    });
    dicer.on('finish', () => resolve(parts));
    dicer.on('error', reject);
    dicer.end(body);
  });
}

const xml = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  processEntities: false,
});

type Tree = { readonly [key: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The alert of a part; null: it is none. */
function alertOf(part: Part): Tree | null {
  const text = part.body.toString('utf8').trim();
  try {
    const read: unknown = text.startsWith('{') ? JSON.parse(text) : text.startsWith('<') ? xml.parse(text) : null;
    if (!isTree(read)) return null;
    const inner = read.EventNotificationAlert ?? read;
    return isTree(inner) ? inner : null;
  } catch {
    return null;
  }
}

/** Every value of a key, at whatever depth: models nest the same names differently. Depth-first, at most `most`. */
function valuesOf(tree: unknown, key: string, most = 64, depth = 0): unknown[] {
  if (depth > 12 || typeof tree !== 'object' || tree === null) return [];
  const found: unknown[] = [];
  for (const [name, value] of Object.entries(tree)) {
    if (name.toLowerCase() === key.toLowerCase()) found.push(value);
    found.push(...valuesOf(value, key, most, depth + 1));
    if (found.length >= most) break;
  }
  return found.slice(0, most);
}
const firstText = (tree: unknown, ...keys: readonly string[]): string => {
  for (const key of keys) {
    const value = valuesOf(tree, key).find((each) => typeof each === 'string' || typeof each === 'number');
    if (value !== undefined && String(value) !== '') return String(value);
  }
  return '';
};

const nameOf = (part: Part): string =>
  [...(part.headers['content-disposition'] ?? []), ...(part.headers['content-id'] ?? [])].join(' ');
const isPicture = (part: Part): boolean =>
  part.body.length > 64 &&
  (part.body.readUInt16BE(0) === 0xffd8 ||
    part.body.readUInt32BE(0) === 0x89504e47 ||
    /^image\//i.test(part.headers['content-type']?.[0] ?? ''));
const isScene = (part: Part): boolean => /back(ground)?|bkg|scene|detectionpicture|whole/i.test(nameOf(part));

/** Reads the parts of a notification. @returns null when there is no alert in it */
export function readNotification(parts: readonly Part[], timeZone: string): IsapiMessage | null {
  const alert = parts
    .filter((part) => !isPicture(part))
    .map(alertOf)
    .find((found) => found !== null);
  if (alert == null) return null;
  const eventType = firstText(alert, 'eventType');
  const time = firstText(alert, 'dateTime', 'faceTime', 'absTime');
  const deviceAt = time === '' ? null : parseMoment(time, timeZone);
  const active = firstText(alert, 'eventState').toLowerCase() === 'active';
  if (!FACE_EVENTS.test(eventType))
    return { eventType, heartbeat: HEARTBEATS.test(eventType) && !active, deviceAt, captures: [] };
  const pictures = parts.filter(isPicture);
  const faces = pictures.filter((part) => !isScene(part));
  const shown = faces.length > 0 ? faces : pictures;
  // One event may carry several faces: each picture is one.
  const id = firstText(alert, 'pid', 'faceId', 'faceID', 'UUID', 'alarmId');
  const box = faces.length > 0 ? null : boxOf(alert, shown[0]);
  const captures = shown.map(
    (part, i): IncomingCapture => ({
      captureId: `${time}|${id}|${id === '' ? sha256(part.body).toString('hex') : i}`.slice(0, 128),
      deviceAt,
      picture: part.body,
      box,
    }),
  );
  if (captures.length > 0) return { eventType, heartbeat: false, deviceAt, captures };
  const bare: IncomingCapture = { captureId: `${time}|${id}`, deviceAt, picture: null, box: null };
  return { eventType, heartbeat: false, deviceAt, captures: id === '' ? [] : [bare] };
}

/** Rectangles of whole pictures are shares of it (0..1) in most models: only those in pixels are used. */
function boxOf(alert: Tree, part: Part | undefined): CaptureBox | null {
  const rect = [...valuesOf(alert, 'faceRect'), ...valuesOf(alert, 'Rect')].find(isTree);
  if (rect === undefined || part === undefined) return null;
  const [x, y, width, height] = [rect.x, rect.y, rect.width, rect.height].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const pixels = [x, y, width, height].every(Number.isFinite) && width > 8 && height > 8 && x >= 0 && y >= 0;
  return pixels ? { x, y, width, height } : null;
}
