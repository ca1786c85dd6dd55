import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gapsOf, intersect, lengthOf, union } from '../../../src/reconcile/intervals.ts';
import { outagesOf } from '../../../src/reconcile/outages.ts';
import { createRuleSet } from '../../../src/reconcile/parameters.ts';
import { type CameraTelling, windowAround } from '../../../src/reconcile/window.ts';
import { AT, MINUTE } from './facts.ts';

const parameters = createRuleSet().window;
const HOUR = 60 * MINUTE;
const ok = (from: number, to: number | null = null) => ({ state: 'ok', from, to });
const telling = (over: Partial<CameraTelling> = {}): CameraTelling => ({
  id: 'c1',
  scenePoint: 'counter',
  requiredMedTypes: [],
  enabled: true,
  offsetMs: 0,
  uncertaintyMs: 0,
  states: [ok(AT - 2 * HOUR)],
  untilAt: AT + HOUR,
  watermarkMovedAt: AT,
  ...over,
});
const around = (cameras: CameraTelling[], now = AT + HOUR, medType: string | null = '11') =>
  windowAround({ at: AT, medType, now, cameras, parameters });

it('covers a window that a healthy camera saw and that was processed to its end', () => {
  expect(around([telling()])).toMatchObject({ coverage: 1, complete: true, gaps: [], footageLost: false });
});

it('covers nothing above the watermark', () => {
  const untilAfterCounter = AT + 5 * MINUTE;
  expect(around([telling({ untilAt: untilAfterCounter })])).toMatchObject({
    coverage: 0.875,
    complete: false,
    footageLost: false,
  });
});

it('takes a time of which nothing was told for unknown, not for ok', () => {
  expect(around([telling({ states: [] })])).toMatchObject({ coverage: 0, complete: true });
  expect(around([telling({ states: [ok(AT)] })]).coverage).toBe(0.25);
});

it('lets a later state end the one before it', () => {
  const states = [
    ok(AT - 2 * HOUR),
    { state: 'dark', from: AT - 20 * MINUTE, to: AT - 10 * MINUTE },
    ok(AT - 10 * MINUTE),
  ];
  expect(around([telling({ states })]).coverage).toBe(0.75);
});

it('lets one camera see what another does not', () => {
  const cameras = [telling({ states: [ok(AT - 2 * HOUR, AT)] }), telling({ id: 'c2', states: [ok(AT)] })];
  expect(around(cameras)).toMatchObject({ coverage: 1, complete: true });
});

it('is blind when the counter was not seen at the moment that counts, whatever the door saw', () => {
  const blink = [
    ok(AT - 2 * HOUR, AT - MINUTE),
    { state: 'dark', from: AT - MINUTE, to: AT + MINUTE },
    ok(AT + MINUTE),
  ];
  const door = telling({ id: 'c2', scenePoint: 'entrance' });
  expect(around([telling({ states: blink }), door]).coverage).toBe(0);
  expect(around([telling({ states: [] }), door]).coverage).toBe(0);
});

it('takes the door where a clinic has no other camera', () => {
  expect(around([telling({ scenePoint: 'entrance' })]).coverage).toBe(1);
});

it('asks only the cameras that the claim type needs', () => {
  const cameras = [telling(), telling({ id: 'c2', requiredMedTypes: ['14'], untilAt: AT - HOUR })];
  expect(around(cameras)).toMatchObject({ complete: true, coverage: 1 });
  expect(around(cameras, AT + HOUR, '140104')).toMatchObject({ complete: false });
});

it('corrects each camera’s clock before it compares', () => {
  const eightHours = 8 * HOUR;
  const camera = telling({
    offsetMs: eightHours,
    states: [ok(AT + eightHours - 2 * HOUR)],
    untilAt: AT + eightHours + HOUR,
  });
  expect(around([camera])).toMatchObject({ coverage: 1, complete: true });
});

it('widens the window by what a clock is not known', () => {
  expect(around([telling({ uncertaintyMs: 20_000 })]).window).toEqual({
    from: AT - 30 * MINUTE - 20_000,
    to: AT + 10 * MINUTE + 20_000,
  });
  expect(around([telling({ offsetMs: null, uncertaintyMs: null })]).uncertaintyMs).toBe(30_000);
});

it('gives footage up only after 48 hours without advance', () => {
  const stuck = telling({ untilAt: AT - HOUR, watermarkMovedAt: AT });
  expect(around([stuck], AT + 48 * HOUR)).toMatchObject({ footageLost: false });
  expect(around([stuck], AT + 49 * HOUR)).toMatchObject({ footageLost: true });
  expect(around([{ ...stuck, watermarkMovedAt: AT + 40 * HOUR }], AT + 49 * HOUR)).toMatchObject({
    footageLost: false,
  });
});

it('does not wait for a camera that has never spoken while another speaks', () => {
  expect(around([telling(), telling({ id: 'c2', untilAt: null, watermarkMovedAt: null, states: [] })]).complete).toBe(
    true,
  );
  expect(around([telling({ untilAt: null, watermarkMovedAt: null, states: [] })]).complete).toBe(false);
});

it('finds a clinic without cameras blind, at once', () => {
  expect(around([])).toMatchObject({ coverage: 0, complete: true });
});

it('joins states without sight into one outage, and parts them where it saw', () => {
  const states = [
    ok(0, 10),
    { state: 'offline', from: 10, to: 20 },
    { state: 'dark', from: 20, to: null },
    ok(30, 40),
    { state: 'moved', from: 40, to: 50 },
    { state: 'frozen', from: 50, to: null },
  ];
  expect(outagesOf(states).map(({ from, to, states: parts }) => [from, to, parts.length])).toEqual([
    [10, 30, 2],
    [40, null, 2],
  ]);
});

it('keeps what is covered and what is not apart, and loses nothing of the whole', () => {
  const span = fc
    .tuple(fc.integer({ min: -50, max: 150 }), fc.integer({ min: 0, max: 60 }))
    .map(([from, length]) => ({ from, to: from + length }));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 12 }), (spans) => {
      const whole = { from: 0, to: 100 };
      const gaps = gapsOf(whole, spans);
      expect(lengthOf(gaps) + lengthOf(intersect([whole], union(spans)))).toBe(100);
      expect(lengthOf(intersect(gaps, spans))).toBe(0);
    }),
  );
});

it('asks no more of the cameras than the window, however wide the counter moment is set', () => {
  const short = { ...parameters, afterMs: MINUTE / 2, beforeMs: MINUTE, counterAfterMs: 2 * MINUTE };
  const camera = telling({ untilAt: AT + MINUTE / 2 });
  const facts = windowAround({ at: AT, medType: '11', now: AT + HOUR, cameras: [camera], parameters: short });
  expect(facts).toMatchObject({ coverage: 1, complete: true });
});

it('reckons how likely all cameras that saw the window miss somebody, each for itself', () => {
  const missed = (...cameras: CameraTelling[]): number => around(cameras).missed;
  const second = telling({ id: 'c2' });
  expect(missed(telling())).toBe(0.05);
  expect(missed(telling(), second, telling({ id: 'c3', scenePoint: 'entrance' }))).toBeCloseTo(0.000125, 9);
  expect(missed(telling(), telling({ id: 'c2', enabled: false }), telling({ id: 'c3', untilAt: null }))).toBe(0.05);
  expect(missed(telling({ untilAt: null }))).toBe(1);
});
