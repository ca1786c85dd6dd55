import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAudit } from '../../../src/access/audit.ts';
import { type OpenAnalyzer, openAnalyzer } from '../../../src/faces/open-analyzer.ts';
import { putAppearance } from '../../../src/ledgers/presence/appearance.store.ts';
import { portraitHandler } from '../../../src/people/portrait.worker.ts';
import { createPortraitReader } from '../../../src/people/portrait-reader.ts';
import { portraitsOf, submitPortrait } from '../../../src/people/portraits.store.ts';
import { getTemplates } from '../../../src/people/template.store.ts';
import { derivedId } from '../../../src/platform/ids.ts';
import { countsOf, failuresOf, listRuns, runById } from '../../../src/vision/re-enrol/re-enrol.store.ts';
import { RECENT_MS, type ReEnrolWorker, startReEnrolment, workSlice } from '../../../src/vision/re-enrol/re-enrol.ts';
import { retireOlder, sweepRetired } from '../../../src/vision/re-enrol/retire.ts';
import { PEOPLE, type PersonName, photoOf } from '../../support/footage.ts';
import { blockEmbedder, writeOwnModel } from '../../support/own-model.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';
import { workOff } from '../../support/work-off.ts';

let dir: string;
let before: OpenAnalyzer;
let both: OpenAnalyzer;
let runtime: TestRuntime;
const pictures = new Map<PersonName, Buffer>();

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'claimsight-re-enrol-'));
  const older = await writeOwnModel(dir, blockEmbedder({ seed: 3, dimension: 64 }), { dimension: 64 }, 'older');
  const newer = await writeOwnModel(dir, blockEmbedder({}), {}, 'newer');
  before = await openAnalyzer({ card: older });
  both = await openAnalyzer({ card: newer, before: older });
  for (const name of Object.keys(PEOPLE) as PersonName[]) {
    const { photo, x, y, width, height } = PEOPLE[name];
    const area = {
      left: Math.max(0, x - Math.round(width * 0.3)),
      top: Math.max(0, y - Math.round(height * 0.25)),
      width: Math.round(width * 1.6),
      height: Math.round(height * 1.6),
    };
    pictures.set(name, await sharp(photoOf(photo)).extract(area).resize({ width: 400 }).jpeg().toBuffer());
  }
});
afterAll(async () => {
  await before.close();
  await both.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  runtime = await createTestRuntime();
  return () => runtime.close();
});

const deps = () => ({ ...runtime, audit: createAudit(runtime), timeZone: 'Asia/Shanghai', faceRecognition: true });
const worker = (models = both): ReEnrolWorker => ({
  ...deps(),
  analyzer: models.analyzer,
  reader: createPortraitReader(models),
});

/** A portrait taken in and described by some models. */
async function enrol(psnNo: string, picture: Buffer, models: OpenAnalyzer): Promise<string> {
  const portrait = await runtime.db.transaction((tx) =>
    submitPortrait(tx, runtime, {
      ...{ subjectKind: 'enrollee', subjectRef: psnNo, image: picture, mediaType: 'image/jpeg', takenOn: null },
    }),
  );
  await workOff(runtime, [portraitHandler({ ...deps(), reader: createPortraitReader(models) })]);
  return portrait.id;
}
const portraitOf = async (psnNo: string) => {
  const [portrait] = await portraitsOf(runtime.db, 'enrollee', psnNo);
  if (!portrait) throw new Error(`no portrait of ${psnNo}`);
  return portrait;
};
const templateOf = async (psnNo: string) => {
  const { templateId } = await portraitOf(psnNo);
  return (await getTemplates(runtime.db, runtime.keyring, [templateId ?? ''])).get(templateId ?? '');
};
const stored = async (): Promise<number> =>
  (await runtime.db.query<{ n: number }>('select count(*)::int as n from biometric.templates')).rows[0]?.n ?? 0;
const start = () => startReEnrolment(deps(), { toVersion: both.analyzer.templateVersion, by: 'admin' });
/** As the queue would, on the test's clock. */
async function workOn(runId: string): Promise<void> {
  for (let at: number | null = 0; at !== null; at = (await workSlice(worker(), runId)).nextAt) runtime.clock.set(at);
}
const somebody = () => [...pictures.values()][0] as Buffer;

