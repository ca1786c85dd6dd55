import { describe, expect, it } from 'vitest';
import { RIGHTS } from '../../../src/access/principal.ts';
import { ALERT_STATES, isStanding } from '../../../src/review/flow/states.ts';
import { allows, STEPS, TRANSITIONS, transitionOf } from '../../../src/review/flow/transitions.ts';

describe('the table of transitions', () => {
  it('names only states, steps and rights that exist, and gives each step its words', () => {
    for (const row of TRANSITIONS) {
      expect(ALERT_STATES).toContain(row.to);
      for (const from of row.from) expect(ALERT_STATES).toContain(from);
      if (row.right !== 'system') expect(RIGHTS).toContain(row.right);
      expect(row.words.zh).not.toBe('');
      expect(row.words.en).not.toBe('');
    }
    expect(new Set(TRANSITIONS.map(({ step }) => step))).toEqual(new Set(STEPS));
  });

  it('leads out of every state that is not an end, and reaches every state that a person sets', () => {
    for (const state of ALERT_STATES.filter(isStanding)) {
      expect(
        TRANSITIONS.some((row) => row.from.includes(state) && row.to !== state),
        state,
      ).toBe(true);
    }
    const reached = new Set(TRANSITIONS.map(({ to }) => to));
    expect(ALERT_STATES.filter((state) => !reached.has(state))).toEqual(['withdrawn']);
  });

  it('never lets one person alone, or a machine, determine a violation', () => {
    const adverse = TRANSITIONS.filter(
      (row) => row.to === 'determined' && !row.needs.includes('harmless_determination'),
    );
    expect(adverse.map(({ step }) => step)).toEqual(['agree']);
    expect(adverse[0]).toMatchObject({ notBy: 'proposer', from: ['proposed'] });
    expect(TRANSITIONS.filter(({ right }) => right === 'system').map(({ step }) => step)).toEqual(['lapse']);
  });

  it('keeps first and second review apart on every way out of the second', () => {
    const second = TRANSITIONS.filter(({ right }) => right === 'alerts.second');
    expect(second.length).toBeGreaterThan(0);
    for (const row of second) expect(row.notBy).toBe('first_reviewer');
  });

  it('takes the row of the right that one holds, and none of a class that it is not for', () => {
    const alert = { state: 'determined', class: 'fraud' } as const;
    expect(transitionOf('archive', alert, (right) => right === 'alerts.determine')?.right).toBe('alerts.determine');
    expect(transitionOf('archive', alert, (right) => right === 'alerts.handle')?.right).toBe('alerts.handle');
    expect(transitionOf('close', { state: 'new', class: 'fraud' }, () => true)).toBeNull();
    expect(transitionOf('take_second', { state: 'explained', class: 'device' }, () => true)).toBeNull();
  });

  it('refuses what it does not have', () => {
    expect(allows('agree', 'final_review', 'determined')).toBe(false);
    expect(allows('handle', 'excluded', 'handling')).toBe(false);
    expect(allows('exclude', 'determined', 'excluded')).toBe(false);
    expect(allows('lapse', 'asked', 'overdue')).toBe(true);
  });
});
