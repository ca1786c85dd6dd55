import { describe, expect, it } from 'vitest';
import { ask, says } from '../facts.ts';
import { agent, personPeriod } from './period-facts.ts';

const came = (...of: Parameters<typeof agent>) => personPeriod({ agent: agent(...of) });

describe('A7 代办异常', () => {
  it('names somebody who comes for six people outside his household, with the settlements', () => {
    const [hit] = ask('A7', came([1, 1, 1, 2, 2, 2]));
    expect(hit).toMatchObject({ outcome: 'hit', reason: 'many_people', incidentKey: 'person-month:P1:2026-03:A7' });
    expect(hit?.setlIds).toEqual(['S0', 'S1', 'S2', 'S3', 'S4', 'S5']);
  });

  it('names somebody who comes for three households', () => {
    expect(says('A7', came([1, 2, 3]))).toBe('hit many_households');
  });

  it('leaves in peace who comes for his own, however many they are', () => {
    expect(says('A7', came([0, 0, 0, 0, 0, 0, 0], { own: [0, 1, 2, 3, 4, 5, 6] }))).toBe('clear own_household');
  });

  it('leaves in peace a village cadre who is registered as one', () => {
    expect(says('A7', came([1, 2, 3, 4, 5, 6, 7], { relation: '村干部' }))).toBe('clear exempt_relation');
  });

  it('does not add up what lies more than thirty days apart', () => {
    expect(says('A7', came([1, 2, 3, 4, 5, 6], { everyDays: 16 }))).toBe('clear few_people');
  });

  it('cannot tell households where none is registered', () => {
    expect(says('A7', came([1, null, null]))).toBe('undetermined households_unknown');
  });

  it('says nothing of people whom hardly anybody named', () => {
    expect(says('A7', personPeriod())).toBe('nothing');
  });
});
