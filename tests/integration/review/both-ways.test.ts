import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clinicsTable, regionsTable } from '../../../src/access/tables.ts';
import { camerasTable, clockOffsetsTable } from '../../../src/devices/tables.ts';
import { loadEvidenceSettings } from '../../../src/evidence/settings.ts';
import type { ClaimEventRow, SettlementRow } from '../../../src/ledgers/claims/rows.ts';
import { claimEventsTable, settlementKeysTable, settlementsTable } from '../../../src/ledgers/claims/tables.ts';
import { createMemoryPeople } from '../../../src/people/memory-people.ts';
import { derivedId } from '../../../src/platform/ids.ts';
import { tellAgenda } from '../../../src/platform/tell.ts';
import { createAgenda } from '../../../src/platform/working-set/agenda.ts';
import { openWorkingSet, type WorkingSet } from '../../../src/platform/working-set/working-set.ts';
import { createMemoryReconcileStore } from '../../../src/reconcile/memory-store.ts';
import { type FindingRow, findingsTable } from '../../../src/reconcile/tables.ts';
import { applyFindings, createAlertReaction } from '../../../src/review/alert-writer.ts';
import { fillQueue } from '../../../src/review/budget/fill.ts';
import { alarmPolicyOf } from '../../../src/review/budget/policy.ts';
import { createEvidenceKeeper } from '../../../src/review/incident-evidence.ts';
import { openMemoryReviewStore } from '../../../src/review/memory-store.ts';
import { createPgReviewStore } from '../../../src/review/pg-store.ts';
import type { ReviewStore } from '../../../src/review/store.ts';
import { createTestRuntime, TEST_NOW, type TestRuntime } from '../../support/test-runtime.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CLINICS = ['H41162400001', 'H41162400002', 'H41162700009'] as const;

