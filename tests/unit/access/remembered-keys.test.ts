import { expect, it } from 'vitest';
import type { Principal } from '../../../src/access/principal.ts';
import { rememberKeys } from '../../../src/access/remembered-keys.ts';

const owner = (role: Principal['role']): Principal => ({
  kind: 'key',
  id: 'k',
  name: 'n',
  role,
  regionCode: '4116',
  clinicCode: null,
  cameraId: null,
  personNo: null,
});
let answer: () => Promise<Principal | null>;
let now = 0;
const keys = () =>
  rememberKeys(
    () => answer(),
    () => now,
    20,
  );
const away = async (): Promise<never> => {
  throw new Error('connect ECONNREFUSED');
};

it('lets a clinic’s system in while the database is away, if it was known ten minutes ago', async () => {
  const find = keys();
  answer = async () => owner('his');
  await find('cs_1');
  answer = away;
  expect(await find('cs_1')).toMatchObject({ role: 'his' });
  answer = () => new Promise<never>(() => undefined);
  expect(await find('cs_1')).toMatchObject({ role: 'his' });
  answer = away;
  await expect(find('cs_2')).rejects.toThrow('ECONNREFUSED');
  now += 10 * 60_000 + 1;
  await expect(find('cs_1')).rejects.toThrow('ECONNREFUSED');
});

it('forgets a revoked key at once, and never remembers anybody who may read', async () => {
  const find = keys();
  answer = async () => owner('mirror');
  await find('cs_1');
  answer = async () => null;
  expect(await find('cs_1')).toBeNull();
  answer = async () => owner('clearing');
  await find('cs_3');
  answer = away;
  for (const key of ['cs_1', 'cs_3']) await expect(find(key)).rejects.toThrow('ECONNREFUSED');
});
