import { describe, expect, it } from 'vitest';
import { A, at, B, C, scoreOf, type Visit } from './score-support.ts';

const many = (count: number, visit: Partial<Visit> = {}): Visit[] =>
  Array.from({ length: count }, (_, k) => ({ id: `${visit.came ?? 'self'}${visit.clinic ?? ''}${k}`, ...visit }));

describe('harm to honest patients', () => {
  it('counts every hold ever placed, however it named the visit and though it was released', async () => {
    const result = await scoreOf({
      visits: [...many(8), { id: 'F', scheme: 'ghost' }],
      decisions: [
        { msgid: 'x', mdtrt_id: 'M-self0', setl_id: 'self0', decision: 'hold', releasedAt: at('10:05') },
        { msgid: 'y', mdtrt_id: 'M-self0', setl_id: 'self0', decision: 'allow' },
        { msgid: 'z', mdtrt_id: 'M-self1', setl_id: null, decision: 'hold' },
        { msgid: 'MSG-self2', mdtrt_id: null, setl_id: null, decision: 'hold' },
        { msgid: 'w', mdtrt_id: 'M-self3', setl_id: 'self3', decision: 'review' },
        { msgid: 'v', mdtrt_id: 'M-F', setl_id: 'F', decision: 'hold' },
      ],
    });
    expect(result.honestHeldPer10k).toBe((3 / 8) * 10_000);
    expect(result.details.honestHeldPer10k).toMatchObject({ numerator: 3, denominator: 8 });
  });

  it('counts a hold on an honest visit that was reversed later', async () => {
    const result = await scoreOf({
      visits: [...many(3), { id: 'R', came: 'other', reversed: true }],
      decisions: [{ setl_id: 'R', msgid: 'x', decision: 'hold' }],
    });
    expect(result.honestHeldPer10k).toBe(2_500);
    expect(result.details.honestHeldPer10k?.more).toEqual({ ofThemReversedLater: 1 });
  });

  it('counts the final verdict only, of those who came themselves, net of reversals', async () => {
    const mismatch = { verdict: 'mismatch' };
    const result = await scoreOf({
      visits: [
        ...many(4),
        { id: 'R', reversed: true },
        { id: 'P', came: 'proxy' },
        { id: 'F', scheme: 'impostor_other', came: 'other' },
      ],
      verdicts: [
        { setl_id: 'self0', ...mismatch, at: at('11:00') },
        { setl_id: 'self1', ...mismatch, at: at('11:00') },
        { setl_id: 'self1', verdict: 'match', at: at('12:00') },
        { setl_id: 'self2', ...mismatch, at: at('12:00') },
        { setl_id: 'self2', verdict: 'cannot_tell', at: at('11:00') },
        { setl_id: 'R', ...mismatch },
        { setl_id: 'P', ...mismatch },
        { setl_id: 'F', ...mismatch },
      ],
    });
    // self0 and self2 of four.
    expect(result.honestMismatchPer10k).toBe(5_000);
    expect(result.details.honestMismatchPer10k).toMatchObject({
      numerator: 2,
      denominator: 4,
      more: { besidesReversed: 1, besidesNotSelf: 1 },
    });
  });

  it('counts honest settlements that shown alerts name, each once', async () => {
    const result = await scoreOf({
      visits: [...many(4), { id: 'F', scheme: 'ghost' }],
      alerts: [
        { id: 'a', names: ['F', 'self0', 'self1'] },
        { id: 'b', names: ['self0'] },
        { id: 'c', names: ['self2'], withdrawn: at('13:00') },
      ],
    });
    expect(result.honestNamedPer10k).toBe(5_000);
  });

  it('counts honest proxies that were held, or named by a fraud alert at any time', async () => {
    const result = await scoreOf({
      visits: [...many(5, { came: 'proxy' }), ...many(3), { id: 'F', scheme: 'impostor_kin', came: 'proxy' }],
      alerts: [
        { id: 'a', names: ['proxy0'], withdrawn: at('13:00') },
        { id: 'b', names: ['proxy1'] },
        { id: 'c', names: ['proxy2'], class: 'evidence' },
        { id: 'd', names: ['F', 'self0'] },
      ],
      decisions: [
        { setl_id: 'proxy1', msgid: 'x', decision: 'hold' },
        { setl_id: 'proxy3', msgid: 'y', decision: 'hold' },
      ],
    });
    expect(result.details.honestProxyHarmPer10k).toMatchObject({
      value: 6_000,
      numerator: 3,
      denominator: 5,
      more: { held: 2, namedInShownAlerts: 1 },
    });
  });

  it('says nothing of proxies where none came', async () => {
    expect((await scoreOf({ visits: many(2) })).honestProxyHarmPer10k).toBeNull();
  });
});

