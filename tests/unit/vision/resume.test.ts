import { expect, it } from 'vitest';
import { rereadFrom } from '../../../src/vision/resume.ts';
import { createStillRing } from '../../../src/vision/still-ring.ts';
import { syntheticImage } from '../../support/synthetic-camera.ts';

const closed = { state: 'closed' as const };
const minutes = (n: number): number => n * 60_000;

it('footage is read again from where everyone in sight at the crash had come', () => {
  expect(rereadFrom(minutes(10), [])).toBe(minutes(10));
  expect(rereadFrom(minutes(10), [{ from: minutes(8), to: minutes(11), ...closed }])).toBe(minutes(8));
  // He was told of when he came; until when he stayed died with the process.
  expect(rereadFrom(minutes(10), [{ from: minutes(8), to: minutes(8), state: 'open' }])).toBe(minutes(8));
  // Whoever stood there at that moment would be seen from the middle: he is read again from his own beginning.
  const chain = [
    { from: minutes(8), to: minutes(11), ...closed },
    { from: minutes(5), to: minutes(9), ...closed },
    { from: minutes(1), to: minutes(2), ...closed },
  ];
  expect(rereadFrom(minutes(10), chain)).toBe(minutes(5));
});

it('but never again over more than a quarter of an hour', () => {
  expect(rereadFrom(minutes(60), [{ from: minutes(10), to: minutes(60), ...closed }])).toBe(minutes(60));
});

it('stills come from the picture nearest to the moment, or from none', () => {
  const ring = createStillRing(5);
  for (let at = 0; at < 20_000; at += 250) ring.push({ at, seq: at, gear: 'close', image: syntheticImage({}, 1) });
  expect(ring.nearest(18_200, 2_000)?.at).toBe(18_000);
  expect(ring.nearest(5_000, 2_000)).toBeNull();
});
