import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { AT, ask, camera, MINUTE, says } from '../facts.ts';

const DAY = 24 * 60 * MINUTE;
const span = { from: AT, to: AT + 30 * MINUTE };
const QUIET = [0, 1, 0, 0, 1, 0, 2, 0, 0, 1, 0, 0, 1, 0, 0];
const lately = (counts: readonly number[], others: readonly number[] = QUIET, over: object = {}): Facts =>
  camera({
    outage: { ...span, states: [{ state: 'covered', ...span }] },
    pattern: {
      month: '2026-03',
      outages: counts.map((settlements, i) => ({
        from: AT - (counts.length - 1 - i) * 3 * DAY,
        to: AT - (counts.length - 1 - i) * 3 * DAY + 30 * MINUTE,
        settlements,
        others,
      })),
    },
    ...over,
  });

describe('E7 中断与集中结算同现', () => {
  it.each<[string, Facts, string | undefined]>([
    ['four covered half hours, each with a burst', lately([5, 4, 6, 4]), 'hit together'],
    ['three bursts among five', lately([5, 0, 4, 1, 6]), 'hit together'],
    ['two bursts', lately([5, 0, 4, 1]), 'clear few_bursts'],
    ['hours that are as busy on other days', lately([5, 4, 6, 4], [4, 5, 6, 5, 4, 6]), 'clear few_bursts'],
    ['bursts on other days too', lately([5, 4, 5, 0], [0, 0, 5, 0, 0, 6, 0, 0, 0, 5, 0, 0]), 'clear chance'],
    ['a camera that was switched off', lately([5, 4, 6, 4], QUIET, { enabled: false }), 'clear no_pattern'],
  ])('%s', (_, facts, expected) => expect(says('E7', facts)).toBe(expected));

  it('is one alert of the camera and month, and names no patient', () => {
    expect(ask('E7', lately([5, 4, 6, 4]))[0]).toMatchObject({
      incidentKey: 'evidence-integrity:cam-1:2026-03',
      class: 'device',
      psnNo: null,
      setlIds: [],
    });
  });
});