describe('a model that takes another’s place', () => {
  it('describes every portrait; both serve until then, and the older one’s templates go afterwards', async () => {
    const names = [...pictures.keys()].slice(0, 3);
    for (const name of names) await enrol(name, pictures.get(name) as Buffer, before);
    const older = before.analyzer.templateVersion;
    const newer = both.analyzer.templateVersion;
    const run = await start();
    expect(await countsOf(runtime.db, run)).toMatchObject({ portraits: 3, done: 0, failed: 0, waiting: 3 });

    const { looked, nextAt } = await workSlice(worker(), run.id);
    expect(looked).toBe(3);
    expect(nextAt).toBe(runtime.clock.now() + 1_500);
    expect(await countsOf(runtime.db, run)).toMatchObject({ done: 3, waiting: 0 });
    const between = await templateOf(names[0] as string);
    expect(between).toMatchObject({ modelVersion: older });
    expect(between?.also?.map(({ modelVersion, template }) => [modelVersion, template.length])).toEqual([[newer, 512]]);

    await workOn(run.id);
    expect(await runById(runtime.db, run.id)).toMatchObject({ state: 'retired', retiredBy: 'system' });
    expect(await stored()).toBe(3);
    const now = await templateOf(names[0] as string);
    expect(now).toMatchObject({ modelVersion: newer });
    expect(now?.template).toEqual(between?.also?.[0]?.template);
    expect(now?.also).toBeUndefined();
  });

  it('is gone on with by another process after the first was killed, and does nothing twice', async () => {
    const names = [...pictures.keys()].slice(0, 2);
    for (const name of names) await enrol(name, pictures.get(name) as Buffer, before);
    const run = await start();
    let reads = 0;
    const killed: ReEnrolWorker = {
      ...worker(),
      reader: {
        read: async (picture) => {
          reads += 1;
          // What a killed process leaves: its word that it is at it.
          if (reads === 2) throw new Error('killed');
          return worker().reader.read(picture);
        },
      },
    };
    await expect(workSlice(killed, run.id)).rejects.toThrow('killed');
    expect(await countsOf(runtime.db, run)).toMatchObject({ done: 1, waiting: 1 });
    await runtime.db.query(`update re_enrolments set worked_until = $1`, [new Date(runtime.clock.now() + 60_000)]);
    expect(await workSlice(worker(), run.id)).toMatchObject({ looked: 0, busyElsewhere: true });
    runtime.clock.advance(60_001);
    expect((await start()).id).toBe(run.id);
    expect(await workSlice(worker(), run.id)).toMatchObject({ looked: 1 });
    await workOn(run.id);
    expect((await runById(runtime.db, run.id)).state).toBe('retired');
    // Once more finds nothing to do.
    const again = await start();
    await workOn(again.id);
    expect(await countsOf(runtime.db, again)).toMatchObject({ portraits: 2, done: 2, failed: 0, waiting: 0 });
    expect(await stored()).toBe(2);
  });

  it('says whom it could not describe and why, and lets the older model serve them until somebody decides', async () => {
    await enrol('P1', somebody(), before);
    await enrol('P2', pictures.get([...pictures.keys()][1] as PersonName) as Buffer, before);
    const { blobSha256 } = await portraitOf('P2');
    await runtime.blobs.remove(runtime.db, blobSha256 as Buffer);
    const run = await start();
    await workOn(run.id);
    expect((await runById(runtime.db, run.id)).state).toBe('done');
    const counts = await countsOf(runtime.db, run);
    expect(counts).toMatchObject({ done: 1, failed: 1, waiting: 0 });
    expect(counts.reasons).toMatchObject([{ code: 'file_lost', count: 1, zh: expect.stringContaining('保存期') }]);
    expect(await failuresOf(runtime.db, run.id, { after: null, limit: 10 })).toMatchObject([{ subjectRef: 'P2' }]);
    expect(await templateOf('P2')).toMatchObject({ modelVersion: before.analyzer.templateVersion });

    await retireOlder(deps(), run.id, 'user:chief');
    expect(await portraitOf('P2')).toMatchObject({
      state: 'failed',
      templateId: null,
      reasons: [{ code: 'file_lost' }],
    });
    expect(await portraitOf('P1')).toMatchObject({ state: 'accepted' });
    expect(await stored()).toBe(1);
  });

  it('is refused its retirement while portraits wait', async () => {
    await enrol('P1', somebody(), before);
    const run = await start();
    await expect(retireOlder(deps(), run.id, 'user:chief')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('leaves alone who is enrolled meanwhile: he is described by both from the start', async () => {
    const run = await start();
    await enrol('P1', somebody(), both);
    const template = await templateOf('P1');
    expect(template).toMatchObject({ modelVersion: both.analyzer.templateVersion });
    expect(template?.also?.map(({ modelVersion }) => modelVersion)).toEqual([before.analyzer.templateVersion]);
    await workOn(run.id);
    expect(await stored()).toBe(1);
  });

  it('does not work for a model that is not configured any more', async () => {
    await enrol('P1', somebody(), before);
    const run = await start();
    expect(await workSlice(worker(before), run.id)).toMatchObject({ looked: 0, nextAt: null });
    await startReEnrolment(deps(), { toVersion: before.analyzer.templateVersion, by: 'admin' });
    expect((await listRuns(runtime.db)).map(({ state }) => state).sort()).toEqual(['running', 'superseded']);
  });
});

describe('appearances of the days before', () => {
  const appear = async (id: string, at: number, shots: boolean): Promise<void> => {
    const [face] = (await before.analyzer.analyze(await decoded(), { mode: 'portrait' })).slice(0, 1);
    const [template] = face ? await before.analyzer.describe([face]) : [];
    await runtime.db.transaction((tx) =>
      putAppearance(tx, runtime, {
        ...{ id: derivedId('test', id), cameraId: 'c1', clinicCode: 'k1', state: 'closed', from: at, to: at + 5_000 },
        faces: 1,
        quality: 0.8,
        template: template ?? null,
        shots: shots
          ? [
              {
                at,
                quality: 0.8,
                box: { x: 0, y: 0, width: 100, height: 100 },
                frame: { width: 400, height: 400 },
                jpeg: somebody(),
              },
            ]
          : [],
      }),
    );
  };
  const decoded = async () => {
    const { data, info } = await sharp(somebody()).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  };
  const versionsOf = async (id: string): Promise<string[]> => {
    const { rows } = await runtime.db.query<{ template_id: string }>(
      'select template_id from appearances where id = $1',
      [derivedId('test', id)],
    );
    const found = (await getTemplates(runtime.db, runtime.keyring, [rows[0]?.template_id ?? ''])).values().next().value;
    return found ? [found.modelVersion, ...(found.also ?? []).map(({ modelVersion }) => modelVersion)] : [];
  };

  it('are described anew from the pictures that are kept of them, and from nothing else', async () => {
    const [older, newer] = [before.analyzer.templateVersion, both.analyzer.templateVersion];
    const now = runtime.clock.now();
    await appear('kept', now - 3_600_000, true);
    await appear('without', now - 3_600_000, false);
    await appear('long ago', now - RECENT_MS - 3_600_000, true);
    const run = await start();
    await workOn(run.id);
    expect(await versionsOf('kept')).toEqual([older, newer]);
    expect(await versionsOf('without')).toEqual([older]);
    expect(await versionsOf('long ago')).toEqual([older]);
    expect(await countsOf(runtime.db, run)).toMatchObject({ appearancesFailed: 1 });

    // Once nothing is decided about them any more, the older templates go.
    const options = { inUse: newer, served: [newer], before: now - RECENT_MS };
    expect(await sweepRetired(runtime, options)).toBe(0);
    expect(await sweepRetired(runtime, { ...options, before: now + 1 })).toBe(3);
    expect(await versionsOf('kept')).toEqual([newer]);
    expect(await versionsOf('without')).toEqual([]);
    expect(await stored()).toBe(1);
  });
});
