import { expect, it } from 'vitest';
import { openIntervals } from '../../../src/access/open-hours.ts';

const ZONE = 'Asia/Shanghai';
const at = (text: string): number => Date.parse(`${text}+08:00`);
const told = (intervals: { from: number; to: number }[]) =>
  intervals.map(
    ({ from, to }) =>
      `${new Date(from + 8 * 3_600_000).toISOString().slice(5, 16)}–${new Date(to + 8 * 3_600_000).toISOString().slice(5, 16)}`,
  );

// 2026-03-16 is a Monday.
it('tells the hours of each day, cut at the window', () => {
  const hours = [
    { days: [1, 2, 3, 4, 5], from: '08:00', to: '12:00' },
    { days: [1, 2, 3, 4, 5], from: '15:00', to: '18:00' },
    { days: [7], from: '09:00', to: '10:00' },
  ];
  expect(told(openIntervals(hours, at('2026-03-16T10:00'), at('2026-03-17T09:00'), ZONE))).toEqual([
    '03-16T10:00–03-16T12:00',
    '03-16T15:00–03-16T18:00',
    '03-17T08:00–03-17T09:00',
  ]);
  expect(told(openIntervals(hours, at('2026-03-21T00:00'), at('2026-03-23T00:00'), ZONE))).toEqual([
    '03-22T09:00–03-22T10:00',
  ]);
});

it('follows a night duty past midnight, also from the day before', () => {
  const night = [{ days: [1], from: '20:00', to: '02:00' }];
  expect(told(openIntervals(night, at('2026-03-17T01:00'), at('2026-03-18T00:00'), ZONE))).toEqual([
    '03-17T01:00–03-17T02:00',
  ]);
});

it('joins hours that overlap or touch, and knows 24:00', () => {
  const hours = [
    { days: [1], from: '08:00', to: '12:00' },
    { days: [1], from: '11:00', to: '24:00' },
    { days: [2], from: '00:00', to: '01:00' },
  ];
  expect(told(openIntervals(hours, at('2026-03-16T00:00'), at('2026-03-18T00:00'), ZONE))).toEqual([
    '03-16T08:00–03-17T01:00',
  ]);
});

it('is never open without hours', () => {
  expect(openIntervals([], at('2026-03-16T00:00'), at('2026-03-18T00:00'), ZONE)).toEqual([]);
});
