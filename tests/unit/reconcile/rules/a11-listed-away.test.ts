import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { AT, appearance, ask, best, compared, person, says, settlement, status } from '../facts.ts';
import { passed } from './day-facts.ts';

const DAY = 86_400_000;
const away = status('away', AT - 30 * DAY, { to: AT + 30 * DAY });
const at = (statuses: Parameters<typeof person>, over = {}, around = {}): Facts =>
  settlement(around, { person: person(...statuses), ...over });

describe('A11 状态人员结算', () => {
  it.each<[string, Facts, string]>([
    ['listed', at([away]), 'hit listed_away'],
    ['back by then', at([{ ...away, to: AT }]), 'clear not_listed'],
    ['not away yet', at([{ ...away, from: AT + 1 }]), 'clear not_listed'],
    ['an old entry without an end', at([{ ...away, to: null, knownAt: AT - 400 * DAY }]), 'undetermined list_stale'],
    ['a fresh entry without an end', at([{ ...away, to: null }]), 'hit listed_away'],
    ['reversed', at([away], { reversed: true }), 'clear reversed'],
    ['nobody named', settlement({}, { person: null }), 'clear no_person'],
    ['the terminal knew him', at([away], passed), 'hit list_contradicted'],
    [
      'seen here',
      at([away], {}, { appearances: [appearance({ claimed: compared('match') })] }),
      'hit list_contradicted',
    ],
    [
      'a registered proxy',
      at([away], {}, { appearances: [appearance({ proxy: best('P2') })] }),
      'clear proxy_registered',
    ],
  ])('%s', (_, facts, expected) => expect(says('A11', facts)).toBe(expected));

  it('shows how fresh the list was', () => {
    expect(ask('A11', at([away]))[0]?.evidence).toMatchObject({ listAgeDays: 30, source: 'test' });
    expect(ask('A11', at([away], passed))[0]?.class).toBe('data');
  });
});
