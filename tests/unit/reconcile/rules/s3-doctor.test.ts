import { describe, expect, it } from 'vitest';
import { chanceOfShare } from '../../../../src/reconcile/clinic-score/colleagues.ts';
import { withDoctors } from '../../../../src/reconcile/clinic-score/doctors.ts';
import type { ClinicScoreFacts, ScoredVisit } from '../../../../src/reconcile/clinic-score/facts.ts';
import { createRuleSet } from '../../../../src/reconcile/parameters.ts';
import { packRoll, type RollVisit } from '../../../../src/reconcile/periods/roll.ts';
import { nobodyAgain } from '../../../../src/reconcile/rules/s1-nobody-again.ts';
import { doctorStandsOut } from '../../../../src/reconcile/rules/s3-doctor-stands-out.ts';
import { alertOf, nextStep } from '../../../../src/review/alert.ts';
import { draws } from '../clinic-score/draws.ts';

const CLINIC = 'H41162400123';
const DOCTORS = ['D1', 'D2'];
const parametersOf = (id: string) => createRuleSet().rules.find(({ rule }) => rule.id === id)?.parameters ?? {};
const evaluate = (facts: ClinicScoreFacts) => doctorStandsOut.outcomesFor(facts, parametersOf('S3'));

const DAY_ONE = Date.UTC(2026, 2, 2);
const dayOf = (day: number): string => new Date(DAY_ONE + day * 86_400_000).toISOString().slice(0, 10);

const seen = { sight: 'present', looking: '0csm 1s', bestLlr: 3 } as const;
const nobody = { sight: 'absent', looking: '0c 1', bestLlr: null } as const;
const somebodyElse = { sight: 'counter', looking: '0cs 1', bestLlr: -2.1 } as const;

type Sight = Pick<ScoredVisit, 'sight' | 'looking' | 'bestLlr'>;

/** Six visits a day for four weeks, one doctor's and the other's in turn; the settlements of `which` look like `what`. */
function facts(
  which: (day: number, i: number) => boolean,
  what: Sight = nobody,
  of: Partial<ClinicScoreFacts> = {},
): ClinicScoreFacts {
  const visits = Array.from({ length: 168 }, (_, n): ScoredVisit => {
    const [day, i] = [Math.floor(n / 6), n % 6];
    const odd = which(day, i);
    return {
      setlId: `S${n}`,
      day: dayOf(day),
      medType: '11',
      fundFen: 1_600,
      confirmed: !odd && i > 3,
      ...(odd ? what : seen),
      doctor: i % 2,
    };
  });
  return {
    kind: 'clinic_score',
    schema: 1,
    clinic: { code: CLINIC, regionCode: '411624', faceRecognition: true, mode: 'mirror' },
    through: dayOf(27),
    cameras: ['counter', 'door'],
    doctors: DOCTORS,
    visits,
    ...of,
  };
}

/** One a day, all of the first doctor's. */
const ofOne = (_: number, i: number): boolean => i === 0;
const ofBoth = (day: number, i: number): boolean => i === day % 2;
const outcomesOf = (of: ClinicScoreFacts) => evaluate(of).map(({ outcome, reason }) => `${outcome} ${reason}`);

