import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { unfiled } from '../../../../src/reconcile/rules/e2-covered.ts';
import { AT, ask, camera, MINUTE, says } from '../facts.ts';

const span = { from: AT - 10 * MINUTE, to: AT + 20 * MINUTE };
const out = (state: string, over: object = {}): Facts =>
  camera({ outage: { ...span, states: [{ state, ...span }] }, ...over });

describe('E2 遮挡、移位或改角度', () => {
  it.each<[string, Facts, string]>([
    ['covered', out('covered'), 'hit covered'],
    ['moved', out('moved'), 'hit moved'],
    ['frozen', out('frozen'), 'hit frozen'],
    ['out of focus', out('defocused'), 'hit defocused'],
    ['a stream of too few bits', out('low_bit_rate'), 'hit low_bit_rate'],
    ['a stream in pieces', out('gaps'), 'hit gaps'],
    ['a power cut', out('offline'), 'clear other_outage'],
    ['outside opening hours', out('covered', { openHours: [] }), 'clear short'],
    [
      'four minutes of the opening hours',
      out('covered', { openHours: [{ from: AT, to: AT + 4 * MINUTE }] }),
      'clear short',
    ],
    ['a filed outage', out('covered', { filed: [{ from: AT - 60 * MINUTE, to: null }] }), 'clear filed'],
    [
      'a filed change of the layout',
      out('moved', { filedLayout: [{ from: AT - 60 * MINUTE, to: AT + 60 * MINUTE }] }),
      'clear filed',
    ],
    ['it did not happen', camera({ outage: null }), 'clear no_outage'],
    ['a camera that is switched off', out('covered', { enabled: false }), 'clear no_outage'],
  ])('%s', (_, facts, expected) => expect(says('E2', facts)).toBe(expected));

  it('is about the camera', () => {
    expect(ask('E2', out('covered'))[0]).toMatchObject({
      class: 'device',
      psnNo: null,
      setlIds: [],
      cameraId: 'cam-1',
    });
  });

  it('counts what no filing covers', () => {
    expect(
      unfiled({ from: 0, to: 10 }, [
        { from: 2, to: 4 },
        { from: 8, to: null },
      ]),
    ).toEqual([
      { from: 0, to: 2 },
      { from: 4, to: 8 },
    ]);
  });
});
