import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ts } from '../../../../src/platform/db.ts';
import { newId } from '../../../../src/platform/ids.ts';
import type { AlertItem } from '../../../../src/review/alerts.schemas.ts';
import { reckonedAt, rollUp } from '../../../../src/review/reports/roll-up.store.ts';
import {
  CLINIC,
  city,
  createWorld,
  determineViolation,
  NOW,
  OTHER_CLINIC,
  raiseAlert,
  seedSettlement,
  step,
  type supervisor,
  type World,
} from '../world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONE = 'Asia/Shanghai';
let minCoverage = 0.8;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.close());

const deps = () => ({ ...world.deps, minCoverage: () => minCoverage });

/** The daily counts by plain queries over everything, which no mark and no order of work can mislead. */
const PLAIN = {
  settlement_days: `select (s.at at time zone '${ZONE}')::date as day, s.clinic_code, count(*)::int as settlements,
      coalesce(sum(s.fund_fen), 0)::bigint as fund_fen,
      count(*) filter (where h.awaits_until is null and h.coverage >= $1)::int as seen,
      count(*) filter (where h.awaits_until is null and h.coverage < $1)::int as blind
    from settlements s left join assessment_heads h on h.subject_kind = 'settlement' and h.subject_id = s.id::text
    where s.reversed_at is null group by 1, 2`,
  alert_days: `select (shown_at at time zone '${ZONE}')::date as day, clinic_code, class, phase, state, count(*)::int as n,
      sum(fund_fen)::bigint as fund_fen
    from alerts where shown_at is not null and $1::float8 is not null group by 1, 2, 3, 4, 5`,
  outcome_days: `select day, clinic_code, sum(confirmed)::int as confirmed, sum(excluded)::int as excluded,
      sum(found)::bigint as found_fen, sum(ordered)::bigint as ordered_fen, sum(recovered)::bigint as recovered_fen
    from (
      select (at at time zone '${ZONE}')::date as day, clinic_code, confirmed::int, (not confirmed)::int as excluded, 0 as found,
        0 as ordered, 0 as recovered from alert_dispositions where undone_at is null and not sampled and $1::float8 is not null
      union all
      select (f.determined_at at time zone '${ZONE}')::date, a.clinic_code, 0, 0, coalesce(f.amount_fen, 0), 0, 0
      from alert_flow f join alerts a on a.id = f.alert_id where f.determination in ('violation', 'suspected_fraud')
      union all
      select (m.created_at at time zone '${ZONE}')::date, a.clinic_code, 0, 0, 0, m.amount_fen, 0
      from handling_measures m join alerts a on a.id = m.alert_id where m.undone_at is null
      union all
      select r.recovered_on, a.clinic_code, 0, 0, 0, 0, r.amount_fen
      from handling_recoveries r join handling_measures m on m.id = r.measure_id join alerts a on a.id = m.alert_id
      where r.undone_at is null) parts group by 1, 2`,
} as const;

async function expectExact(): Promise<void> {
  const { db } = world.runtime;
  for (const [table, sql] of Object.entries(PLAIN)) {
    const key = (row: object): string => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
    const kept = (await db.query(`select * from ${table}`)).rows.map(key).sort();
    const plain = (await db.query(sql, [minCoverage])).rows.map(key).sort();
    expect(kept, table).toEqual(plain);
  }
}

