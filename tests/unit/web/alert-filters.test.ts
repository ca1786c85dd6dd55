import { describe, expect, it } from 'vitest';
import { isFiltered, matches, readFilters, writeFilters } from '../../../web/src/alerts/filters.ts';

const alert = {
  phase: 'in',
  class: 'fraud',
  severity: 'high',
  state: 'new',
  queueState: 'shown',
  rules: ['A1@1', 'A2@3'],
  clinic: { code: 'H41160200101' },
};
const read = (address: string) => readFilters(new URLSearchParams(address));

describe('the filters in the address', () => {
  it('without any, the list shows what still stands', () => {
    expect(read('').state).toContain('second_review');
    expect(isFiltered(read(''))).toBe(false);
    expect(matches(read(''), alert)).toBe(true);
    expect(matches(read(''), { ...alert, state: 'excluded' })).toBe(false);
  });

  it('an address that is sent to a colleague shows him the same list', () => {
    const address = 'phase=in&phase=post&class=fraud&severity=high&rule=A1&state=excluded&clinic=H41160200101&q=SETL';
    expect(readFilters(writeFilters(read(address)))).toEqual(read(address));
  });

  it('no state chosen means every state, and survives the address', () => {
    const every = { ...read(''), state: [] };
    expect(readFilters(writeFilters(every)).state).toEqual([]);
    expect(matches(every, { ...alert, state: 'withdrawn' })).toBe(true);
  });

  it('a live alert enters only the list that it belongs to', () => {
    expect(matches(read('phase=pre'), alert)).toBe(false);
    expect(matches(read('rule=A2'), alert)).toBe(true);
    expect(matches(read('rule=A2@2'), alert)).toBe(false);
    expect(matches(read('clinic=H41160200102'), alert)).toBe(false);
    expect(matches(read('q=SETL1'), alert)).toBe(false);
  });
});
