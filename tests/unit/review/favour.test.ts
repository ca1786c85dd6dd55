import { describe, expect, it } from 'vitest';
import { favoursOf } from '../../../src/review/favour.ts';
import { mostTelling, whoOf } from '../../../src/review/who.ts';
import { AT, appearance, comparison, settlementFacts } from './facts.ts';

const best = (zone: Parameters<typeof comparison>[0], llr: number, ref = 'x') => ({ ...comparison(zone, llr), ref });

describe('who an appearance was', () => {
  it('names the group that fits best, and nobody on an uncertain likeness', () => {
    expect(whoOf(appearance({ claimed: comparison('match', 5) }))).toBe('claimed');
    expect(whoOf(appearance({ staff: best('match', 4) }))).toBe('staff');
    expect(whoOf(appearance({ claimed: comparison('match', 2), household: best('match', 5) }))).toBe('household');
    expect(whoOf(appearance({ claimed: comparison('uncertain', 0.3), staff: best('uncertain', 1) }))).toBe('unknown');
  });

  it('calls nobody someone else without a face to compare', () => {
    expect(whoOf(appearance())).toBe('other');
    expect(whoOf(appearance({ hasTemplate: false, claimed: null }))).toBe('unknown');
  });

  it('an own visit explains an appearance better than another claim’s view of it', () => {
    expect(mostTelling('other', 'claimed')).toBe('claimed');
    expect(mostTelling('staff', 'other')).toBe('staff');
  });
});

describe('what speaks for the person', () => {
  const codes = (facts = settlementFacts()): string[] => favoursOf(facts).map(({ code }) => code);

  it('is empty when nothing does', () => {
    expect(codes()).toEqual([]);
  });

  it('names proxies, relatives, home visits, poor portraits, unclear faces, gaps and late lists', () => {
    const facts = settlementFacts({
      filings: { homeVisit: true, outage: false, vaccinationDay: false },
      person: {
        psnNo: 'P1',
        known: true,
        sex: null,
        birth: null,
        portrait: null,
        isStaffHere: false,
        statuses: [{ what: 'dead', institution: null, source: 'csv', knownAt: AT + 1, from: AT - 1, to: null }],
      },
      seen: {
        candidates: [{ role: 'proxy', ref: 'P2', hasPortrait: false }],
        claimedPortrait: { quality: 0.1, takenOn: null, comparable: true },
        gaps: [{ from: AT, to: AT + 1 }],
        card: { modelVersion: 'm', calibrated: true, siteCalibrated: false },
        appearances: [
          appearance({ household: best('match', 3) }),
          appearance({ hasTemplate: false, claimed: null }),
          appearance({ claimed: comparison('uncertain', 0.2) }),
        ],
      },
    });
    expect(codes(facts)).toEqual([
      'proxy_registered',
      'home_visit_filed',
      'listed_late',
      'portrait_poor',
      'not_site_calibrated',
      'likeness_between',
      'household_seen',
      'unjudged_face',
      'coverage_gap',
    ]);
  });

  it('says that the person was seen, that it was taken back, that there is no portrait', () => {
    const seen = { appearances: [appearance({ claimed: comparison('match', 4) })], claimedPortrait: null };
    expect(codes(settlementFacts({ reversed: true, seen }))).toEqual(['reversed', 'no_portrait', 'claimed_seen']);
  });
});
