import { canonicalJson, type Json } from '../../../src/platform/canonical-json.ts';
import { decisionIdOf } from '../../../src/reconcile/decision-rows.ts';
import { type Subject, visitKeyOf } from '../../../src/reconcile/facts.ts';
import type { ReconcileStore } from '../../../src/reconcile/store.ts';
import { decisionsTable, findingsTable } from '../../../src/reconcile/tables.ts';
import { DAY, DAYS, HOUR, PEOPLE, type Random, START, VISITS, type World } from './memory-world.ts';

/** One question to a store, whose answer two stores must give alike. */
export interface Check {
  readonly name: string;
  readonly ask: (store: ReconcileStore) => Promise<unknown>;
}

type Row = object;

/** Only these columns, so that a store may give more. */
const pick = (row: Row, columns: string): Json =>
  Object.fromEntries(
    columns.split(' ').map((column) => {
      const value = (row as Record<string, unknown>)[column];
      return [column, Buffer.isBuffer(value) ? value.toString('hex') : (value as Json)];
    }),
  );
const pickOrNull = (row: Row | null, columns: string): Json => (row === null ? null : pick(row, columns));
const list = (rows: readonly Row[], columns: string): Json[] => rows.map((row) => pick(row, columns));
/** For rows that come in no order. */
const bag = (rows: readonly Row[], columns: string): Json[] =>
  list(rows, columns)
    .map((row) => canonicalJson(row))
    .sort();

const REF = 'id clinic_code mdtrt_id msgid at psn_no';
const SETTLEMENT = 'id at msgid setl_id mdtrt_id clinic_code psn_no med_type total_fen fund_fen reversed_at';
const EVENT = 'id kind at clinic_code msgid psn_no mdtrt_id reversed_at med_type refused auth_no request_face';
const CLINIC = 'code region_code face_recognition mode open_hours';
const FILING = 'what psn_no camera_id from_at to_at';
const AUTH = 'psn_no ok at';
const STATE = 'state from_at to_at';
const TOUCHED = 'id clinic_code mdtrt_id msgid at';
const SUBJECT = 'subject_kind subject_id';
const FINDING = Object.keys(findingsTable.columns).join(' ');
const DECISION = Object.keys(decisionsTable.columns).join(' ');

export const dayOf = (i: number): string => new Date(START + i * DAY).toISOString().slice(0, 10);

export function drawSubject(
  random: Random,
  world: World,
): { readonly subject: Subject; readonly visitKey: string | null } {
  switch (random.int(5)) {
    case 0:
    case 1: {
      const row = random.of(world.settlements);
      return {
        subject: { kind: 'settlement', id: row.id },
        visitKey: visitKeyOf(row.clinic_code, row.mdtrt_id, row.msgid),
      };
    }
    case 2: {
      const row = random.of(world.events);
      const id = random.chance(0.2) ? `message:${row.msgid}` : visitKeyOf(row.clinic_code, row.mdtrt_id, row.msgid);
      return { subject: { kind: 'visit', id }, visitKey: id };
    }
    case 3:
      return {
        subject: { kind: 'clinic_day', id: `${random.of(world.clinics).code}:${dayOf(random.int(DAYS))}` },
        visitKey: null,
      };
    default:
      return {
        subject: { kind: 'camera', id: `${random.of(world.cameras).id}@${START + random.int(DAYS * 4) * 6 * HOUR}` },
        visitKey: null,
      };
  }
}

