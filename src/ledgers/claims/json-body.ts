import { Refusal } from './refusal.ts';

const MAX_DEPTH = 64;
const LONGEST_EXACT_DIGITS = 15;
/** A JSON string, or a number with more digits than a double keeps. Only meant for text that JSON.parse has accepted. */
const STRING_OR_LONG_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.]{15,}(?:[eE][+-]?\d+)?/g;
const LONG_NUMBER = /[\d.]{16}/;

/**
 * Bytes → JSON value. UTF-8 with or without a byte order mark, else GB 18030, which older HIS write. Numbers too long for
 * a double (ids sent as numbers, big amounts) become strings, so that no digit is lost.
 * @throws Refusal `unparsable`, `too_deep`
 */
export function parseJsonBytes(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) throw new Refusal('unparsable', 'the body is empty');
  return parseJsonText(decode(bytes));
}

/** @throws Refusal `unparsable`, `too_deep` */
export function parseJsonText(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal('unparsable', 'the body is not JSON');
  }
  // V8 parses any depth; whoever walks the value afterwards does not.
  if (depthOf(text) > MAX_DEPTH) throw new Refusal('too_deep', `nested deeper than ${MAX_DEPTH} levels`);
  if (!LONG_NUMBER.test(text)) return value;
  return JSON.parse(
    text.replace(STRING_OR_LONG_NUMBER, (token) =>
      token.startsWith('"') || token.replace(/\D/g, '').length <= LONGEST_EXACT_DIGITS ? token : `"${token}"`,
    ),
  );
}

/** Of a value that is parsed already. @throws Refusal `too_deep` */
export function assertShallow(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth >= MAX_DEPTH) throw new Refusal('too_deep', `nested deeper than ${MAX_DEPTH} levels`);
  for (const key in value) assertShallow((value as Record<string, unknown>)[key], depth + 1);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (inString) {
      if (unit === 0x5c) i++;
      else if (unit === 0x22) inString = false;
    } else if (unit === 0x22) inString = true;
    else if (unit === 0x7b || unit === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (unit === 0x7d || unit === 0x5d) depth--;
  }
  return deepest;
}
