import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { DateTime } from 'luxon';
import { parse, stringify } from 'yaml';
import { ensureModels } from '../../models/build/ensure-models.ts';
import { createFaceAnalyzer } from '../faces/analyzer.ts';
import { createOnnxEngine } from '../faces/engine/onnx-engine.ts';
import { ensureConsole } from '../http/console-build.ts';
import { type Installation, provideDatabase, startInstallation } from '../http/up.ts';
import { createFfmpegRunner } from '../media/ffmpeg/fluent-adapter.ts';
import { locateFfmpeg } from '../media/ffmpeg/locate.ts';
import { type Config, loadConfig, PROGRAM_DIR } from '../platform/config.ts';
import type { Queryable } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { createLogger } from '../platform/log.ts';
import { outboxBacklog } from '../platform/outbox.ts';
import { isPortFree } from '../platform/ports.ts';
import { openRuntime, type Runtime } from '../platform/runtime.ts';
import { type ExpectationResult, judge, readOutcome } from './expectations.ts';
import { type Cutout, createCutter } from './footage/cutouts.ts';
import { renderFootage } from './footage/render.ts';
import { createMessageBuilder } from './messages.ts';
import { createPlayer } from './play.ts';
import { alertTable, expectationTable } from './report.ts';
import { loadScenario, type Scenario } from './scenario.ts';
import { scriptOf } from './script.ts';
import { type DemoSetup, setUpDemo } from './setup.ts';
import { createSimulatedTime, type SimulatedTime } from './simulated-time.ts';

export interface DemoOptions {
  readonly once?: boolean;
  readonly scenario?: string;
  /** Times real time, at most. */
  readonly speed?: number;
}

export interface DemoResult {
  readonly ok: boolean;
  readonly seconds: number;
  readonly alerts: Readonly<Record<'pre' | 'in' | 'post', number>>;
  readonly verdicts: Readonly<Record<'match' | 'mismatch' | 'cannot_tell', number>>;
  readonly expectations: readonly ExpectationResult[];
}

