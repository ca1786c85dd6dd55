import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { AT, camera, says } from '../facts.ts';

const HOUR = 3_600_000;
const moved = (hours: number, over: object = {}, state = 'moved'): Facts => {
  const span = { from: AT, to: AT + hours * HOUR };
  return camera({ outage: { ...span, states: [{ state, ...span }] }, ...over });
};

describe('E3 布局未报备变更', () => {
  it.each<[string, Facts, string]>([
    ['changed for a day', moved(24), 'hit not_filed'],
    [
      'goes on',
      camera({ outage: { from: AT, to: null, states: [{ state: 'moved', from: AT, to: null }] }, lastedMs: 24 * HOUR }),
      'hit not_filed',
    ],
    ['put back', moved(2), 'clear put_back'],
    [
      'filed some days before',
      moved(24, { filedLayout: [{ from: AT - 72 * HOUR, to: AT - 48 * HOUR }] }),
      'clear filed',
    ],
    [
      'filed long before',
      moved(24, { filedLayout: [{ from: AT - 999 * HOUR, to: AT - 900 * HOUR }] }),
      'hit not_filed',
    ],
    [
      'filed afterwards, while it lasts',
      moved(24, { filedLayout: [{ from: AT + 3 * HOUR, to: null }] }),
      'clear filed',
    ],
    ['covered, not moved', moved(24, {}, 'covered'), 'clear not_moved'],
    ['it did not happen', camera({ outage: null }), 'clear no_outage'],
  ])('%s', (_, facts, expected) => expect(says('E3', facts)).toBe(expected));
});
