import { describe, expect, it } from 'vitest';
import { A, at, B, C, type CitySpec, scoreOf } from './score-support.ts';

describe('listedAnswered', () => {
  const ask = (msgid: string, psn: string, when: string, more: object = {}) => ({
    at: when,
    kind: 'message',
    request: { infno: '2206', msgid, fixmedins_code: A, input: { data: { psn_no: psn, mdtrt_id: `V-${msgid}` } } },
    response: null,
    ...more,
  });
  const status = (psn_no: string, what: string, arrives: string, from: string, to: string | null = null) => ({
    at: at(arrives),
    kind: 'status',
    psn_no,
    what,
    from: at(from),
    to: to === null ? null : at(to),
  });

  it('is the share of asked 2206 for people already listed that were answered with hold or review', async () => {
    const result = await scoreOf({
      visits: [{ id: 'S' }],
      feed: [
        status('DEAD', 'dead', '08:00', '07:00'),
        status('IN', 'inpatient', '08:00', '07:00', '15:00'),
        status('LATE', 'dead', '12:00', '07:00'),
        status('SUSPENDED', 'suspended', '08:00', '07:00'),
        ask('held', 'DEAD', at('10:00')),
        ask('held', 'DEAD', at('10:01')), // the same message twice
        ask('reviewed', 'IN', at('10:00')),
        ask('allowed', 'DEAD', at('11:00')),
        ask('tooLate', 'DEAD', at('11:30')),
        ask('notYetListed', 'LATE', at('10:00')),
        ask('dischargedAgain', 'IN', at('16:00')),
        ask('suspended', 'SUSPENDED', at('10:00')),
        ask('mirrored', 'DEAD', at('10:30'), { response: { infcode: 0, output: {} } }),
        ask('healthy', 'P9', at('10:00')),
      ],
      decisions: [
        { msgid: 'held', decision: 'hold', at: at('10:00') },
        { msgid: 'reviewed', decision: 'review', at: at('10:00') },
        { msgid: 'allowed', decision: 'allow', at: at('11:00') },
        { msgid: 'tooLate', decision: 'review', at: at('12:30') },
      ],
    });
    expect(result.details.listedAnswered).toMatchObject({ value: 0.5, numerator: 2, denominator: 4 });
  });

  it('says nothing where nobody asked', async () => {
    const result = await scoreOf({ visits: [{ id: 'S' }] });
    expect(result.listedAnswered).toBeNull();
    expect(result.details.listedAnswered?.why).toContain('no hook clinic asked');
  });
});

describe('strangerMismatch', () => {
  it('is the share of strangers’ settlements in coverage with the final verdict mismatch', async () => {
    const stranger = (id: string, clinic = A) => ({ id, clinic, scheme: 'impostor, other', came: 'other' });
    const result = await scoreOf({
      visits: [
        stranger('X1'),
        stranger('X2'),
        stranger('X3'),
        stranger('X4', B),
        { id: 'K', scheme: 'impostor_kin', came: 'other' },
      ],
      covered: [A],
      verdicts: [
        { setl_id: 'X1', verdict: 'mismatch' },
        { setl_id: 'X2', verdict: 'cannot_tell', reason: 'between' },
        { setl_id: 'X4', verdict: 'mismatch' },
        { setl_id: 'K', verdict: 'mismatch' },
      ],
    });
    // X3 has no verdict at all, X4 stands in a clinic that nobody watched.
    expect(result.details.strangerMismatch).toMatchObject({ numerator: 1, denominator: 3, more: { strangers: 4 } });
  });
});

describe('medianDaysToGhostClinic', () => {
  const clinics = (share = 0.3): NonNullable<CitySpec['clinics']> =>
    Object.fromEntries(
      [A, B, C].map((code) => [code, { ghostShare: share, fraudFrom: at('00:00'), mainScheme: 'ghost' }]),
    );
  const visits = [A, B, C].flatMap((clinic) => [
    { id: `F${clinic}`, clinic, scheme: 'ghost', concentrated: true },
    { id: `S${clinic}`, clinic },
  ]);

  it('goes from the begin of the fraud to the first right shown alert; what is not found is later than all', async () => {
    const result = await scoreOf({
      visits,
      clinics: clinics(),
      alerts: [
        { id: 'wrong', names: [`S${A}`], clinic: A, at: at('12:00', '2026-03-03') },
        {
          id: 'gone',
          names: [`F${A}`],
          clinic: A,
          at: at('12:00', '2026-03-03'),
          withdrawn: at('13:00', '2026-03-03'),
        },
        { id: 'right', names: [`F${A}`], clinic: A, at: at('12:00', '2026-03-06') },
        { id: 'later', names: [`F${B}`], clinic: B, at: at('00:00', '2026-03-12'), subject: 'clinic' },
      ],
    });
    // A after 4.5 days, B after 10, C never.
    expect(result.medianDaysToGhostClinic).toBe(10);
    expect(result.details.medianDaysToGhostClinic).toMatchObject({ numerator: 2, denominator: 3 });
    expect(result.details.medianDaysToGhostClinic?.more).toMatchObject({ medianDaysToAlertAboutClinic: null });
  });

  it('says nothing where half were not found, or where no clinic has so many ghosts', async () => {
    const none = await scoreOf({ visits, clinics: clinics() });
    expect(none.medianDaysToGhostClinic).toBeNull();
    expect(none.details.medianDaysToGhostClinic).toMatchObject({
      numerator: 0,
      denominator: 3,
      why: expect.stringContaining('not found'),
    });
    const few = await scoreOf({ visits, clinics: clinics(0.24) });
    expect(few.details.medianDaysToGhostClinic?.why).toContain('no clinic with ghosts');
  });
});

