import { describe, expect, it } from 'vitest';
import { ask, says } from '../facts.ts';
import { clinicPeriod, peers } from './period-facts.ts';

const strokes = { from: '2026-03-31', settled: 260, diagnosed: 250, top: { code: 'I63', n: 190, people: 120 } };

describe('B8 诊断聚集', () => {
  it('tells a village where three of four visits are a stroke', () => {
    const [hit] = ask('B8', clinicPeriod({ diagnoses: strokes }));
    expect(hit).toMatchObject({ outcome: 'hit', incidentKey: 'clinic-month:H41162400123:2026-03:B8' });
    expect(hit?.evidence).toMatchObject({ code: 'I63', share: 0.76, countyShare: 0.05 });
  });

  it('is silent where the county has it too, where diagnoses are mixed, and about few visits', () => {
    expect(says('B8', clinicPeriod({ diagnoses: strokes, peers: peers({ sameDiagnosis: 1000 }) }))).toBe(
      'clear like_county',
    );
    expect(says('B8', clinicPeriod())).toBe('clear mixed');
    expect(says('B8', clinicPeriod({ diagnoses: { ...strokes, settled: 150, diagnosed: 150 } }))).toBe(
      'clear few_visits',
    );
  });

  it('is silent about influenza in winter, not in summer', () => {
    const flu = { ...strokes, top: { code: 'J11', n: 190, people: 150 } };
    expect(says('B8', clinicPeriod({ diagnoses: flu, month: '2026-01' }))).toBe('clear in_season');
    expect(says('B8', clinicPeriod({ diagnoses: flu, month: '2026-07' }))).toBe('hit one_diagnosis');
  });

  it('cannot tell where most visits tell no diagnosis, or the county is not known', () => {
    expect(says('B8', clinicPeriod({ diagnoses: { ...strokes, settled: 900 } }))).toBe(
      'undetermined diagnoses_missing',
    );
    expect(says('B8', clinicPeriod({ diagnoses: strokes, peers: null }))).toBe('undetermined peers_unknown');
  });
});
