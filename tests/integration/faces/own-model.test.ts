import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runFaceCalibrate } from '../../../src/faces/calibrate-run.ts';
import { openFaceEngine } from '../../../src/faces/engine/open-engine.ts';
import { openOwnDetector, withDetector } from '../../../src/faces/engine/own-detector.ts';
import { openOwnEmbedder } from '../../../src/faces/engine/own-embedder.ts';
import { runFaceEval } from '../../../src/faces/face-eval.ts';
import { loadModelCard } from '../../../src/faces/load-model-card.ts';
import { openAnalyzer } from '../../../src/faces/open-analyzer.ts';
import { compareTemplates } from '../../../src/faces/template.ts';
import { PEOPLE, photoOf } from '../../support/footage.ts';
import {
  blockEmbedder,
  brightSquareDetector,
  channelMeans,
  graphBytes,
  ownCard,
  writeOwnModel,
} from '../../support/own-model.ts';
import { blank, samplePhoto } from './support.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'claimsight-own-model-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const embedderOf = async (cardPath: string) =>
  openOwnEmbedder({ card: await loadModelCard(cardPath), cardPath, name: 'own.onnx', threads: 1 });

describe('an embedder that an operator brings', () => {
  it('describes faces with as many numbers as it has, beside nothing of the built-in one', async () => {
    const card = await writeOwnModel(dir, blockEmbedder({}), { mirror: true });
    const { analyzer, close } = await openAnalyzer({ card });
    try {
      const photo = await samplePhoto(6);
      const faces = (await analyzer.analyze(photo, { mode: 'portrait' })).slice(0, 2);
      expect(faces[0]?.crops.map((looks) => looks.map(({ width, height }) => [width, height]))).toEqual([[[112, 112]]]);
      const [one, two] = await analyzer.describe(faces);
      const [again] = await analyzer.describe(faces.slice(0, 1));
      if (!one || !two || !again) throw new Error('a face was not described');
      expect(one.vector).toHaveLength(512);
      expect(Math.hypot(...one.vector)).toBeCloseTo(1, 5);
      expect(compareTemplates(one, again)).toBeCloseTo(1, 5);
      expect(compareTemplates(one, two)).toBeLessThan(0.9);
      expect(one.version).toMatch(/^test-blocks\/1@[0-9a-f]{12}$/);
      expect(analyzer).toMatchObject({ templateVersion: one.version, dimension: 512 });
    } finally {
      await close();
    }
  });

  it.each([
    ['RGB', 'NCHW', [200, 100, 50]],
    ['BGR', 'NCHW', [50, 100, 200]],
    ['RGB', 'NHWC', [200, 100, 50]],
    ['BGR', 'NHWC', [50, 100, 200]],
  ] as const)('gets its pictures as its card says: %s, %s', async (channels, layout, means) => {
    const card = await writeOwnModel(dir, channelMeans(layout), {
      input: { width: 16, height: 16, channels, layout, mean: [10, 20, 30], divisor: [2, 4, 8] },
      dimension: 3,
    });
    const embedder = await embedderOf(card);
    const flat = blank(16, 16);
    for (let i = 0; i < flat.data.length; i += 3) flat.data.set([200, 100, 50], i);
    const [vector] = await embedder.describe([[flat]]);
    const [a, b, c] = means;
    const expected = [(a - 10) / 2, (b - 20) / 4, (c - 30) / 8];
    const length = Math.hypot(...expected);
    expected.forEach((value, i) => {
      expect(vector?.[i]).toBeCloseTo(value / length, 5);
    });
    await embedder.close();
  });

  it('averages the mirror image only where its card says so', async () => {
    const picture = blank(112, 112, 10);
    for (let y = 0; y < 112; y++) picture.data.fill(240, y * 336, y * 336 + 120);
    const flipped = blank(112, 112, 10);
    for (let y = 0; y < 112; y++) flipped.data.fill(240, y * 336 + 216, y * 336 + 336);
    const cosines: number[] = [];
    for (const mirror of [true, false]) {
      const embedder = await embedderOf(await writeOwnModel(dir, blockEmbedder({}), { mirror }));
      const [a, b] = await embedder.describe([[picture], [flipped]]);
      cosines.push(
        compareTemplates({ version: '', vector: a as Float32Array }, { version: '', vector: b as Float32Array }),
      );
      await embedder.close();
    }
    expect(cosines[0]).toBeCloseTo(1, 4);
    expect(cosines[1]).toBeLessThan(0.9);
  });

  it('that takes one picture at a time is asked one at a time', async () => {
    const embedder = await embedderOf(await writeOwnModel(dir, blockEmbedder({ batch: 1 })));
    const vectors = await embedder.describe([[blank(112, 112, 10)], [blank(112, 112, 200)], [blank(112, 112, 90)]]);
    expect(vectors.map((vector) => vector?.length)).toEqual([512, 512, 512]);
    await embedder.close();
  });

  it('that gives nothing for a face leaves that face undescribed, instead of a template that matches anything', async () => {
    const centred = { width: 112, height: 112, channels: 'RGB', layout: 'NCHW', mean: [100, 100, 100], divisor: 1 };
    const embedder = await embedderOf(await writeOwnModel(dir, blockEmbedder({}), { input: centred }));
    expect(await embedder.describe([[blank(112, 112, 100)]])).toEqual([null]);
    await embedder.close();
  });

  it('gives templates of another version as soon as anything that makes them changes', async () => {
    const versions = new Set<string>();
    for (const more of [{}, { mirror: true }, { alignment: 'dlib-five-point' }])
      versions.add((await loadModelCard(await writeOwnModel(dir, blockEmbedder({}), more))).templateVersion);
    versions.add((await loadModelCard(await writeOwnModel(dir, blockEmbedder({ seed: 9 })))).templateVersion);
    expect(versions.size).toBe(4);
  });
});