async function seedHead(settlementId: string, at: number, coverage: number | null, awaits = false): Promise<void> {
  await world.runtime.db.query(
    `insert into assessment_heads (subject_kind, subject_id, clinic_code, assessment_id, assessed_at, window_from, window_to,
       facts_hash, verdict, coverage, awaits_until)
     select 'settlement', $1::text, clinic_code, $2, $3, $4, $5, '\\x00', 'cannot_tell', $6, $7 from settlements where id = $1::uuid
     on conflict (subject_kind, subject_id) do update set coverage = excluded.coverage, awaits_until = excluded.awaits_until`,
    [settlementId, newId(), ts(NOW), ts(at - HOUR / 2), ts(at + HOUR / 6), coverage, awaits ? ts(at + 3 * HOUR) : null],
  );
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

describe('daily counts', () => {
  it('are what a plain query gives, whatever happens in whatever order', async () => {
    const next = random(7);
    const { db } = world.runtime;
    const settled: { id: string; at: number; setlId: string; clinicCode: string }[] = [];
    for (let i = 0; i < 60; i++) {
      const clinicCode = next() < 0.6 ? CLINIC : OTHER_CLINIC;
      // Also around local midnight, which is 16:00 UTC.
      const at = NOW - Math.floor(next() * 5) * DAY - Math.floor(next() * 24) * HOUR;
      const setlId = `S-${i}`;
      const id = await seedSettlement(world, setlId, { at, clinicCode, fundFen: Math.floor(next() * 9000) });
      settled.push({ id, at, setlId, clinicCode });
      if (next() < 0.8) await seedHead(id, at, next() < 0.1 ? null : next(), next() < 0.2);
      if (next() < 0.15) await rollUp(deps());
    }
    await rollUp(deps());
    await expectExact();

    for (const { id, at } of settled) {
      const dice = next();
      if (dice < 0.15) await db.query(`update settlements set reversed_at = $2 where id = $1`, [id, ts(NOW)]);
      else if (dice < 0.3) await db.query('update settlements set fund_fen = fund_fen + 100 where id = $1', [id]);
      else if (dice < 0.7) await seedHead(id, at, next(), next() < 0.1);
      if (dice > 0.9) await rollUp(deps());
    }
    await rollUp(deps());
    await expectExact();

    const alerts: string[] = [];
    for (const { setlId, clinicCode } of settled.slice(0, 24)) {
      const classOf = (['fraud', 'fraud', 'fraud', 'evidence', 'device'] as const)[Math.floor(next() * 5)] ?? 'fraud';
      alerts.push(
        await raiseAlert(world, {
          incidentKey: `visit:${clinicCode}:M-${setlId}`,
          clinicCode,
          class: classOf,
          phase: (['pre', 'in', 'post'] as const)[Math.floor(next() * 3)] ?? 'in',
          setlIds: [setlId],
        }),
      );
      if (next() < 0.2) world.runtime.clock.advance(20 * HOUR);
    }
    await rollUp(deps());
    await expectExact();

    for (const id of alerts.filter(() => next() < 0.6)) {
      const suspicion = (await db.query<{ class: string }>('select class from alerts where id = $1', [id])).rows[0];
      if (suspicion?.class !== 'fraud') continue;
      await step(world, id, { step: 'exclude', reason: 'proxy' }, city);
      if (next() < 0.5) await undo(id);
      if (next() < 0.3) await rollUp(deps());
    }
    await rollUp(deps());
    await expectExact();
  }, 60_000);

  it('follow a determination, an order and money that came back, and each of them taken back', async () => {
    const { db } = world.runtime;
    const id = await raiseAlert(world, { incidentKey: `visit:${CLINIC}:M-found`, setlIds: ['S-0'], rule: 'A8' });
    await determineViolation(world, id, CLINIC, 174_200);
    await rollUp(deps());
    await expectExact();
    const payments = { ...city, name: 'jing', role: 'payments' } as const;
    await step(world, id, { step: 'handle', measures: [{ kind: 'recover', amountFen: 174_200 }] }, payments);
    const measure = await db.query<{ id: string }>('select id from handling_measures where alert_id = $1', [id]);
    await step(
      world,
      id,
      { step: 'recover', measureId: measure.rows[0]?.id, amountFen: 100_000, recoveredOn: '2026-03-01' },
      payments,
    );
    await rollUp(deps());
    await expectExact();
    const sums = async () =>
      (
        await db.query<{ ordered: number; recovered: number }>(
          'select sum(ordered_fen)::bigint as ordered, sum(recovered_fen)::bigint as recovered from outcome_days',
        )
      ).rows[0];
    expect(await sums()).toEqual({ ordered: 174_200, recovered: 100_000 });
    await undo(id, payments);
    await rollUp(deps());
    expect(await sums()).toEqual({ ordered: 174_200, recovered: 0 });
    await undo(id, payments);
    await rollUp(deps());
    await expectExact();
    expect(await sums()).toEqual({ ordered: 0, recovered: 0 });
  });

  it('judge the past anew when another coverage is asked for', async () => {
    minCoverage = 0.5;
    await rollUp(deps());
    await expectExact();
  });

  it('miss nothing that commits while they are counted', async () => {
    const { db } = world.runtime;
    let meanwhile: Promise<unknown> = Promise.resolve();
    await db.transaction(async (tx) => {
      const at = NOW - 9 * DAY;
      await tx.query(
        `insert into settlements (id, at, at_offset_min, msgid, clinic_code, psn_no, med_type, total_fen, fund_fen, received_at)
         values ($1, $2, 480, 'late', $3, 'P1', '11', 500, 400, $2)`,
        [newId(), ts(at), CLINIC],
      );
      await seedSettlement(world, 'S-between', { at });
      // It sees the second, which has committed, and not the first.
      meanwhile = rollUp(deps());
      await meanwhile;
    });
    expect((await reckonedAt(db, NOW)).pending).toBe(true);
    await rollUp(deps());
    await expectExact();
    expect((await reckonedAt(db, NOW)).pending).toBe(false);
  });

  it('count nothing again where nothing happened', async () => {
    expect(await rollUp(deps())).toBe(0);
  });
});

async function undo(id: string, as = city as typeof supervisor): Promise<AlertItem> {
  const { rows } = await world.runtime.db.query<{ version: number }>('select version from alerts where id = $1', [id]);
  const answer = await world.post(`/v1/alerts/${id}/undo`, { version: rows[0]?.version }, as);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}
