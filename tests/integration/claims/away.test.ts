import { afterEach, expect, it } from 'vitest';
import type { Db } from '../../../src/platform/db.ts';
import * as messages from '../../unit/claims/messages.ts';
import { CLINIC, type ClaimsHarness, createClaimsHarness } from './support.ts';

let harness: ClaimsHarness;
let away: 'no' | 'refuses' | 'hangs' = 'no';
let hanging: ((error: Error) => void)[] = [];
afterEach(() => harness.close());

/** A database that can be gone, or slower than anybody waits. */
const shaky = (db: Db): Db => {
  const held = <T>(work: () => Promise<T>): Promise<T> => {
    if (away === 'refuses') return Promise.reject(new Error('connect ECONNREFUSED'));
    return away === 'hangs' ? new Promise<never>((_, reject) => hanging.push(reject)) : work();
  };
  return {
    ...db,
    query: (...of) => held(() => db.query(...of)),
    transaction: (...of) => held(() => db.transaction(...of)),
  } as Db;
};

const open = async (): Promise<void> => {
  away = 'no';
  harness = await createClaimsHarness({
    storeWithinMs: 150,
    over: (runtime) => ({ db: shaky(runtime.db) }),
  });
};

it.each(['refuses', 'hangs'] as const)(
  'lets a clinic go on while the database %s, and stores what was said once it is back',
  async (how) => {
    await open();
    away = how;
    const asked = messages.trial(`AWAY-${how}`);
    const told = await harness.send(asked);
    expect(told).toMatchObject({
      infcode: 0,
      output: {
        outcome: 'accepted',
        msgid: asked.request.msgid,
        decision: { decision: 'allow', reasons: [{ code: 'degraded' }], default: 'allow' },
      },
    });
    const lines = messages.feeLines(`AWAY-${how}`);
    expect((await harness.send(lines)).output.decision).toBeNull();
    if (how === 'refuses') expect(await harness.claims.keptAside.store()).toBe(0);

    away = 'no';
    for (const fail of hanging) fail(new Error('Connection terminated'));
    hanging = [];
    expect(await harness.claims.keptAside.store()).toBe(2);
    expect(await harness.claims.keptAside.store()).toBe(0);
    const { rows } = await harness.runtime.db.query(
      `select e.kind, d.why from claim_events e left join claim_degraded_answers d on d.event_id = e.id
       where e.clinic_code = $1 order by e.kind`,
      [CLINIC],
    );
    expect(rows).toEqual([
      { kind: 'fee_lines', why: 'away' },
      { kind: 'trial_settlement', why: 'away' },
    ]);
    expect((await harness.send(asked)).output.outcome).toBe('duplicate');
  },
);
