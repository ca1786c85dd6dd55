import { setTimeout as delay } from 'node:timers/promises';
import { createAudit } from '../access/audit.ts';
import { progressOnStderr } from '../faces/progress.ts';
import { DomainError } from '../platform/errors.ts';
import { openFaces } from '../vision/open-vision.ts';
import { countsOf, type ReEnrolmentCounts, runById } from '../vision/re-enrol/re-enrol.store.ts';
import { startReEnrolment, workSlice } from '../vision/re-enrol/re-enrol.ts';
import { retireOlder } from '../vision/re-enrol/retire.ts';
import { reEnrolWorker } from '../vision/re-enrol/worker.ts';
import { withRuntime } from './operate.ts';

const BY = 'command';
/** Another process is at it: look again. */
const LOOK_AGAIN_MS = 1_000;

/**
 * `claimsight re-enrol`: every portrait in use described by the configured model; goes on where an interrupted run stopped, and
 * beside a running installation. `ok`: the older model is retired.
 * @throws DomainError `conflict` where face recognition is off
 */
export const runReEnrol = (options: {
  readonly perMinute?: number;
  readonly retire?: boolean;
  readonly quiet?: boolean;
}): Promise<{ ok: boolean; run: string; toVersion: string; state: string } & ReEnrolmentCounts> =>
  withRuntime(async (runtime) => {
    const { config, db } = runtime;
    if (!config.FACE_RECOGNITION)
      throw new DomainError('conflict', 'face recognition is switched off in this installation', {
        remedy: 'Set FACE_RECOGNITION=true.',
      });
    const deps = { ...runtime, audit: createAudit(runtime) };
    const faces = await openFaces(config);
    const tell = options.quiet === true ? () => undefined : progressOnStderr('portraits');
    try {
      const { analyzer } = faces;
      const begun = await startReEnrolment(deps, {
        toVersion: analyzer.templateVersion,
        by: BY,
        ...(options.perMinute !== undefined && { perMinute: options.perMinute }),
      });
      const worker = reEnrolWorker(deps, faces);
      for (;;) {
        const { looked, nextAt, busyElsewhere } = await workSlice(worker, begun.id);
        const { portraits, waiting } = await countsOf(db, begun);
        tell(portraits - waiting, portraits);
        if ((await runById(db, begun.id)).state !== 'running') break;
        if (busyElsewhere || (looked === 0 && nextAt === null)) await delay(LOOK_AGAIN_MS);
        else if (nextAt !== null) await delay(Math.max(0, nextAt - runtime.clock.now()));
      }
      const done = await runById(db, begun.id);
      const run = options.retire === true && done.state === 'done' ? await retireOlder(deps, done.id, BY) : done;
      return {
        ok: run.state === 'retired',
        run: run.id,
        toVersion: run.toVersion,
        state: run.state,
        ...(await countsOf(db, run)),
      };
    } finally {
      await faces.close();
    }
  });
