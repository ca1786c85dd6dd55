import { ts } from '../../src/platform/db.ts';
import type { TestRuntime } from './test-runtime.ts';

/** The one clinic of tests that need no more than one. */
export const CLINIC = 'H41160300001';

/** A clinic in Huaiyang with its regions. */
export async function addClinic({ db, clock }: TestRuntime, code = CLINIC): Promise<void> {
  await db.query(
    `insert into regions (code, name, level, parent) values ('4116', '周口市', 'city', null), ('411603', '淮阳区', 'county', '4116')
     on conflict do nothing`,
  );
  await db.query(
    `insert into clinics (code, name, region_code, created_at) values ($1, '测试卫生室', '411603', $2) on conflict do nothing`,
    [code, ts(clock.now())],
  );
}
