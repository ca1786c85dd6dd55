import { describe, expect, it } from 'vitest';
import { createRuleSet } from '../../../../src/reconcile/parameters.ts';
import { ask, says } from '../facts.ts';
import { clinicPeriod, peers } from './period-facts.ts';

const typed = (share: number, over: Parameters<typeof clinicPeriod>[0] = {}) =>
  clinicPeriod({ credentials: { from: '2026-03-01', known: 100, typed: share * 100 }, ...over });

describe('A12 凭证异常', () => {
  it('tells a clinic that settles by card where the others use code or face', () => {
    const [hit] = ask('A12', typed(0.6));
    expect(hit).toMatchObject({ outcome: 'hit', reason: 'typed_credentials', setlIds: [], psnNo: null });
    expect(hit?.evidence).toMatchObject({ share: 0.6, p95: 0.25, county: '411624' });
  });

  it('is silent where the whole county does so', () => {
    expect(says('A12', typed(0.6, { peers: peers({ typedP95: 0.7 }) }))).toBe('clear like_peers');
  });

  it('is silent about a share that is none to speak of, and about few settlements', () => {
    expect(says('A12', typed(0.2, { peers: peers({ typedP95: 0.01 }) }))).toBe('clear low_share');
    expect(says('A12', clinicPeriod({ credentials: { from: '2026-03-01', known: 8, typed: 8 } }))).toBe(
      'clear few_settlements',
    );
  });

  it('is silent of a time when face settlement was not mandatory', () => {
    expect(says('A12', clinicPeriod({ credentials: { from: '2023-06-01', known: 100, typed: 90 } }))).toBe(
      'clear not_mandatory',
    );
    const off = createRuleSet({ valuesOf: (name) => (name === 'A12' ? { mandatorySince: '' } : {}) });
    const rule = off.rules.find((entry) => entry.rule.id === 'A12');
    expect(rule?.rule.outcomesFor(typed(0.9), rule.parameters)[0]?.reason).toBe('not_mandatory');
  });

  it('cannot tell without its peers', () => {
    expect(says('A12', typed(0.6, { peers: null }))).toBe('undetermined peers_unknown');
    expect(says('A12', typed(0.6, { peers: peers({ credentialClinics: 4 }) }))).toBe('undetermined peers_unknown');
  });

  it('tells a device that another clinic uses too', () => {
    const facts = clinicPeriod({ sharedDevices: [{ devNo: 'T-1', clinics: 2, others: ['H41162400999'] }] });
    const [, device] = ask('A12', facts);
    expect(device).toMatchObject({ outcome: 'hit', reason: 'device_at_two_clinics', part: 'device:T-1' });
  });

  it("takes a vendor's placeholder for what it is", () => {
    const facts = clinicPeriod({ sharedDevices: [{ devNo: 'PC', clinics: 900, others: ['H41162400999'] }] });
    expect(says('A12', facts)).toBe('clear low_share, undetermined device_placeholder');
  });
});
