import { createAudit } from '../../../src/access/audit.ts';
import type { ModelCard } from '../../../src/faces/model-card.ts';
import type { PresentationKind } from '../../../src/faces/presentation/presentation.ts';
import { claimEventTopic } from '../../../src/ledgers/claims/claims.topics.ts';
import type { ClaimEventKind } from '../../../src/ledgers/claims/event-kinds.ts';
import { pgPresenceRows } from '../../../src/ledgers/presence/pg-store.ts';
import {
  presenceAppearance,
  presenceAuth,
  presenceDevice,
  presenceWatermark,
} from '../../../src/ledgers/presence/presence.topics.ts';
import { peopleChanged } from '../../../src/people/people.topics.ts';
import { putTemplate } from '../../../src/people/template.store.ts';
import { type Tx, ts, tsOrNull } from '../../../src/platform/db.ts';
import { derivedId } from '../../../src/platform/ids.ts';
import { createFaceJudge } from '../../../src/reconcile/face-judge.ts';
import { createRuleSet, type DecisionParameters } from '../../../src/reconcile/parameters.ts';
import { createReconcile, type Reconcile } from '../../../src/reconcile/reconcile.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const CLINIC = 'H41162400123';
export const CAMERA = 'cam-1';
const MODEL = 'synthetic/1';
const DIMENSION = 32;

/** 2026-03-17, a Tuesday, in Zhoukou. */
export const at = (time: string, day = '2026-03-17'): number => Date.parse(`${day}T${time}:00+08:00`);

/** A calibration with round cuts: match from 0.6, mismatch below 0.2. */
export const CARD = {
  templateVersion: MODEL,
  siteCalibrated: false,
  calibration: {
    id: 'synthetic',
    maxPortraitAgeYears: 10,
    bins: [
      {
        name: 'high',
        minQuality: 0.2,
        matchCut: 0.6,
        mismatchCut: 0.2,
        llr: [
          { score: -1, llr: -9 },
          { score: 0.4, llr: 0 },
          { score: 1, llr: 9 },
        ],
      },
    ],
  },
} as unknown as ModelCard;

/** Lists hold at once, without a grace: for what happens to holds. */
export const HOLD_AT_ONCE = { listedAtTrial: 'hold', settlementGraceHours: 0 } as const;

