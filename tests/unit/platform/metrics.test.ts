import { expect, it } from 'vitest';
import { createCounters } from '../../../src/platform/metrics.ts';

it('counts by name and labels, whatever the order of the labels', () => {
  const counters = createCounters();
  counters.add('rule_errors', { rule: 'B2' });
  counters.add('rule_errors', { rule: 'A1', kind: 'visit' });
  counters.add('rule_errors', { kind: 'visit', rule: 'A1' }, 2);
  expect(counters.read()).toEqual([
    { name: 'rule_errors', labels: { rule: 'A1', kind: 'visit' }, value: 3 },
    { name: 'rule_errors', labels: { rule: 'B2' }, value: 1 },
  ]);
});
