import { describe, expect, it } from 'vitest';
import { blockGroups, chanceOfOrder, densest } from '../../../../src/reconcile/periods/blocks.ts';
import {
  ALL,
  countyOf,
  openCountyStats,
  openDeviceStats,
  peerStatsOf,
  quantile,
} from '../../../../src/reconcile/periods/peers.ts';
import { createPersonCounts } from '../../../../src/reconcile/periods/person-counts.ts';
import type { RollDay, RollVisit } from '../../../../src/reconcile/periods/roll.ts';
import { leavesOn } from '../../../../src/reconcile/periods/tables.ts';
import { dayAfter, lastDayOf, openTrend, swapsOf, trendOf } from '../../../../src/reconcile/periods/trend.ts';
import { clinicPeriodAt, peersAt, personPeriodAt, rollAt } from '../../../../src/reconcile/periods/when.ts';

const MINUTE = 60_000;
const at = (day: string, minutes: number): number => Date.parse(`${day}T01:00:00Z`) + minutes * MINUTE;

const visit = (day: string, minutes: number, psnNo: string, over: Partial<RollVisit> = {}): RollVisit => ({
  setlId: `S-${day}-${psnNo}`,
  psnNo,
  at: at(day, minutes),
  totalFen: 3500,
  fundFen: 1600,
  medType: '11',
  certType: '01',
  devNo: 'T-1',
  diagnosis: 'I10.x00',
  doctor: 'D1',
  injection: false,
  dialysis: false,
  reversedAt: null,
  proxy: null,
  ...over,
});
const dayOf = (day: string, ...visits: RollVisit[]): RollDay => ({ day, visits });
/** These people, two minutes apart. */
const block = (day: string, people: readonly number[], from = 0): RollVisit[] =>
  people.map((n, i) => visit(day, from + i * 2, `P${n}`));

describe('swaps', () => {
  const slip = visit('2026-03-02', 0, 'P1', { reversedAt: at('2026-03-02', 6) });

  it('are a bill taken back and settled for another, whichever came first', () => {
    expect(swapsOf([slip, visit('2026-03-02', 9, 'P2')], 30 * MINUTE)).toMatchObject([
      { psnNo: 'P1', afterMs: 3 * MINUTE },
    ]);
    expect(swapsOf([slip, visit('2026-03-02', 4, 'P2')], 30 * MINUTE)).toMatchObject([{ afterMs: 0 }]);
  });

  it('are not the next patient with a bill of his own, nor the same person again, nor tomorrow', () => {
    expect(swapsOf([slip, visit('2026-03-02', 9, 'P2', { totalFen: 2900 })], 30 * MINUTE)).toEqual([]);
    expect(swapsOf([slip, visit('2026-03-02', 9, 'P1')], 30 * MINUTE)).toEqual([]);
    expect(swapsOf([slip, visit('2026-03-02', 60, 'P2')], 30 * MINUTE)).toEqual([]);
  });
});

describe('a clinic’s trend', () => {
  it('counts thirty days, and a month once the clinic was there from its beginning', () => {
    const days = ['2026-02-01', '2026-02-27', '2026-03-02'].map((day) => dayOf(day, visit(day, 0, 'P1')));
    const trend = trendOf(days, '2026-03-02', null);
    expect(trend).toMatchObject({
      settled: 3,
      reversed: 0,
      known: 3,
      typed: 0,
      diagnoses: { I10: 3 },
      since: '2026-02-01',
    });
    expect(trend.months).toEqual([
      { month: '2026-02', fundFen: 3200, lastFen: 1600 },
      { month: '2026-03', fundFen: 1600, lastFen: 0 },
    ]);
  });

  it('leaves out a month that the clinic joined in its middle', () => {
    const days = [dayOf('2026-02-15', visit('2026-02-15', 0, 'P1')), dayOf('2026-03-02', visit('2026-03-02', 0, 'P1'))];
    expect(trendOf(days, '2026-03-02', null).months.map(({ month }) => month)).toEqual(['2026-03']);
  });

  it('keeps the sums of months whose days are not at hand any more', () => {
    const old = trendOf([dayOf('2026-01-01', visit('2026-01-01', 0, 'P1'))], '2026-01-01', null);
    const later = trendOf([dayOf('2026-01-20', visit('2026-01-20', 0, 'P1'))], '2026-03-20', old);
    expect(later.months.find(({ month }) => month === '2026-01')?.fundFen).toBe(1600);
    expect(later.since).toBe('2026-01-01');
  });
});

describe('what a county’s clinics do', () => {
  const trendRow = (clinic: string, county: string, typed: number, device: string) => ({
    clinic_code: clinic,
    county,
    through: '2026-03-16',
    body: JSON.stringify({
      ...trendOf([dayOf('2026-03-16', visit('2026-03-16', 0, 'P1', { devNo: device }))], '2026-03-16', null),
      known: 100,
      typed,
    }),
  });
  const rows = peerStatsOf(
    [
      ...Array.from({ length: 20 }, (_, i) => trendRow(`A${String(i).padStart(2, '0')}`, '411624', i, `T-${i}`)),
      trendRow('B01', '411625', 90, 'T-0'),
      { ...trendRow('A99', '411624', 99, 'T-99'), through: '2026-01-01' },
    ],
    '2026-03-16',
    '2026-02-14',
  );

  it('is told county by county, without clinics that settle no more', () => {
    expect(rows.map(({ scope }) => scope)).toEqual(['411624', '411625', ALL]);
    const [own] = rows;
    expect(openCountyStats(own?.body ?? '')).toMatchObject({
      clinics: 20,
      settled: 20,
      typedMedian: 0.09,
      typedP95: 0.18,
    });
  });

  it('finds a device that is used in two counties', () => {
    expect(openDeviceStats(rows.at(-1)?.body ?? '').shared).toEqual({ 'T-0': { n: 2, clinics: ['A00', 'B01'] } });
  });

  it('takes the nearest rank for a percentile', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2);
    expect(quantile([], 0.95)).toBeNull();
    expect([countyOf('411624101201'), countyOf('4116'), countyOf(null)]).toEqual(['411624', '', '']);
  });
});

