import { expect, it } from 'vitest';
import { createReceiverBreaker } from '../../../src/review/receiver-breaker.ts';

it('a receiver that does not answer does not keep the others from hearing of a hold', () => {
  let now = 0;
  const breaker = createReceiverBreaker({ clock: { now: () => now }, silentTries: 3, pauseMs: 10_000 });
  for (let n = 0; n < 3; n++) {
    expect(breaker.mayTry('dead')).toBe(true);
    breaker.silent('dead');
  }
  expect(breaker.mayTry('dead')).toBe(false);
  expect(breaker.mayTry('alive')).toBe(true);
  now = 10_000;
  expect(breaker.mayTry('dead')).toBe(true);
  expect(breaker.mayTry('dead')).toBe(false); // one try at a time finds out
  breaker.answered('dead');
  expect([breaker.mayTry('dead'), breaker.mayTry('dead')]).toEqual([true, true]);
});