/** A face: a direction of its own, a little off each time that it is seen. */
export function face(
  person: number,
  view = 0,
  likeness?: { readonly of: number; readonly share: number },
): Float32Array {
  const vector = new Float32Array(DIMENSION);
  vector[person] = 1;
  vector[20 + (view % 10)] = view === 0 ? 0 : 0.3;
  if (likeness) vector[likeness.of] = likeness.share;
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

export interface Seen {
  readonly person?: number;
  readonly template?: Float32Array | null;
  readonly from: number;
  readonly to: number;
  readonly camera?: string;
  readonly state?: 'open' | 'closed' | 'void';
  readonly id?: string;
  /** It may be a picture of him. */
  readonly shown?: PresentationKind;
}

export interface Scene {
  readonly runtime: TestRuntime;
  readonly reconcile: Reconcile;
  /** Rows of topics that later rooms handle, in order. */
  readonly published: { topic: string; payload: Record<string, unknown> }[];
  clinic(options?: { readonly faceRecognition?: boolean }): Promise<void>;
  camera(id?: string, scenePoint?: string): Promise<void>;
  person(
    psnNo: string,
    options?: { readonly face?: number; readonly template?: Float32Array; readonly household?: string },
  ): Promise<void>;
  staff(staffNo: string, options: { readonly face: number; readonly psnNo?: string }): Promise<void>;
  proxy(psnNo: string, proxyPsnNo: string, from: number): Promise<void>;
  status(psnNo: string, what: 'dead' | 'suspended', from: number): Promise<void>;
  filing(
    what: 'outage' | 'homeVisit' | 'vaccinationDay' | 'emergency',
    from: number,
    to: number | null,
    psnNo?: string | null,
    camera?: string,
  ): Promise<void>;
  see(seen: Seen): Promise<string>;
  device(state: string, from: number, to: number | null, camera?: string): Promise<void>;
  /** The national terminal's face check at a moment of true time, told now. */
  auth(psnNo: string, when: number, ok?: boolean): Promise<void>;
  watermark(until: number, camera?: string): Promise<void>;
  register(visit: string, psnNo: string, when: number): Promise<ClaimRef>;
  trial(visit: string, psnNo: string, when: number): Promise<ClaimRef>;
  settle(visit: string, psnNo: string | null, when: number): Promise<ClaimRef>;
  reverse(visit: string, when: number): Promise<void>;
  /** Works off what is due, and what that leaves, until nothing is. */
  drain(): Promise<void>;
  /** Moves the clock and works off what became due on the way. */
  until(when: number): Promise<void>;
  findings(): Promise<
    { rule: string; outcome: string; reason: string; class: string; incident: string; setlIds: string[] }[]
  >;
  hits(): Promise<string[]>;
  verdict(visit: string): Promise<string>;
  decision(visit: string): Promise<{
    id: string;
    decision: string;
    state: string;
    everHeld: boolean;
    deadlineAt: number | null;
    releaseReason: string | null;
  }>;
  close(): Promise<void>;
}

export interface ClaimRef {
  readonly eventId: string;
  readonly kind: ClaimEventKind;
  readonly at: number;
  readonly clinicCode: string;
  readonly msgid: string;
  readonly psnNo: string | null;
  readonly mdtrtId: string | null;
  readonly setlId: string | null;
  readonly settlementId: string | null;
}

export const settlementId = (visit: string): string => derivedId('settlement', visit);

/** A database with this room alone: what other rooms would write is written here as rows with their outbox topics. */
export async function createScene(
  options: { now?: number; card?: ModelCard; decision?: Partial<DecisionParameters> } = {},
): Promise<Scene> {
  const runtime = await createTestRuntime({ now: options.now ?? at('07:00') });
  const { db, outbox, keyring, clock } = runtime;
  const reconcile = await createReconcile({
    ...runtime,
    audit: createAudit({ clock, keyring }),
    judge: createFaceJudge(options.card ?? CARD),
    // One camera, and no chance: it misses nobody.
    ruleSet: createRuleSet({
      valuesOf: (name) => (name === 'window' ? { missRate: 0 } : name === 'decision' ? (options.decision ?? {}) : {}),
    }),
  });
  const byTopic = new Map(reconcile.handlers.map((handler) => [handler.topic.name, handler]));
  const published: Scene['published'] = [];

  const template = (tx: Tx, vector: Float32Array): Promise<string> =>
    putTemplate(tx, keyring, {
      template: vector,
      modelVersion: MODEL,
      quality: 0.9,
      retentionClass: 'appearance',
      createdAt: clock.now(),
    });
  const portrait = async (tx: Tx, kind: string, ref: string, vector: Float32Array): Promise<void> => {
    await tx.query(
      `insert into portraits (id, subject_kind, subject_ref, state, quality, template_id, created_at, decided_at)
       values (gen_random_uuid(), $1, $2, 'accepted', 0.9, $3, $4, $4)`,
      [kind, ref, await template(tx, vector), ts(clock.now())],
    );
  };
  const changed = (
    tx: Tx,
    change: Partial<{ psnNo: string; staffId: string; clinicCode: string; from: number; to: number | null }>,
    what: 'proxy' | 'status' | 'portrait' | 'staff' | 'filing',
  ) =>
    outbox.add(tx, peopleChanged, {
      psnNo: null,
      staffId: null,
      clinicCode: null,
      from: null,
      to: null,
      what,
      ...change,
    });

  const claim = async (
    kind: 'registration' | 'trial_settlement' | 'settlement',
    visit: string,
    psnNo: string | null,
    when: number,
  ): Promise<ClaimRef> => {
    const ref: ClaimRef = {
      eventId: derivedId('event', kind, visit),
      kind,
      at: when,
      clinicCode: CLINIC,
      msgid: `msg-${kind}-${visit}`,
      psnNo,
      mdtrtId: `M-${visit}`,
      setlId: kind === 'settlement' ? `S-${visit}` : null,
      settlementId: kind === 'settlement' ? settlementId(visit) : null,
    };
    await db.transaction(async (tx) => {
      await tx.query(
        `insert into claim_events (id, kind, at, at_offset_min, clinic_code, msgid, message_received_at, psn_no, mdtrt_id, setl_id, body, created_at)
         values ($1, $2, $3, 480, $4, $5, $6, $7, $8, $9, '{"medType":"11","refused":false}', $6)`,
        [ref.eventId, kind, ts(when), CLINIC, ref.msgid, ts(clock.now()), psnNo, ref.mdtrtId, ref.setlId],
      );
      if (ref.settlementId !== null) {
        await tx.query(
          `insert into settlements (id, at, at_offset_min, msgid, setl_id, mdtrt_id, clinic_code, psn_no, med_type, total_fen, fund_fen, received_at)
           values ($1, $2, 480, $3, $4, $5, $6, $7, '11', 3560, 1640, $8)`,
          [ref.settlementId, ts(when), ref.msgid, ref.setlId, ref.mdtrtId, CLINIC, psnNo, ts(clock.now())],
        );
      }
      await outbox.add(tx, claimEventTopic, ref);
    });
    return ref;
  };

  const drain = async (): Promise<void> => {
    for (;;) {
      const { rows } = await db.query<{ id: number; topic: string; payload: Record<string, unknown> }>(
        'select id, topic, payload from outbox where done_at is null and available_at <= $1 order by available_at, id limit 1',
        [ts(clock.now())],
      );
      const row = rows[0];
      if (!row) return;
      await db.query('update outbox set published_at = now() where id = $1', [row.id]);
      const once = async (effects: (tx: Tx) => Promise<void>): Promise<void> => {
        await db.transaction(async (tx) => {
          await tx.query('update outbox set done_at = now() where id = $1', [row.id]);
          await effects(tx);
        });
      };
      const handler = byTopic.get(row.topic);
      if (handler) await handler.handle({ payload: row.payload, once });
      else {
        published.push({ topic: row.topic, payload: row.payload });
        await once(async () => undefined);
      }
    }
  };

  const findings: Scene['findings'] = async () =>
    (
      await db.query<{
        rule: string;
        outcome: string;
        reason: string;
        class: string;
        incident: string;
        setlIds: string[];
      }>(
        `select rule_id as rule, outcome, reason, class, incident_key as incident, setl_ids as "setlIds" from findings order by rule_id, subject_key`,
      )
    ).rows;

  return {
    runtime,
    reconcile,
    published,
    clinic: async ({ faceRecognition = true } = {}) => {
      await db.query(
        `insert into regions (code, name, level) values ('4116', '周口市', 'city') on conflict do nothing`,
      );
      await db.query(
        `insert into clinics (code, name, region_code, open_hours, face_recognition, created_at)
         values ($1, '测试村卫生室', '4116', '[{"days":[1,2,3,4,5,6,7],"from":"08:00","to":"18:00"}]', $2, $3)`,
        [CLINIC, faceRecognition, ts(clock.now())],
      );
    },
    camera: async (id = CAMERA, scenePoint = 'counter') => {
      await db.query(
        `insert into cameras (id, clinic_code, name, scene_point, source_kind, created_at, updated_at) values ($1, $2, $1, $3, 'file', $4, $4)`,
        [id, CLINIC, scenePoint, ts(clock.now())],
      );
      await db.query(
        `insert into camera_clock_offsets (camera_id, measured_at, offset_ms, uncertainty_ms, source) values ($1, $2, 0, 0, 'test')`,
        [id, ts(at('00:00', '2026-01-01'))],
      );
    },
    person: (psnNo, { face: number, template: vector, household } = {}) =>
      db.transaction(async (tx) => {
        await tx.query(
          `insert into persons (psn_no, sex, birth, household, region_code, created_at, updated_at) values ($1, 'female', '1960-05-01', $2, '4116', $3, $3)`,
          [psnNo, household ?? null, ts(clock.now())],
        );
        const shown = vector ?? (number === undefined ? null : face(number));
        if (shown) await portrait(tx, 'enrollee', psnNo, shown);
        await changed(tx, { psnNo }, 'portrait');
      }),
    staff: (staffNo, { face: number, psnNo }) =>
      db.transaction(async (tx) => {
        const id = derivedId('staff', staffNo);
        await tx.query(
          `insert into staff (id, clinic_code, staff_no, psn_no, active_from, created_at) values ($1, $2, $3, $4, $5, $5)`,
          [id, CLINIC, staffNo, psnNo ?? null, ts(at('00:00', '2026-01-01'))],
        );
        await portrait(tx, 'staff', id, face(number));
        await changed(tx, { staffId: id, clinicCode: CLINIC }, 'staff');
      }),
    proxy: (psnNo, proxyPsnNo, from) =>
      db.transaction(async (tx) => {
        await tx.query(
          `insert into proxies (id, psn_no, proxy_psn_no, relation, from_at, registered_by, created_at) values (gen_random_uuid(), $1, $2, 'neighbour', $3, 'test', $4)`,
          [psnNo, proxyPsnNo, ts(from), ts(clock.now())],
        );
        await changed(tx, { psnNo, from, to: null }, 'proxy');
      }),
    status: (psnNo, what, from) =>
      db.transaction(async (tx) => {
        await tx.query(
          `insert into person_status (id, psn_no, what, from_at, source, created_at) values (gen_random_uuid(), $1, $2, $3, 'test', $4)`,
          [psnNo, what, ts(from), ts(clock.now())],
        );
        await changed(tx, { psnNo, from, to: null }, 'status');
      }),
    filing: (what, from, to, psnNo, camera) =>
      db.transaction(async (tx) => {
        await tx.query(
          `insert into filings (id, clinic_code, psn_no, what, from_at, to_at, created_at, camera_id) values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7)`,
          [CLINIC, psnNo ?? null, what, ts(from), tsOrNull(to), ts(clock.now()), camera ?? null],
        );
        await changed(tx, { clinicCode: CLINIC, from, to }, 'filing');
      }),
    see: async (seen) => {
      const id = seen.id ?? derivedId('appearance', String(seen.person), String(seen.from), seen.camera ?? CAMERA);
      const camera = seen.camera ?? CAMERA;
      const vector =
        seen.template === undefined ? (seen.person === undefined ? null : face(seen.person, 1)) : seen.template;
      const state = seen.state ?? 'closed';
      await db.transaction(async (tx) => {
        await tx.query(
          `insert into appearances (id, camera_id, clinic_code, state, from_at, to_at, faces, quality, template_id, retention_class, received_at, updated_at, presentation)
           values ($1, $2, $3, $4, $5, $6, 5, 0.8, $7, 'appearance', $8, $8, $9)
           on conflict (id, from_at) do update set state = excluded.state, to_at = excluded.to_at, template_id = excluded.template_id,
             presentation = excluded.presentation, revision = appearances.revision + 1`,
          [
            id,
            camera,
            CLINIC,
            state,
            ts(seen.from),
            ts(seen.to),
            vector === null ? null : await template(tx, vector),
            ts(clock.now()),
            seen.shown ? { suspected: true, kind: seen.shown, strength: 0.9, looks: 12 } : null,
          ],
        );
        await outbox.add(
          tx,
          presenceAppearance,
          { appearanceId: id, cameraId: camera, clinicCode: CLINIC, from: seen.from, to: seen.to, state },
          { dedupeKey: id },
        );
      });
      return id;
    },
    device: (state, from, to, camera = CAMERA) =>
      db.transaction(async (tx) => {
        const id = derivedId('state', camera, String(from));
        await tx.query(
          `insert into device_states (id, camera_id, state, from_at, to_at) values ($1, $2, $3, $4, $5)
           on conflict (camera_id, from_at) do update set state = excluded.state, to_at = excluded.to_at`,
          [id, camera, state, ts(from), tsOrNull(to)],
        );
        await outbox.add(
          tx,
          presenceDevice,
          { stateId: id, cameraId: camera, clinicCode: CLINIC, state, from, to },
          { dedupeKey: id },
        );
      }),
    auth: (psnNo, when, ok = true) =>
      db.transaction(async (tx) => {
        const id = derivedId('terminal-auth', psnNo, String(when));
        await pgPresenceRows(tx).putTerminalAuth({
          id,
          clinic_code: CLINIC,
          psn_no: psnNo,
          auth_no: null,
          ok,
          at: when,
          created_at: clock.now(),
        });
        await outbox.add(tx, presenceAuth, { clinicCode: CLINIC, psnNo, at: when }, { dedupeKey: id });
      }),
    watermark: (until, camera = CAMERA) =>
      db.transaction(async (tx) => {
        await tx.query(
          `insert into camera_watermarks (camera_id, until_at, updated_at) values ($1, $2, $3)
           on conflict (camera_id) do update set until_at = greatest(camera_watermarks.until_at, excluded.until_at), updated_at = excluded.updated_at`,
          [camera, ts(until), ts(clock.now())],
        );
        await outbox.add(tx, presenceWatermark, { cameraId: camera, clinicCode: CLINIC, until }, { dedupeKey: camera });
      }),
    register: (visit, psnNo, when) => claim('registration', visit, psnNo, when),
    trial: (visit, psnNo, when) => claim('trial_settlement', visit, psnNo, when),
    settle: (visit, psnNo, when) => claim('settlement', visit, psnNo, when),
    reverse: (visit, when) =>
      db.transaction(async (tx) => {
        await tx.query('update settlements set reversed_at = $2, reversed_by = $3 where id = $1', [
          settlementId(visit),
          ts(when),
          `rev-${visit}`,
        ]);
        await tx.query(
          `update claim_events set reversed_at = $2, reversed_by = $3 where setl_id = $1 and kind = 'settlement'`,
          [`S-${visit}`, ts(when), `rev-${visit}`],
        );
        await outbox.add(tx, claimEventTopic, {
          eventId: derivedId('event', 'reversal', visit),
          kind: 'settlement_reversal',
          at: when,
          clinicCode: CLINIC,
          msgid: `rev-${visit}`,
          psnNo: null,
          mdtrtId: `M-${visit}`,
          setlId: `S-${visit}`,
          settlementId: settlementId(visit),
        });
      }),
    drain,
    until: async (when) => {
      for (;;) {
        await drain();
        const { rows } = await db.query<{ next: number | null }>(
          'select min(available_at) as next from outbox where done_at is null',
        );
        const next = rows[0]?.next ?? null;
        if (next === null || next > when) break;
        clock.set(next);
      }
      clock.set(when);
      await drain();
    },
    findings,
    hits: async () =>
      (await findings()).filter(({ outcome }) => outcome === 'hit').map(({ rule, reason }) => `${rule} ${reason}`),
    verdict: async (visit) => {
      const { rows } = await db.query<{ verdict: string; verdict_reason: string }>(
        `select verdict, verdict_reason from assessment_heads where subject_kind = 'settlement' and subject_id = $1`,
        [settlementId(visit)],
      );
      return `${rows[0]?.verdict ?? 'none'} ${rows[0]?.verdict_reason ?? ''}`;
    },
    decision: async (visit) => {
      const { rows } = await db.query<Awaited<ReturnType<Scene['decision']>>>(
        `select id, decision, state, ever_held as "everHeld", deadline_at as "deadlineAt", release_reason as "releaseReason" from decisions where subject_key = $1`,
        [`visit:${CLINIC}:M-${visit}`],
      );
      if (!rows[0]) throw new Error(`no decision on ${visit}`);
      return rows[0];
    },
    close: () => runtime.close(),
  };
}

/** A clinic that works: open since 7, one camera at the counter, ok and processed until `until`. */
export async function workingClinic(scene: Scene, until: number): Promise<void> {
  await scene.clinic();
  await scene.camera();
  await scene.device('ok', at('06:00'), null);
  await scene.watermark(until);
}
