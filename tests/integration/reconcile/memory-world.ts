import { type ClinicRow, clinicsTable, regionsTable } from '../../../src/access/tables.ts';
import { type CameraRow, type ClockOffsetRow, camerasTable, clockOffsetsTable } from '../../../src/devices/tables.ts';
import { notCompared } from '../../../src/ledgers/claims/request-face.ts';
import type { ClaimEventRow, FeeLineRow, SettlementRow } from '../../../src/ledgers/claims/rows.ts';
import { claimEventsTable, feeLinesTable, settlementsTable } from '../../../src/ledgers/claims/tables.ts';
import {
  type AppearanceRow,
  appearancesTable,
  type DeviceStateRow,
  deviceStatesTable,
  type TerminalAuthRow,
  terminalAuthsTable,
  type WatermarkRow,
  watermarksTable,
} from '../../../src/ledgers/presence/tables.ts';
import {
  type FilingRow,
  filingsTable,
  type PersonRow,
  type PersonStatusRow,
  type PortraitRow,
  type ProxyRow,
  personStatusTable,
  personsTable,
  portraitsTable,
  proxiesTable,
  type StaffRow,
  type StaffSignInRow,
  staffSignInsTable,
  staffTable,
  templatesTable,
} from '../../../src/people/tables.ts';
import { sealedTemplate } from '../../../src/people/template.store.ts';
import { ts } from '../../../src/platform/db.ts';
import { derivedId } from '../../../src/platform/ids.ts';
import { asReal } from '../../../src/platform/real.ts';
import type { Runtime } from '../../../src/platform/runtime.ts';
import type { TableDef } from '../../../src/platform/working-set/table.ts';
import type { WorkingSet } from '../../../src/platform/working-set/working-set.ts';
import { ruleSetsTable } from '../../../src/reconcile/tables.ts';

/** A small world drawn from a seed, whose moments lie on few places, so that ends of intervals often meet. */
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const START = Date.parse('2026-03-02T00:00:00Z');
export const DAYS = 12;
export const NOW = START + DAYS * DAY;
export const RULE_SET = 'rules-1';

export interface Random {
  int(below: number): number;
  chance(share: number): boolean;
  of<T>(items: readonly T[]): T;
  /** A moment of the world, on the grid of six hours or a little beside it; seldom months before. */
  moment(): number;
}

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return {
    int,
    chance: (share) => next() < share,
    of: <T>(items: readonly T[]): T => items[int(items.length)] as T,
    moment: () =>
      (int(6) === 0 ? START - int(100) * DAY : START + int(DAYS * 4) * 6 * HOUR) +
      ([0, 0, 0, 1, -1, 60_000][int(6)] ?? 0),
  };
}

export interface World {
  readonly clinics: readonly ClinicRow[];
  readonly cameras: readonly CameraRow[];
  readonly offsets: readonly ClockOffsetRow[];
  /** What live cameras told of their clocks. */
  readonly readings: readonly ClockOffsetRow[];
  readonly states: readonly DeviceStateRow[];
  readonly watermarks: readonly WatermarkRow[];
  readonly appearances: readonly AppearanceRow[];
  readonly auths: readonly TerminalAuthRow[];
  readonly settlements: readonly SettlementRow[];
  readonly events: readonly ClaimEventRow[];
  readonly persons: readonly PersonRow[];
  readonly statuses: readonly PersonStatusRow[];
  readonly proxies: readonly ProxyRow[];
  readonly staff: readonly StaffRow[];
  readonly filings: readonly FilingRow[];
  readonly lines: readonly FeeLineRow[];
  readonly signIns: readonly StaffSignInRow[];
  readonly portraits: readonly PortraitRow[];
  readonly templateIds: readonly string[];
}

export const PEOPLE = Array.from({ length: 14 }, (_, i) => `P${i}`);
/** Known to lists and portraits perhaps, but registered nowhere. */
const STRANGERS = ['X1', 'X2'];
export const VISITS = Array.from({ length: 30 }, (_, i) => `V${i}`);
const OFFSETS = [0, 4_200, -3_100, 8 * HOUR, -8 * HOUR];

const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const distinct = <T>(rows: readonly T[], keyOf: (row: T) => string): T[] => [
  ...new Map(rows.map((row) => [keyOf(row), row])).values(),
];

