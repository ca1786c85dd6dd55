import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { putCamera } from '../src/devices/camera.store.ts';
import { watermarksOf } from '../src/ledgers/presence/watermark.store.ts';
import { systemClock } from '../src/platform/clock.ts';
import { type Config, loadConfig, PROGRAM_DIR } from '../src/platform/config.ts';
import { ts } from '../src/platform/db.ts';
import { createLogger } from '../src/platform/log.ts';
import { openRuntime, type Runtime } from '../src/platform/runtime.ts';
import { type FreshDatabase, openFreshDatabase } from '../src/simulation/run-feed/fresh-database.ts';
import { Draw } from '../src/simulation/world/random.ts';
import { openFaces, openMedia } from '../src/vision/open-vision.ts';
import { type CaptureFigures, replayVisits } from './support/capture.ts';
import { type FilmStyle, MAIN_STYLE, makeClips, readPeople, SUB_STYLE, USUAL_STYLE } from './support/clinic-film.ts';
import { cpuSecondsOf, ownCpuSecondsOf } from './support/cpu-of.ts';
import { NAIVE_FPS } from './support/naive.ts';
import type { StreamPlan } from './support/stream-server.ts';
import { type Films, sameIn, schedule, type Timelines, type Visit } from './support/timelines.ts';

export interface CamerasOptions {
  /** Of each presence. */
  readonly cameras: number;
  /** Measured, after the warm-up. */
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly clips: number;
  /** Replayed faster than real time; 0: none. */
  readonly visits: number;
  /** Of which the naive way looks at so many too, for the best shots. */
  readonly shots: number;
  readonly gopSeconds: number;
  /** Cameras have a main stream of 1080p and are read at a sub-stream of 360p. */
  readonly sub: boolean;
  readonly presence: readonly number[];
  readonly seed: number;
}

const CLINIC = 'H41160300001';
const NAIVE_CAMERAS = 4;
const KEYFRAME_CAMERAS = 8;
const AFTER_S = 15;
const KEPT_UP = 0.97;
const support = (name: string): string => fileURLToPath(new URL(`./support/${name}.ts`, import.meta.url));
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

interface Group {
  readonly presence: number;
  readonly timelines: Timelines;
  readonly visits: Visit[];
  readonly database: FreshDatabase;
  readonly runtime: Runtime;
  readonly worker: ChildProcess;
}

/**
 * CPU of a camera worker over simulated cameras of three presences, all at once in real time, against the naive way on four
 * of the same cameras and against decoding keyframes alone; then the share of visits captured, replayed faster than real time.
 */
export async function benchCameras(options: CamerasOptions): Promise<object> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const config = loadConfig({ ...process.env, LOG_LEVEL: 'error' });
  const tools = openMedia(config, say);
  const faces = await openFaces(config);
  try {
    const { gopSeconds } = options;
    const style: FilmStyle = { ...(options.sub ? SUB_STYLE : USUAL_STYLE), gopSeconds };
    const people = await readPeople(faces.analyzer);
    say(`${people.names.length} faces; filming ${options.clips} visits once`);
    const making = { run: tools.run, people, visits: options.clips, seed: options.seed, say };
    const films = await makeClips({ ...making, style });
    const main = options.sub ? await makeClips({ ...making, style: { ...MAIN_STYLE, gopSeconds } }) : null;
    const live =
      options.seconds > 0
        ? await watchLive(options, { config, ffmpeg: tools.binary.path, films, main, style, say })
        : null;
    const capture: CaptureFigures | null =
      options.visits > 0 ? await replayVisits({ tools, faces, people, films, style, say, ...options }) : null;
    return {
      name: 'cameras',
      ...(live ? { ours: live.oursCpu, baseline: live.naiveCpu, ratio: live.ratio } : {}),
      unit: 'CPU seconds per camera and second',
      style,
      live,
      capture,
    };
  } finally {
    await faces.close();
  }
}

