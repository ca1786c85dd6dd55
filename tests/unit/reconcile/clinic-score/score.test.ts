import { describe, expect, it } from 'vitest';
import { absenceOf } from '../../../../src/reconcile/clinic-score/absence.ts';
import type { ScoredVisit } from '../../../../src/reconcile/clinic-score/facts.ts';
import { missPosterior, quantileOf } from '../../../../src/reconcile/clinic-score/miss-rate.ts';
import { rightShareOf } from '../../../../src/reconcile/clinic-score/right-share.ts';
import { jointly, scoreOf } from '../../../../src/reconcile/clinic-score/score.ts';
import { strangersOf } from '../../../../src/reconcile/clinic-score/stranger.ts';

const miss = { mean: 0.05, strength: 18, poorShare: 0.05, poorMean: 0.2 };
const absence = { miss, away: { mean: 0.025, strength: 120 }, passers: 0.4, bystanders: 0.06 };
const strangers = {
  miss,
  looks: { ownMedTypes: ['11'], strangeBelow: 0, doubtfulBelow: 1, kinFrom: 2, crowdFrom: 3 },
  companions: 0.35,
  companionsKin: 0.5,
  honest: { kin: 0.008, strange: 0.012, doubtful: 0.035 },
  others: [
    { kin: 0.45, strange: 0.25, doubtful: 0.1 },
    { kin: 0.02, strange: 0.6, doubtful: 0.15 },
  ],
  strength: 60,
};
const common = { priorShare: 0.02, settlementCap: 4, dayCap: 8 };
const ACCUSED = -Math.log(0.001);

/** A repeatable stream of numbers in [0, 1). */
function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const dayOf = (day: number): string => new Date(Date.UTC(2026, 2, 2 + day)).toISOString().slice(0, 10);

const visit = (day: number, of: Partial<ScoredVisit>): ScoredVisit => ({
  setlId: `S${day}`,
  day: dayOf(day),
  medType: '11',
  fundFen: 1600,
  sight: 'present',
  confirmed: false,
  bestLlr: 2,
  looking: '0csm',
  ...of,
});

/** One camera at the counter, one elsewhere; four visits a day, every other one confirmed by the national terminal. */
function clinic(options: {
  readonly seed: number;
  readonly days: number;
  readonly ghosts: number;
  readonly since?: number;
  readonly miss: number;
}): ScoredVisit[] {
  const draw = draws(options.seed);
  const visits: ScoredVisit[] = [];
  for (let day = 0; day < options.days; day++) {
    for (let i = 0; i < 4; i++) {
      const ghost = day >= (options.since ?? 0) && draw() < options.ghosts;
      const away = !ghost && draw() < 0.02;
      const there = !ghost && !away;
      const [counter, other] = [there && draw() >= options.miss, there && draw() >= options.miss];
      const somebody = other || draw() < 0.3;
      visits.push(
        visit(day, {
          sight: counter ? 'present' : somebody ? 'elsewhere' : 'absent',
          confirmed: there && draw() < 0.5,
          looking: `0c${counter ? 'sm' : ''} 1${somebody ? 's' : ''}`,
        }),
      );
    }
  }
  return visits;
}

const scoreOfVisits = (visits: readonly ScoredVisit[]) =>
  scoreOf(absenceOf({ cameras: ['a', 'b'], visits }, absence).observations, common);

