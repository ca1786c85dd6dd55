import type { Audit } from '../../access/audit.ts';
import type { FaceAnalyzer } from '../../faces/analyzer.ts';
import { mainFace } from '../../faces/photo-folder.ts';
import { poolTemplates } from '../../faces/template.ts';
import { decodeImage } from '../../media/decode-image.ts';
import type { PortraitReader, PortraitReading } from '../../people/portrait-reader.ts';
import { FILE_REFUSALS, type PortraitRefusal } from '../../people/portrait-refusals.ts';
import { lockPortrait } from '../../people/portraits.store.ts';
import { addTemplateBeside, putTemplate } from '../../people/template.store.ts';
import type { BlobStore } from '../../platform/blobs.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Db } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import type { Outbox } from '../../platform/outbox.ts';
import {
  beginRun,
  countsOf,
  letGo,
  putFailure,
  type ReEnrolment,
  runById,
  setState,
  shotsKept,
  takeRun,
  type WaitingAppearance,
  type WaitingPortrait,
  waitingAppearances,
  waitingPortraits,
} from './re-enrol.store.ts';
import { reEnrolSlice } from './re-enrol.topics.ts';
import { retireOlder } from './retire.ts';

export interface ReEnrolDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly audit: Audit;
}

export interface ReEnrolWorker extends ReEnrolDeps {
  readonly blobs: BlobStore;
  /** Both of the model in use. */
  readonly analyzer: FaceAnalyzer;
  readonly reader: PortraitReader;
  /** The older model is calibrated and the one in use is not: it goes only when somebody says so. */
  readonly keepOlder?: boolean;
}

export const DEFAULT_PER_MINUTE = 120;
/** Pictures of one go: the queue's other work has its turn after them. */
const SLICE = 10;
/** A process that is at it says so this often at least; after one that was killed another takes over so much later. */
const LEASE_MS = 60_000;
/** Older appearances are decided about no more: holds and re-evaluations end within three working days. */
export const RECENT_MS = 5 * 86_400_000;

const NO_SHOTS: PortraitRefusal = {
  code: 'no_shots',
  zh: '该次出现的图片已不保留，无法用新模型重新提取特征，结论为“无法判断”',
  en: 'No picture of the appearance is kept: the new model cannot describe it, and nothing is told from it.',
};

/**
 * Begins to describe every portrait in use by the configured model, or goes on where a run stopped. The work itself waits in
 * the outbox. @returns the run
 */
export function startReEnrolment(
  deps: ReEnrolDeps,
  options: { readonly toVersion: string; readonly by: string; readonly perMinute?: number },
): Promise<ReEnrolment> {
  const { db, clock, outbox, audit } = deps;
  const { toVersion, by, perMinute = DEFAULT_PER_MINUTE } = options;
  return db.transaction(async (tx) => {
    const { run, isNew } = await beginRun(tx, { toVersion, by, perMinute, now: clock.now() });
    await outbox.add(tx, reEnrolSlice, { runId: run.id }, { dedupeKey: run.id });
    await audit.record(tx, {
      actor: by,
      action: isNew ? 'faces.re_enrol' : 'faces.re_enrol_again',
      subjectKind: 're_enrolment',
      subjectId: run.id,
      outcome: 'done',
      detail: { toVersion, perMinute },
    });
    return run;
  });
}

export interface SliceOutcome {
  /** Pictures looked at. */
  readonly looked: number;
  /** When the next ones may be looked at, domain time; null: nothing is left, or another process is at it. */
  readonly nextAt: number | null;
  readonly busyElsewhere: boolean;
}

/**
 * Looks at the next pictures of a run; each counts as soon as it was looked at, so that a process that is killed loses one
 * picture's work at most. When nothing is left the run is done, and where nobody failed the older model's templates go.
 */
export async function workSlice(worker: ReEnrolWorker, runId: string): Promise<SliceOutcome> {
  const { db, clock } = worker;
  const run = await runById(db, runId);
  const over: SliceOutcome = { looked: 0, nextAt: null, busyElsewhere: false };
  if (run.state !== 'running') return over;
  if (run.toVersion !== worker.analyzer.templateVersion) return over;
  const startedAt = clock.now();
  const lease = (mine: boolean): Promise<boolean> =>
    takeRun(db, run.id, { now: clock.now(), until: clock.now() + LEASE_MS, mine });
  if (!(await lease(false))) return { ...over, nextAt: startedAt + LEASE_MS, busyElsewhere: true };
  try {
    const portraits = await nextPortraits(worker, run);
    const appearances = portraits.length > 0 ? [] : await waitingAppearances(db, run, startedAt - RECENT_MS, SLICE);
    for (const portrait of portraits) {
      await describePortrait(worker, run, portrait);
      if (!(await lease(true))) return over;
    }
    for (const appearance of appearances) {
      await describeAppearance(worker, run, appearance);
      if (!(await lease(true))) return over;
    }
    const looked = portraits.length + appearances.length;
    if (looked === 0) {
      await finish(worker, run);
      return over;
    }
    return { looked, nextAt: startedAt + (looked * 60_000) / run.perMinute, busyElsewhere: false };
  } finally {
    await letGo(db, run.id);
  }
}

