import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROGRAM_DIR } from '../../../src/platform/config.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'claimsight-killed-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** Process ids of the demo's children that run `worker`. */
async function pidsOf(parent: number, worker: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [status, command] = await Promise.all([
        readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''),
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
      ]);
      return status.includes(`PPid:\t${parent}\n`) && command.includes(`workers/${worker}.ts`) ? Number(pid) : null;
    }),
  );
  return found.filter((pid) => pid !== null);
}

/** SIGKILL as soon as the demo's clock has passed a moment: in a visit, before a settlement, between it and its alert. */
const KILLS = [
  { at: '08:00:50', worker: 'camera' },
  { at: '08:02:50', worker: 'api' },
  { at: '08:03:00', worker: 'camera' },
  { at: '08:03:20', worker: 'reconcile' },
  { at: '08:04:50', worker: 'housekeeping' },
  { at: '08:05:10', worker: 'reconcile' },
  { at: '08:05:58', worker: 'api' },
] as const;

// /proc is Linux's.
it.runIf(process.platform === 'linux')(
  'every alert stands once, whichever process was killed in the middle',
  { timeout: 300_000 },
  async () => {
    const demo = spawn(
      process.execPath,
      ['bin/claimsight.mjs', 'demo', '--once', '--scenario', 'tests/fixtures/short-morning.yaml'],
      {
        cwd: PROGRAM_DIR,
        env: { ...process.env, CLAIMSIGHT_DATA_DIR: dataDir, PORT: '0' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let out = '';
    let said = '';
    demo.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    demo.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    let ended = false;
    const exit = new Promise<number | null>((resolve) =>
      demo.once('exit', (code) => {
        ended = true;
        resolve(code);
      }),
    );

    let killed = 0;
    for (const kill of KILLS) {
      const moment = Date.parse(`2026-03-17T${kill.at}+08:00`);
      while (!ended && (await simulatedNow()) < moment) await new Promise((resolve) => setTimeout(resolve, 20));
      for (const pid of ended ? [] : await pidsOf(demo.pid ?? 0, kill.worker)) {
        process.kill(pid, 'SIGKILL');
        killed++;
      }
    }
    const code = await exit;
    const result = JSON.parse(out.trim().split('\n').at(-1) || '{}') as {
      ok: boolean;
      alerts: unknown;
      expectations: { ok: boolean }[];
    };
    expect(
      result.expectations?.filter((expectation) => !expectation.ok),
      said,
    ).toEqual([]);
    expect(result.alerts).toEqual({ pre: 0, in: 1, post: 0 });
    expect(killed).toBe(KILLS.length);
    expect(code).toBe(0);
  },
);

/** What the demo's clock file says; before there is one, the beginning of time. */
async function simulatedNow(): Promise<number> {
  try {
    const anchor = JSON.parse(await readFile(join(dataDir, 'demo', 'clock.json'), 'utf8')) as {
      real: number;
      simulated: number;
      speed: number;
      until: number;
    };
    return Math.min(anchor.until, anchor.simulated + (Date.now() - anchor.real) * anchor.speed);
  } catch {
    return 0;
  }
}
