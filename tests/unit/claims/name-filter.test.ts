import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createNameFilter, hashOf } from '../../../src/ledgers/claims/name-filter.ts';

it('a name that has left memory is never held to be here, and few that are here to have left', () => {
  const filter = createNameFilter();
  expect(filter.mayHold(hashOf('m|anything'))).toBe(false);
  const msgid = (i: number) => `m|H41162400123${20_260_301 + (i % 30)}${String(i).padStart(10, '0')}`;
  for (let i = 0; i < 50_000; i++) filter.add(hashOf(msgid(i)));
  fc.assert(fc.property(fc.nat(49_999), (i) => filter.mayHold(hashOf(msgid(i)))));
  let wrong = 0;
  for (let i = 50_000; i < 100_000; i++) if (filter.mayHold(hashOf(msgid(i)))) wrong++;
  expect(wrong).toBeLessThan(50);
});

it('names that differ hash differently', () => {
  const hashes = new Set<number>();
  for (let i = 0; i < 200_000; i++) hashes.add(hashOf(`v|H41162400123|${i}`));
  expect(hashes.size).toBe(200_000);
});
