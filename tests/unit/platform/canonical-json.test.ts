import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../../src/platform/canonical-json.ts';

/** Hashes rest on this text: were it to differ for equal values, everything would be assessed again for ever. */

it('has one text for one value, in whatever order its keys were put', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(reversed(value))).toBe(text);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      // -0 has no JSON text of its own.
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it('sorts keys by code unit, leaves out what is undefined, and takes a gap in a list for null', () => {
  expect(canonicalJson({ b: 1, a: undefined, é: 2, Z: [1, undefined, null] })).toBe('{"Z":[1,null,null],"b":1,"é":2}');
  expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
});

it('escapes as JSON does', () => {
  for (const text of ['"', '\\', '\n', '\u0000', '\u2028', '张三', '😀', '\ud800', 'a\ud800b', '\u007f', '']) {
    expect(canonicalJson(text)).toBe(JSON.stringify(text));
    expect(canonicalJson({ [text]: text })).toBe(JSON.stringify({ [text]: text }));
  }
});

it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [() => 1], [{ a: [Symbol('x')] }]])('refuses %s', (value) => {
  expect(() => canonicalJson(value)).toThrow();
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
