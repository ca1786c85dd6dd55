import { afterAll, beforeAll, expect, it } from 'vitest';
import * as messages from '../../unit/claims/messages.ts';
import { CLINIC, type ClaimsHarness, createClaimsHarness, FAR_SUPERVISOR } from './support.ts';

let harness: ClaimsHarness;
beforeAll(async () => {
  harness = await createClaimsHarness();
});
afterAll(() => harness.close());

interface Listed {
  readonly items: { readonly infno: string; readonly told: number; readonly known: number; readonly missing: number }[];
}

it('shows what reconciliations and pulls know and the mirror has not seen, and has it compared', async () => {
  await harness.send(messages.settlement('S1', 'M1'));
  await harness.send(messages.reconciliation(3));
  const pull = messages.pulled(['S1', 'S2']);
  await harness.send({ ...pull, response: null });
  expect((await harness.send(pull)).output.outcome).toBe('accepted');
  expect((await harness.send(pull)).output.outcome).toBe('duplicate');
  const { items } = await harness.get<Listed>(`/v1/claims/statements?clinicCode=${CLINIC}`);
  expect(items).toHaveLength(2);
  expect(items).toContainEqual(
    expect.objectContaining({ infno: '3201', told: 3, known: 1, missing: 2, toldFundFen: 6000, knownFundFen: 1742 }),
  );
  expect(items).toContainEqual(expect.objectContaining({ infno: '5203', told: 2, known: 1, missing: 1 }));
  expect((await harness.get<Listed>('/v1/claims/statements', FAR_SUPERVISOR)).items).toEqual([]);
  const { rows } = await harness.runtime.db.query("select topic from outbox where topic = 'claims.statement'");
  expect(rows).toHaveLength(2);
});
