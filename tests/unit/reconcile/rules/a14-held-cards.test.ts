import { describe, expect, it } from 'vitest';
import { ask, says } from '../facts.ts';
import { clinicPeriod, group } from './period-facts.ts';

const ORDER = [0, 1, 2, 3, 4, 5, 6, 7];
/** Two have changed places. */
const NEARLY = [0, 1, 3, 2, 4, 5, 6, 7];
const THREE_DAYS = { '2026-03-04': ORDER, '2026-03-11': NEARLY, '2026-03-18': ORDER };
const facts = (...groups: ReturnType<typeof group>[]) => clinicPeriod({ blocks: groups });

describe('A14 收卡留存', () => {
  it('names eight people who settle in the same order on three days, and each of their settlements', () => {
    const [hit] = ask('A14', facts(group(8, THREE_DAYS)));
    expect(hit).toMatchObject({ outcome: 'hit', incidentKey: 'clinic-month:H41162400123:2026-03:A14', psnNo: null });
    expect(hit?.setlIds).toHaveLength(24);
    expect(hit?.evidence).toMatchObject({ people: 8, days: ['2026-03-04', '2026-03-11', '2026-03-18'] });
  });

  it('is silent when they come in another order each time, as people do who meet at the clinic', () => {
    const mixed = {
      '2026-03-04': ORDER,
      '2026-03-11': [7, 2, 5, 0, 6, 1, 4, 3],
      '2026-03-18': [3, 6, 1, 7, 0, 4, 2, 5],
    };
    expect(says('A14', facts(group(8, mixed)))).toBe('clear other_order');
  });

  it('is silent about one day, and about people who take two hours', () => {
    expect(says('A14', facts(group(8, { '2026-03-04': ORDER })))).toBe('clear few_days');
    expect(says('A14', facts(group(8, THREE_DAYS, { gapMs: 8 * 60_000 })))).toBe('clear few_days');
  });

  it('counts a household once: a family that comes together is no pile of cards', () => {
    const family = group(8, THREE_DAYS, { households: [0, 0, 0, 0, 1, 1, 1, 1] });
    expect(says('A14', facts(family))).toBe('clear few_days');
  });

  it('is silent about days that were filed as vaccination or chronic-disease days', () => {
    expect(says('A14', facts(group(8, THREE_DAYS, { filed: ['2026-03-11', '2026-03-18'] })))).toBe('clear filed_days');
  });

  it('asks for a closer likeness the fewer they are and the fewer the days', () => {
    const [five, swapped, twice] = [
      [0, 1, 2, 3, 4],
      [1, 0, 2, 3, 4],
      [1, 0, 2, 4, 3],
    ];
    expect(says('A14', facts(group(5, { '2026-03-04': five, '2026-03-11': swapped })))).toBe(
      'hit same_people_same_order',
    );
    expect(says('A14', facts(group(5, { '2026-03-04': five, '2026-03-11': twice })))).toBe('clear other_order');
    const thrice = group(5, { '2026-03-04': five, '2026-03-11': twice, '2026-03-18': swapped });
    expect(says('A14', facts(thrice))).toBe('hit same_people_same_order');
  });

  it('names the others of a household too, once their cards lie with the rest', () => {
    const [hit] = ask('A14', facts(group(8, THREE_DAYS, { households: [0, 0, 1, 2, 3, 4, 5, 6] })));
    expect(hit?.evidence).toMatchObject({ people: 7 });
    expect(hit?.setlIds).toHaveLength(24);
  });

  it('keeps two groups of a clinic apart', () => {
    const outcomes = ask('A14', facts(group(8, THREE_DAYS), group(9, { ...THREE_DAYS })));
    expect(new Set(outcomes.map(({ part }) => part)).size).toBe(2);
  });

  it('has nothing to say of a clinic where nobody comes in groups', () => {
    expect(says('A14', clinicPeriod())).toBe('clear no_blocks');
  });
});
