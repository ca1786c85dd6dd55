import { describe, expect, it } from 'vitest';
import { A, at, B, C, type CitySpec, DAY, scoreOf } from './score-support.ts';

const honest = (id: string, fund = 1600, clinic = A) => ({ id, fund, clinic });
const ghost = (id: string, fund = 1600, clinic = A) => ({ id, fund, clinic, scheme: 'ghost', concentrated: true });

describe('a shown alert', () => {
  const visits = [ghost('F1'), honest('S1')];
  const shownWith = async (alert: object): Promise<unknown> =>
    (await scoreOf({ visits, alerts: [{ id: 'a', names: ['F1'], ...alert }] })).shown;

  it('is one that was still open at eight of the next day, local time', async () => {
    expect(await shownWith({ at: at('12:00'), withdrawn: null })).toBe(1);
    expect(await shownWith({ at: at('12:00'), withdrawn: at('07:59:59', '2026-03-03') })).toBe(0);
    expect(await shownWith({ at: at('12:00'), withdrawn: at('08:00:00', '2026-03-03') })).toBe(0);
    expect(await shownWith({ at: at('12:00'), withdrawn: at('08:00:01', '2026-03-03') })).toBe(1);
    // Raised at half past midnight of Tuesday: Wednesday's eight o'clock counts. In UTC it would be Tuesday's.
    expect(await shownWith({ at: at('00:30', '2026-03-03'), withdrawn: at('23:00', '2026-03-03') })).toBe(0);
    expect(await shownWith({ at: at('00:30', '2026-03-03'), withdrawn: at('09:00', '2026-03-04') })).toBe(1);
  });

  it('is of class fraud', async () => {
    expect(await shownWith({ class: 'evidence' })).toBe(0);
    expect(await shownWith({ class: 'device' })).toBe(0);
  });

  it('stays shown when it is withdrawn later, and counts once though it has several rows', async () => {
    const result = await scoreOf({
      visits,
      alerts: [
        { id: 'a', names: ['F1'], at: at('12:00'), withdrawn: at('13:00') },
        { id: 'a', names: ['F1'], at: at('15:00'), withdrawn: at('10:00', '2026-03-05') },
        { id: 'a', names: ['F1'], at: at('12:00', '2026-03-06'), withdrawn: null },
      ],
    });
    expect(result).toMatchObject({ shown: 1, casePrecision: 1 });
  });

  it('counts per day of the feed', async () => {
    const result = await scoreOf({
      visits: [...visits, { ...honest('S2'), at: at('10:00', '2026-03-05') }],
      alerts: [
        { id: 'a', names: ['F1'] },
        { id: 'b', names: ['S1'] },
      ],
    });
    // Monday to Thursday.
    expect(result).toMatchObject({ days: 4, shown: 2, alertsPerDay: 0.5 });
  });
});

describe('casePrecision', () => {
  it('calls a case right when at least half of the fund money that it names is fraud', async () => {
    const named = async (fraud: number, clean: number): Promise<unknown> =>
      (await scoreOf({ visits: [ghost('F', fraud), honest('S', clean)], alerts: [{ id: 'a', names: ['F', 'S'] }] }))
        .casePrecision;
    expect(await named(1000, 1000)).toBe(1);
    expect(await named(999, 1000)).toBe(0);
  });

  it('counts a clinic once a week, however its alerts are split', async () => {
    const visits = [ghost('F1'), ghost('F2'), honest('S1'), honest('S2', 9_000), ghost('F3', 1600, B)];
    const result = await scoreOf({
      visits,
      alerts: [
        // Three alerts, two of them right by themselves; together 32 yuan of 138 are fraud: one wrong case.
        { id: 'a1', names: ['F1'], at: at('12:00', '2026-03-02') },
        { id: 'a2', names: ['F2'], at: at('12:00', '2026-03-04') },
        { id: 'a3', names: ['S1', 'S2'], at: at('12:00', '2026-03-08') },
        // Another clinic, right.
        { id: 'b1', names: ['F3'], clinic: B },
        // The next week (Monday) is another case, right.
        { id: 'a4', names: ['F1'], at: at('00:10', '2026-03-09') },
      ],
    });
    expect(result.details.casePrecision).toMatchObject({ value: 0.666667, numerator: 2, denominator: 3 });
    expect(result).toMatchObject({ shown: 5, falsePerTrue: 0.5 });
  });

  it('names a settlement’s money once, though two alerts of a week name it', async () => {
    const result = await scoreOf({
      visits: [ghost('F1', 1000), honest('S1', 1500)],
      alerts: [
        { id: 'a', names: ['F1', 'S1'] },
        { id: 'b', names: ['F1'] },
      ],
    });
    expect(result.casePrecision).toBe(0);
  });

  it('takes what the fund paid for a fraudulent settlement as fraud, and tells beside it how it is by loss alone', async () => {
    const result = await scoreOf({
      visits: [{ id: 'D', scheme: 'phantom_drugs', came: 'self', fund: 2000, loss: 700 }],
      alerts: [{ id: 'a', names: ['D'], basis: ['stock'] }],
    });
    expect(result.casePrecision).toBe(1);
    expect(result.details.casePrecision?.more).toMatchObject({ rightByLoss: 0 });
  });

  it('counts a settlement that no message told, or that does not exist, as average money', async () => {
    // Mean of honest settlements: 16 yuan. 20 of fraud against 16 unknown: right; against two unknown: wrong.
    const visits = [ghost('F', 2000), honest('S', 1600), { id: 'Q', fund: null }];
    expect((await scoreOf({ visits, alerts: [{ id: 'a', names: ['F', 'Q'] }] })).casePrecision).toBe(1);
    expect((await scoreOf({ visits, alerts: [{ id: 'a', names: ['F', 'Q', 'X'] }] })).casePrecision).toBe(0);
  });

  it('judges an alert that names no settlement by its clinic', async () => {
    const spec = (clinic: string, subject: string): CitySpec => ({
      visits: [ghost('F'), honest('S', 1600, B)],
      clinics: { [A]: { ghostShare: 0.3, fraudFrom: at('00:00'), mainScheme: 'ghost' } },
      alerts: [{ id: 'a', clinic, subject, names: [] }],
    });
    expect((await scoreOf(spec(A, 'clinic'))).casePrecision).toBe(1);
    expect((await scoreOf(spec(B, 'clinic'))).casePrecision).toBe(0);
    expect((await scoreOf(spec(A, 'person'))).casePrecision).toBe(0);
  });

  it('says nothing where nothing was shown', async () => {
    const result = await scoreOf({ visits: [honest('S')] });
    expect(result).toMatchObject({
      casePrecision: null,
      casePrecisionLow: null,
      falsePerTrue: null,
      shown: 0,
      baselinePrecision: null,
    });
    expect(result.details.casePrecision).toMatchObject({ denominator: 0, why: 'no fraud alert was shown' });
  });

  it('has a lower end from drawing clinics, not alerts', async () => {
    // Nine right weeks of one clinic and one wrong one of another: half of the draws of two clinics hold both.
    const weeks = Array.from({ length: 9 }, (_, k) =>
      new Date(Date.parse(DAY) + k * 7 * 86_400_000).toISOString().slice(0, 10),
    );
    const result = await scoreOf({
      visits: [ghost('F'), honest('S', 1600, B)],
      alerts: [
        ...weeks.map((day, k) => ({ id: `a${k}`, names: ['F'], at: at('12:00', day) })),
        { id: 'b', names: ['S'], clinic: B },
      ],
    });
    expect(result.casePrecision).toBe(0.9);
    // One draw in four holds the wrong clinic twice, one in four the right one twice.
    expect(result.casePrecisionLow).toBe(0);
    expect(result.details.casePrecision?.interval).toEqual([0, 1]);
  });

  it('has no lower end where one clinic is all there is', async () => {
    const result = await scoreOf({ visits: [ghost('F')], alerts: [{ id: 'a', names: ['F'] }] });
    expect(result).toMatchObject({ casePrecision: 1, casePrecisionLow: null });
    expect(result.details.casePrecisionLow?.why).toContain('one clinic');
  });
});

