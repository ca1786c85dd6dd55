import { setMaxListeners } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { MediaTools } from '../../../src/media/probe.ts';
import { openSource } from '../../../src/media/source.ts';
import type { StartPacer } from '../../../src/media/start-pacer.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { FaultKind, FaultyCamera } from './fault.ts';

export interface PlayedFault {
  readonly camera: string;
  readonly kind: FaultKind;
  readonly lastedMs: number;
  /** From the camera's return until a picture of it; null: it did not come within the patience. */
  readonly backMs: number | null;
}

export interface FaultReport {
  readonly played: readonly PlayedFault[];
  /** What the cameras without faults noticed. */
  readonly witnesses: readonly {
    readonly name: string;
    readonly frames: number;
    readonly troubles: number;
    readonly longestGapMs: number;
  }[];
  /** Of this process in MB, after each fault. */
  readonly rss: readonly number[];
  /** ffmpeg processes of ours at the end, while all cameras are well. */
  readonly processes: number;
  readonly secrets: number;
}

const PATIENCE_MS = 40_000;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A number in [0, 1) for each place in a script (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function children(): number {
  let found = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, after = ''] = readFileSync(`/proc/${name}/stat`, 'latin1').split(') ');
      const ours = Number(after.split(' ')[1]) === process.pid;
      if (ours && readFileSync(`/proc/${name}/comm`, 'latin1').startsWith('ffmpeg')) found++;
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

/** Plays each camera its faults, one after the other and all cameras at once, and says how long each took to be back. */
export async function runFaults(options: {
  readonly tools: MediaTools;
  readonly starts: StartPacer;
  readonly cameras: readonly {
    readonly name: string;
    readonly camera: FaultyCamera;
    readonly kinds: readonly FaultKind[];
  }[];
  readonly witnesses: readonly { readonly name: string; readonly url: string }[];
  readonly seed: number;
  readonly leastMs: number;
  readonly mostMs: number;
  readonly told?: (played: PlayedFault) => void;
}): Promise<FaultReport> {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const roll = dice(options.seed);
  const rss: number[] = [];
  const played: PlayedFault[] = [];
  let secrets = 0;

  const watch = (url: string) => {
    const seen = { frames: 0, lastAt: 0, troubles: 0, longestGapMs: 0 };
    const done = (async () => {
      const { tools, starts } = options;
      const source = await openSource({
        ...{ tools, starts, clock: systemClock, url, signal: stop.signal, segmentSeconds: null },
      });
      for await (const event of source.events()) {
        if (event.kind === 'frame') {
          const now = performance.now();
          if (seen.lastAt > 0) seen.longestGapMs = Math.max(seen.longestGapMs, now - seen.lastAt);
          seen.frames++;
          seen.lastAt = now;
        } else if (event.kind === 'failed') {
          seen.troubles++;
          const { message, details } = event.error;
          if (/s3cr3t/.test(JSON.stringify([message, details]))) secrets++;
        } else if (event.kind === 'silent') seen.troubles++;
      }
    })();
    return { seen, done };
  };
  const flowing = async (seen: { frames: number }, more: number, patienceMs: number): Promise<boolean> => {
    const wanted = seen.frames + more;
    const until = performance.now() + patienceMs;
    while (seen.frames < wanted && performance.now() < until) await sleep(50);
    return seen.frames >= wanted;
  };

  const witnesses = options.witnesses.map(({ name, url }) => ({ name, ...watch(url) }));
  for (const { seen } of witnesses) await flowing(seen, 2, PATIENCE_MS);
  for (const { seen } of witnesses) Object.assign(seen, { troubles: 0, longestGapMs: 0, lastAt: 0 });

  const watchers: Promise<void>[] = [];
  const runs = options.cameras.map(async ({ name, camera, kinds }) => {
    const { seen, done } = watch(camera.url);
    watchers.push(done);
    if (!(await flowing(seen, 2, PATIENCE_MS))) throw new Error(`${name} never showed a picture`);
    for (const kind of kinds) {
      const ms = options.leastMs + roll() * (options.mostMs - options.leastMs);
      await camera.play({ kind, ms, dice: roll() });
      await sleep(ms);
      await camera.play(null);
      const returnedAt = performance.now();
      const back = await flowing(seen, 1, PATIENCE_MS);
      const one: PlayedFault = {
        ...{ camera: name, kind, lastedMs: Math.round(ms) },
        backMs: back ? Math.round(seen.lastAt - returnedAt) : null,
      };
      played.push(one);
      options.told?.(one);
      rss.push(Math.round(process.memoryUsage.rss() / 1e6));
      await flowing(seen, 1, PATIENCE_MS);
    }
  });
  await Promise.all(runs);
  await sleep(500);
  const processes = children();
  stop.abort();
  await Promise.all([...watchers, ...witnesses.map(({ done }) => done)]);
  return {
    played,
    witnesses: witnesses.map(({ name, seen: { frames, troubles, longestGapMs } }) => ({
      ...{ name, frames, troubles },
      longestGapMs: Math.round(longestGapMs),
    })),
    ...{ rss, processes, secrets },
  };
}