describe('S3, a doctor of several', () => {
  it('is told when nobody comes for his settlements and people come for his colleague’s, week by week', () => {
    const hits = evaluate(facts(ofOne));
    expect(hits.map(({ outcome, reason, part }) => [outcome, reason, part])).toEqual(
      ['2026-03-02', '2026-03-09', '2026-03-16', '2026-03-23'].map((week) => ['hit', 'doctor_nobody', `D1:${week}:S1`]),
    );
    expect(hits[0]?.evidence).toMatchObject({ doctor: 'D1', ownStrange: 28, colleaguesStrange: 0 });
    expect(hits[0]?.setlIds).toHaveLength(7);
    expect(hits[0]?.zh).not.toContain('D1');
  });

  it('is told when only others come for his', () => {
    expect(new Set(outcomesOf(facts(ofOne, somebodyElse)))).toEqual(new Set(['hit doctor_others']));
  });

  it('is one alert with what the clinic’s score says of the same week, which names his settlements already', () => {
    const of = facts(ofOne);
    const [ofClinic] = nobodyAgain.outcomesFor(of, parametersOf('S1'));
    const [ofDoctor] = evaluate(of);
    expect(ofDoctor?.incidentKey).toBe(ofClinic?.incidentKey);
    const findings = [ofClinic, ofDoctor].flatMap((outcome) =>
      outcome === undefined
        ? []
        : [
            {
              ...outcome,
              id: outcome.rule,
              ruleId: outcome.rule,
              ruleVersion: '1',
              subjectKey: `clinic_score/${CLINIC}#${outcome.part}`,
              clinicCode: CLINIC,
              assessmentId: 'a',
              firstAt: 0,
              updatedAt: 0,
            },
          ],
    );
    const together = alertOf(findings);
    expect(together).toMatchObject({ rules: ['S1@1', 'S3@1'], subjectKind: 'clinic' });
    expect(together?.setlIds).toHaveLength(new Set(findings.flatMap(({ setlIds }) => setlIds)).size);
    expect(alertOf(findings.slice(1))?.subjectKind).toBe('staff');
    // Who dismissed the clinic's has looked at these settlements: the doctor's does not bring it back.
    const dismissed = { state: 'excluded', hits: true, dismissedRules: ['S1@1'] } as const;
    expect(nextStep(dismissed, together)).toEqual({ action: 'revise' });
    expect(nextStep({ ...dismissed, dismissedRules: ['A4@1'] }, together)).toMatchObject({ action: 'return' });
  });

  it('is not run where one doctor treats', () => {
    const { doctors: _, ...alone } = facts(ofOne);
    expect(evaluate(alone)).toEqual([]);
    expect(evaluate(facts(ofOne, nobody, { doctors: ['D1'] }))).toEqual([]);
  });

  it('is left alone when all doctors are alike: that is the clinic’s, or its camera’s', () => {
    expect(outcomesOf(facts(ofBoth))).toEqual(['clear like_colleagues']);
  });

  it('is left alone with a few missed people', () => {
    expect(outcomesOf(facts((day, i) => day % 7 === 3 && i === 0))).toEqual(['clear like_colleagues']);
  });

  it('counts neither what the terminal confirmed nor what was filed', () => {
    const of = facts(ofOne);
    const confirmed = of.visits.map((visit) => ({ ...visit, confirmed: true }));
    expect(outcomesOf({ ...of, visits: confirmed })).toEqual(['clear like_colleagues']);
    expect(outcomesOf(facts(ofOne, { ...nobody, sight: 'explained' }))).toEqual(['clear like_colleagues']);
  });

  it('leaves family alone that collects medicine for chronic diseases', () => {
    const of = facts(ofOne, somebodyElse);
    expect(outcomesOf({ ...of, visits: of.visits.map((visit) => ({ ...visit, medType: '14' })) })).toEqual([
      'clear like_colleagues',
    ]);
  });

  it('cannot be compared with too few settlements of the others', () => {
    const of = facts((_, i) => i < 3);
    const visits = of.visits.filter((visit, n) => visit.doctor === 0 || n < 30);
    expect(
      outcomesOf({ ...of, visits: visits.map((visit) => (visit.doctor === 1 ? { ...visit, ...seen } : visit)) }),
    ).toEqual(['undetermined few_colleagues']);
  });

  it('leads to a look at the camera when it missed confirmed visits in the same days', () => {
    const of = facts(ofOne);
    const visits = of.visits.map((visit, n) => (n % 6 === 5 ? { ...visit, ...nobody, confirmed: true } : visit));
    expect(evaluate({ ...of, visits }).every(({ outcome, class: as }) => outcome !== 'hit' || as === 'evidence')).toBe(
      true,
    );
  });

  it('cannot be told without face recognition', () => {
    const of = facts(ofOne);
    expect(outcomesOf({ ...of, clinic: { ...of.clinic, faceRecognition: false } })).toEqual([
      'undetermined face_recognition_off',
    ]);
  });

  it('is not named by chance: neither before poor cameras nor when he makes all the home visits', () => {
    let named = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const draw = draws(seed);
      const miss = seed % 5 === 0 ? 0.2 : 0.05;
      const homeVisits = seed % 2 === 0 ? 0.06 : 0.02;
      const of = facts(() => false);
      const visits = of.visits.map((visit): ScoredVisit => {
        const away = visit.doctor === 0 && draw() < homeVisits;
        return { ...visit, ...(away || draw() < miss ? nobody : seen), confirmed: !away && draw() < 0.5 };
      });
      if (evaluate({ ...of, visits }).some(({ outcome, class: as }) => outcome === 'hit' && as === 'fraud')) named += 1;
    }
    expect(named).toBe(0);
  });
});

describe('whose settlements are whose', () => {
  const rollVisit = (setlId: string, doctor: string | null) => ({ setlId, doctor }) as RollVisit;
  const body = (visits: RollVisit[]) => packRoll(visits, Date.parse('2026-03-02T00:00:00+08:00'));
  const visit = (setlId: string): ScoredVisit => ({
    setlId,
    day: '2026-03-02',
    medType: '11',
    fundFen: 1,
    confirmed: false,
    ...seen,
  });
  const told = (of: [string, string | null][]) =>
    withDoctors(
      of.map(([setlId]) => visit(setlId)),
      [
        {
          clinic_code: CLINIC,
          day: '2026-03-02',
          leaves_on: '2026-05-11',
          body: body(of.map(([setlId, doctor]) => rollVisit(setlId, doctor))),
        },
      ],
      'Asia/Shanghai',
    );

  it('is known from the rolled-up days, and "unknown" is no doctor', () => {
    const { doctors, visits } = told([
      ['a', 'D2'],
      ['b', 'D1'],
      ['c', '未知'],
      ['d', null],
    ]);
    expect(doctors).toEqual(['D1', 'D2']);
    expect(visits.map(({ doctor }) => doctor)).toEqual([1, 0, undefined, undefined]);
    expect(
      told([
        ['a', 'D1'],
        ['c', '未知'],
      ]).doctors,
    ).toBeUndefined();
  });

  it('falls by chance as often as a hypergeometric draw', () => {
    expect(chanceOfShare({ settlements: 50, strange: 5 }, { settlements: 50, strange: 5 })).toBeGreaterThan(0.5);
    expect(chanceOfShare({ settlements: 1, strange: 1 }, { settlements: 3, strange: 0 })).toBeCloseTo(0.25, 10);
    expect(chanceOfShare({ settlements: 60, strange: 12 }, { settlements: 60, strange: 0 })).toBeLessThan(0.001);
  });
});