/** Where this process is in a run: behind it everything was looked at. */
const places = new WeakMap<ReEnrolWorker, { readonly runId: string; readonly after: string }>();

/** The next portraits in the order of their ids; at the end all are looked through once more, for one that came out of order. */
async function nextPortraits(worker: ReEnrolWorker, run: ReEnrolment): Promise<WaitingPortrait[]> {
  const known = places.get(worker);
  const after = known?.runId === run.id ? known.after : null;
  const next = await waitingPortraits(worker.db, run, { after, limit: SLICE });
  const last = next.at(-1);
  if (last !== undefined) places.set(worker, { runId: run.id, after: last.id });
  else if (after !== null) {
    places.delete(worker);
    return waitingPortraits(worker.db, run, { after: null, limit: SLICE });
  }
  return next;
}

async function describePortrait(worker: ReEnrolWorker, run: ReEnrolment, portrait: WaitingPortrait): Promise<void> {
  const { db, keyring, clock } = worker;
  const file = portrait.blobSha256 === null ? null : await fileOf(worker.blobs, portrait.blobSha256);
  const reading: PortraitReading =
    file === null ? { accepted: false, reasons: [FILE_REFUSALS.file_lost] } : await worker.reader.read(file);
  const now = clock.now();
  await db.transaction(async (tx) => {
    const current = await lockPortrait(tx, portrait.id);
    // Replaced meanwhile: the new one was described by the model in use as it came.
    if (current === null || current.state !== 'accepted') return;
    if (!reading.accepted) {
      const { reasons } = reading;
      await putFailure(tx, { runId: run.id, kind: 'portrait', subjectId: portrait.id, reasons, at: now });
      return;
    }
    const { template, modelVersion, quality } = reading;
    if (current.templateId !== null) {
      await addTemplateBeside(tx, keyring, current.templateId, { template, modelVersion, createdAt: now });
      return;
    }
    const id = await putTemplate(tx, keyring, { ...reading, retentionClass: 'portrait', createdAt: now });
    await tx.query('update portraits set template_id = $2, quality = $3 where id = $1', [portrait.id, id, quality]);
  });
}

async function describeAppearance(
  worker: ReEnrolWorker,
  run: ReEnrolment,
  appearance: WaitingAppearance,
): Promise<void> {
  const { db, keyring, clock, analyzer } = worker;
  const shots: { template: Awaited<ReturnType<FaceAnalyzer['describe']>>[number] & object; weight: number }[] = [];
  for (const hash of await shotsKept(db, appearance.id)) {
    const file = await fileOf(worker.blobs, hash);
    if (file === null) continue;
    const image = await decodeImage(file);
    const face = mainFace(await analyzer.analyze(image, { mode: 'portrait', minFacePx: 16 }), image);
    const template = face === null ? null : (await analyzer.describe([face]))[0];
    if (face !== null && template) shots.push({ template, weight: face.quality.value ** 2 });
  }
  const now = clock.now();
  if (shots.length === 0) {
    await putFailure(db, {
      ...{ runId: run.id, kind: 'appearance', subjectId: appearance.id, reasons: [NO_SHOTS], at: now },
    });
    return;
  }
  const { version, vector } = poolTemplates(shots);
  await db.transaction((tx) =>
    addTemplateBeside(tx, keyring, appearance.templateId, { template: vector, modelVersion: version, createdAt: now }),
  );
}

async function finish(worker: ReEnrolWorker, run: ReEnrolment): Promise<void> {
  const { db, clock, audit } = worker;
  const counts = await countsOf(db, run);
  await db.transaction(async (tx) => {
    await setState(tx, run.id, { state: 'done', now: clock.now() });
    await audit.record(tx, {
      ...{ actor: 'system', action: 'faces.re_enrolled', subjectKind: 're_enrolment', subjectId: run.id },
      outcome: 'done',
      detail: { done: counts.done, failed: counts.failed, appearancesFailed: counts.appearancesFailed },
    });
  });
  if (counts.failed === 0 && worker.keepOlder !== true) await retireOlder(worker, run.id, 'system');
}

async function fileOf(blobs: BlobStore, hash: Buffer): Promise<Buffer | null> {
  try {
    return await blobs.get(hash);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return null;
    throw error;
  }
}