describe('recall', () => {
  const visits = [
    ghost('G1', 1000),
    ghost('G2', 3000),
    { id: 'H1', scheme: 'held cards', concentrated: true, fund: 2000 },
    { id: 'D1', scheme: 'phantom_drugs', concentrated: true, fund: 4000, loss: 2000, clinic: B },
    { id: 'X1', scheme: 'impostor, kin', concentrated: false, fund: 500, clinic: C },
    { id: 'X2', scheme: 'impostor, kin', concentrated: false, fund: 1500, clinic: C },
    honest('S1'),
  ];

  it('is the fund loss that shown alerts name, of all fund loss', async () => {
    const result = await scoreOf({
      visits,
      alerts: [
        { id: 'a', names: ['G2', 'S1'] },
        { id: 'b', names: ['D1'], clinic: B },
        { id: 'c', names: ['X2'], clinic: C },
        { id: 'd', names: ['H1'], withdrawn: at('13:00') },
        { id: 'e', names: ['G1'], class: 'evidence' },
      ],
    });
    // Concentrated: 3000 + 2000 of 8000. Without drug schemes: 3000 of 6000. Scattered: 1500 of 2000.
    expect(result).toMatchObject({
      recallConcentrated: 0.625,
      recallConcentratedVisible: 0.5,
      recallScattered: 0.75,
      recallAll: 0.65,
    });
    expect(result.recallByScheme).toEqual({ ghost: 0.75, held_cards: 0, phantom_drugs: 1, impostor_kin: 0.75 });
    expect(result.details.recallConcentrated).toMatchObject({
      numerator: 5000,
      denominator: 8000,
      more: { cases: 4, casesNamed: 2, clinics: 2 },
    });
  });

  it('counts stock received on paper, found by an alert of the drug ledger within a month', async () => {
    const receipt = {
      clinic: A,
      at: at('09:00'),
      kind: 'fraud',
      scheme: 'false receipts',
      concentrated: true,
      loss_fen: 5000,
    };
    const alert = { id: 'a', clinic: A, subject: 'clinic', basis: ['stock'], names: [] };
    const found = async (alerts: CitySpec['alerts']): Promise<unknown> =>
      (await scoreOf({ visits: [honest('S')], truthRows: [receipt], alerts: alerts ?? [] })).recallConcentrated;
    expect(await found([{ ...alert, at: at('12:00', '2026-03-20') }])).toBe(1);
    expect(await found([{ ...alert, at: at('08:00') }])).toBe(0);
    expect(await found([{ ...alert, at: at('12:00', '2026-04-20') }])).toBe(0);
    expect(await found([{ ...alert, basis: ['claims'] }])).toBe(0);
    expect(await found([{ ...alert, clinic: B }])).toBe(0);
  });

  it('says nothing of fraud that the city does not have', async () => {
    const result = await scoreOf({ visits: [honest('S')] });
    expect(result).toMatchObject({
      recallConcentrated: null,
      recallConcentratedVisible: null,
      recallScattered: null,
      recallByScheme: {},
    });
  });
});
