import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastify from 'fastify';
import { createApiKey } from '../src/access/api-keys.store.ts';
import { loadModelCard } from '../src/faces/load-model-card.ts';
import { composeRooms } from '../src/http/compose.ts';
import { putTemplate } from '../src/people/template.store.ts';
import { loadConfig } from '../src/platform/config.ts';
import { type Db, ts } from '../src/platform/db.ts';
import { ensureDatabase, startEmbeddedPostgres } from '../src/platform/embedded-postgres.ts';
import { DomainError } from '../src/platform/errors.ts';
import { createLogger } from '../src/platform/log.ts';
import { openRuntime, type Runtime } from '../src/platform/runtime.ts';
import {
  addSettlements,
  BYTES_PER_SETTLEMENT,
  cameraId,
  clinicCode,
  clinicsOfCity,
  makeCity,
  personNo,
} from './support/city-rows.ts';
import { facesOfBench, givePortraits, pictures } from './support/face-requests.ts';
import type { OpenLoop, OpenLoopResult } from './support/open-loop.ts';

export interface PrecheckOptions {
  readonly settlements: number;
  readonly small: number;
  readonly rate: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Requests with a face picture, at `faceRate` a second, alone and beside the others. */
  readonly faces: number;
  readonly faceRate: number;
}

/** As in service: a commit is on disk before it is answered. */
const DURABLE = { shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '15min' };
const ASKED = 2_000;
const SPARE_BYTES = 4e9;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * The in-event decision (2206 on POST /v1/claims/messages) over many stored settlements, at a steady rate from another
 * process with durable commits, beside a route that commits one row, in turns; first with few stored, then with all.
 */
