import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAudit } from '../../../src/access/audit.ts';
import { createMemoryPeople } from '../../../src/people/memory-people.ts';
import { derivedId } from '../../../src/platform/ids.ts';
import { createAgenda } from '../../../src/platform/working-set/agenda.ts';
import { openWorkingSet, type WorkingSet } from '../../../src/platform/working-set/working-set.ts';
import { gatherClinicScore } from '../../../src/reconcile/clinic-score/gather.ts';
import { gatherEnrolleeScore } from '../../../src/reconcile/clinic-score/gather-enrollee.ts';
import { type ScoreEntryRow, leavesOn as scoreLeavesOn } from '../../../src/reconcile/clinic-score/tables.ts';
import { createFaceJudge } from '../../../src/reconcile/face-judge.ts';
import type { GatherContext } from '../../../src/reconcile/gather-presence.ts';
import { localDay } from '../../../src/reconcile/local-time.ts';
import { createMemoryReconcileStore } from '../../../src/reconcile/memory-store.ts';
import { createRuleSet } from '../../../src/reconcile/parameters.ts';
import { packRoll, type RollVisit } from '../../../src/reconcile/periods/roll.ts';
import { leavesOn as rollLeavesOn } from '../../../src/reconcile/periods/tables.ts';
import { createPgReconcileStore } from '../../../src/reconcile/pg-store.ts';
import { subjectDue } from '../../../src/reconcile/reconcile.topics.ts';
import { createReconcile, type Reconcile } from '../../../src/reconcile/reconcile.ts';
import type { ReconcileStore } from '../../../src/reconcile/store.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';
import { DAY, drawWorld, fillWorld, HOUR, NOW, PEOPLE, randomOf, START, type World } from './memory-world.ts';
import { CARD } from './support.ts';

const ZONE = 'Asia/Shanghai';
const OWNER = 'P1';
const INCIDENT = `person-month:${OWNER}:2026-03:S4`;
const LOOKS = { ownMedTypes: ['11'], strangeBelow: 0, doubtfulBelow: 1, kinFrom: 2, crowdFrom: 3 };

/** One settlement of the owner's card a day at each of two clinics, beside those of the drawn world. */
function worldOf(): World {
  const drawn = drawWorld(randomOf(7), []);
  const [pattern] = drawn.settlements;
  if (pattern === undefined) throw new Error('the world has no settlements');
  const own = ['H2', 'H3'].flatMap((clinic_code, c) =>
    Array.from({ length: 9 }, (_, i) => ({
      ...pattern,
      id: derivedId('own', clinic_code, String(i)),
      at: START + (i + 1) * DAY + (c + 2) * HOUR,
      clinic_code,
      psn_no: OWNER,
      msgid: `own-${clinic_code}-${i}`,
      setl_id: `OWN-${clinic_code}-${i}`,
      mdtrt_id: `OWN-${clinic_code}-${i}`,
      med_type: '11',
      fund_fen: 1_600,
      reversed_at: null,
    })),
  );
  return {
    ...drawn,
    clinics: drawn.clinics.map((row) => ({ ...row, face_recognition: true })),
    settlements: [...drawn.settlements.filter((row) => row.psn_no !== OWNER), ...own],
    proxies: drawn.proxies.filter((row) => row.psn_no !== OWNER),
  };
}

interface Side {
  readonly reconcile: Reconcile;
  on<T>(work: (store: ReconcileStore) => Promise<T>): Promise<T>;
}

const closing: (() => Promise<void>)[] = [];
const world = worldOf();
let live: Side & { readonly runtime: TestRuntime };
let memory: Side;

beforeAll(async () => {
  const open = async (): Promise<[TestRuntime, WorkingSet, Reconcile]> => {
    const runtime = await createTestRuntime({ now: NOW - 4 * HOUR });
    closing.push(() => runtime.close());
    const workingSet = await openWorkingSet({ db: runtime.db, connectionString: runtime.db.connectionString });
    closing.push(() => workingSet.close());
    await fillWorld(workingSet, runtime, world);
    await workingSet.flush();
    await workingSet.written();
    const audit = createAudit({ clock: runtime.clock, keyring: runtime.keyring });
    const reconcile = await createReconcile({
      ...runtime,
      audit,
      judge: createFaceJudge(CARD),
      ruleSet: createRuleSet(),
    });
    return [runtime, workingSet, reconcile];
  };
  const [runtime, , ofLive] = await open();
  live = {
    runtime,
    reconcile: ofLive,
    on: (work) =>
      runtime.db.transaction(async (tx) => {
        const store = createPgReconcileStore(tx, runtime);
        const answer = await work(store);
        await store.finish();
        return answer;
      }),
  };
  const [behind, workingSet, ofMemory] = await open();
  const { db, clock, keyring } = behind;
  const people = await createMemoryPeople({ workingSet, db, keyring });
  const store = await createMemoryReconcileStore({ workingSet, agenda: createAgenda({ clock }), people, db, clock });
  memory = { reconcile: ofMemory, on: (work) => work(store) };
  await both(async ({ on }) =>
    on(async (each) => {
      for (const row of entries()) each.putScoreEntry(row);
      for (const roll of rolls()) await each.putRoll(roll);
    }),
  );
}, 120_000);

afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Others are seen at the counter, now and then missed; with the owner's card there is never anybody. */
function entries(of: Partial<ScoreEntryRow> = {}): ScoreEntryRow[] {
  return world.settlements.map((row, i): ScoreEntryRow => {
    const isMissed = row.psn_no === OWNER || i % 9 === 1;
    return {
      settlement_id: row.id,
      clinic_code: row.clinic_code,
      at: row.at,
      leaves_on: scoreLeavesOn(row.at),
      setl_id: row.setl_id,
      psn_no: row.psn_no,
      med_type: '11',
      fund_fen: row.fund_fen ?? 0,
      sight: isMissed ? 'absent' : 'present',
      confirmed: row.psn_no !== OWNER && i % 3 === 0,
      best_llr: isMissed ? null : 3,
      kin_llr: null,
      looking: isMissed ? 'K1|100 K2|000' : 'K1|111 K2|010',
      ...(row.psn_no === OWNER ? of : {}),
    };
  });
}

function rolls() {
  const bodies = new Map<string, { clinic: string; day: string; visits: RollVisit[] }>();
  for (const [i, row] of world.settlements.entries()) {
    const day = localDay(row.at, ZONE);
    const key = `${row.clinic_code} ${day}`;
    const body = bodies.get(key) ?? { clinic: row.clinic_code, day, visits: [] };
    body.visits.push({ setlId: row.setl_id, psnNo: row.psn_no, at: row.at, doctor: `D${i % 2}` } as RollVisit);
    bodies.set(key, body);
  }
  return [...bodies.values()].map(({ clinic, day, visits }) => ({
    clinic_code: clinic,
    day,
    leaves_on: rollLeavesOn(day),
    body: packRoll(visits, Date.parse(`${day}T00:00:00+08:00`)),
  }));
}

/** Does the same on both sides. */
async function both<T>(work: (side: Side) => Promise<T>): Promise<{ memory: T; live: T }> {
  return { live: await work(live), memory: await work(memory) };
}

async function agree<T>(ask: (store: ReconcileStore) => Promise<T>): Promise<T> {
  const answers = await both(({ on }) => on(ask));
  expect(answers.memory).toEqual(answers.live);
  return answers.live;
}

const assessed = (subjectKind: 'clinic_score' | 'enrollee_score', subjectId: string) =>
  both(({ on, reconcile }) =>
    on(async (store) => {
      const due = reconcile.reactions.find(({ topic }) => topic.name === subjectDue.name);
      await due?.react(store, { subjectKind, subjectId, trigger: 'night' });
    }),
  );

/** Keeps other entries of the owner. */
const keep = (of?: Partial<ScoreEntryRow>) =>
  both(({ on }) =>
    on(async (store) => {
      for (const row of entries(of)) store.putScoreEntry(row);
    }),
  );

const findings = () =>
  agree(async (store) =>
    (await store.findingsOfIncident(INCIDENT)).map(({ outcome, reason, setl_ids, psn_no, clinic_code, evidence }) => ({
      outcome,
      reason,
      psn_no,
      clinic_code,
      setl_ids,
      evidence,
    })),
  );

const contextOn = (store: ReconcileStore): GatherContext =>
  ({ store, now: NOW - 4 * HOUR, timeZone: ZONE, faceRecognition: true }) as GatherContext;

describe('a card that is used without its owner, in the database and in memory', () => {
  it('is found by the same entries, and from the same facts', async () => {
    const found = await agree(async (store) =>
      (await store.entriesOfCards({ psnNos: PEOPLE, from: START })).map((row) => row.settlement_id).sort(),
    );
    expect(found.length).toBeGreaterThan(18);
    for (const psnNo of PEOPLE) {
      const facts = await agree((store) =>
        gatherEnrolleeScore(contextOn(store), psnNo, { lookBackDays: 35, least: 4, known: false, looks: LOOKS }),
      );
      if (psnNo === OWNER) {
        expect(facts?.places.map(({ clinic, own }) => [clinic, own.length])).toEqual([
          ['H2', 9],
          ['H3', 9],
        ]);
      }
    }
    const clinic = await agree((store) =>
      gatherClinicScore(contextOn(store), 'H2', {
        lookBackDays: 35,
        leastStrange: 4,
        leastOfCard: 4,
        known: false,
        looks: LOOKS,
      }),
    );
    expect(clinic?.doctors).toEqual(['D0', 'D1']);
    expect(clinic?.visits.some(({ doctor }) => doctor === 1)).toBe(true);
  });

  it('is asked about, and taken back when it turns out that he was there', async () => {
    await assessed('enrollee_score', OWNER);
    expect(await findings()).toMatchObject([{ outcome: 'hit', reason: 'owner_not_there_again', psn_no: OWNER }]);
    await keep({ sight: 'present', looking: 'K1|111 K2|010', best_llr: 3 });
    await assessed('enrollee_score', OWNER);
    expect(await findings()).toMatchObject([{ outcome: 'clear' }]);
    await keep();
  });

  it('is due again in the night in which a clinic was scored, and names nothing that the clinic’s own alert names', async () => {
    for (const clinic of ['H2', 'H3']) await assessed('clinic_score', clinic);
    const { rows } = await live.runtime.db.query<{ id: string }>(
      `select payload ->> 'subjectId' as id from outbox where payload ->> 'subjectKind' = 'enrollee_score'`,
    );
    expect(rows.map(({ id }) => id)).toContain(OWNER);
    const named = (
      await agree(async (store) => {
        const found: string[] = [];
        for (const week of ['2026-03-02', '2026-03-09'])
          for (const clinic of ['H2', 'H3'])
            for (const row of await store.findingsOfIncident(`clinic-score:${clinic}:${week}:S1`))
              if (row.outcome === 'hit') found.push(...row.setl_ids);
        return found.sort();
      })
    ).filter((setlId) => setlId.startsWith('OWN-'));
    expect(named.length).toBeGreaterThan(3);
    await assessed('enrollee_score', OWNER);
    for (const { outcome, setl_ids } of await findings())
      if (outcome === 'hit') expect(setl_ids.filter((setlId) => named.includes(setlId))).toEqual([]);
  });
});
