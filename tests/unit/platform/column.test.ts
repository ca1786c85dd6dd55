import { expect, it } from 'vitest';
import { type ColumnType, columnText, copyChunks } from '../../../src/platform/working-set/column.ts';

it('writes every moment as the calendar has it, also before 1970 and at the ends of days and years', () => {
  const days = [-1e12, -86_400_001, -1, 0, 1, 999, 1_709_164_799_999, 1_709_164_800_000, 1_767_225_599_999, 4e12];
  for (const ms of days) expect(columnText('timestamptz', ms)).toBe(new Date(ms).toISOString());
});

it('escapes what would end a field or a line, and nothing else', () => {
  const columns: [string, ColumnType][] = [
    ['note', 'text'],
    ['secret', 'bytea'],
    ['body', 'jsonb'],
    ['n', 'numeric'],
    ['good', 'boolean'],
    ['none', 'text'],
  ];
  const row = {
    note: 'a\tb\\c\nd',
    secret: Buffer.from([0, 255]),
    body: { line: 'x\n' },
    n: '0.50',
    good: false,
    none: null,
  };
  expect(copyChunks(columns, [row, row]).join('')).toBe(
    'a\\tb\\\\c\\nd\t\\\\x00ff\t{"line":"x\\\\n"}\t0.50\tf\t\\N\n'.repeat(2),
  );
});
