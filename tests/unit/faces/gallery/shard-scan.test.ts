import { expect, it } from 'vitest';
import { QUERY_ZERO_POINT } from '../../../../models/build/networks/gallery-scan.ts';
import { seededRandom } from '../../../../src/faces/degrade.ts';
import { openShardScan, Products } from '../../../../src/faces/gallery/shard-scan.ts';

/** Small ones lie as they are, large ones of short vectors are folded; counts that nothing divides. */
it.each([
  { count: 1, dimension: 128 },
  { count: 777, dimension: 128 },
  { count: 33_001, dimension: 128 },
  { count: 40_003, dimension: 192 },
  { count: 9_001, dimension: 512 },
  { count: 70_001, dimension: 100 },
])(
  'multiplies $count × $dimension whole numbers to the last digit, the largest ones too',
  async ({ count, dimension }) => {
    const random = seededRandom(count);
    const rows = Int8Array.from({ length: count * dimension }, () => Math.round(random() * 254) - 127);
    // Where 16 bits would overflow: every number as large as it can be, of one sign and of both.
    rows.fill(127, 0, dimension);
    if (count > 1) rows.fill(-127, (count - 1) * dimension);
    const queries = Uint8Array.from({ length: 3 * dimension }, () => 1 + Math.round(random() * 126));
    queries.fill(127, 0, dimension);
    const scan = await openShardScan(rows, { dimension, threads: 1, products: new Products() });
    const { products, perQuery } = await scan.scan(queries);
    let wrong = 0;
    for (let q = 0; q < 3; q++)
      for (let i = 0; i < count; i++) {
        let product = 0;
        for (let k = 0; k < dimension; k++)
          product += ((queries[q * dimension + k] ?? 0) - QUERY_ZERO_POINT) * (rows[i * dimension + k] ?? 0);
        if (products[q * perQuery + i] !== product) wrong += 1;
      }
    expect(wrong).toBe(0);
    await scan.close();
  },
);