describe('cleanClinicsAccused', () => {
  const about = (clinic: string, more: object = {}) => ({
    id: `a${clinic}`,
    clinic,
    subject: 'clinic',
    names: [],
    ...more,
  });

  it('counts clean clinics that a fraud alert named, where two cameras or 30 confirmed visits make that fair', async () => {
    const confirmed = Array.from({ length: 30 }, (_, k) => ({ id: `V${k}`, clinic: C }));
    const spec: CitySpec = {
      visits: [{ id: 'S1' }, { id: 'S2', clinic: B }, ...confirmed],
      cameras: { [A]: 2, [B]: 1, [C]: 1 },
      alerts: [about(A, { withdrawn: at('12:30') }), about(B), about(C)],
      verdicts: confirmed.map(({ id }) => ({ setl_id: id, verdict: 'match' })),
    };
    const result = await scoreOf(spec);
    expect(result.cleanClinicsAccused).toBe(2);
    expect(result.details.cleanClinicsAccused?.more).toMatchObject({
      ofThemShown: 1,
      accusedWithoutFooting: 1,
      cleanClinics: 3,
      amongThemFair: 2,
    });
    const oneLess = await scoreOf({ ...spec, verdicts: (spec.verdicts ?? []).slice(1) });
    expect(oneLess.cleanClinicsAccused).toBe(1);
  });

  it('counts no camera check, no alert about a settlement, and no clinic that defrauds', async () => {
    const result = await scoreOf({
      visits: [{ id: 'S1' }, { id: 'S2', clinic: B }, { id: 'F', clinic: C, scheme: 'ghost', concentrated: true }],
      clinics: { [C]: { ghostShare: 0.1, fraudFrom: at('00:00'), mainScheme: 'ghost' } },
      alerts: [about(A, { class: 'evidence' }), { id: 'b', clinic: B, names: ['S2'] }, about(C)],
    });
    expect(result.cleanClinicsAccused).toBe(0);
  });
});

describe('the baseline', () => {
  it('is as good as an alert on every unverified settlement can be made, at as many alerts a day', async () => {
    const honest = Array.from({ length: 40 }, (_, k) => ({
      id: `S${k}`,
      at: at(`10:${String(k).padStart(2, '0')}`),
      clinic: `H411624001${String(k).padStart(2, '0')}`,
    }));
    const ghosts = Array.from({ length: 10 }, (_, k) => ({
      id: `F${k}`,
      scheme: 'ghost',
      clinic: `H411624002${String(k).padStart(2, '0')}`,
    }));
    const result = await scoreOf({
      visits: [...honest, ...ghosts],
      // Half of the honest are verified; of the other twenty ten got a low score and ten no face at all, as the ghosts.
      verdicts: [
        ...honest.slice(0, 20).map(({ id }) => ({ setl_id: id, verdict: 'match', llr: 4 })),
        ...honest.slice(20, 30).map(({ id }) => ({ setl_id: id, verdict: 'cannot_tell', llr: -1 })),
        ...honest.slice(30).map(({ id }) => ({ setl_id: id, verdict: 'cannot_tell', llr: null })),
        ...ghosts.map(({ id }) => ({ setl_id: id, verdict: 'cannot_tell', llr: null })),
      ],
      alerts: [0, 1, 2, 3].map((k) => ({
        id: `a${k}`,
        names: [`F${k}`],
        clinic: `H411624002${String(k).padStart(2, '0')}`,
      })),
    });
    // "No face compared" raises 20 alerts, 10 of them right; four a day are drawn, each of another clinic.
    expect(result.details.baselinePrecision?.more).toMatchObject({
      rule: 'no face compared',
      alertsThatItWouldRaise: 20,
      ofThemFraud: 10,
      precisionBySettlement: 0.5,
    });
    expect(result.details.baselinePrecision).toMatchObject({ denominator: 4 });
    expect(result.baselinePrecision).toBeGreaterThan(0.3);
    expect(result.baselinePrecision).toBeLessThan(0.7);
    const precision = Number(result.baselinePrecision);
    expect(result.baselineFalsePerTrue).toBeCloseTo((1 - precision) / precision, 1);
    expect(result).toMatchObject({ casePrecision: 1, falsePerTrue: 0 });
  });

  it('may use the national terminal’s face check', async () => {
    const visits = [{ id: 'S1' }, { id: 'S2' }, { id: 'F', scheme: 'ghost' }];
    const auth = (psn: string, time: string) => ({
      at: at(time),
      kind: 'auth',
      clinic: A,
      psn_no: psn,
      authNo: 'N',
      ok: true,
    });
    const result = await scoreOf({
      visits,
      feed: [auth('P-S1', '09:55'), auth('P-S2', '09:58'), auth('P-F', '06:00')],
      alerts: [{ id: 'a', names: ['F'] }],
    });
    expect(result.details.baselinePrecision?.more).toMatchObject({
      rule: 'every settlement not verified, without a terminal check',
      alertsThatItWouldRaise: 1,
    });
    expect(result.baselinePrecision).toBe(1);
  });
});