describe('people who settle together', () => {
  const ORDER = [1, 2, 3, 4, 5, 6, 7, 8];

  it('are found among others, on all their days', () => {
    const days = ['2026-03-02', '2026-03-09', '2026-03-16'].map((day) =>
      dayOf(day, ...block(day, ORDER), visit(day, 200, 'P1'), visit(day, 300, `X${day}`)),
    );
    const [group, ...others] = blockGroups(days);
    expect(group?.psnNos).toHaveLength(8);
    expect(group?.days.map(({ visits }) => visits.length)).toEqual([8, 8, 8]);
    expect(others).toEqual([]);
  });

  it('are not found among people who come when they like, or whose settlements were taken back', () => {
    const apart = (day: string, step: number) => dayOf(day, ...ORDER.map((n, i) => visit(day, i * step, `P${n}`)));
    expect(blockGroups([apart('2026-03-02', 40), apart('2026-03-09', 40)])).toEqual([]);
    const undone = dayOf(
      '2026-03-09',
      ...block('2026-03-09', ORDER).map((row) => ({ ...row, reversedAt: row.at + MINUTE })),
    );
    expect(blockGroups([dayOf('2026-03-02', ...block('2026-03-02', ORDER)), undone])).toEqual([]);
  });

  it('are told in the order in which they came', () => {
    const five = ['a', 'b', 'c', 'd', 'e'];
    expect(chanceOfOrder(five, five)).toBeCloseTo(1 / 120);
    expect(chanceOfOrder(['b', 'a', 'c', 'd', 'e'], five)).toBeCloseTo(5 / 120);
    expect(chanceOfOrder(['e', 'd', 'c', 'b', 'a'], five)).toBeCloseTo(1);
    expect(chanceOfOrder(['a', 'x'], ['a', 'y'])).toBe(1);
    const spread = [0, 10, 11, 12, 40].map((minutes, i) => ({ psnNo: `P${i}`, at: minutes * MINUTE }));
    expect(densest(spread, 5 * MINUTE).map(({ psnNo }) => psnNo)).toEqual(['P1', 'P2', 'P3']);
  });

  it('are looked for in a town hospital of three hundred visits a day, too', () => {
    const days = Array.from({ length: 60 }, (_, d) => {
      const day = dayAfter('2026-03-01', d);
      return dayOf(
        day,
        ...Array.from({ length: 300 }, (_, i) => visit(day, i * 2, `P${(i * 7919 + d * 104_729) % 4000}`)),
      );
    });
    expect(blockGroups(days).length).toBeLessThanOrEqual(4);
  });
});

describe('how often people settle', () => {
  it('is never counted too low, and forgets no newer month for an older', () => {
    const counts = createPersonCounts();
    for (let i = 0; i < 16; i++) counts.add('P1', `2026-03-${String(i + 1).padStart(2, '0')}`);
    expect(counts.mayReach('P1', '2026-03-16', 4, 16)).toBe(true);
    expect(counts.mayReach('P1', '2026-03-16', 4, 17)).toBe(false);
    expect(counts.mayReach('P2', '2026-03-16', 1, 1)).toBe(false);
    for (const month of ['2026-04', '2026-05', '2026-06']) counts.add('P1', `${month}-01`);
    // Of a month that is forgotten everything is possible.
    expect(counts.mayReach('P9', '2026-03-16', 4, 16)).toBe(true);
    expect(counts.mayReach('P9', '2026-06-16', 4, 16)).toBe(false);
  });
});

describe('the night’s order of work', () => {
  it('rolls up, then compares, then looks at clinics and people; what is late soon', () => {
    const zone = 'Asia/Shanghai';
    const now = Date.parse('2026-03-16T09:00:00Z');
    for (const clinic of ['H41162400001', 'H41162400002', 'H41169999999']) {
      const roll = rollAt(clinic, '2026-03-16', zone, now);
      expect(roll).toBeLessThan(peersAt('2026-03-16', zone));
      expect(clinicPeriodAt(clinic, '2026-03-16', zone, now)).toBeGreaterThan(peersAt('2026-03-16', zone));
      expect(personPeriodAt(clinic, '2026-03-16', zone, now)).toBeGreaterThan(
        clinicPeriodAt(clinic, '2026-03-16', zone, now),
      );
      expect(rollAt(clinic, '2026-03-10', zone, now)).toBe(now + 45 * MINUTE);
    }
    expect([leavesOn('2026-03-01'), lastDayOf('2026-02'), dayAfter('2026-02-28', 1)]).toEqual([
      '2026-05-10',
      '2026-02-28',
      '2026-03-01',
    ]);
    expect(openTrend('{"settled":1}').settled).toBe(1);
  });
});