const DEFAULT_SCENARIO = join(PROGRAM_DIR, 'config', 'demo', 'village-morning.yaml');
const DEFAULT_PORT = 8420;
/** How far the clock may run ahead of the slowest camera: more than a watermark waits while a picture may be frozen. */
const LEAD_MS = 90_000;
const SETTLE_MS = 4_000;
const PATIENCE_MS = 8_000;
const QUIET_POLLS = 8;
const POLL_MS = 150;
/** A morning that has not ended by then hangs. */
const LONGEST_MS = 30 * 60_000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The main job, end to end. Answers the result with `once`; otherwise stays up until it is stopped. */
export async function runDemo(options: DemoOptions): Promise<DemoResult | undefined> {
  const startedAt = Date.now();
  const scenario = await loadScenario(options.scenario ?? DEFAULT_SCENARIO);
  const base = loadConfig(process.env);
  const home = resolve(base.CLAIMSIGHT_DATA_DIR);
  const dataDir = join(home, 'demo');
  await mkdir(dataDir, { recursive: true });
  say(`ClaimSight 鉴医 · ${scenario.title.zh} · ${scenario.title.en}`);

  const consoleBuilt = ensureConsole(say);
  const { footage, cutoutOf } = await film(scenario, base, join(home, 'footage'));
  await consoleBuilt;

  const clockFile = join(dataDir, 'clock.json');
  let database: Queryable | undefined;
  const time = createSimulatedTime({
    path: clockFile,
    startsAt: scenario.startsAt,
    speed: options.speed ?? scenario.speed,
    leadMs: LEAD_MS,
    settleMs: SETTLE_MS,
    patienceMs: PATIENCE_MS,
    slowest: async () => (database ? slowestCamera(database, scenario) : scenario.startsAt),
  });
  await resetData(dataDir);
  // Always on the embedded default: a demo throws away what was there before.
  const { DATABASE_URL: _server, REDIS_URL: _redis, ...embedded } = base;
  const config: Config = { ...embedded, dataDir };
  const log = createLogger({ process: 'demo', level: 'warn' });
  const server = await provideDatabase(config, log, { fresh: true });
  const env = {
    CLOCK_FILE: clockFile,
    RULES_DIR: await deriveRules(base.RULES_DIR, scenario, join(dataDir, 'rules')),
    ALARM_BUDGET_FILE: join(PROGRAM_DIR, 'config', 'review', 'alarm-budget-demo.yaml'),
    PORT: String(await choosePort(process.env.PORT)),
    REDIS_URL: '',
    FACE_THREADS: String(Math.min(4, availableParallelism())),
  };
  const installation = await startInstallation({ config, log, database: server, env, logDir: join(dataDir, 'logs') });
  const runtime = await openRuntime({
    config: { ...config, DATABASE_URL: server.url, CLOCK_FILE: clockFile, LOG_LEVEL: 'warn' },
    process: 'demo',
  });
  database = runtime.db;
  const lifetime = new AbortController();
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      lifetime.abort(new Error('the demo was stopped'));
      await runtime.close();
      await installation.stop();
    })();
    return stopped;
  };
  onSignals(stop);
  const watchdog = setTimeout(
    () =>
      lifetime.abort(
        new DomainError('internal', 'the morning does not end', {
          remedy: `See the logs in ${join(dataDir, 'logs')}.`,
        }),
      ),
    LONGEST_MS,
  );
  try {
    say('Enrolling people / 建立人员档案');
    const setup = await setUpDemo({ scenario, runtime, url: installation.url, footage, cutoutOf, say });
    await portraitsDecided(runtime, lifetime.signal);
    await writeDemoFile(home, installation, setup, dataDir);
    tellWhere(installation, setup);
    const messages = createMessageBuilder(scenario);
    await playMorning({
      scenario,
      time,
      runtime,
      play: createPlayer({ scenario, messages, his: setup.his, supervisor: setup.supervisor }),
      signal: lifetime.signal,
    });
    const outcome = await readOutcome(runtime.db, scenario.clinic.code);
    const expectations = judge(scenario, outcome, messages.keysOf);
    say(alertTable(outcome.alerts, scenario.zone));
    say(expectationTable(expectations));
    const standing = outcome.alerts.filter((alert) => alert.state !== 'withdrawn');
    const verdicts = [...outcome.visits.values()].map((visit) => visit.verdict);
    const count = <T>(list: readonly T[], value: T): number => list.filter((one) => one === value).length;
    const phases = standing.map((alert) => alert.phase);
    const result: DemoResult = {
      ok: expectations.every((expectation) => expectation.ok),
      seconds: Math.round((Date.now() - startedAt) / 100) / 10,
      alerts: { pre: count(phases, 'pre'), in: count(phases, 'in'), post: count(phases, 'post') },
      verdicts: {
        match: count(verdicts, 'match'),
        mismatch: count(verdicts, 'mismatch'),
        cannot_tell: count(verdicts, 'cannot_tell'),
      },
      expectations,
    };
    say(
      result.ok
        ? `Every expectation holds · 全部符合预期 (${result.seconds} s)`
        : 'Some expectations do not hold · 有不符合预期之处',
    );
    if (options.once) {
      await stop();
      return result;
    }
    time.release(1);
    tellWhere(installation, setup);
    say('Ctrl+C ends it · 按 Ctrl+C 结束');
    await new Promise(() => undefined);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(watchdog);
  }
}

async function film(
  scenario: Scenario,
  config: Config,
  dir: string,
): Promise<{ footage: Map<string, string>; cutoutOf: (who: string) => Promise<Cutout> }> {
  say('Filming the morning / 生成录像');
  const engine = await createOnnxEngine({ models: await ensureModels({ dir: config.MODELS_DIR }), threads: 2 });
  const cut = createCutter({ analyzer: createFaceAnalyzer({ engine }), baseDir: scenario.baseDir });
  const known = new Map<string, Promise<Cutout>>();
  const faces = new Map([...scenario.people, ...scenario.staff].map((someone) => [someone.id, someone.face]));
  const cutoutOf = (who: string): Promise<Cutout> => {
    const face = faces.get(who);
    if (!face) throw new DomainError('invalid_input', `${who} has no face in the scenario`);
    const promise = known.get(who) ?? cut(face);
    known.set(who, promise);
    return promise;
  };
  for (const [who, face] of faces) if (face) await cutoutOf(who);
  await engine.close();
  const binary = locateFfmpeg(process.env);
  const progress = (done: number, total: number): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r  ${done}/${total} ${done === total ? '\n' : ''}`);
  };
  return {
    footage: await renderFootage({ scenario, cutoutOf, run: createFfmpegRunner(binary), dir, onProgress: progress }),
    cutoutOf,
  };
}

/** A demo begins anew each time; footage and the database's program stay. */
async function resetData(dataDir: string): Promise<void> {
  for (const name of ['blobs', 'keys', 'logs', 'rules', 'work'])
    await rm(join(dataDir, name), { recursive: true, force: true });
}

/** Every step before the demo's cameras is filmed for them: of these, and only of these, it is known that they miss nobody. */
const OWN_FOOTAGE = { missRate: 0.001 };

/** The installation's rule parameters with the scenario's changes. */
async function deriveRules(rulesDir: string, scenario: Scenario, target: string): Promise<string> {
  await cp(rulesDir, target, { recursive: true });
  const files = new Set(await readdir(target));
  const { window = {}, ...others } = scenario.parameters;
  for (const [name, changes] of Object.entries({ ...others, window: { ...OWN_FOOTAGE, ...window } })) {
    const file = `${name}.yaml`;
    if (!files.has(file))
      throw new DomainError(
        'invalid_input',
        `the scenario's parameters name ${name}, which is no file of config/rules`,
        { remedy: `There are: ${[...files].join(', ')}` },
      );
    const path = join(target, file);
    const values = parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    const unknown = Object.keys(changes).filter((key) => !(key in values));
    if (unknown.length > 0)
      throw new DomainError('invalid_input', `config/rules/${file} has no ${unknown.join(', ')}`, {
        remedy: `It has: ${Object.keys(values).join(', ')}`,
      });
    await writeFile(path, stringify({ ...values, ...changes }));
  }
  return target;
}

