import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BuildEvent, ensureModels, networkNames, sha256 } from '../../../models/build/ensure-models.ts';
import { createOnnxEngine } from '../../../src/faces/engine/onnx-engine.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'claimsight-models-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('building the networks', () => {
  it('builds all once, with the released checksums, and leaves them alone afterwards', async () => {
    const built: BuildEvent[] = [];
    const files = await ensureModels({ dir, log: (event) => built.push(event) });
    expect(built.map(({ network }) => network).sort()).toEqual([...networkNames].sort());
    for (const { path: file, sha256: expected } of Object.values(files))
      expect(sha256(await readFile(file))).toBe(expected);
    const before = await stat(files.face_recognition.path);
    await ensureModels({ dir, log: () => expect.unreachable('nothing was to be built') });
    expect((await stat(files.face_recognition.path)).mtimeMs).toBe(before.mtimeMs);
  });

  it('notices a damaged file and builds that one again', async () => {
    const files = await ensureModels({ dir });
    await truncate(files.tiny_face_detector.path, 1000);
    const built: BuildEvent[] = [];
    await ensureModels({ dir, log: (event) => built.push(event) });
    expect(built).toMatchObject([{ network: 'tiny_face_detector', reason: 'damaged' }]);
    await (await createOnnxEngine({ models: files })).close();
  });

  it('lets two processes build at once, without a half file or a leftover', async () => {
    await Promise.all([ensureModels({ dir }), ensureModels({ dir })]);
    expect((await readdir(dir)).sort()).toEqual(networkNames.map((name) => `${name}.onnx`).sort());
    await ensureModels({ dir, log: () => expect.unreachable('nothing was to be built') });
  });

  it('says what to do when the folder cannot be written', async () => {
    const file = path.join(dir, 'a-file');
    await writeFile(file, '');
    const failure = await ensureModels({ dir: path.join(file, 'models') }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unavailable', details: { remedy: expect.stringContaining('folder') } });
  });

  it('tells a damaged network apart from a bug', async () => {
    const files = await ensureModels({ dir });
    await writeFile(files.face_recognition.path, 'not a network');
    await expect(createOnnxEngine({ models: files })).rejects.toMatchObject({ code: 'integrity' });
  });
});
