import { describe, expect, it } from 'vitest';
import type { ClinicScoreFacts, ScoredVisit } from '../../../../src/reconcile/clinic-score/facts.ts';
import { createRuleSet } from '../../../../src/reconcile/parameters.ts';
import type { AnyRule } from '../../../../src/reconcile/rules/rule.ts';
import { nobodyAgain } from '../../../../src/reconcile/rules/s1-nobody-again.ts';
import { othersAgain } from '../../../../src/reconcile/rules/s2-others-again.ts';

const parametersOf = (rule: AnyRule) => {
  const found = createRuleSet().rules.find((entry) => entry.rule.id === rule.id);
  if (!found) throw new Error(`no rule ${rule.id}`);
  return found.parameters;
};

const DAY_ONE = Date.UTC(2026, 2, 2);
const dayOf = (day: number): string => new Date(DAY_ONE + day * 86_400_000).toISOString().slice(0, 10);

const seen = { sight: 'present', looking: '0csm 1s', bestLlr: 3 } as const;
const nobody = { sight: 'absent', looking: '0c 1', bestLlr: null } as const;
const somebodyElse = { sight: 'counter', looking: '0cs 1', bestLlr: -2.1 } as const;

/** Four visits a day for four weeks; `which` of them are as `what` says, of the others every second is confirmed. */
function facts(
  which: (day: number, i: number) => boolean,
  what: Pick<ScoredVisit, 'sight' | 'looking' | 'bestLlr'>,
  of: Partial<ClinicScoreFacts> = {},
): ClinicScoreFacts {
  const visits = Array.from({ length: 112 }, (_, n): ScoredVisit => {
    const [day, i] = [n >> 2, n % 4];
    const odd = which(day, i);
    return {
      setlId: `S${n}`,
      day: dayOf(day),
      medType: '11',
      fundFen: 1_600,
      confirmed: !odd && i % 2 === 0,
      ...(odd ? what : seen),
    };
  });
  return {
    kind: 'clinic_score',
    schema: 1,
    clinic: { code: 'H41162400123', regionCode: '411624', faceRecognition: true, mode: 'mirror' },
    through: dayOf(27),
    cameras: ['counter', 'door'],
    visits,
    ...of,
  };
}

const oneADay = (_: number, i: number): boolean => i === 1;
const outcomes = (rule: AnyRule, of: ClinicScoreFacts) => rule.outcomesFor(of, parametersOf(rule));

describe('S1, settlements without visitors', () => {
  it('names them week by week, with the money and how likely it is right', () => {
    const hits = outcomes(nobodyAgain, facts(oneADay, nobody));
    expect(hits.map(({ outcome, class: of, part }) => [outcome, of, part])).toEqual(
      ['2026-03-02', '2026-03-09', '2026-03-16', '2026-03-23'].map((week) => ['hit', 'fraud', week]),
    );
    const [first] = hits;
    expect(first?.incidentKey).toBe('clinic-score:H41162400123:2026-03-02:S1');
    expect(first?.setlIds).toHaveLength(7);
    expect(first?.evidence.pRight).toBeGreaterThan(0.9);
    expect(first?.evidence.expectedLossFen).toBeLessThanOrEqual(7 * 1_600);
    expect(first?.evidence.cameras).toMatchObject([{ id: 'counter', missed: 0 }, { id: 'door' }]);
  });

  it('says nothing of a few missed people', () => {
    expect(
      outcomes(
        nobodyAgain,
        facts((day, i) => day % 14 === 3 && i === 1, nobody),
      ),
    ).toMatchObject([{ outcome: 'clear', reason: 'explained' }]);
  });

  it('counts neither what the terminal confirmed nor what was filed', () => {
    const confirmed = facts(oneADay, nobody);
    const all = confirmed.visits.map((visit) => ({ ...visit, confirmed: true }));
    expect(outcomes(nobodyAgain, { ...confirmed, visits: all })[0]?.outcome).toBe('clear');
    expect(outcomes(nobodyAgain, facts(oneADay, { ...nobody, sight: 'explained' }))[0]?.outcome).toBe('clear');
  });

  it('asks for a look at the only camera, as long as nobody knows how often it misses people', () => {
    const alone = facts((_, i) => i > 0, { ...nobody, looking: '0c' }, { cameras: ['counter'] });
    const visits = alone.visits.map((visit) => ({
      ...visit,
      confirmed: false,
      looking: visit.looking.replace(' 1s', ''),
    }));
    const hits = outcomes(nobodyAgain, { ...alone, visits });
    expect(hits[0]).toMatchObject({ outcome: 'hit', class: 'evidence', reason: 'camera_check' });
    expect(hits.every(({ class: of }) => of === 'evidence')).toBe(true);
  });

  it('asks for a look at a camera that missed confirmed visits in the same days: it was turned away', () => {
    const turned = facts((day, i) => day >= 21 && i % 2 === 1, nobody);
    const visits = turned.visits.map((visit) =>
      visit.confirmed && visit.day >= dayOf(21) ? { ...visit, ...nobody, looking: '0c 1s' } : visit,
    );
    const honest = outcomes(nobodyAgain, turned);
    expect(honest.some(({ class: of, outcome }) => outcome === 'hit' && of === 'fraud')).toBe(true);
    const hits = outcomes(nobodyAgain, { ...turned, visits });
    expect(hits.every(({ outcome, class: of }) => outcome !== 'hit' || of === 'evidence')).toBe(true);
  });

  it('names nobody for one day alone', () => {
    const burst = facts((day) => day === 20, nobody);
    expect(outcomes(nobodyAgain, burst).map(({ outcome }) => outcome)).toEqual(['clear']);
  });

  it('cannot tell without face recognition', () => {
    const blind = facts(oneADay, nobody);
    const off = { ...blind, clinic: { ...blind.clinic, faceRecognition: false } };
    expect(outcomes(nobodyAgain, off)).toMatchObject([{ outcome: 'undetermined', reason: 'face_recognition_off' }]);
  });
});

describe('S2, visits by somebody else', () => {
  it('names acute visits at which only somebody else was seen, again and again', () => {
    const hits = outcomes(othersAgain, facts(oneADay, somebodyElse));
    expect(hits).toHaveLength(4);
    expect(hits[0]).toMatchObject({ outcome: 'hit', class: 'fraud', reason: 'others_again_and_again' });
  });

  it('leaves family alone that collects medicine for chronic diseases', () => {
    const collected = facts(oneADay, somebodyElse);
    const visits = collected.visits.map((visit) => ({ ...visit, medType: '14' }));
    expect(outcomes(othersAgain, { ...collected, visits })[0]?.outcome).toBe('clear');
  });

  it('leaves a few companions beside a visitor who was missed', () => {
    expect(
      outcomes(
        othersAgain,
        facts((day, i) => day % 14 === 3 && i === 1, somebodyElse),
      )[0]?.outcome,
    ).toBe('clear');
  });

  it('cannot tell without face recognition', () => {
    const on = facts(oneADay, somebodyElse);
    const off = { ...on, clinic: { ...on.clinic, faceRecognition: false } };
    expect(outcomes(othersAgain, off)[0]?.outcome).toBe('undetermined');
  });
});