describe('a model that cannot serve is refused with the reason', () => {
  const refused = async (card: string) => {
    const error: unknown = await openAnalyzer({ card }).then(
      ({ close }) => close(),
      (reason: unknown) => reason,
    );
    const { code, message, details } = error as { code: string; message: string; details: { remedy?: string } };
    expect(details.remedy).toBeTruthy();
    return `${code}: ${message}`;
  };
  const plain = () => blockEmbedder({});

  it.each([
    ['another file under its name', { sha256: { 'own.onnx': '0'.repeat(64) } }, /integrity.*not the one/],
    ['no checksum', { sha256: {} }, /config_invalid.*no checksum/],
    ['no licence', { licence: undefined }, /config_invalid.*no licence/],
    ['the built-in model’s licence', { licence: { package: 'x', weights: 'y' } }, /config_invalid.*no licence/],
    ['a licence that forbids it', { licence: { name: 'CC BY-NC', use: 'not_allowed' } }, /CC BY-NC does not allow/],
    ['a newer form', { format: 3 }, /form 3/],
    ['a field nobody knows', { flavour: 'sweet' }, /config_invalid/],
    ['an unknown alignment', { alignment: 'by eye' }, /alignment by eye/],
    ['a divisor of zero', { input: { ...ownCard('x', plain()).input, divisor: 0 } }, /divisor is zero/],
    ['a face that is no square', { input: { ...ownCard('x', plain()).input, height: 96 } }, /112×96/],
    ['another dimension', { dimension: 128 }, /integrity.*512 numbers.*128/],
    ['another size', { input: { ...ownCard('x', plain()).input, width: 128, height: 128 } }, /integrity.*128×128/],
    ['another layout', { input: { ...ownCard('x', plain()).input, layout: 'NHWC' } }, /integrity.*NHWC/],
    ['a version of other files', { templateVersion: 'test-blocks/1@0123456789ab' }, /belongs to other files/],
    ['a file elsewhere', { files: { embedder: '../own.onnx' } }, /own folder/],
  ])('%s', async (_, more, reason) => {
    expect(await refused(await writeOwnModel(dir, plain(), more))).toMatch(reason);
  });

  it.each([
    ['weights that are no numbers', () => blockEmbedder({ weight: Number.NaN }), /none \(NaN\)/],
    ['a network that gives zeros', () => blockEmbedder({ weight: 0 }), /without length/],
    ['half a file', () => plain().subarray(0, 5000), /no ONNX network/],
    ['text', () => new TextEncoder().encode('not a network'), /no ONNX network/],
    ['two outputs', () => brightSquareDetector(112, 112), /2 outputs/],
    [
      'the same answer to every picture',
      () =>
        graphBytes({
          input: ['n', 3, 112, 112],
          outputs: { same: [3, 512] },
          nodes: [{ opType: 'Identity', input: ['fixed'], output: ['same'] }],
          floats: { fixed: { dims: [3, 512], data: new Float32Array(1536).fill(0.1) } },
        }),
      /same template/,
    ],
  ])('%s', async (_, bytes, reason) => {
    expect(await refused(await writeOwnModel(dir, bytes()))).toMatch(reason);
  });

  it('a card of the built-in model as an earlier program prepared its pictures: its templates would be told for those', async () => {
    const builtin = await loadModelCard();
    const file = path.join(dir, 'earlier.json');
    await writeFile(file, JSON.stringify({ ...builtin, templateVersion: 'faceapi-dlib-128/earlier' }));
    expect(await refused(file)).toMatch(/config_invalid.*faceapi-dlib-128\/earlier/);
  });

  it('a link that leads out of the card’s folder', async () => {
    const card = await writeOwnModel(dir, plain());
    await mkdir(path.join(dir, 'card'));
    await symlink(path.join(dir, 'own.onnx'), path.join(dir, 'card', 'own.onnx'));
    await writeFile(path.join(dir, 'card', 'own.json'), JSON.stringify(ownCard('own.onnx', plain())));
    expect(await refused(path.join(dir, 'card', 'own.json'))).toMatch(/leads out/);
    expect(await refused(path.join(dir, 'missing', 'own.json'))).toMatch(/does not exist/);
    await rm(path.join(dir, 'own.onnx'));
    expect(await refused(card)).toMatch(/does not lie beside/);
  });
});