async function watchLive(
  options: CamerasOptions,
  room: {
    config: Config;
    ffmpeg: string;
    films: Films;
    main: Films | null;
    style: FilmStyle;
    say: (text: string) => void;
  },
) {
  const { config, ffmpeg, films, main, style, say } = room;
  const draw = new Draw([options.seed, 7, 7, 7]);
  const started: ChildProcess[] = [];
  const groups: Group[] = [];
  const log = createLogger({ process: 'bench', level: 'error' });
  const start = (child: ChildProcess): ChildProcess => {
    started.push(child);
    return child;
  };
  try {
    const plans = options.presence.map((presence) => ({
      presence,
      ...schedule(options, presence, films, style, draw),
    }));
    const cameras = Object.assign({}, ...plans.map(({ timelines }) => timelines)) as StreamPlan['cameras'];
    const names = Object.keys(cameras);
    /** As recorders of a brand name their channels, so that the main stream's address is known. */
    const pathOf = (camera: string, stream: 'main' | 'sub'): string =>
      main === null ? camera : `unicast/c${names.indexOf(camera) + 1}/s${stream === 'main' ? 0 : 1}/live`;
    const streams: Record<string, StreamPlan['cameras'][string]> = {};
    for (const [camera, pieces] of Object.entries(cameras)) {
      streams[pathOf(camera, 'sub')] = pieces;
      if (main)
        streams[pathOf(camera, 'main')] = pieces.map((piece) => ({ ...piece, file: sameIn(films, main, piece) }));
    }
    const server = start(fork(support('stream-server'), { execArgv: ['--import', 'tsx'] }));
    server.send({ ffmpeg, cameras: streams } satisfies StreamPlan);
    const [{ port, beganAt }] = (await once(server, 'message')) as [{ port: number; beganAt: number }];
    const urlOf = (camera: string, stream: 'main' | 'sub' = 'sub'): string =>
      `rtsp://127.0.0.1:${port}/${pathOf(camera, stream)}`;

    for (const plan of plans) {
      const database = await openFreshDatabase(config, log);
      const own = { ...config, DATABASE_URL: database.connectionString, dataDir: database.dataDir };
      const runtime = await openRuntime({ config: own, process: 'bench' });
      await addCameras(runtime, Object.keys(plan.timelines), urlOf);
      const worker = start(
        spawn(process.execPath, ['--import', 'tsx', `${PROGRAM_DIR}/workers/camera.ts`], {
          cwd: PROGRAM_DIR,
          env: {
            ...process.env,
            DATABASE_URL: database.connectionString,
            CLAIMSIGHT_DATA_DIR: database.dataDir,
            LOG_LEVEL: 'error',
            CAMERA_MOST: '10000',
            CAMERA_NETWORKS: '127.0.0.0/8',
          },
          stdio: ['ignore', 'ignore', 'inherit'],
        }),
      );
      groups.push({ ...plan, database, runtime, worker });
    }
    const keyframes = names
      .slice(0, KEYFRAME_CAMERAS)
      .map((camera) =>
        start(
          spawn(
            ffmpeg,
            `-v error -nostdin -nostats -threads 1 -rtsp_transport tcp -skip_frame nokey -i ${urlOf(camera)} -f null -`.split(
              ' ',
            ),
            { stdio: ['ignore', 'ignore', 'inherit'] },
          ),
        ),
      );
    const naive = start(fork(support('naive-cameras'), { execArgv: ['--import', 'tsx'] }));
    naive.send({ ffmpeg, urls: names.slice(-NAIVE_CAMERAS).map((camera) => urlOf(camera, 'main')) });

    const untilS = async (seconds: number): Promise<void> => systemClock.sleepUntil(beganAt + seconds * 1000);
    await untilS(options.warmSeconds);
    const pidOf = (child: ChildProcess): number[] => (child.pid === undefined ? [] : [child.pid]);
    const measure = async () => {
      const report = once(naive, 'message') as Promise<[{ searched: number; seen: number }]>;
      naive.send({ report: true });
      return {
        at: performance.now(),
        groups: groups.map(({ worker }) => cpuSecondsOf(pidOf(worker))),
        nodes: groups.map(({ worker }) => ownCpuSecondsOf(worker.pid ?? 0)),
        keyframes: cpuSecondsOf(keyframes.flatMap(pidOf)),
        naive: cpuSecondsOf(pidOf(naive)),
        naiveNode: ownCpuSecondsOf(naive.pid ?? 0),
        server: cpuSecondsOf(pidOf(server)),
        frames: (await report)[0],
      };
    };
    const before = await measure();
    say(`measuring ${names.length} cameras for ${options.seconds} s`);
    await untilS(options.warmSeconds + options.seconds);
    const after = await measure();
    await untilS(options.warmSeconds + options.seconds + AFTER_S);
    const seconds = (after.at - before.at) / 1000;
    for (const { worker } of groups) worker.kill('SIGTERM');
    await Promise.all(groups.map(({ worker }) => (worker.exitCode === null ? once(worker, 'exit') : null)));

    const keyframeCpu = (after.keyframes - before.keyframes) / seconds / keyframes.length;
    // For each frame that it had time for: on a busy machine it falls behind.
    const naiveTotal = after.naive - before.naive;
    const searching = (after.naiveNode - before.naiveNode) / Math.max(1, after.frames.searched);
    const decoding = (naiveTotal - (after.naiveNode - before.naiveNode)) / Math.max(1, after.frames.seen);
    const naiveCpu = NAIVE_FPS * (searching + decoding);
    const byPresence = [];
    for (const [i, group] of groups.entries()) {
      const count = Object.keys(group.timelines).length;
      const cpu = ((after.groups[i] ?? 0) - (before.groups[i] ?? 0)) / seconds / count;
      const found = await seen(group, beganAt);
      // Keyframes at least; on a machine that is busy otherwise the streams are not read in time, and every figure flatters.
      const due = (count * (options.warmSeconds / 2 + options.seconds + AFTER_S)) / style.gopSeconds;
      const readShare = round(Math.min(1, found.framesRead / due), 3);
      byPresence.push({
        presence: group.presence,
        cameras: count,
        presentShare: round(
          group.visits.reduce((sum, visit) => sum + visit.to - visit.from, 0) / (count * options.seconds),
          4,
        ),
        cpu: round(cpu, 5),
        ofItNode: round(((after.nodes[i] ?? 0) - (before.nodes[i] ?? 0)) / seconds / count, 5),
        streamsPerCore: round(1 / cpu, 1),
        belowNaive: round(naiveCpu / cpu, 1),
        timesKeyframesAlone: round(cpu / keyframeCpu),
        ...found,
        readShare,
        keptUp: readShare >= KEPT_UP,
      });
    }
    const usual = byPresence[Math.min(1, byPresence.length - 1)];
    return {
      oursCpu: usual?.cpu ?? 0,
      naiveCpu: round(naiveCpu, 5),
      ratio: usual?.belowNaive ?? 0,
      keptUp: byPresence.every((each) => each.keptUp),
      keyframesAloneCpu: round(keyframeCpu, 5),
      seconds: round(seconds, 1),
      cores: cpus().length,
      sourceCpu: round((after.server - before.server) / seconds, 3),
      naive: {
        cameras: NAIVE_CAMERAS,
        cpuPerWallSecond: round(naiveTotal / seconds, 3),
        framesSearched: after.frames.searched,
        framesDecoded: after.frames.seen,
      },
      byPresence,
    };
  } finally {
    for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
    for (const { runtime, database } of groups) {
      await runtime.close();
      await database.close();
    }
  }
}

