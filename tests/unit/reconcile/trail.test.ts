import { expect, it } from 'vitest';
import { Trail } from '../../../src/reconcile/memory/trail.ts';

interface Told {
  readonly at: number;
  readonly state: string;
}
const trailOf = (...rows: readonly (readonly [number, string])[]): Trail<Told> => {
  const trail = new Trail<Told>((row) => row.at);
  for (const [at, state] of rows) trail.add('cam', { at, state });
  return trail;
};
const told = (trail: Trail<Told>): string =>
  trail
    .of('cam')
    .map(({ at, state }) => `${at}${state}`)
    .join(' ');

it('keeps what a camera told in order of time, however it comes, the later word of one moment', () => {
  expect(told(trailOf([5, 'a'], [1, 'b'], [9, 'c'], [5, 'd'], [7, 'e']))).toBe('1b 5d 7e 9c');
  expect(trailOf().of('cam')).toEqual([]);
});

it('forgets what is older, but not the state that still held then', () => {
  const trail = trailOf([1, 'a'], [3, 'b'], [5, 'c'], [8, 'd']);
  trail.forget(6);
  expect(told(trail)).toBe('5c 8d');
  expect(trail.floor).toBe(6);
  trail.forget(100);
  expect(told(trail)).toBe('8d');
});

it('says that nothing is missing as long as nothing was forgotten', () => {
  const trail = trailOf([5, 'a']);
  trail.forget(3);
  trail.forget(6);
  expect(trail.floor).toBe(Number.NEGATIVE_INFINITY);
  trail.add('cam', { at: 8, state: 'b' });
  trail.forget(8);
  expect(told(trail)).toBe('5a 8b');
  expect(trail.floor).toBe(Number.NEGATIVE_INFINITY);
});