describe('a detector that an operator brings', () => {
  let engine: Awaited<ReturnType<typeof openFaceEngine>>;
  beforeAll(async () => {
    engine = await openFaceEngine();
  });
  afterAll(() => engine.close());

  const part = (use: 'thorough' | 'all') => ({
    input: { width: 256, height: 256, channels: 'RGB', layout: 'NCHW', mean: [0, 0, 0], divisor: 255 },
    outputs: { boxes: 'boxes', scores: 'scores' },
    use,
  });
  const cardWith = async (use: 'thorough' | 'all', more: Readonly<Record<string, unknown>> = {}) => {
    const bytes = brightSquareDetector(256, 256);
    const { mirror: _mirror, ...builtin } = ownCard('own.onnx', bytes);
    return writeOwnModel(dir, bytes, {
      ...builtin,
      files: { detector: 'own.onnx' },
      input: { width: 150, height: 150, channels: 'RGB', mean: [122.782, 117.001, 104.298], divisor: 255 },
      alignment: 'as the built-in model',
      dimension: 128,
      detector: part(use),
      ...more,
    });
  };
  const open = async (cardPath: string) => {
    const card = await loadModelCard(cardPath);
    if (!card.detector) throw new Error('no detector');
    return openOwnDetector({ card, detector: card.detector, cardPath, name: 'own.onnx', threads: 1 });
  };
  const withSquare = (side: number, x: number, y: number, size: number) => {
    const picture = blank(side, side, 30);
    for (let row = y; row < y + size; row++) picture.data.fill(255, (row * side + x) * 3, (row * side + x + size) * 3);
    return picture;
  };

  it('tells where a face is in the pixels of the picture that it was asked about', async () => {
    const own = withDetector(engine, await open(await cardWith('all')));
    for (const found of [
      await own.detectSsd(withSquare(512, 128, 320, 32), { minScore: 0.5 }),
      await own.detectTiny(withSquare(512, 128, 320, 32), { minScore: 0.5 }),
    ]) {
      expect(found).toHaveLength(1);
      expect(found[0]?.score).toBeGreaterThan(0.9);
      expect(found[0]?.box).toEqual({ x: 128, y: 320, width: 32, height: 32 });
    }
    expect(await own.detectSsd(withSquare(512, 0, 0, 0), { minScore: 0.5 })).toEqual([]);
  });

  it('leaves quick looks to the built-in one unless its card says otherwise', async () => {
    const own = withDetector(engine, await open(await cardWith('thorough')));
    expect(await own.detectTiny(withSquare(512, 128, 320, 32), { minScore: 0.5 })).toEqual([]);
  });

  it('makes templates of another version: other frames, other pictures', async () => {
    const { analyzer, close } = await openAnalyzer({ card: await cardWith('thorough') });
    expect(analyzer.templateVersion).toMatch(/^test-blocks\/1@/);
    expect(analyzer.dimension).toBe(128);
    await close();
  });

  it.each([
    [
      'outputs of other names',
      { detector: { ...part('all'), outputs: { boxes: 'b', scores: 'scores' } } },
      /no output b/,
    ],
    ['no boxes n×4', { detector: { ...part('all'), outputs: { boxes: 'scores', scores: 'boxes' } } }, /n×4/],
    ['no word about it in the card', { detector: undefined }, /belong together/],
    ['scores beyond one', { detector: { ...part('all'), input: { ...part('all').input, divisor: 1 } } }, /score of/],
  ])('is refused with %s', async (_, more, reason) => {
    await expect(openAnalyzer({ card: await cardWith('all', more) })).rejects.toThrow(reason);
  });
});