describe('the clinic score', () => {
  it('names no clinic whose cameras miss people, however poor they are, though it looks every few days', () => {
    let named = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const visits = clinic({ seed, days: 30, ghosts: 0, miss: seed % 10 === 0 ? 0.2 : 0.05 });
      const looks = [8, 15, 22, 30].map((until) => scoreOfVisits(visits.filter(({ day }) => day < dayOf(until))));
      if (looks.some(({ logEvidence }) => logEvidence >= ACCUSED)) named += 1;
    }
    expect(named).toBe(0);
  });

  it('finds a clinic where a third of the settlements have nobody behind them, and when it began', () => {
    const found = Array.from({ length: 40 }, (_, i) =>
      scoreOfVisits(clinic({ seed: 1000 + i, days: 30, ghosts: 0.35, since: 10, miss: 0.05 })),
    );
    expect(found.filter(({ logEvidence }) => logEvidence >= ACCUSED).length).toBeGreaterThanOrEqual(38);
    const firstDay = Date.UTC(2026, 2, 2) / 86_400_000;
    const since = found.map(({ since: day }) => (day ?? 0) - firstDay).toSorted((a, b) => a - b);
    expect(Math.abs((since[20] ?? 0) - 10)).toBeLessThanOrEqual(3);
  });

  it('takes a camera at its own word: what a good one shows speaks, what a poor one shows does not', () => {
    const seen = (missedOf: number): ScoredVisit[] => [
      ...Array.from({ length: 60 }, (_, i) =>
        visit(i >> 1, i < missedOf ? { confirmed: true, sight: 'absent', looking: '0c' } : { confirmed: true }),
      ),
      ...Array.from({ length: 60 }, (_, i) => visit(i >> 1, i % 3 === 0 ? { sight: 'absent', looking: '0c' } : {})),
    ];
    const good = absenceOf({ cameras: ['a'], visits: seen(0) }, absence);
    const poor = absenceOf({ cameras: ['a'], visits: seen(15) }, absence);
    expect(scoreOf(good.observations, common).logEvidence).toBeGreaterThan(ACCUSED);
    expect(scoreOf(poor.observations, common).logEvidence).toBeLessThan(1);
    expect(good.confirmed).toBe(60);
    expect(poor.cameras[0]).toMatchObject({ visits: 60, missed: 15 });
    expect(poor.cameras[0]?.mean).toBeGreaterThan(0.15);
  });

  it('lets a camera that knew the visitor speak for the others, not for itself', () => {
    const visits = [
      visit(0, { looking: '0csm 1' }),
      visit(0, { looking: '0csm 1sm' }),
      visit(1, { looking: '0cs 1sm' }),
    ];
    const { cameras } = absenceOf({ cameras: ['a', 'b'], visits }, absence);
    expect(cameras[0]).toMatchObject({ visits: 2, missed: 0 });
    expect(cameras[1]).toMatchObject({ visits: 2, missed: 1 });
  });

  it('counts nobody twice against a clinic: what the terminal confirmed and what was filed is not evidence', () => {
    const visits = Array.from({ length: 40 }, (_, i) =>
      visit(
        i,
        i % 2 === 0 ? { sight: 'absent', confirmed: true, looking: '0c' } : { sight: 'explained', looking: '0c' },
      ),
    );
    expect(absenceOf({ cameras: ['a'], visits }, absence).observations).toEqual([]);
  });

  it('is not carried away by one bad day', () => {
    const visits = Array.from({ length: 60 }, (_, i) =>
      i >= 45 ? visit(24, { sight: 'absent', looking: '0c 1' }) : visit(i >> 1, { looking: '0csm 1s' }),
    );
    const { logEvidence } = scoreOfVisits(visits);
    expect(logEvidence).toBeLessThan(ACCUSED);
  });

  it('says how probable each settlement is, and less of those before it began', () => {
    const visits = Array.from({ length: 80 }, (_, i) =>
      visit(i >> 1, i === 3 || (i >= 50 && i % 3 === 0) ? { sight: 'absent', looking: '0c 1' } : {}),
    );
    const { each } = scoreOfVisits(visits);
    expect(each[0]).toBe(0);
    expect(each[3]).toBeLessThan(0.5);
    expect(each[51]).toBeGreaterThan(0.7);
  });

  it('knows nothing of a clinic without settlements', () => {
    expect(scoreOf([], common)).toMatchObject({ logEvidence: 0, posterior: 0.02, since: null });
  });
});