export async function benchPrecheck(options: PrecheckOptions): Promise<object> {
  const dir = await mkdtemp(join(tmpdir(), 'claimsight-precheck-'));
  const needed = options.settlements * BYTES_PER_SETTLEMENT + SPARE_BYTES;
  const { bavail, bsize } = await statfs(dir);
  say(
    `about ${(needed / 1e9).toFixed(0)} GB of disk are needed under ${dir}; ${((bavail * bsize) / 1e9).toFixed(0)} GB are free`,
  );
  if (bavail * bsize < needed) {
    await rm(dir, { recursive: true, force: true });
    throw new DomainError('unavailable', 'the disk is too small for so many settlements', {
      remedy: 'Set TMPDIR to a larger disk, or ask for fewer: --settlements 1000000.',
    });
  }
  const config = { ...loadConfig(process.env), LOG_LEVEL: 'error' as const };
  const server = await startEmbeddedPostgres({
    dir,
    settings: DURABLE,
    log: createLogger({ process: 'bench', level: 'error' }),
  });
  try {
    const DATABASE_URL = await ensureDatabase(server, 'precheck');
    const runtime = await openRuntime({ config: { ...config, DATABASE_URL, dataDir: dir }, process: 'bench' });
    try {
      return await measure(runtime, options);
    } finally {
      await runtime.close();
    }
  } finally {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

const forkLoop = (): ChildProcess =>
  fork(fileURLToPath(new URL('./support/open-loop.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });

interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  bodies(n: number): string[];
}

async function measure(runtime: Runtime, options: PrecheckOptions): Promise<object> {
  const { db } = runtime;
  const newestAt = Date.now() - 60_000;
  say('making the city: clinics, cameras, people');
  await makeCity(db, newestAt);
  const rooms = await composeRooms(runtime);
  const app = await rooms.app();
  const plain = fastify();
  const loop = forkLoop();
  try {
    const ours = await ourTarget(runtime, app);
    const baseline = await baselineTarget(db, plain);
    const small = Math.min(options.small, options.settlements);
    const grow = async (from: number, to: number): Promise<void> => {
      const began = performance.now();
      await addSettlements(db, {
        from,
        to,
        newestAt,
        onProgress: (done) => {
          const left = ((performance.now() - began) / (done - from)) * (to - done);
          process.stderr.write(`\r${done} of ${to} settlements stored, ${Math.round(left / 1000)} s to go   `);
        },
      });
      process.stderr.write('\n');
      // Statements that were planned over fewer rows are planned anew, as autovacuum would bring about.
      await db.query('analyze');
      await db.query('checkpoint');
    };
    await grow(0, small);
    const few = await rounds(loop, { ours, baseline, options });
    if (options.settlements > small) await grow(small, options.settlements);
    const many = options.settlements > small ? await rounds(loop, { ours, baseline, options }) : few;
    const withFaces = await faceRounds(runtime, { loop, ours, options });
    const size = await db.query<{ bytes: number }>('select pg_database_size(current_database()) as bytes');
    return {
      name: 'precheck',
      ours: many.ours,
      baseline: many.baseline,
      ratio: round(many.ours / many.baseline),
      p99Ms: many.ours,
      p50Ms: many.p50,
      baselineP99Ms: many.baseline,
      settlements: options.settlements,
      small,
      smallP99Ms: few.ours,
      smallBaselineP99Ms: few.baseline,
      growth: round(many.ours / few.ours),
      byRound: many.byRound,
      smallByRound: few.byRound,
      failed: many.failed + few.failed,
      decisions: many.decisions,
      ...withFaces,
      databaseGb: round((size.rows[0]?.bytes ?? 0) / 1e9),
      rate: options.rate,
      seconds: options.seconds,
    };
  } finally {
    loop.kill();
    await plain.close();
    await app.close();
  }
}

/** Ours and the baseline in turns; of each the median of the rounds' 99th percentiles. */
async function rounds(
  loop: ChildProcess,
  { ours, baseline, options }: { readonly ours: Target; readonly baseline: Target; readonly options: PrecheckOptions },
) {
  const n = options.rate * options.seconds;
  for (const target of [ours, baseline]) await fire(loop, target, options.rate, options.rate * 5);
  const byRound: { ours: number; baseline: number; p50: number }[] = [];
  let failed = 0;
  let decisions: string | null = null;
  for (let i = 0; i < options.rounds; i++) {
    const us = await fire(loop, ours, options.rate, n);
    const them = await fire(loop, baseline, options.rate, n);
    failed += us.failed + them.failed;
    decisions = us.sample.slice(0, 600);
    byRound.push({
      ours: round(percentile(us.latencies, 0.99)),
      baseline: round(percentile(them.latencies, 0.99)),
      p50: round(percentile(us.latencies, 0.5)),
    });
    say(`round ${i + 1}: p99 ${byRound[i]?.ours} ms, p50 ${byRound[i]?.p50} ms; one row ${byRound[i]?.baseline} ms`);
  }
  const median = (key: 'ours' | 'baseline' | 'p50'): number =>
    percentile(
      byRound.map((row) => row[key]),
      0.5,
    );
  return { ours: median('ours'), baseline: median('baseline'), p50: median('p50'), byRound, failed, decisions };
}

/** The same question with a face picture: alone, then beside the steady rate of those without, which it must not hold up. */
async function faceRounds(
  runtime: Runtime,
  from: { readonly loop: ChildProcess; readonly ours: Target; readonly options: PrecheckOptions },
) {
  const { loop, ours, options } = from;
  if (options.faces === 0) return {};
  await givePortraits(runtime, (i) => personNo(ASKED + i));
  const beside = forkLoop();
  try {
    let serial = 0;
    const bodies = async (n: number): Promise<string[]> => {
      const images = await pictures(serial, n);
      return images.map((image) => {
        const who = serial % facesOfBench;
        serial += 1;
        return trialOf(FACE_SERIALS + serial, runtime.config.TIME_ZONE, { who: ASKED + who, face_image: image });
      });
    };
    const send = (made: readonly string[]): Promise<OpenLoopResult> =>
      fireAt(beside, { ...ours, rate: options.faceRate, bodies: made });
    const ask = async (n: number): Promise<OpenLoopResult> => send(await bodies(n));
    // The first opens the networks.
    await ask(5);
    const alone = await ask(options.faces);
    const n = Math.round((options.rate * options.faces) / options.faceRate);
    // Drawn beforehand: this process answers, too.
    const drawn = await bodies(options.faces);
    const [together, others] = await Promise.all([send(drawn), fire(loop, ours, options.rate, n)]);
    const reasons = await runtime.db.query<{ reason: string; n: number }>(
      `select body #>> '{requestFace,reason}' as reason, count(*)::int as n from claim_events
       where mdtrt_id like 'BENCH%' and body ? 'requestFace' group by 1 order by 1`,
    );
    const p95 = ({ latencies }: OpenLoopResult): number => round(percentile(latencies, 0.95));
    say(`with a face picture: p95 ${p95(alone)} ms alone, ${p95(together)} ms beside ${options.rate} a second without`);
    return {
      faceP95Ms: p95(alone),
      faceP50Ms: round(percentile(alone.latencies, 0.5)),
      faceBesideP95Ms: p95(together),
      p99BesideFacesMs: round(percentile(others.latencies, 0.99)),
      faceRequests: options.faces,
      faceRate: options.faceRate,
      faceFailed: alone.failed + together.failed + others.failed,
      faceReasons: Object.fromEntries(reasons.rows.map(({ reason, n: count }) => [reason, count])),
    };
  } finally {
    beside.kill();
  }
}

/** Far from the serial numbers of the others. */
const FACE_SERIALS = 500_000_000;

async function fire(loop: ChildProcess, target: Target, rate: number, n: number): Promise<OpenLoopResult> {
  return fireAt(loop, { ...target, rate, bodies: target.bodies(n) });
}

async function fireAt(loop: ChildProcess, { url, headers, rate, bodies }: OpenLoop): Promise<OpenLoopResult> {
  loop.send({ url, headers, rate, bodies } satisfies OpenLoop);
  const [result] = (await once(loop, 'message')) as [OpenLoopResult];
  return result;
}

/** 2206 for people who stand at the counter right now, each with a portrait. */
async function ourTarget(runtime: Runtime, app: Awaited<ReturnType<Awaited<ReturnType<typeof composeRooms>>['app']>>) {
  const { db, clock, config } = runtime;
  await standAtCounters(runtime);
  const { key } = await createApiKey(db, clock, {
    ...{ name: 'bench', role: 'mirror', regionCode: '4116', clinicCode: null, cameraId: null },
  } as Parameters<typeof createApiKey>[2]);
  await app.listen({ port: 0, host: '127.0.0.1' });
  let serial = 0;
  const target: Target = {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1/claims/messages`,
    headers: { authorization: `Bearer ${key}` },
    bodies: (n) =>
      Array.from({ length: n }, () => {
        serial += 1;
        return trialOf(serial, config.TIME_ZONE);
      }),
  };
  return target;
}

function trialOf(
  serial: number,
  timeZone: string,
  { who, ...more }: { readonly who?: number; readonly face_image?: string } = {},
): string {
  const asked = who ?? serial % ASKED;
  const code = clinicCode(asked % clinicsOfCity);
  const now = new Date().toLocaleString('sv-SE', { timeZone });
  return JSON.stringify({
    request: {
      ...{ infno: '2206', msgid: `${code}${String(serial).padStart(18, '9')}`, mdtrtarea_admvs: code.slice(1, 7) },
      ...{ insuplc_admdvs: code.slice(1, 7), recer_sys_code: 'YBXT', dev_no: 'T-1', infver: 'V1.0', opter_type: '1' },
      ...{
        opter: '0001',
        opter_name: '测试',
        inf_time: now,
        fixmedins_code: code,
        fixmedins_name: '测试',
        sign_no: 'S1',
      },
      input: {
        data: {
          ...{
            psn_no: personNo(asked),
            mdtrt_cert_type: '02',
            mdtrt_cert_no: 'X',
            med_type: '11',
            medfee_sumamt: '35.60',
          },
          ...{ psn_setlway: '01', mdtrt_id: `BENCH${serial}`, chrg_bchno: 'B1', insutype: '390', acct_used_flag: '0' },
          ...more,
        },
      },
    },
    response: null,
  });
}

/** Who will be asked about has a portrait, and was seen just now by his clinic's camera. */
async function standAtCounters({ db, keyring, clock, config }: Runtime): Promise<void> {
  const card = await loadModelCard(config.MODEL_CARD);
  const now = clock.now();
  for (let i = 0; i < ASKED; i++) {
    const template = unit(i, card.dimension);
    await db.transaction(async (tx) => {
      const given = { modelVersion: card.templateVersion, quality: 0.8, createdAt: now };
      const portrait = await putTemplate(tx, keyring, { ...given, template, retentionClass: 'identity' });
      const seen = await putTemplate(tx, keyring, { ...given, template, retentionClass: 'appearance' });
      await tx.query(
        `insert into portraits (id, subject_kind, subject_ref, state, quality, template_id, taken_on, created_at, decided_at)
         values (gen_random_uuid(), 'enrollee', $1, 'accepted', 0.8, $2, $3::timestamptz::date, $3, $3)`,
        [personNo(i), portrait, ts(now)],
      );
      await tx.query(
        `insert into appearances (id, camera_id, clinic_code, state, from_at, to_at, faces, quality, template_id, retention_class,
           received_at, updated_at) values (gen_random_uuid(), $1, $2, 'open', $3, $4, 5, 0.8, $5, 'appearance', $3, $3)`,
        [cameraId(i), clinicCode(i), ts(now - 60_000), ts(now + 3_600_000), seen],
      );
    });
  }
}

function unit(seed: number, dimension: number): Float32Array {
  const vector = Float32Array.from({ length: dimension }, (_, i) => Math.sin(seed * 7.13 + i * i * 0.37));
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** What no decision can be cheaper than: a request that commits one row. */
async function baselineTarget(db: Db, app: ReturnType<typeof fastify>): Promise<Target> {
  await db.query('create table bench_rows (id bigint generated always as identity primary key, body jsonb not null)');
  app.post('/row', async (request: { readonly body: unknown }) => {
    await db.query('insert into bench_rows (body) values ($1)', [JSON.stringify(request.body)], 'bench-row');
    return { ok: true };
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/row`;
  return { url, headers: {}, bodies: (n) => Array.from({ length: n }, (_, i) => trialOf(i, 'Asia/Shanghai')) };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const round = (value: number): number => Math.round(value * 100) / 100;
