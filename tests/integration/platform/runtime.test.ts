import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';

let runtime: TestRuntime;
beforeAll(async () => {
  runtime = await createTestRuntime();
});
afterAll(() => runtime.close());

it('opens a migrated database with keys that seal and open', async () => {
  const sealed = runtime.keyring.sealText('identity', '张三', 'P1');
  expect(runtime.keyring.openText('identity', sealed, 'P1')).toBe('张三');
  expect(() => runtime.keyring.openText('identity', sealed, 'P2')).toThrow(/encrypted data/);
  expect(() => runtime.keyring.openText('biometric', sealed, 'P1')).toThrow(/not sealed as/);
});

it('keeps a file encrypted and gives it back', async () => {
  const ref = await runtime.blobs.put(runtime.db, Buffer.from('hello'), {
    mediaType: 'text/plain',
    retentionClass: 'still',
  });
  expect((await runtime.blobs.get(ref.sha256)).toString()).toBe('hello');
});