function chance(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const settlement = (n: number, at: number, clinic: string): SettlementRow => ({
  id: derivedId('settlement', String(n)),
  at,
  at_offset_min: 480,
  msgid: `msg-${n}`,
  // The platform has not answered some yet.
  setl_id: n % 5 === 0 ? null : `S${n}`,
  mdtrt_id: n % 7 === 0 ? null : `M${n}`,
  clinic_code: clinic,
  psn_no: `P${n % 4}`,
  med_type: '11',
  insutype: null,
  cert_type: null,
  dev_no: null,
  opter: null,
  total_fen: 2_904,
  fund_fen: n % 9 === 0 ? null : 1_000 + n,
  account_fen: 0,
  cash_fen: 0,
  reversed_at: n % 6 === 0 ? at + HOUR : null,
  reversed_by: null,
  received_at: at,
});

const eventOf = (row: SettlementRow): ClaimEventRow => ({
  id: derivedId('event', row.id),
  kind: 'settlement',
  at: row.at,
  at_offset_min: 480,
  clinic_code: row.clinic_code,
  msgid: row.msgid,
  message_received_at: row.at,
  psn_no: row.psn_no,
  mdtrt_id: row.mdtrt_id,
  setl_id: row.setl_id,
  dev_no: null,
  opter: null,
  body: {} as ClaimEventRow['body'],
  reversed_by: null,
  reversed_at: null,
  created_at: row.at,
});

const RULES = [
  { rule_id: 'A1', class: 'fraud', phase: 'in', severity: 'high' },
  { rule_id: 'A2', class: 'fraud', phase: 'post', severity: 'medium' },
  { rule_id: 'A8', class: 'fraud', phase: 'pre', severity: 'high' },
  { rule_id: 'E1', class: 'evidence', phase: 'post', severity: 'low' },
  { rule_id: 'P1', class: 'device', phase: 'pre', severity: 'medium' },
] as const;

/** A step of work: settlements that arrive, findings that change, incidents to be looked at. */
interface Step {
  readonly at: number;
  readonly settlements: readonly SettlementRow[];
  readonly finding: FindingRow | null;
  readonly incident: string | null;
  /** A person puts it aside. */
  readonly dismiss: boolean;
}

function steps(seed: number): Step[] {
  const pick = chance(seed);
  const of = <T>(list: readonly T[]): T => list[pick(list.length)] as T;
  const settled: SettlementRow[] = [];
  const findings = new Map<string, FindingRow>();
  const list: Step[] = [];
  for (let n = 0, at = TEST_NOW; n < 260; n++, at += pick(4) * HOUR) {
    if (n % 4 === 0) settled.push(settlement(n, at - pick(5) * 60_000, of(CLINICS)));
    const fresh = n % 4 === 0 ? settled.slice(-1) : [];
    const about = pick(3) === 0 ? of(settled) : of(settled.slice(-6));
    const incident = of([
      about.mdtrt_id === null ? `message:${about.msgid}` : `visit:${about.clinic_code}:${about.mdtrt_id}`,
      `clinic-day:${about.clinic_code}:2026-03-17:A5`,
      `camera:cam-1@${TEST_NOW + pick(3) * HOUR}`,
    ]);
    const rule = of(RULES);
    const key = `${rule.rule_id}|${incident}`;
    const before = findings.get(key);
    const finding: FindingRow = {
      id: derivedId('finding', key),
      rule_version: '1',
      subject_key: incident,
      incident_key: incident,
      ...rule,
      clinic_code: before?.clinic_code ?? about.clinic_code,
      psn_no: pick(3) === 0 ? null : about.psn_no,
      camera_id: incident.startsWith('camera:') ? 'cam-1' : null,
      setl_ids: pick(4) === 0 || about.setl_id === null ? [] : [about.setl_id],
      basis: ['face'],
      outcome: of(['hit', 'hit', 'hit', 'undetermined', 'clear'] as const),
      reason: of(['every_face_differs', 'nobody_seen', 'listed_dead']),
      evidence: { zh: '到场的人不是本人。', en: 'Someone else.', coverage: pick(10) / 10, state: 'dark' },
      assessment_id: derivedId('assessment', String(n)),
      first_at: before?.first_at ?? at,
      updated_at: at,
    } as FindingRow;
    findings.set(key, finding);
    list.push({ at, settlements: fresh, finding, incident, dismiss: pick(25) === 0 });
    if (pick(6) === 0) list.push({ at, settlements: [], finding: null, incident, dismiss: false });
  }
  return list;
}

function putSeed(workingSet: WorkingSet, step: Step): void {
  for (const row of step.settlements) {
    workingSet.table(settlementsTable).put(row);
    workingSet.table(claimEventsTable).put(eventOf(row));
    if (row.setl_id === null) continue;
    const key = { setl_id: row.setl_id, settlement_id: row.id, clinic_code: row.clinic_code, at: row.at };
    workingSet.table(settlementKeysTable).put(key);
  }
  if (step.finding !== null) workingSet.table(findingsTable).put(step.finding);
}

function putPlaces(workingSet: WorkingSet): void {
  const at = TEST_NOW - DAY;
  workingSet.table(regionsTable).put({ code: '411624', name: '沈丘县', level: 'county', parent: null });
  // The third clinic is registered nowhere.
  for (const code of CLINICS.slice(0, 2)) {
    workingSet.table(clinicsTable).put({
      code,
      name: code,
      region_code: '411624',
      open_hours: [],
      mode: 'mirror',
      face_recognition: true,
      created_at: at,
    });
  }
  workingSet.table(camerasTable).put({
    id: 'cam-1',
    clinic_code: CLINICS[0],
    name: 'cam-1',
    scene_point: 'counter',
    required_med_types: [],
    source_url_enc: null,
    source_kind: 'push',
    options: {},
    enabled: true,
    created_at: at,
    updated_at: at,
  });
  const offset = { camera_id: 'cam-1', measured_at: at, offset_ms: 90_000, uncertainty_ms: 500, source: 'test' };
  workingSet.table(clockOffsetsTable).put(offset);
}

const open = ({ db, config }: TestRuntime) => openWorkingSet({ db, connectionString: config.DATABASE_URL ?? '' });

async function dismiss(store: ReviewStore, incident: string): Promise<void> {
  const alert = await store.alert(incident);
  if (alert !== null) await store.putAlert({ ...alert, state: 'excluded', dismissed_rules: alert.rules });
}

const GATE = {
  policy: alarmPolicyOf({
    leastPrecision: 0.06,
    settleHours: 6,
    budgets: { fraud: { perDay: 3 }, evidence: { regions: { '41': 2 } } },
    rules: { A2: { mean: 0.05, strength: 20, minutes: 5 } },
  }),
  timeZone: 'Asia/Shanghai',
};

describe.each([1, 2])('alerts made live and in bulk, seed %i', (seed) => {
  let live: TestRuntime;
  let other: TestRuntime;
  let writer: WorkingSet;
  let workingSet: WorkingSet;
  beforeAll(async () => {
    [live, other] = await Promise.all([createTestRuntime(), createTestRuntime()]);
    const settings = await loadEvidenceSettings('config/evidence.yaml');
    writer = await open(live);
    workingSet = await open(other);
    const agenda = createAgenda({ clock: other.clock });
    putPlaces(writer);
    putPlaces(workingSet);
    const { db, keyring, clock } = other;
    const people = await createMemoryPeople({ workingSet, db, keyring });
    const reconcile = await createMemoryReconcileStore({ workingSet, agenda, people, db, clock });
    const store = await openMemoryReviewStore({ workingSet, db, reconcile, tell: tellAgenda(agenda) });
    const { react } = createAlertReaction({ ...GATE, clock });
    const deps = { ...live, settings };
    const pick = chance(seed + 50);
    for (const step of steps(seed)) {
      for (const runtime of [live, other]) runtime.clock.set(step.at);
      putSeed(writer, step);
      await writer.flush();
      await writer.written();
      const { finding } = step;
      if (finding !== null) await workingSet.ensure(finding.clinic_code, finding.first_at, finding.first_at);
      putSeed(workingSet, step);
      const { incident } = step;
      if (incident !== null) {
        await live.db.transaction(async (tx) => {
          const pg = createPgReviewStore(tx, live);
          await applyFindings(pg, { ...GATE, clock: live.clock, evidence: createEvidenceKeeper(tx, deps) }, incident);
          if (step.dismiss) await dismiss(pg, incident);
        });
        await workingSet.transaction(async () => {
          await react(store, { incidentKey: incident });
          if (step.dismiss) await dismiss(store, incident);
        });
      }
      if (pick(5) === 0) {
        const order = { class: pick(2) === 0 ? 'fraud' : 'evidence', urgent: pick(4) === 0 } as const;
        await live.db.transaction((tx) =>
          fillQueue(createPgReviewStore(tx, live), { ...GATE, clock: live.clock }, order),
        );
        await workingSet.transaction(() => fillQueue(store, { ...GATE, clock }, order));
      }
      if (pick(20) === 0) {
        await workingSet.flush();
        await workingSet.written();
        reconcile.leaving(step.at - DAY);
        await workingSet.evict(step.at - DAY);
      }
    }
    await workingSet.flush();
    await workingSet.written();
  });
  afterAll(async () => {
    await writer?.close();
    await workingSet?.close();
    await Promise.all([live?.close(), other?.close()]);
  });

  it('are the same alerts with the same history, also of days that had left memory', async () => {
    const alerts = 'select * from alerts order by id';
    const events = 'select * from alert_events order by seq';
    const { rows: theirs } = await live.db.query<{ version: number; fund_fen: number }>(alerts);
    expect((await other.db.query(alerts)).rows).toEqual(theirs);
    expect((await other.db.query(events)).rows).toEqual((await live.db.query(events)).rows);
    for (const table of ['alert_queue order by alert_id', 'alert_budget_days order by day, class, region_code']) {
      const waiting = await live.db.query(`select * from ${table}`);
      expect((await other.db.query(`select * from ${table}`)).rows, table).toEqual(waiting.rows);
      expect(waiting.rows.length, table).toBeGreaterThan(0);
    }
    const { rows: actions } = await live.db.query<{ action: string }>('select distinct action from alert_events');
    expect(actions.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['raised', 'revised', 'withdrawn', 'returned', 'shown']),
    );
    expect(theirs.some((row) => row.fund_fen > 0 && row.version > 2)).toBe(true);
    expect(workingSet.stats.pagesBack).toBeGreaterThan(0);
  });
});