async function addCameras(
  runtime: Runtime,
  names: readonly string[],
  urlOf: (camera: string) => string,
): Promise<void> {
  const { db, clock } = runtime;
  await db.query(
    `insert into regions (code, name, level, parent) values ('4116', '周口市', 'city', null), ('411603', '淮阳区', 'county', '4116')`,
  );
  await db.query(`insert into clinics (code, name, region_code, created_at) values ($1, '测试卫生室', '411603', $2)`, [
    CLINIC,
    ts(clock.now()),
  ]);
  await db.transaction(async (tx) => {
    for (const id of names) {
      await putCamera(tx, runtime, {
        id,
        clinicCode: CLINIC,
        name: id,
        scenePoint: 'counter',
        sourceUrl: urlOf(id),
      });
    }
  });
}

/** What the worker left in its database. */
async function seen(group: Group, beganAt: number) {
  const { db } = group.runtime;
  const { rows } = await db.query<{
    camera_id: string;
    from_at: number;
    to_at: number;
    template_id: string | null;
    received_at: number;
  }>(
    `select camera_id, from_at, to_at, template_id, received_at from appearances where state <> 'void' order by from_at`,
  );
  const told: number[] = [];
  let captured = 0;
  for (const visit of group.visits) {
    const [from, to] = [beganAt + visit.from * 1000, beganAt + visit.to * 1000];
    const found = rows.filter(
      (row) => row.camera_id === visit.camera && row.template_id !== null && row.from_at < to && row.to_at > from,
    );
    if (found.length > 0) captured++;
    const first = found[0];
    if (first) told.push((first.received_at - first.from_at) / 1000);
  }
  const elsewhere = rows.filter(
    (row) =>
      !group.visits.some(
        (visit) =>
          visit.camera === row.camera_id &&
          row.from_at < beganAt + visit.to * 1000 + 2_000 &&
          row.to_at > beganAt + visit.from * 1000 - 2_000,
      ),
  );
  const marks = [...(await watermarksOf(db, Object.keys(group.timelines))).values()];
  const read = marks.reduce((sum, mark) => sum + mark.framesRead, 0);
  const dropped = marks.reduce((sum, mark) => sum + mark.framesDropped, 0);
  const inOrder = told.toSorted((a, b) => a - b);
  return {
    visits: group.visits.length,
    captured,
    appearances: rows.length,
    appearancesOfNobody: elsewhere.length,
    toldAfterS: { median: round(inOrder[inOrder.length >> 1] ?? 0), most: round(inOrder.at(-1) ?? 0) },
    framesRead: read,
    dropShare: round(dropped / Math.max(1, read + dropped), 5),
  };
}
