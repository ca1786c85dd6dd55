import { describe, expect, it } from 'vitest';
import { fenOf, fieldOf, infnoOf } from '../../../src/simulation/score/message-fields.ts';

describe('a field of a message', () => {
  it('is found at any depth, in whatever spelling, also in JSON inside a text', () => {
    expect(fieldOf({ input: { data: { psn_no: 'P1' } } }, 'psn_no')).toBe('P1');
    expect(fieldOf({ input: { data: { psnNo: 'P2' } } }, 'psn_no')).toBe('P2');
    expect(fieldOf({ input: '{"data":{"psn_no":17}}' }, 'psn_no')).toBe('17');
    expect(fieldOf({ output: { list: [{ a: 1 }, { setl_id: 'S' }] } }, 'setl_id')).toBe('S');
    expect(fieldOf('{"SETL_ID":"S"}', 'setl_id')).toBe('S');
  });

  it('is null where there is none', () => {
    for (const message of [null, undefined, '', '{broken', 7, [], {}, { psn_no: '' }, { psn_no: null }])
      expect(fieldOf(message, 'psn_no')).toBeNull();
  });

  it('may be a transaction or an amount', () => {
    expect(infnoOf({ infno: '2207' })).toBe('2207');
    expect(infnoOf(null)).toBe('');
    expect(fenOf('16.05')).toBe(1_605);
    expect(fenOf('-3.00')).toBe(-300);
    expect([fenOf(null), fenOf(' '), fenOf('无')]).toEqual([null, null, null]);
  });
});