/** The usual port where it is free; any free one elsewhere. */
async function choosePort(wanted: string | undefined): Promise<number> {
  if (wanted !== undefined && wanted !== '') return Number(wanted);
  return (await isPortFree(DEFAULT_PORT)) ? DEFAULT_PORT : 0;
}

/** Until when every camera's footage has been processed. */
async function slowestCamera(db: Queryable, scenario: Scenario): Promise<number> {
  const { rows } = await db.query<{ until: number | null; n: number }>(
    'select min(w.until_at) as until, count(w.camera_id) as n from cameras c left join camera_watermarks w on w.camera_id = c.id',
  );
  const [row] = rows;
  return row?.until != null && row.n === scenario.cameras.length ? row.until : scenario.startsAt;
}

async function portraitsDecided(runtime: Runtime, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await runtime.db.query<{ state: string; n: number }>(
      'select state, count(*) as n from portraits group by state',
    );
    const of = (state: string): number => rows.find((row) => row.state === state)?.n ?? 0;
    if (of('pending') === 0) {
      const refused = rows
        .filter((row) => row.state === 'quarantined' || row.state === 'failed')
        .reduce((sum, row) => sum + row.n, 0);
      say(`  ${of('accepted')} portraits accepted, ${refused} refused / 照片入库与退回`);
      return;
    }
    await pause();
  }
}

async function playMorning(options: {
  scenario: Scenario;
  time: SimulatedTime;
  runtime: Runtime;
  play: ReturnType<typeof createPlayer>;
  signal: AbortSignal;
}): Promise<void> {
  const { scenario, time, runtime, signal } = options;
  const clock = (at: number): string => DateTime.fromMillis(at, { zone: scenario.zone }).toFormat('HH:mm:ss');
  say(`The morning begins / 上午开始 ${clock(scenario.startsAt)}`);
  for (const step of scriptOf(scenario)) {
    await time.runTo(step.at, signal);
    await workDone(runtime.db, time, signal, 1);
    if (step.do === 'settle' || step.do === 'reverse' || step.do === 'register')
      say(`  ${clock(step.at)} ${step.do} ${step.who} (${step.scene})`);
    await options.play(step);
  }
  await time.runTo(scenario.endsAt, signal);
  await workDone(runtime.db, time, signal, QUIET_POLLS);
  say(`The morning ends / 上午结束 ${clock(scenario.endsAt)}`);
}

/** Resolves when no work is due, several times in a row: one job may leave another. */
async function workDone(db: Queryable, time: SimulatedTime, signal: AbortSignal, quietPolls: number): Promise<void> {
  for (let quiet = 0; quiet < quietPolls; ) {
    signal.throwIfAborted();
    if ((await outboxBacklog(db, time.now())) === 0) {
      quiet++;
      if (quiet === quietPolls) return;
    } else quiet = 0;
    await pause();
  }
}

const pause = (): Promise<void> => new Promise((done) => setTimeout(done, POLL_MS));

async function writeDemoFile(
  home: string,
  installation: Installation,
  setup: DemoSetup,
  dataDir: string,
): Promise<void> {
  await writeFile(
    join(home, 'demo.json'),
    `${JSON.stringify({ url: installation.url, users: setup.users, apiKeys: setup.apiKeys, dataDir }, null, 2)}\n`,
    { mode: 0o600 },
  );
}

function tellWhere(installation: Installation, setup: DemoSetup): void {
  say(`Console / 控制台: ${installation.url}   API: ${installation.url}/docs`);
  for (const user of setup.users) say(`  ${user.role.padEnd(15)} ${user.username} / ${user.password}`);
}

function onSignals(stop: () => Promise<void>): void {
  const end = (): void => {
    say('Stopping / 正在停止');
    stop().then(
      () => process.exit(130),
      () => process.exit(1),
    );
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  process.once('SIGHUP', end);
}
