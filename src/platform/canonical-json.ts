/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * One text for one value: keys sorted by code unit, no white space, `undefined` members left out (RFC 8785 for the
 * values that we store). Hashes and replays rest on it. Throws on NaN and infinities.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError(`${value} has no JSON form`);
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? arrayText(value) : objectText(value as Record<string, unknown>);
    default:
      throw new TypeError(`a ${typeof value} has no JSON form`);
  }
}

function arrayText(items: readonly unknown[]): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += `${i === 0 ? '' : ','}${canonicalJson(items[i] ?? null)}`;
  return `${text}]`;
}

function objectText(value: Record<string, unknown>): string {
  const { sorted, labels } = shapeOf(Object.keys(value));
  let text = '{';
  for (let i = 0; i < sorted.length; i++) {
    const member = value[sorted[i] as string];
    if (member === undefined) continue;
    text += `${text.length === 1 ? '' : ','}${labels[i]}${canonicalJson(member)}`;
  }
  return `${text}}`;
}

// All but what may need escaping: quotes, backslashes, control characters, halves of surrogate pairs.
const NEEDS_ESCAPE = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;
const quoted = (text: string): string => (NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`);

/** The keys of an object as they come, and as they are written. */
interface Shape {
  readonly keys: readonly string[];
  readonly sorted: readonly string[];
  /** `"key":` */
  readonly labels: readonly string[];
}

/** Shapes met before, by their first key: the same kinds of objects come again and again. */
const shapes = new Map<string, Shape[]>();
const MOST_SHAPES = 32;

function shapeOf(keys: readonly string[]): Shape {
  const first = keys[0] ?? '';
  const known = shapes.get(first);
  const met = known?.find((shape) => isSame(shape.keys, keys));
  if (met) return met;
  const sorted = keys.toSorted(byCodeUnit);
  const shape = { keys, sorted, labels: sorted.map((key) => `${JSON.stringify(key)}:`) };
  if (known) {
    if (known.length < MOST_SHAPES) known.push(shape);
  } else if (shapes.size < MOST_SHAPES * MOST_SHAPES) {
    shapes.set(first, [shape]);
  }
  return shape;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
