import { expect, it } from 'vitest';
import { parseOpeningHours } from '../../../src/people/imports/opening-hours-text.ts';
import { parseDay, parseMoment } from '../../../src/people/moments.ts';

const ZONE = 'Asia/Shanghai';
const local = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19);

it('reads times as offices write them', () => {
  const forms = [
    '2026-03-17 09:15:30',
    '2026/3/17 9:15:30',
    '20260317091530',
    '2026年3月17日 9:15:30',
    '2026-03-17T09:15:30+08:00',
    '2026-03-17T01:15:30Z',
    '２０２６-03-17 09：15：30',
  ];
  for (const form of forms) expect(local(parseMoment(form, ZONE))).toBe('2026-03-17T09:15:30');
  expect(local(parseMoment('2026-3-7', ZONE))).toBe('2026-03-07T00:00:00');
});

it('lets a death that is known by day or month alone count from its end, never earlier', () => {
  expect(local(parseMoment('2026-02-10', ZONE, 'end'))).toBe('2026-02-11T00:00:00');
  expect(local(parseMoment('2026-02', ZONE, 'end'))).toBe('2026-03-01T00:00:00');
  expect(local(parseMoment('202602', ZONE, 'end'))).toBe('2026-03-01T00:00:00');
  expect(local(parseMoment('2026年2月', ZONE, 'end'))).toBe('2026-03-01T00:00:00');
  expect(local(parseMoment('2026-02-10 08:30', ZONE, 'end'))).toBe('2026-02-10T08:30:00');
});

it('takes nothing for a time that is none', () => {
  for (const text of ['', 'x', '2026-13-01', '2026-02-30', '99999999', '2026-03-17 25:00', '12345', '0001-01-01']) {
    expect(parseMoment(text, ZONE)).toBeNull();
  }
  for (const text of ['', 'x', '2026-13-01', '2026-02-30', '99999999', '2026-02']) expect(parseDay(text)).toBeNull();
  expect(parseDay('1953/4/12 0:00')).toBe('1953-04-12');
});

it('reads opening hours as people write them', () => {
  const weekdays = [1, 2, 3, 4, 5];
  expect(parseOpeningHours('1-5 08:00-12:00 15:00-18:00; 6,7 8:00-12:00')).toEqual([
    { days: weekdays, from: '08:00', to: '12:00' },
    { days: weekdays, from: '15:00', to: '18:00' },
    { days: [6, 7], from: '08:00', to: '12:00' },
  ]);
  expect(parseOpeningHours('周一至周五 8：00-18：00；周末 9:00～12:00')).toEqual([
    { days: weekdays, from: '08:00', to: '18:00' },
    { days: [6, 7], from: '09:00', to: '12:00' },
  ]);
  expect(parseOpeningHours('每天 08:00-24:00')).toEqual([{ days: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '24:00' }]);
  expect(parseOpeningHours('08:00-18:00')?.[0]?.days).toHaveLength(7);
  expect(parseOpeningHours('周六-周一 20:00-02:00')).toEqual([{ days: [1, 6, 7], from: '20:00', to: '02:00' }]);
  for (const text of ['', 'always', '8 08:00-12:00', '1-5', '1-5 08:00-25:00', '1-5 8-12']) {
    expect(parseOpeningHours(text)).toBeNull();
  }
});
