import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreJson } from '../../../src/simulation/score/run-score.ts';
import { FIGURES } from '../../../src/simulation/score/score.ts';
import type { Line } from './feed-support.ts';
import { A, B, C, type CityRows, rowsOf, scoreRows, type Visit } from './score-support.ts';

const CLINICS = [A, B, C];
const day = (n: number): string => new Date(Date.UTC(2026, 2, 2 + n)).toISOString().slice(0, 10);

const visits = fc.array(
  fc.record({
    clinic: fc.constantFrom(...CLINICS),
    day: fc.integer({ min: 0, max: 20 }),
    scheme: fc.option(fc.constantFrom('ghost', 'held_cards', 'impostor_other', 'phantom_drugs'), { nil: undefined }),
    concentrated: fc.boolean(),
    came: fc.constantFrom('self', 'proxy', 'nobody'),
    fund: fc.integer({ min: 100, max: 9_000 }),
  }),
  { minLength: 1, maxLength: 25 },
);
const alerts = fc.array(
  fc.record({
    names: fc.array(fc.nat(24), { minLength: 1, maxLength: 5 }),
    clinic: fc.constantFrom(...CLINICS),
    day: fc.integer({ min: 0, max: 20 }),
    subject: fc.constantFrom('settlement', 'clinic', 'person'),
    basis: fc.subarray(['face', 'presence', 'claims', 'status'], { minLength: 1 }),
    withdrawnAfterDays: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  }),
  { maxLength: 8 },
);

const city = fc.record({ visits, alerts }).map(({ visits, alerts }): CityRows => {
  const spec = visits.map(
    ({ scheme, day: n, ...visit }, k): Visit => ({
      ...visit,
      id: `S${k}`,
      at: `${day(n)}T10:${String(k).padStart(2, '0')}:00+08:00`,
      ...(scheme === undefined ? {} : { scheme }),
    }),
  );
  return rowsOf({
    visits: spec,
    clinics: { [A]: { ghostShare: 0.4, fraudFrom: `${day(1)}T00:00:00+08:00`, mainScheme: 'ghost' } },
    alerts: alerts.map(({ names, day: n, withdrawnAfterDays, ...alert }, k) => ({
      ...alert,
      id: `a${k}`,
      names: names.map((name) => `S${name % visits.length}`),
      at: `${day(n)}T12:${String(k).padStart(2, '0')}:00+08:00`,
      withdrawn: withdrawnAfterDays === undefined ? null : `${day(n + withdrawnAfterDays)}T18:00:00+08:00`,
    })),
    verdicts: visits.map((_, k) => ({
      setl_id: `S${k}`,
      verdict: ['match', 'mismatch', 'cannot_tell'][k % 3],
      llr: k % 4 === 0 ? null : (k % 7) - 3,
      coverage: 1,
    })),
    decisions: visits.flatMap((_, k) => (k % 5 === 0 ? [{ setl_id: `S${k}`, msgid: `m${k}`, decision: 'hold' }] : [])),
  });
});

const shuffled = (rows: readonly Line[], seed: number): Line[] =>
  rows
    .map((row, k) => ({ row, key: Math.sin(seed * 1_000 + k * 7.77) }))
    .sort((a, b) => a.key - b.key)
    .map(({ row }) => row);

const figuresOf = async (rows: CityRows): Promise<Record<string, unknown>> => {
  const printed = scoreJson(await scoreRows(rows, 50)) as { details: Record<string, unknown>; recallByScheme: unknown };
  return {
    recallByScheme: printed.recallByScheme,
    ...Object.fromEntries(FIGURES.map((name) => [name, printed.details[name]])),
  };
};

describe('whatever the city', () => {
  it('the order of rows in the truth and in the outcome changes no figure', async () => {
    await fc.assert(
      fc.asyncProperty(city, fc.integer({ min: 1, max: 99 }), async (rows, seed) => {
        const other = { feed: rows.feed, truth: shuffled(rows.truth, seed), outcome: shuffled(rows.outcome, seed + 1) };
        expect(await figuresOf(other)).toEqual(await figuresOf(rows));
      }),
      { numRuns: 15 },
    );
  });

  it('splitting an alert into one for each settlement raises no precision, and names nothing more', async () => {
    await fc.assert(
      fc.asyncProperty(city, async (rows) => {
        const split = rows.outcome.flatMap((row): Line[] =>
          row.kind === 'alert'
            ? (row.setl_ids as string[]).map((id, k) => ({ ...row, id: `${row.id}-${k}`, setl_ids: [id] }))
            : [row],
        );
        const whole = await figuresOf(rows);
        const parts = await figuresOf({ ...rows, outcome: split });
        for (const figure of [
          'casePrecision',
          'casePrecisionLow',
          'honestNamedPer10k',
          'recallConcentrated',
          'recallScattered',
        ])
          expect(parts[figure]).toEqual(whole[figure]);
      }),
      { numRuns: 15 },
    );
  });

  it('an interval holds its figure, and a share lies between 0 and 1', async () => {
    await fc.assert(
      fc.asyncProperty(city, async (rows) => {
        for (const figure of Object.values(await figuresOf(rows)) as {
          value?: number | null;
          interval?: [number, number] | null;
          method?: string;
        }[]) {
          if (figure?.interval == null || figure.value == null || figure.method !== 'wilson') continue;
          expect(figure.interval[0]).toBeLessThanOrEqual(figure.value + 1e-6);
          expect(figure.interval[1]).toBeGreaterThanOrEqual(figure.value - 1e-6);
        }
      }),
      { numRuns: 10 },
    );
  });
});