describe('measuring and calibrating a model of one’s own', () => {
  const folder = async (): Promise<string> => {
    const images = path.join(dir, 'images');
    for (const name of ['ann', 'bea'] as const) {
      const { photo, x, y, width, height } = PEOPLE[name];
      await mkdir(path.join(images, name), { recursive: true });
      for (const [i, px] of [400, 300].entries()) {
        const area = {
          left: Math.max(0, x - Math.round(width * 0.3)),
          top: Math.max(0, y - Math.round(height * 0.25)),
          width: Math.round(width * 1.6),
          height: Math.round(height * 1.6),
        };
        const file = path.join(images, name, `${name}_000${i + 1}.jpg`);
        await sharp(photoOf(photo)).extract(area).resize({ width: px }).jpeg().toFile(file);
      }
    }
    return images;
  };

  it('measures that model, not the built-in one', async () => {
    const card = await writeOwnModel(dir, blockEmbedder({}));
    const { templateVersion } = await loadModelCard(card);
    const found = await runFaceEval({ images: await folder(), card, onProgress: () => undefined });
    expect(found).toMatchObject({ people: 2, fta: 0, templateVersion, calibrationId: null });
    expect(found.eer).toBe(0);
  });

  it('writes the calibrated card beside the files that it names, or not at all', async () => {
    const card = await writeOwnModel(dir, blockEmbedder({}));
    const images = await folder();
    const elsewhere = path.join(images, 'card.json');
    await expect(runFaceCalibrate({ images, card, out: elsewhere })).rejects.toThrow(/beside the model files/);
    await expect(
      runFaceCalibrate({ images, card, out: path.join(dir, 'calibrated.json'), onProgress: () => undefined }),
    ).rejects.toThrow(/Only 2 people/);
    expect((await readdir(dir)).sort()).toEqual(['images', 'own.json', 'own.onnx']);
  });

  it('a calibrated copy of a card makes templates of the same version', async () => {
    const file = await writeOwnModel(dir, blockEmbedder({}));
    const model = await loadModelCard(file);
    const builtin = await loadModelCard();
    const copy = path.join(dir, 'calibrated.json');
    await writeFile(copy, JSON.stringify({ ...model, calibration: builtin.calibration }));
    const calibrated = await loadModelCard(copy);
    expect(calibrated.templateVersion).toBe(model.templateVersion);
    expect(calibrated.calibration?.id).toBe(builtin.calibration?.id);
  });
});

describe('two models at the same time', () => {
  it('describe the same face each by its own version, and keep them apart when shots are pooled', async () => {
    const before = await writeOwnModel(dir, blockEmbedder({ seed: 3, dimension: 64 }), { dimension: 64 }, 'older');
    const card = await writeOwnModel(dir, blockEmbedder({}));
    const { analyzer, close } = await openAnalyzer({ card, before });
    const faces = (await analyzer.analyze(await samplePhoto(6), { mode: 'portrait' })).slice(0, 1);
    const [template] = await analyzer.describe(faces);
    expect(template?.vector).toHaveLength(512);
    expect(template?.also?.map(({ vector }) => vector.length)).toEqual([64]);
    expect(template?.also?.[0]?.version).not.toBe(template?.version);
    await close();
  });
});
