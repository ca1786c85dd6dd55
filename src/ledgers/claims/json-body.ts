import { Refusal } from './refusal.ts';

const MAX_DEPTH = 64;
const LONGEST_EXACT_DIGITS = 15;
/** A JSON string, or a number with more digits than a double keeps. Only meant for text that JSON.parse has accepted. */
const STRING_OR_LONG_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.]{15,}(?:[eE][+-]?\d+)?/g;

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
  const { depth, longNumbers } = formOf(text);
  // V8 parses any depth; whoever walks the value afterwards does not.
  if (depth > MAX_DEPTH) throw new Refusal('too_deep', `nested deeper than ${MAX_DEPTH} levels`);
  if (!longNumbers) return value;
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

/** How deep a JSON text is nested, and whether it has numbers of more digits than a double keeps. */
function formOf(text: string): { readonly depth: number; readonly longNumbers: boolean } {
  let depth = 0;
  let deepest = 0;
  let digits = 0;
  let longNumbers = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === QUOTE) {
      i = endOfString(text, i);
      digits = 0;
    } else if ((unit >= 0x30 && unit <= 0x39) || unit === 0x2e) {
      if (++digits > LONGEST_EXACT_DIGITS) longNumbers = true;
    } else {
      digits = 0;
      if (unit === 0x7b || unit === 0x5b) deepest = Math.max(deepest, ++depth);
      else if (unit === 0x7d || unit === 0x5d) depth--;
    }
  }
  return { depth: deepest, longNumbers };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Of the string that begins at `start`, where it closes. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}
