import { beforeAll, expect, it } from 'vitest';
import { loadInterfaceTable } from '../../../src/ledgers/claims/interface-table.load.ts';
import type { InterfaceTable } from '../../../src/ledgers/claims/interface-table.ts';
import { interpret } from '../../../src/ledgers/claims/interpret.ts';
import { pairOf, readEnvelope } from '../../../src/ledgers/claims/message.ts';
import type { ClaimStatement } from '../../../src/ledgers/claims/statement.ts';
import { gapOf } from '../../../src/reconcile/completeness/check.ts';
import * as messages from './messages.ts';

const ZONE = 'Asia/Shanghai';
const NOW = Date.parse('2026-03-18T09:00:00+08:00');
let table: InterfaceTable;
beforeAll(async () => {
  table = await loadInterfaceTable();
});

function statement(body: unknown): ClaimStatement | null {
  const pair = pairOf(JSON.parse(JSON.stringify(body)));
  const envelope = readEnvelope(table, [], pair.request, ZONE);
  const claim = interpret(pair, envelope, { table, mappings: [], zone: ZONE, receivedAt: NOW, mode: 'mirror' });
  expect(claim.kind === null || claim.statement === null).toBe(true);
  return claim.statement;
}

it('reads how many settlements a reconciliation tells of, for whole local days', () => {
  expect(statement(messages.reconciliation(12))).toMatchObject({
    from: Date.parse('2026-03-17T00:00:00+08:00'),
    to: Date.parse('2026-03-18T00:00:00+08:00'),
    insutype: '390',
    settlements: 12,
    totalFen: 10000,
    fundFen: 6000,
  });
});

it('reads the numbers that a pull brought, without what was given back', () => {
  const pull = messages.pulled(['S1', 'S2', 'S2']);
  (pull.response as { output: { setlinfo: object[] } }).output.setlinfo.push({
    ...{ setl_id: 'S3', refd_setl_flag: '1', setl_time: '2026-03-17 09:00:00', medfee_sumamt: '-29.04' },
  });
  expect(statement(pull)).toMatchObject({ settlements: null, setlIds: ['S1', 'S2'] });
});

it.each<[string, unknown]>([
  ['counts that cannot be read', messages.reconciliation(Number.NaN)],
  ['a period that ends before it begins', messages.reconciliation(3, { stmt_enddate: '2026-03-01' })],
  ['a century', messages.reconciliation(3, { stmt_begndate: '1926-03-01' })],
  ['a pull that brought nothing', messages.pulled([])],
  ['a pull without an answer', { ...messages.pulled(['S1']), response: null }],
  ['a pull that was refused', { ...messages.pulled(['S1']), response: { infcode: -1 } }],
  ['a settlement', messages.settlement('S1', 'M1')],
])('says nothing of %s', (_what, body) => {
  expect(statement(body)).toBeNull();
});

it('misses what was told and has not come, and never more', () => {
  const totals = { settlements: 9, totalFen: 9000, fundFen: 5000 };
  const told = { settlements: 12, fund_fen: 6000, setl_ids: [], mdtrt_ids: [] };
  expect(gapOf(told, totals, [])).toMatchObject({ missing: 3, known: 9, fundFenMissing: 1000 });
  expect(gapOf({ ...told, settlements: 8 }, totals, [])).toMatchObject({ missing: 0 });
  expect(gapOf({ ...told, settlements: null, setl_ids: ['S1', 'S2'] }, totals, ['S2'])).toMatchObject({
    missing: 1,
    unknown: ['S1'],
  });
});