export function drawWorld(random: Random, templateIds: readonly string[]): World {
  const { int, chance, of, moment } = random;
  const later = (at: number): number | null => (chance(0.3) ? null : at + int(20) * 6 * HOUR);
  const someone = (): string => of([...PEOPLE, ...STRANGERS]);
  /** One that others have too, one of its own, or none. */
  const visitOf = (own: string): string | null => (chance(0.15) ? null : chance(0.5) ? own : of(VISITS));
  const clinics = ['H1', 'H2', 'H3'].map(
    (code): ClinicRow => ({
      code,
      name: code,
      region_code: '411624',
      open_hours: chance(0.5) ? [] : [{ days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00' }],
      mode: of(['mirror', 'hook']),
      face_recognition: chance(0.8),
      created_at: START,
    }),
  );
  const cameras = ['b-1', 'a-1', 'B-1', 'c-1', 'c-2'].map(
    (id, i): CameraRow => ({
      id,
      clinic_code: i < 3 ? 'H1' : 'H2',
      name: id,
      scene_point: of(['counter', 'consulting', 'entrance']),
      required_med_types: chance(0.5) ? [] : ['11', '14'],
      source_url_enc: null,
      source_kind: 'push',
      options: {} as CameraRow['options'],
      enabled: chance(0.8),
      created_at: START,
      updated_at: START,
    }),
  );
  const cameraIds = cameras.map(({ id }) => id);
  // One camera was never measured, and one never told anything.
  const offsets = distinct(
    many(
      20,
      (): ClockOffsetRow => ({
        camera_id: of(cameraIds.slice(0, 4)),
        measured_at: moment(),
        offset_ms: of(OFFSETS),
        uncertainty_ms: int(5_000),
        source: 'test',
      }),
    ),
    (row) => `${row.camera_id} ${row.measured_at}`,
  );
  const states = distinct(
    many(70, (i): DeviceStateRow => {
      const from = moment() + (chance(0.2) ? of(OFFSETS) : 0);
      return {
        id: derivedId('state', String(i)),
        camera_id: of(cameraIds.slice(0, 4)),
        state: of(['ok', 'ok', 'offline', 'dark', 'frozen', 'covered', 'moved', 'unknown']),
        from_at: from,
        to_at: later(from),
        reason: null,
      };
    }),
    (row) => `${row.camera_id} ${row.from_at}`,
  );
  const watermarks = cameraIds.slice(0, 3).map(
    (id): WatermarkRow => ({
      camera_id: id,
      until_at: moment(),
      frames_read: 0,
      frames_dropped: 0,
      updated_at: moment(),
    }),
  );
  const appearances = many(120, (i): AppearanceRow => {
    const camera = of(cameras);
    const from = moment() + (chance(0.3) ? of(OFFSETS) : 0);
    return {
      id: derivedId('appearance', String(i)),
      camera_id: camera.id,
      clinic_code: camera.clinic_code,
      state: of(['open', 'closed', 'closed', 'void']),
      from_at: from,
      to_at: from + of([0, 1, 600_000, 12 * HOUR, 13 * HOUR]),
      faces: int(5),
      quality: asReal(int(1000) / 1000),
      template_id: chance(0.6) ? of(templateIds) : null,
      revision: 1,
      presentation: i % 9 === 4 ? { suspected: i % 2 === 0, kind: 'held_picture', strength: 0.75, looks: 12 } : null,
      retention_class: 'appearance',
      received_at: from,
      updated_at: from,
    };
  });
  const settlements = many(140, (i): SettlementRow => {
    const at = moment();
    return {
      id: derivedId('settlement', String(i)),
      at,
      at_offset_min: 480,
      msgid: `M${int(100)}`,
      setl_id: chance(0.8) ? `S${i}` : null,
      mdtrt_id: visitOf(`S${i}`),
      clinic_code: of(['H1', 'H1', 'H2', 'H3']),
      psn_no: chance(0.9) ? someone() : null,
      med_type: chance(0.8) ? of(['11', '14', '140104']) : null,
      insutype: null,
      cert_type: null,
      dev_no: null,
      opter: null,
      total_fen: chance(0.9) ? int(10_000) : null,
      fund_fen: chance(0.9) ? int(5_000) : null,
      account_fen: null,
      cash_fen: null,
      reversed_at: chance(0.1) ? moment() : null,
      reversed_by: null,
      received_at: at,
    };
  });
  const events = many(200, (i): ClaimEventRow => {
    const at = moment();
    const kind = of(['registration', 'trial_settlement', 'settlement', 'fee_lines', 'diagnosis'] as const);
    return {
      id: derivedId('event', String(i)),
      kind,
      at,
      at_offset_min: 480,
      clinic_code: of(['H1', 'H1', 'H2', 'H3']),
      msgid: `M${int(100)}`,
      message_received_at: at,
      psn_no: chance(0.9) ? someone() : null,
      mdtrt_id: visitOf(`E${i}`),
      setl_id: null,
      dev_no: null,
      opter: null,
      body: {
        ...(chance(0.9) ? { medType: chance(0.8) ? '14' : null } : {}),
        ...(chance(0.9) ? { refused: chance(0.2) } : {}),
        ...(i % 3 === 0 ? { request: { data: [{ auth_no: i % 9 === 0 ? '' : `A${i % 4}` }] } } : {}),
        ...(i % 5 === 0 ? { requestFace: { ...notCompared('matched', 'ab'), zone: 'match', llr: 3.5 } } : {}),
      } as Partial<ClaimEventRow['body']> as ClaimEventRow['body'],
      reversed_by: null,
      reversed_at: chance(0.1) ? moment() : null,
      created_at: at,
    };
  });
  const persons = PEOPLE.map(
    (psnNo): PersonRow => ({
      psn_no: psnNo,
      name_enc: null,
      certno_enc: null,
      certno_blind: null,
      cert_type: '01',
      sex: chance(0.8) ? of(['male', 'female']) : null,
      birth: chance(0.8) ? '1950-02-03' : null,
      household: chance(0.7) ? `F${int(4)}` : null,
      region_code: null,
      retention_class: 'identity',
      created_at: START,
      updated_at: START,
    }),
  );
  const statuses = distinct(
    many(14, (i): PersonStatusRow => {
      const from = moment();
      return {
        id: derivedId('status', String(i)),
        psn_no: someone(),
        what: of(['dead', 'inpatient', 'suspended', 'away']),
        from_at: from,
        to_at: later(from),
        institution: chance(0.3) ? 'H2' : null,
        source: 'list',
        created_at: moment(),
      };
    }),
    (row) => `${row.psn_no} ${row.what} ${row.from_at}`,
  );
  const proxies = many(16, (i): ProxyRow => {
    const from = moment();
    return {
      id: derivedId('proxy', String(i)),
      psn_no: someone(),
      proxy_psn_no: someone(),
      relation: 'kin',
      from_at: from,
      to_at: later(from),
      registered_by: 'test',
      created_at: from,
      revoked_at: chance(0.2) ? moment() : null,
    };
  });
  const staff = many(
    6,
    (i): StaffRow => ({
      id: derivedId('staff', String(i)),
      clinic_code: of(['H1', 'H2']),
      staff_no: `D${i}`,
      psn_no: chance(0.5) ? someone() : null,
      name_enc: null,
      active_from: START - DAY,
      active_to: chance(0.3) ? moment() : null,
      created_at: START,
    }),
  );
  const filings = many(24, (i): FilingRow => {
    const from = moment();
    return {
      id: derivedId('filing', String(i)),
      clinic_code: of(['H1', 'H2', 'H3']),
      psn_no: chance(0.4) ? someone() : null,
      camera_id: i % 3 === 0 ? (cameraIds[i % cameraIds.length] ?? null) : null,
      what: of(['outage', 'homeVisit', 'vaccinationDay', 'layout']),
      from_at: from,
      to_at: later(from),
      created_at: from,
    };
  });
  const lines = many(60, (i): FeeLineRow => {
    const at = moment();
    return {
      id: derivedId('line', String(i)),
      at,
      clinic_code: of(['H1', 'H2', 'H3']),
      mdtrt_id: of(VISITS),
      feedetl_sn: String(i),
      chrg_bchno: null,
      msgid: `lines-${i}`,
      sent_at: at,
      psn_no: null,
      med_list_codg: of(['XA01', 'ZA01', '0011', null]),
      medins_list_codg: null,
      name: null,
      cnt: null,
      price: null,
      amount_fen: 100,
      in_scope_fen: null,
      doctor_code: of(['D0', 'D1', 'D2', '未知', null]),
      cancelled_at: chance(0.2) ? at : null,
      cancelled_by: null,
    };
  });
  const signIns = distinct(
    many(40, (i): StaffSignInRow => {
      const from = moment();
      const who = of(staff);
      return {
        id: derivedId('sign-in', String(i)),
        staff_id: who.id,
        clinic_code: who.clinic_code,
        from_at: from,
        to_at: chance(0.3) ? null : from + int(10) * HOUR,
      };
    }),
    (row) => `${row.staff_id} ${row.from_at}`,
  );
  const auths = many(60, (i): TerminalAuthRow => {
    const at = moment();
    return {
      id: i % 2 === 0 ? derivedId('terminal-auth', `A${i}`) : derivedId('auth', String(i)),
      clinic_code: of(['H1', 'H2', 'H3']),
      psn_no: someone(),
      auth_no: i % 2 === 0 ? `A${i}` : null,
      ok: chance(0.7),
      at,
      created_at: at,
    };
  });
  const portraits = many(40, (i): PortraitRow => {
    const isStaff = chance(0.25);
    return {
      id: derivedId('portrait', String(i)),
      subject_kind: isStaff ? 'staff' : 'enrollee',
      subject_ref: isStaff ? of(staff).id : someone(),
      state: of(['accepted', 'accepted', 'superseded', 'quarantined', 'pending']),
      reasons: [],
      taken_on: chance(0.7) ? '2020-01-02' : null,
      quality: 0.5,
      blob_sha256: null,
      template_id: chance(0.85) ? of(templateIds) : null,
      created_at: START,
      decided_at: chance(0.8) ? moment() : null,
    };
  });
  // Drawn last: what is drawn before stays as it was.
  const readings = distinct(
    many(
      6,
      (): ClockOffsetRow => ({
        camera_id: of(cameraIds),
        measured_at: moment(),
        offset_ms: of(OFFSETS),
        uncertainty_ms: int(5_000),
        source: 'onvif',
      }),
    ),
    (row) => `${row.camera_id} ${row.measured_at}`,
  );
  return {
    clinics,
    cameras,
    offsets,
    readings,
    states,
    watermarks,
    appearances,
    auths,
    settlements,
    events,
    persons,
    statuses,
    proxies,
    staff,
    filings,
    lines,
    signIns,
    portraits,
    templateIds,
  };
}

/** Writes the world into tables in memory and from there into their database. */
export async function fillWorld(workingSet: WorkingSet, runtime: Runtime, world: World): Promise<void> {
  const { db, keyring } = runtime;
  const put = async <Row extends object>(def: TableDef<Row>, rows: readonly Row[]): Promise<void> => {
    const table = workingSet.table(def);
    for (const row of rows) table.put(row);
    await workingSet.flush();
    await workingSet.written();
  };
  await put(regionsTable, [{ code: '411624', name: 'Shenqiu', level: 'county', parent: null }]);
  await put(clinicsTable, world.clinics);
  await put(camerasTable, world.cameras);
  await put(clockOffsetsTable, world.offsets);
  for (const row of world.readings) {
    await db.query('insert into camera_clock_readings values ($1, $2, $3, $4, $5)', [
      ...[row.camera_id, ts(row.measured_at), row.offset_ms, row.uncertainty_ms, row.source],
    ]);
  }
  await put(deviceStatesTable, world.states);
  await put(watermarksTable, world.watermarks);
  await put(appearancesTable, world.appearances);
  await put(terminalAuthsTable, world.auths);
  await put(settlementsTable, world.settlements);
  await put(claimEventsTable, world.events);
  await put(personsTable, world.persons);
  await put(personStatusTable, world.statuses);
  await put(proxiesTable, world.proxies);
  await put(staffTable, world.staff);
  await put(filingsTable, world.filings);
  await put(feeLinesTable, world.lines);
  await put(staffSignInsTable, world.signIns);
  await put(portraitsTable, world.portraits);
  await put(ruleSetsTable, [{ version: RULE_SET, body: {}, created_at: START }]);
  const template = (id: string, i: number) => {
    const vector = new Float32Array(8);
    vector[i % 8] = 1;
    const made = { template: vector, modelVersion: 'm/1', quality: asReal(0.1 * (i % 10)) };
    const row = sealedTemplate(keyring, { ...made, retentionClass: 'portrait', createdAt: START });
    return { ...row, id, template_enc: keyring.seal('biometric', Buffer.from(vector.buffer), id) };
  };
  await put(templatesTable, world.templateIds.map(template));
}