describe('visits by somebody else', () => {
  const other = { sight: 'counter', bestLlr: -2, looking: '0cs' } as const;

  it('add up where one comes oneself', () => {
    const visits = Array.from({ length: 60 }, (_, i) => visit(i >> 1, i % 3 === 0 ? other : {}));
    expect(
      scoreOf(strangersOf({ cameras: ['a'], visits }, strangers).observations, common).logEvidence,
    ).toBeGreaterThan(ACCUSED);
  });

  it('are no evidence where family may collect, or where a face could not be compared', () => {
    const visits = Array.from({ length: 60 }, (_, i) =>
      visit(i >> 1, i % 2 === 0 ? { ...other, medType: '14' } : { ...other, bestLlr: null }),
    );
    expect(strangersOf({ cameras: ['a'], visits }, strangers).observations).toEqual([]);
  });

  it('weigh little where a poor camera sees only the companion', () => {
    const confirmed = Array.from({ length: 40 }, (_, i) =>
      visit(i >> 1, { confirmed: true, ...(i % 4 === 0 ? { sight: 'absent' as const, looking: '0c' } : {}) }),
    );
    const visits = Array.from({ length: 60 }, (_, i) => visit(i >> 1, i % 4 === 0 ? other : {}));
    const poor = strangersOf({ cameras: ['a'], visits: [...confirmed, ...visits] }, strangers);
    const good = strangersOf({ cameras: ['a'], visits }, strangers);
    expect(scoreOf(poor.observations, common).logEvidence).toBeLessThan(
      scoreOf(good.observations, common).logEvidence - 1,
    );
  });
});

describe('a camera’s miss rate', () => {
  const prior = { mean: 0.05, strength: 18, poorShare: 0.05, poorMean: 0.2 };

  it('starts with what is known of cameras, and ends with what this one has shown', () => {
    const before = missPosterior(prior, { visits: 0, missed: 0 });
    const after = missPosterior(prior, { visits: 400, missed: 80 });
    expect(quantileOf(before, 0.5)).toBeGreaterThan(0.02);
    expect(quantileOf(before, 0.5)).toBeLessThan(0.06);
    expect(quantileOf(after, 0.05)).toBeGreaterThan(0.14);
    expect(quantileOf(after, 0.95)).toBeLessThan(0.26);
  });
});

describe('a camera that looks elsewhere, or whose clock nobody measured', () => {
  it('misses nearly everybody, and accuses nobody', () => {
    const visits = Array.from({ length: 120 }, (_, i) =>
      visit(i >> 2, {
        confirmed: i % 3 === 0,
        ...(i % 4 === 0 ? {} : { sight: 'elsewhere' as const, looking: '0c' }),
      }),
    );
    const { observations, cameras } = absenceOf({ cameras: ['a'], visits }, absence);
    expect(cameras[0]?.mean).toBeGreaterThan(0.5);
    expect(scoreOf(observations, common).logEvidence).toBeLessThan(1);
  });
});

describe('whether half of the money named is fraud', () => {
  it('is exact for few settlements and close to it for many', () => {
    expect(rightShareOf([])).toBe(0);
    expect(rightShareOf([{ p: 0.9, weight: 1600 }])).toBeCloseTo(0.9, 10);
    // One of two equal ones is half of the money.
    expect(rightShareOf([0.5, 0.5].map((p) => ({ p, weight: 100 })))).toBeCloseTo(0.75, 10);
    expect(rightShareOf(Array.from({ length: 12 }, () => ({ p: 0.8, weight: 1 })))).toBeGreaterThan(0.99);
    expect(rightShareOf(Array.from({ length: 30 }, () => ({ p: 0.5, weight: 1 })))).toBeCloseTo(0.5, 1);
  });
});

describe('two questions asked of the same settlements', () => {
  it('lets what the second shows speak for the first: who lends cards out also settles for nobody', () => {
    expect(jointly(4.4, 30).logEvidence).toBeGreaterThan(30);
    expect(jointly(4.4, 30).inThisWay).toBeGreaterThan(0.98);
  });

  it('names nothing of the first way where only the second is done', () => {
    expect(jointly(-2, 30).inThisWay).toBeLessThan(0.2);
  });

  it('costs little where the second shows nothing, and never more than not having been asked beforehand', () => {
    expect(jointly(8, -1.5).logEvidence).toBeGreaterThan(8 + Math.log(0.35));
    expect(jointly(0, 0).logEvidence).toBeCloseTo(0, 10);
  });
});