describe('blindWindowFraudAlerts', () => {
  const visits = [{ id: 'S1' }, { id: 'S2', clinic: B }, { id: 'S3', clinic: C }];

  it('counts fraud alerts on the cameras’ word alone where the cameras could not see', async () => {
    const result = await scoreOf({
      visits,
      covered: [A],
      cameras: { [C]: 0 },
      alerts: [
        { id: 'seen', names: ['S1'], basis: ['face'] },
        { id: 'blind', names: ['S2'], clinic: B, basis: ['presence'] },
        { id: 'withdrawn', names: ['S2'], clinic: B, basis: ['face', 'presence'], withdrawn: at('12:01') },
        { id: 'claimed', names: ['S2'], clinic: B, basis: ['face', 'claims'] },
        { id: 'listed', names: ['S2'], clinic: B, basis: ['face', 'status'] },
        { id: 'drugs', names: ['S2'], clinic: B, basis: ['presence', 'stock'] },
        { id: 'claims', names: ['S2'], clinic: B, basis: ['claims'] },
        { id: 'cameras', names: ['S2'], clinic: B, basis: ['presence'], class: 'evidence' },
        { id: 'none', names: ['S3'], clinic: C, basis: ['presence'] },
      ],
    });
    // blind, withdrawn, claimed (that there is a claim is no ground of its own), none (a clinic without cameras).
    expect(result.blindWindowFraudAlerts).toBe(4);
    expect(result.details.blindWindowFraudAlerts?.more).toMatchObject({
      fraudAlertsOnCamerasAlone: 5,
      withBasisFaceOrPresenceOnly: 3,
    });
  });

  it('believes the product when it says itself that it was blind', async () => {
    const spec = { visits, alerts: [{ id: 'a', names: ['S1'], basis: ['presence'] }] };
    const told = async (coverage: number): Promise<unknown> =>
      (await scoreOf({ ...spec, verdicts: [{ setl_id: 'S1', verdict: 'cannot_tell', coverage }] }))
        .blindWindowFraudAlerts;
    expect(await told(0.79)).toBe(1);
    expect(await told(0.81)).toBe(0);
  });

  it('keeps its own account of the cameras, in true time, below the watermark', async () => {
    const K = `${A}-K0`;
    const device = (state: string, from: string, to: string | null, clockOffsetS: number | null = null) => ({
      at: at('23:00'),
      kind: 'device',
      camera: K,
      state,
      from: at(from),
      to: to === null ? null : at(to),
      clockOffsetS,
    });
    const blind = async (feed: readonly Record<string, unknown>[]): Promise<unknown> =>
      (
        await scoreOf({
          visits,
          covered: [],
          cameras: { [A]: 1 },
          feed,
          alerts: [{ id: 'a', names: ['S1'], basis: ['presence'] }],
        })
      ).blindWindowFraudAlerts;
    // The window of 10:00 reaches from 9:30 to 10:10; four fifths of it are 32 minutes.
    expect(await blind([device('ok', '09:30', '10:10')])).toBe(0);
    expect(await blind([device('ok', '09:30', '10:03')])).toBe(0);
    expect(await blind([device('ok', '09:30', '09:58')])).toBe(1);
    expect(await blind([device('ok', '09:00', null), device('covered', '09:40', null)])).toBe(1);
    // A clock an hour fast.
    expect(await blind([device('ok', '09:30', '10:10', 3600)])).toBe(1);
    expect(await blind([device('ok', '10:30', '11:10', 3600)])).toBe(0);
  });
});
