import { describe, expect, it } from 'vitest';
import {
  countSights,
  learned,
  lookOf,
  nearOf,
  populationOf,
  type SightCounts,
} from '../../../../src/reconcile/clinic-score/population.ts';
import type { ScoreEntryRow } from '../../../../src/reconcile/clinic-score/tables.ts';

const LIMITS = { ownMedTypes: ['11'], strangeBelow: 0, doubtfulBelow: 1, kinFrom: 2, crowdFrom: 3 };

/** One camera each, so that looks are confirmed visits. */
const counts = (of: Partial<SightCounts>): SightCounts => ({
  looks: of.confirmed ?? 0,
  lookMisses: of.confirmedMissed ?? 0,
  confirmed: 0,
  confirmedMissed: 0,
  open: 0,
  openMissed: 0,
  compared: 0,
  strange: 0,
  doubtful: 0,
  kin: 0,
  ...of,
});

const entry = (of: Partial<ScoreEntryRow>): ScoreEntryRow => ({
  settlement_id: 'x',
  clinic_code: 'C',
  at: 0,
  leaves_on: '2026-05-01',
  setl_id: 'S',
  psn_no: null,
  med_type: '11',
  fund_fen: 1600,
  sight: 'counter',
  confirmed: true,
  best_llr: 0.5,
  kin_llr: null,
  looking: 'K1|110',
  ...of,
});

describe('what all clinics have in common', () => {
  it('learns how often honest visits take place elsewhere, beyond what the cameras miss', () => {
    const clinics = Array.from({ length: 100 }, () =>
      counts({ confirmed: 50, confirmedMissed: 4, open: 50, openMissed: 8 }),
    );
    const { missed, away } = populationOf(clinics);
    expect(missed.share).toBeCloseTo(0.08, 3);
    expect(away.share).toBeCloseTo(0.08, 3);
    expect(learned(0.025, away, 1000)).toBeGreaterThan(0.06);
  });

  it('is not taught by the few clinics that are looked for, nor by a camera that was turned away', () => {
    const honest = Array.from({ length: 96 }, () =>
      counts({ confirmed: 50, confirmedMissed: 2, open: 50, openMissed: 3 }),
    );
    const ghosts = Array.from({ length: 4 }, () =>
      counts({ confirmed: 50, confirmedMissed: 2, open: 70, openMissed: 25 }),
    );
    const turned = Array.from({ length: 4 }, () =>
      counts({ confirmed: 50, confirmedMissed: 48, open: 50, openMissed: 49 }),
    );
    expect(populationOf([...honest, ...ghosts]).away.share).toBeLessThan(0.025);
    expect(populationOf([...honest, ...turned]).missed.share).toBeLessThan(0.05);
  });

  it('learns nothing of visits elsewhere where no terminal confirms any visit', () => {
    const clinics = Array.from({ length: 50 }, () => counts({ open: 100, openMissed: 12 }));
    expect(populationOf(clinics).away).toEqual({ visits: 0, share: 0 });
    expect(learned(0.025, populationOf(clinics).away, 1000)).toBe(0.025);
  });

  it('has what was assumed stand while there is no clinic', () => {
    expect(learned(0.05, populationOf([]).missed, 1000)).toBe(0.05);
    expect(learned(0.05, undefined, 1000)).toBe(0.05);
  });
});

describe('what a clinic tells of it', () => {
  it('counts a visit by what was seen at the counter, and leaves out what tells nothing', () => {
    const rows = [
      entry({ sight: 'absent', best_llr: null, looking: 'K1|100' }),
      entry({ sight: 'present', best_llr: 3 }),
      entry({ sight: 'counter', best_llr: -1 }),
      entry({ sight: 'counter', best_llr: 0.2, kin_llr: 2.5 }),
      entry({ sight: 'absent', confirmed: false }),
      entry({ sight: 'blind' }),
      entry({ sight: 'void' }),
      entry({ sight: 'explained' }),
      entry({ sight: 'absent', looking: 'K2|000' }),
    ];
    expect(
      countSights(
        rows.map((row, i) => ({ ...row, at: i * 3_600_000 })),
        LIMITS,
      ),
    ).toEqual({
      looks: 4,
      lookMisses: 1,
      confirmed: 4,
      confirmedMissed: 1,
      open: 1,
      openMissed: 1,
      compared: 3,
      strange: 1,
      doubtful: 0,
      kin: 1,
    });
  });

  it.each([
    ['the insured person, for all that he is like his brother', { bestLlr: 1.5, kinLlr: 4 }, 'like'],
    ['his brother', { bestLlr: 0.4, kinLlr: 4 }, 'kin'],
    ['somebody a little like him', { bestLlr: 0.4, kinLlr: 1 }, 'doubtful'],
    ['somebody else', { bestLlr: -2, kinLlr: null }, 'strange'],
    ['somebody else, as facts told it before kin were looked at', { bestLlr: -2 }, 'strange'],
    ['nobody that could be compared', { bestLlr: null, kinLlr: 3 }, null],
  ])('sees %s', (_, faces, look) => {
    expect(lookOf({ sight: 'counter', medType: '110101', ...faces }, LIMITS)).toBe(look);
  });

  it('compares no faces where a queue crowds the counter', () => {
    const faces = { sight: 'counter', medType: '11', bestLlr: -2, kinLlr: null };
    expect(lookOf({ ...faces, near: 3 }, LIMITS)).toBeNull();
    expect(lookOf({ ...faces, near: 2 }, LIMITS)).toBe('strange');
    expect(nearOf([0, 5, 9, 12, 40].map((minute) => ({ at: minute * 60_000 })))).toEqual([2, 3, 3, 2, 0]);
  });

  it('compares no faces where family may come instead', () => {
    expect(lookOf({ sight: 'counter', medType: '14', bestLlr: -2, kinLlr: 4 }, LIMITS)).toBeNull();
  });
});
