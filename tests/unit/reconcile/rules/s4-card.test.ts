import { describe, expect, it } from 'vitest';
import { isStrange, tellCards } from '../../../../src/reconcile/clinic-score/cards.ts';
import type { EnrolleePlace, EnrolleeScoreFacts } from '../../../../src/reconcile/clinic-score/enrollee-facts.ts';
import type { ScoredVisit } from '../../../../src/reconcile/clinic-score/facts.ts';
import { createRuleSet } from '../../../../src/reconcile/parameters.ts';
import { cardWithoutOwner } from '../../../../src/reconcile/rules/s4-card-without-owner.ts';
import { draws } from '../clinic-score/draws.ts';

const parameters = createRuleSet().rules.find(({ rule }) => rule.id === 'S4')?.parameters ?? {};
const evaluate = (facts: EnrolleeScoreFacts, more = {}) =>
  cardWithoutOwner.outcomesFor(facts, { ...parameters, ...more });

const DAY_ONE = Date.UTC(2026, 2, 2);
const dayOf = (day: number): string => new Date(DAY_ONE + day * 86_400_000).toISOString().slice(0, 10);

type Sight = Pick<ScoredVisit, 'sight' | 'looking' | 'bestLlr'>;
const seen: Sight = { sight: 'present', looking: '0csm 1s', bestLlr: 3 };
const nobody: Sight = { sight: 'absent', looking: '0c 1', bestLlr: null };
const somebodyElse: Sight = { sight: 'counter', looking: '0cs 1', bestLlr: -2.1 };

/** A clinic of good cameras with three visits a day by others, and the card's own on some days. */
function place(clinic: string, own: readonly (readonly [number, Partial<ScoredVisit>])[]): EnrolleePlace {
  const visit = (day: number, of: Partial<ScoredVisit>): ScoredVisit => ({
    setlId: null,
    day: dayOf(day),
    medType: '11',
    fundFen: 0,
    confirmed: false,
    ...seen,
    ...of,
  });
  const others = Array.from({ length: 90 }, (_, n) => visit(Math.floor(n / 3), { confirmed: n % 3 === 0 }));
  const mine = own.map(([day, of], n) => visit(day, { setlId: `${clinic}-${n}`, fundFen: 1_600, ...of }));
  const visits = [...others, ...mine].toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
  return {
    clinic,
    faceRecognition: true,
    cameras: ['counter', 'door'],
    visits,
    own: visits.flatMap((one, i) => (mine.includes(one) ? [i] : [])),
  };
}

const facts = (places: readonly EnrolleePlace[]): EnrolleeScoreFacts => ({
  kind: 'enrollee_score',
  schema: 1,
  clinic: { code: 'H2', regionCode: '411624', faceRecognition: true, mode: 'mirror' },
  psnNo: 'P1',
  through: dayOf(29),
  places,
});

const days = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i * 2);
const at = (list: readonly number[], of: Partial<ScoredVisit>) => list.map((day) => [day, of] as const);

/** At home he is seen; at three other clinics his card is used, and never is he there. */
const lent = (of: Partial<ScoredVisit> = somebodyElse): EnrolleeScoreFacts =>
  facts([
    place('H1', at([3, 17], seen)),
    place('H2', at(days(5), of)),
    place('H3', at(days(5, 1), of)),
    place('H4', at(days(5, 12), of)),
  ]);

