import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import fastify from 'fastify';
import { createApiKey } from '../src/access/api-keys.store.ts';
import { loadModelCard } from '../src/faces/load-model-card.ts';
import { composeRooms } from '../src/http/compose.ts';
import { putTemplate } from '../src/people/template.store.ts';
import { type Db, ts } from '../src/platform/db.ts';
import type { Runtime } from '../src/platform/runtime.ts';
import { cameraId, clinicCode, clinicsOfCity, personNo } from './support/city-rows.ts';
import { facesOfBench, givePortraits, pictures } from './support/face-requests.ts';
import type { OpenLoop, OpenLoopResult } from './support/open-loop.ts';
import { type CityOfBench, withCities } from './support/precheck-cities.ts';

export interface PrecheckOptions {
  readonly settlements: number;
  readonly small: number;
  readonly rate: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Requests with a face picture, at `faceRate` a second, alone and beside the others. */
  readonly faces: number;
  readonly faceRate: number;
  /** A folder for the database that is kept and used again; undefined: one that is removed afterwards. */
  readonly data: string | undefined;
}

const ASKED = 2_000;
const WARM_SECONDS = 5;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * The in-event decision (2206 on POST /v1/claims/messages) over many stored settlements, at a steady rate from another
 * process with durable commits, beside few stored settlements and beside a route that commits one row, in turns.
 */
export async function benchPrecheck(options: PrecheckOptions): Promise<object> {
  const sizes = [...new Set([Math.min(options.small, options.settlements), options.settlements])];
  return withCities({ sizes, data: options.data, say }, (cities) => measure(cities, options));
}

const forkLoop = (): ChildProcess =>
  fork(fileURLToPath(new URL('./support/open-loop.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });

interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  bodies(n: number): string[];
}

async function measure(cities: readonly CityOfBench[], options: PrecheckOptions): Promise<object> {
  const closing: (() => Promise<unknown>)[] = [];
  const loop = forkLoop();
  try {
    const targets: Target[] = [];
    for (const { runtime, settlements } of cities) {
      say(`${settlements} settlements: people at the counters`);
      const app = await (await composeRooms(runtime)).app();
      closing.push(() => app.close());
      targets.push(await ourTarget(runtime, app));
    }
    const many = cities.at(-1);
    const ours = targets.at(-1);
    if (many === undefined || ours === undefined) throw new Error('no city');
    const { db } = many.runtime;
    const plain = fastify();
    closing.push(() => plain.close());
    const baseline = await baselineTarget(db, plain);
    const few = targets[0] ?? ours;
    const told = await rounds(loop, { few, ours, baseline, options });
    const withFaces = await faceRounds(many.runtime, { loop, ours, options });
    const size = await db.query<{ bytes: number }>('select pg_database_size(current_database()) as bytes');
    return {
      name: 'precheck',
      ours: told.ours,
      baseline: told.baseline,
      ratio: round(told.ours / told.baseline),
      p99Ms: told.ours,
      p50Ms: told.p50,
      baselineP99Ms: told.baseline,
      baselineP50Ms: told.baselineP50,
      settlements: many.settlements,
      small: cities[0]?.settlements,
      smallP99Ms: told.few,
      smallP50Ms: told.fewP50,
      growth: round(told.ours / told.few),
      byRound: told.byRound,
      failed: told.failed,
      decisions: told.decisions,
      cpuMsPerRequest: told.cpuMs,
      ...withFaces,
      databaseGb: round((size.rows[0]?.bytes ?? 0) / 1e9),
      rate: options.rate,
      seconds: options.seconds,
    };
  } finally {
    loop.kill();
    for (const close of closing) await close();
  }
}

/** In turns; of each the median of the rounds' percentiles. */
async function rounds(
  loop: ChildProcess,
  {
    few,
    ours,
    baseline,
    options,
  }: { readonly few: Target; readonly ours: Target; readonly baseline: Target; readonly options: PrecheckOptions },
) {
  const n = options.rate * options.seconds;
  for (const target of new Set([few, ours, baseline]))
    await fire(loop, target, options.rate, options.rate * WARM_SECONDS);
  const byRound: Record<'ours' | 'baseline' | 'few' | 'p50' | 'baselineP50' | 'fewP50' | 'cpuMs', number>[] = [];
  let failed = 0;
  let decisions: string | null = null;
  for (let i = 0; i < options.rounds; i++) {
    const before = process.cpuUsage();
    const us = await fire(loop, ours, options.rate, n);
    const { user, system } = process.cpuUsage(before);
    const them = await fire(loop, baseline, options.rate, n);
    const small = few === ours ? us : await fire(loop, few, options.rate, n);
    failed += us.failed + them.failed + (few === ours ? 0 : small.failed);
    decisions = us.sample.slice(0, 600);
    const of = ({ latencies }: OpenLoopResult, share: number): number => round(percentile(latencies, share));
    byRound.push({
      ...{ ours: of(us, 0.99), baseline: of(them, 0.99), few: of(small, 0.99) },
      ...{ p50: of(us, 0.5), baselineP50: of(them, 0.5), fewP50: of(small, 0.5) },
      cpuMs: round((user + system) / 1000 / n),
    });
    const row = byRound[i];
    say(
      `round ${i + 1}: p99 ${row?.ours} ms, p50 ${row?.p50} ms; with few stored ${row?.few} ms; one row ${row?.baseline} ms`,
    );
  }
  const median = (key: keyof (typeof byRound)[number]): number =>
    percentile(
      byRound.map((row) => row[key]),
      0.5,
    );
  return {
    ...{ ours: median('ours'), baseline: median('baseline'), few: median('few'), p50: median('p50') },
    ...{ baselineP50: median('baselineP50'), fewP50: median('fewP50'), cpuMs: median('cpuMs') },
    ...{ byRound, failed, decisions },
  };
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
    const firstSerial = Date.now() * 1000 + FACE_SERIALS;
    let serial = 0;
    const bodies = async (n: number): Promise<string[]> => {
      const images = await pictures(serial, n);
      return images.map((image) => {
        const who = serial % facesOfBench;
        serial += 1;
        return trialOf(firstSerial + serial, runtime.config.TIME_ZONE, { who: ASKED + who, face_image: image });
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
const FACE_SERIALS = 500_000;

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
  // A database that is used again has heard of the numbers before.
  let serial = Date.now() * 1000;
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

/** Who will be asked about has a portrait, and was seen just now by his clinic's camera; what an earlier run left goes. */
async function standAtCounters({ db, keyring, clock, config }: Runtime): Promise<void> {
  const card = await loadModelCard(config.MODEL_CARD);
  const now = clock.now();
  await db.query(`delete from appearances where state = 'open'`);
  await db.query('delete from portraits');
  // The same pictures are sent again: whoever remembers them does not look.
  await db.query(
    `update claim_events set body = body - 'requestFace' where mdtrt_id like 'BENCH%' and body ? 'requestFace'`,
  );
  await db.query('delete from biometric.templates');
  await db.query('update camera_watermarks set until_at = $1, updated_at = $1', [ts(now - 60_000)]);
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
  await db.query(
    'create table if not exists bench_rows (id bigint generated always as identity primary key, body jsonb not null)',
  );
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
