import { describe, expect, it } from 'vitest';
import type { ElsewhereFact } from '../../../../src/reconcile/book/facts.ts';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { leastKm } from '../../../../src/reconcile/places.ts';
import { AT, ask, MINUTE, says, settlement } from '../facts.ts';
import { DAY_FROM } from './day-facts.ts';

const other = (over: Partial<ElsewhereFact> = {}): ElsewhereFact => ({
  clinic: 'H41162100001',
  setlId: 'S9',
  msgid: 'm9',
  at: AT - 20 * MINUTE,
  leastKm: 40,
  otherProvince: false,
  ...over,
});
const at = (elsewhere: ElsewhereFact[] | undefined, over = {}, around = {}): Facts =>
  settlement(around, {
    day: { from: DAY_FROM, to: DAY_FROM + 86_400_000 },
    ...(elsewhere ? { elsewhere } : {}),
    ...over,
  });

describe('A10 同时异地就医', () => {
  it.each<[string, Facts, string]>([
    ['forty kilometres in twenty minutes', at([other()]), 'hit too_far_too_soon'],
    ['the later one first known', at([other({ at: AT + 20 * MINUTE })]), 'hit too_far_too_soon'],
    ['time enough', at([other({ at: AT - 60 * MINUTE })]), 'clear time_enough'],
    ['the next village', at([other({ leastKm: 2, at: AT - MINUTE })]), 'clear time_enough'],
    ['no distance, near in time', at([other({ leastKm: null })]), 'undetermined distance_unknown'],
    ['no distance, hours apart', at([other({ leastKm: null, at: AT - 120 * MINUTE })]), 'clear time_enough'],
    [
      'another province the same day',
      at([other({ leastKm: null, otherProvince: true, at: AT + 300 * MINUTE })]),
      'hit two_provinces',
    ],
    [
      'another province, another day',
      at([other({ leastKm: null, otherProvince: true, at: DAY_FROM - MINUTE })]),
      'clear time_enough',
    ],
    [
      'a registered proxy',
      at([other()], {}, { candidates: [{ role: 'proxy', ref: 'P2', hasPortrait: true }] }),
      'clear proxy_registered',
    ],
    ['reversed', at([other()], { reversed: true }), 'clear reversed'],
    ['nobody named', at([other()], { person: null }), 'clear no_person'],
    ['nowhere else', at([]), 'clear one_place'],
    ['older facts', at(undefined), 'clear one_place'],
  ])('%s', (_, facts, expected) => expect(says('A10', facts)).toBe(expected));

  it('makes one alert of both settlements, whichever is looked at', () => {
    const [here] = ask('A10', at([other()]));
    const [there] = ask('A10', at([other({ msgid: 'm1', setlId: 'S1' })], { msgid: 'm9', setlId: 'S9' }));
    expect(here?.incidentKey).toBe(there?.incidentKey);
    expect(here?.setlIds).toEqual(['S1', 'S9']);
  });
});

describe('distances', () => {
  const places = new Map([
    ['411621', { latitude: 34.07, longitude: 114.39, radiusKm: 20 }],
    ['411624', { latitude: 33.4, longitude: 115.08, radiusKm: 20 }],
    ['411624101', { latitude: 33.4, longitude: 115.08, radiusKm: 3 }],
  ]);
  it('are told too short rather than too long, and not at all where a place is unknown', () => {
    const far = leastKm(places, '411621100001', '411624999001');
    expect(far).toBeGreaterThan(50);
    expect(far).toBeLessThan(60);
    expect(leastKm(places, '411621100001', '411624101001')).toBeGreaterThan(far ?? 0);
    expect(leastKm(places, '411621100001', '411621200001')).toBe(0);
    expect(leastKm(places, '411621', '320100')).toBeNull();
    expect(leastKm(places, null, '411621')).toBeNull();
  });
});