describe('S4, a card without its owner', () => {
  it.each([
    ['somebody else comes', somebodyElse],
    ['nobody comes', nobody],
  ])('is asked about when %s again and again, at clinics where he is not at home', (_, of) => {
    const hits = evaluate(lent(of));
    expect(hits).toMatchObject([
      { outcome: 'hit', class: 'fraud', part: '2026-03', incidentKey: 'person-month:P1:2026-03:S4', psnNo: 'P1' },
    ]);
    const [hit] = hits;
    expect(hit?.evidence.pRight).toBeGreaterThan(0.8);
    expect(hit?.evidence.named).toMatchObject([
      { clinic: expect.any(String) },
      ...(hit?.setlIds.slice(1) ?? []).map(() => ({})),
    ]);
    expect(hit?.zh).toContain('不针对参保人本人');
    expect(hit?.en).toContain('nothing is said against him');
  });

  it('names nothing at the clinic where he belongs', () => {
    const [hit] = evaluate(lent());
    const home = hit?.evidence.home;
    expect(['H2', 'H3', 'H4']).toContain(home);
    expect(hit?.setlIds.some((id) => id.startsWith(`${home}-`))).toBe(false);
  });

  it('is not asked about when one clinic alone is meant: he may be treated at home', () => {
    expect(evaluate(facts([place('H1', at(days(15), nobody))]))).toMatchObject([
      { outcome: 'clear', reason: 'one_clinic' },
    ]);
  });

  it('is not asked about when it is nearly all at home, and once or twice elsewhere', () => {
    const bound = facts([place('H1', at(days(14), nobody)), place('H2', at([4, 9], nobody))]);
    expect(evaluate(bound)[0]?.outcome).toBe('clear');
  });

  it('is explained by what was filed, by a proxy, by a clinic’s own alert', () => {
    expect(evaluate(lent({ ...nobody, sight: 'explained' }))[0]?.outcome).toBe('clear');
  });

  it('is explained by the terminal, and by kin who came', () => {
    expect(evaluate(lent({ ...nobody, confirmed: true }))[0]?.outcome).toBe('clear');
    expect(evaluate(lent({ ...somebodyElse, kinLlr: 3 }))[0]?.outcome).toBe('clear');
  });

  it('leaves medicine alone that is collected for chronic diseases', () => {
    expect(evaluate(lent({ ...somebodyElse, medType: '14' }))[0]?.outcome).toBe('clear');
  });

  it('weighs less before cameras that miss people', () => {
    const poor = lent(nobody);
    const places = poor.places.map((one) => ({
      ...one,
      visits: one.visits.map((visit, i) => (visit.confirmed && i % 2 === 0 ? { ...visit, ...nobody } : visit)),
    }));
    const logOf = (of: EnrolleeScoreFacts) => Number(evaluate(of)[0]?.evidence.logEvidence);
    expect(logOf({ ...poor, places })).toBeLessThan(logOf(poor) - 3);
  });

  it('takes more where more people are tested', () => {
    const of = facts([
      place('H2', at(days(3), nobody)),
      place('H3', at(days(3, 1), nobody)),
      place('H4', at(days(3, 12), nobody)),
    ]);
    const log = Number(evaluate(of)[0]?.evidence.logEvidence);
    const enough = 0.5 * Math.exp(log);
    expect(evaluate(of, { tested: Math.floor(enough / 2) })[0]?.outcome).toBe('hit');
    expect(evaluate(of, { tested: Math.ceil(enough * 2) })[0]?.outcome).toBe('clear');
  });

  it('cannot tell where a clinic has no face recognition', () => {
    const of = lent();
    const places = of.places.map((one, i) => (i === 1 ? { ...one, faceRecognition: false } : one));
    expect(evaluate({ ...of, places })).toMatchObject([{ outcome: 'undetermined', reason: 'face_recognition_off' }]);
  });

  it('is asked about no honest card: not of those who are often missed, nor treated at home, nor collected for', () => {
    let named = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const draw = draws(seed);
      const away = [0, 0, 0.3, 0.9][seed % 4] ?? 0;
      const sight = (isHome: boolean): Sight => {
        if (isHome && draw() < away) return seed % 8 < 4 ? nobody : somebodyElse;
        return draw() < 0.08 ? (draw() < 0.7 ? nobody : somebodyElse) : seen;
      };
      const own = (isHome: boolean, n: number) => days(n).map((day) => [day, sight(isHome)] as const);
      const of = facts([place('H1', own(true, 12)), place('H2', own(false, 5)), place('H3', own(false, 4))]);
      if (evaluate(of).some(({ outcome }) => outcome === 'hit')) named += 1;
    }
    expect(named).toBe(0);
  });
});

describe('which cards are scored in the night', () => {
  const looks = { ownMedTypes: ['11'], strangeBelow: 0, doubtfulBelow: 1, kinFrom: 2, crowdFrom: 3 };
  const row = (psnNo: string, clinic: string, of: Partial<ScoredVisit> = nobody) => ({
    settlement_id: `${psnNo}-${clinic}`,
    clinic_code: clinic,
    at: DAY_ONE,
    leaves_on: '2026-05-01',
    setl_id: null,
    psn_no: psnNo,
    med_type: '11',
    fund_fen: 1,
    sight: of.sight ?? 'absent',
    confirmed: of.confirmed ?? false,
    best_llr: of.bestLlr ?? null,
    kin_llr: null,
    looking: '',
  });

  it('are those strange often enough and at several clinics, and those spoken of before', async () => {
    const rows = [
      ...['H1', 'H1', 'H2', 'H3'].map((clinic) => row('often', clinic)),
      ...['H1', 'H1', 'H1', 'H1'].map((clinic) => row('home', clinic)),
      ...['H1', 'H2'].map((clinic) => row('seldom', clinic)),
      ...['H1', 'H2', 'H3', 'H4'].map((clinic) => row('confirmed', clinic, { ...nobody, confirmed: true })),
      row('known', 'H1', seen),
    ];
    const told: string[] = [];
    const store = {
      assessed: async (_: string, ids: readonly string[]) =>
        ids.filter((id) => id === 'known').map((subject_id) => ({ subject_id, awaits_until: null })),
      entriesOfCards: async ({ psnNos }: { psnNos: readonly string[] }) =>
        rows.filter(({ psn_no: psnNo }) => psnNos.includes(psnNo)),
      tell: (_: unknown, items: readonly { payload: { subjectId: string } }[]) =>
        told.push(...items.map(({ payload }) => payload.subjectId)),
    };
    const here = rows.filter(({ clinic_code: clinic }) => clinic === 'H1');
    await tellCards(
      { store, now: DAY_ONE, timeZone: 'Asia/Shanghai' } as unknown as Parameters<typeof tellCards>[0],
      here,
      {
        from: 0,
        least: 4,
        looks,
      },
    );
    expect(told.sort()).toEqual(['known', 'often']);
    expect(isStrange(row('x', 'H1', { ...somebodyElse }), looks)).toBe(true);
    expect(isStrange(row('x', 'H1', { ...somebodyElse, bestLlr: 2 }), looks)).toBe(false);
  });
});
