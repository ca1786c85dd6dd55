import { expect, it } from 'vitest';
import { asReal } from '../../../src/platform/real.ts';
import { createTestRuntime } from '../../support/test-runtime.ts';

it('keeps in memory what a real column would give back', async () => {
  const runtime = await createTestRuntime();
  try {
    const values = [0, 1, -0.5, 16_777_217, 1e-7 / 3, 1e-40, 306.953125, 28_835.0625];
    for (let i = 1; i < 4_000; i++) {
      const noise = Math.abs(Math.sin(i * 12.9898) * 43_758.5453) % 1;
      values.push(
        noise,
        Math.fround(noise),
        i / 1_000,
        noise * 10 ** ((i % 36) - 30),
        Math.floor(noise * 2 ** 22) / 64,
      );
    }
    const { rows } = await runtime.db.query<{ value: number }>(
      'select value::real as value from unnest($1::float8[]) with ordinality as t (value, n) order by n',
      [values],
    );
    expect(values.map(asReal)).toEqual(rows.map(({ value }) => value));
  } finally {
    await runtime.close();
  }
});
