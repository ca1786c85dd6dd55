import fc from 'fast-check';
import { v5, validate, version } from 'uuid';
import { expect, it } from 'vitest';
import { derivedId, newId } from '../../../src/platform/ids.ts';

it('a derived id is a UUID of version 5, so that rows written by any version of the program are found again', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 4 }), (parts) => {
      expect(derivedId(...parts)).toBe(v5(parts.join('\u0000'), '6f1f2b1e-4116-5c4e-9d52-000000004116'));
    }),
  );
  expect(derivedId('x'.repeat(2_000))).toBe(v5('x'.repeat(2_000), '6f1f2b1e-4116-5c4e-9d52-000000004116'));
  expect(derivedId('claim-event', 'H41162400123202603170000000001')).toBe(
    v5('claim-event\u0000H41162400123202603170000000001', '6f1f2b1e-4116-5c4e-9d52-000000004116'),
  );
});

it('fresh ids are UUIDs of version 7 that sort in the order in which they were made, however many a moment', () => {
  const ids = Array.from({ length: 20_000 }, newId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
});