/** One question of each kind. */
export function drawChecks(random: Random, world: World): Check[] {
  const { of, int, chance, moment } = random;
  const until = dayOf(int(DAYS));
  const clinicCode = chance(0.95) ? of(world.clinics).code : 'H9';
  const camera = of(world.cameras);
  const psnNo = of([...PEOPLE, 'X1', 'X9']);
  const claimed = chance(0.1) ? null : psnNo;
  const at = moment();
  const span = { from: at, to: at + of([0, 1, HOUR, 6 * HOUR, DAY, 4 * DAY]) };
  const open = { from: at, to: chance(0.5) ? null : span.to };
  const known = drawSubject(random, world);
  const visitKey = visitKeyOf(of(['H1', 'H2']), chance(0.8) ? of(VISITS) : null, `M${int(100)}`);
  const settlement = of(world.settlements);
  const limit = of([1, 2, 5, 5000]);
  const psnNos = [...new Set([of(PEOPLE), of(PEOPLE), 'X2'])].slice(0, int(4));
  const others = chance(0.5) ? span : null;
  const places = Array.from({ length: int(3) }, () => ({ clinicCode: of(world.clinics).code, at: moment() }));
  const ids = Array.from({ length: int(4) }, () => of(world.templateIds)).concat(chance(0.3) ? [settlement.id] : []);
  const subjects = Array.from({ length: 6 }, () => drawSubject(random, world).subject);
  const withRelated = chance(0.6);
  const after = chance(0.3) ? null : at;
  const about = (what: object): string => JSON.stringify(what);

  return [
    {
      name: `settlementRef ${settlement.id}`,
      ask: async (store) => pickOrNull(await store.settlementRef(settlement.id), REF),
    },
    {
      name: `lockSettlement ${settlement.id}`,
      ask: async (store) => pickOrNull(await store.lockSettlement(settlement.id), REF),
    },
    {
      name: `standingOf ${about(known)}`,
      ask: async (store) => {
        const standing = await store.standingOf(known);
        return {
          head: pickOrNull(standing.head, 'assessment_id facts_hash rule_set awaits_until'),
          findings: bag(standing.findings, FINDING),
          decision: pickOrNull(standing.decision, DECISION),
          events: bag(standing.events, EVENT),
          settlements: bag(standing.settlements, SETTLEMENT),
        };
      },
    },
    {
      name: `decisionOf ${visitKey}`,
      ask: async (store) => pickOrNull(await store.decisionOf(visitKey), DECISION),
    },
    {
      name: `decisionById ${visitKey}`,
      ask: async (store) => pickOrNull(await store.decisionById(decisionIdOf(visitKey)), DECISION),
    },
    {
      name: `findingsOfIncident ${visitKey}`,
      ask: async (store) => bag(await store.findingsOfIncident(visitKey), FINDING),
    },
    {
      name: `findingsOfIncident ${at}`,
      ask: async (store) => bag(await store.findingsOfIncident(`incident-${at % 5}`), FINDING),
    },
    {
      name: `authNamed ${about({ claimed, at })}`,
      ask: async (store) =>
        Promise.all(
          ['A0', 'A1', 'A2', 'A3', 'A14'].map(async (authNo) => {
            const named = await store.authNamed({ authNo, psnNo, mdtrtId: settlement.mdtrt_id, before: span });
            return { auths: bag(named.auths, 'clinic_code psn_no ok at'), otherVisit: named.otherVisit };
          }),
        ),
    },
    {
      name: `parties ${about({ clinicCode, claimed, at })}`,
      ask: async (store) => {
        const parties = await store.parties({ clinicCode, psnNo: claimed, at, around: span, elsewhere: span });
        return {
          clinic: pickOrNull(parties.clinic, CLINIC),
          person: pickOrNull(parties.person, 'psn_no sex birth'),
          statuses: bag(parties.statuses, 'what from_at to_at institution source created_at'),
          filings: bag(parties.filings, FILING),
          auths: bag(parties.auths, AUTH),
          elsewhere: bag(parties.elsewhere, 'clinic_code setl_id msgid at region_code'),
        };
      },
    },
    {
      name: `presence ${about({ clinicCode, at, span })}`,
      ask: async (store) => {
        const { cameras, appearances } = await store.presence({ clinicCode, at, span });
        return {
          cameras: cameras.map((row) => [
            pick(row, 'id scene_point required_med_types enabled offset_ms uncertainty_ms until_at moved_at'),
            list(row.states, STATE),
          ]),
          appearances: bag(appearances, 'id camera_id state from_at to_at faces quality revision template_id'),
        };
      },
    },
    {
      name: `people ${about({ clinicCode, psnNos, others })}`,
      ask: async (store) => {
        const people = await store.people({ clinicCode, psnNos, others });
        return {
          staff: bag(people.staff, 'id psn_no active_from active_to'),
          proxies: bag(people.proxies, 'psn_no proxy_psn_no from_at to_at revoked_at'),
          households: bag(people.households, 'psn_no household'),
          others: people.others.toSorted(),
          portraits: bag(people.portraits, 'id subject_kind subject_ref taken_on decided_at template_id'),
        };
      },
    },
    {
      name: `templates ${about(ids)}`,
      ask: async (store) =>
        [...(await store.templates(ids))]
          .map(([id, { template, modelVersion, quality }]) => [id, [...template], modelVersion, quality])
          .sort(),
    },
    {
      name: `day ${about({ clinicCode, span })}`,
      ask: async (store) => {
        const day = await store.day({ clinicCode, ...span, around: { from: span.from - 3_600_000, to: span.to } });
        return {
          clinic: pickOrNull(day.clinic, CLINIC),
          settlements: bag(day.settlements, SETTLEMENT),
          filings: bag(day.filings, FILING),
          auths: bag(day.auths, AUTH),
        };
      },
    },
    {
      name: `dayBooks ${about({ clinicCode, span })}`,
      ask: async (store) => {
        const books = await store.dayBooks({ clinicCode, mdtrtIds: VISITS, psnNos, day: span });
        return {
          lines: [...new Set(bag(books.lines, 'mdtrt_id doctor_code med_list_codg'))],
          diagnoses: bag(books.diagnoses, 'id at mdtrt_id request'),
          persons: bag(books.persons, 'psn_no sex birth household'),
          roster: bag(books.roster, 'staff_no'),
          signIns: bag(books.signIns, 'clinic_code from_at to_at staff_no'),
          kept: books.kept,
        };
      },
    },
    {
      name: `cameraClock ${camera.id}`,
      ask: async (store) =>
        pickOrNull(
          await store.cameraClock(camera.id),
          'id clinic_code scene_point enabled offset_ms uncertainty_ms measured_at',
        ),
    },
    {
      name: `camera ${camera.id} ${at}`,
      ask: async (store) => {
        const found = await store.camera({ cameraId: camera.id, deviceMs: at });
        return (
          found && {
            camera: pick(found.camera, 'id clinic_code scene_point required_med_types enabled'),
            clinic: pick(found.clinic, CLINIC),
            offset_ms: found.offset_ms,
            states: bag(found.states, STATE),
          }
        );
      },
    },
    {
      name: `filings ${about({ clinicCode, span })}`,
      ask: async (store) => bag(await store.filings({ clinicCode, ...span }), FILING),
    },
    {
      name: `settlementsFrom ${about({ clinicCode, open, limit })}`,
      ask: async (store) => bag(await store.settlementsFrom({ clinicCode, ...open, limit }), SETTLEMENT),
    },
    {
      name: `deviceStates ${about({ clinicCode, camera: camera.id, open })}`,
      ask: async (store) => [
        bag(await store.deviceStates({ clinicCode, cameraId: null, ...open }), `camera_id ${STATE}`),
        bag(
          await store.deviceStates({ clinicCode: camera.clinic_code, cameraId: camera.id, ...open }),
          `camera_id ${STATE}`,
        ),
        bag(await store.deviceStates({ clinicCode, cameraId: camera.id, ...open }), `camera_id ${STATE}`),
      ],
    },
    {
      name: `outageStates ${about({ clinicCode, at })}`,
      ask: async (store) =>
        bag(
          await store.outageStates({ clinicCode, at, lookBackMs: at % 2 === 0 ? 30 * DAY : DAY }),
          `camera_id offset_ms ${STATE}`,
        ),
    },
    { name: `leastWatermarkSeen ${clinicCode}`, ask: (store) => store.leastWatermarkSeen(clinicCode) },
    { name: `offsetAt ${camera.id} ${at}`, ask: (store) => store.offsetAt(camera.id, at) },
    {
      name: `assessed ${about(subjects)}`,
      ask: async (store) => {
        const found: string[] = [];
        for (const kind of ['settlement', 'visit', 'clinic_day', 'camera'] as const) {
          const wanted = new Set(subjects.filter((subject) => subject.kind === kind).map(({ id }) => id));
          found.push(
            ...(await store.assessed(kind, [...wanted])).map(
              ({ subject_id, awaits_until }) => `${subject_id} ${awaits_until}`,
            ),
          );
        }
        return found.sort();
      },
    },
    {
      name: `windowsOver ${about({ clinicCode, span })}`,
      ask: async (store) => bag(await store.windowsOver(clinicCode, span), `${SUBJECT} verdict awaits_until`),
    },
    {
      name: `neighbours ${about(places)}`,
      ask: async (store) => bag(await store.neighbours(places), SUBJECT),
    },
    {
      name: `knownOutages ${camera.id} ${about(open)}`,
      ask: async (store) =>
        bag(await store.knownOutages({ clinicCode: camera.clinic_code, cameraId: camera.id, ...open }), SUBJECT),
    },
    {
      name: `awaitingBetween ${about({ clinicCode, after, until: span.to })}`,
      ask: async (store) => bag(await store.awaitingBetween(clinicCode, after, span.to), SUBJECT),
    },
    {
      name: `claimsOfPeople ${about({ psnNo, withRelated, open, limit })}`,
      ask: async (store) => {
        const { settlements, events } = await store.claimsOfPeople({ psnNo, withRelated, ...open, limit });
        return [list(settlements, TOUCHED), list(events, TOUCHED)];
      },
    },
    {
      name: `claimsOfClinic ${about({ clinicCode, open, limit })}`,
      ask: async (store) => {
        const { settlements, events } = await store.claimsOfClinic({ clinicCode, ...open, limit });
        return [list(settlements, TOUCHED), list(events, TOUCHED)];
      },
    },
    {
      name: 'clinicOfStaff',
      ask: (store) => store.clinicOfStaff(at % 3 === 0 ? settlement.id : (world.staff[at % 6]?.id ?? 'nobody')),
    },
    {
      name: `scheduleOf ${clinicCode}`,
      ask: async (store) =>
        pickOrNull(await store.scheduleOf(clinicCode), 'open_hours scheduled_until scheduled_hours'),
    },
    { name: 'dueClinics', ask: (store) => store.dueClinics({ until, limit }) },
  ];
}
