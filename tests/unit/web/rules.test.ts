import { describe, expect, it } from 'vitest';
import { barsOf, progressOf, type RuleFigures } from '../../../web/src/rules/backtest-figures.ts';
import { changesOf, valueText } from '../../../web/src/rules/changes.ts';

const figures = (rule: string, added: number, removed: number, confirmedLost: number): RuleFigures => ({
  rule,
  before: 10,
  after: 10 + added - removed,
  added,
  removed,
  confirmedLost,
  dismissedRemoved: 0,
  outcomes: {},
  examples: { added: [], removed: [], confirmedLost: [] },
});

describe('a change of rules', () => {
  const inForce = [
    { name: 'minGap', value: 3 },
    { name: 'days', value: [1, 2] },
  ];

  it('names only what differs, or a set would freeze values that nobody chose', () => {
    expect(changesOf({ target: 'A5', values: { minGap: 5, days: [1, 2] } }, inForce)).toEqual({
      rules: { A5: { parameters: { minGap: 5 } } },
    });
    expect(changesOf({ target: 'A5', values: { minGap: 3 } }, inForce)).toBeNull();
  });

  it('turns a rule off with what becomes of its findings, and on again', () => {
    expect(changesOf({ target: 'A5', values: {}, off: 'leave' }, inForce)).toEqual({ rules: { A5: { off: 'leave' } } });
    expect(changesOf({ target: 'A5', values: {}, off: 'on' }, inForce)).toEqual({ rules: { A5: { off: null } } });
  });

  it('keeps the window and the decisions apart from rules', () => {
    expect(changesOf({ target: 'window', values: { minGap: 9 } }, inForce)).toEqual({ window: { minGap: 9 } });
    expect(changesOf({ target: 'decision', values: {} }, inForce)).toBeNull();
  });

  it('shows a missing bound as none, not as a word of the program', () => {
    expect(valueText(null)).toBe('–');
    expect(valueText([1, 2])).toBe('[1,2]');
  });
});

describe('chart of a backtest', () => {
  it('counts a lost confirmed alert once, and leaves out rules of which nothing changes', () => {
    const bars = barsOf([figures('A1', 0, 0, 0), figures('A2', 1, 0, 0), figures('A5', 2, 5, 1)]);
    expect(bars).toEqual({ rules: ['A5', 'A2'], added: [2, 1], removed: [-4, 0], confirmedLost: [-1, 0] });
  });

  it('says nothing of progress while nobody knows how much there is', () => {
    expect(progressOf({ state: 'running', total: null, subjects: 4 })).toBeNull();
    expect(progressOf({ state: 'running', total: 8, subjects: 4 })).toBe(50);
    expect(progressOf({ state: 'done', total: 0, subjects: 0 })).toBe(100);
  });
});
