import { createRequire } from 'node:module';
import path from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import sharp from 'sharp';
import { ensureModels } from '../../../models/build/ensure-models.ts';
import type { Audit } from '../../../src/access/audit.ts';
import { createFaceAnalyzer } from '../../../src/faces/analyzer.ts';
import { seededRandom } from '../../../src/faces/degrade.ts';
import { createOnnxEngine } from '../../../src/faces/engine/onnx-engine.ts';
import { loadModelCard } from '../../../src/faces/load-model-card.ts';
import type { ModelCard } from '../../../src/faces/model-card.ts';
import { visitorsOf } from '../../../src/ledgers/claims/visitors.store.ts';
import { putAppearance } from '../../../src/ledgers/presence/appearance.store.ts';
import { appearanceFace } from '../../../src/ledgers/presence/appearance-face.store.ts';
import type { PeopleDeps } from '../../../src/people/deps.ts';
import { faceSearchRoutes } from '../../../src/people/gallery/face-search.routes.ts';
import { createGalleryKeeper, type GalleryKeeper } from '../../../src/people/gallery/keeper.ts';
import { createPeopleRoutes } from '../../../src/people/people.ts';
import { createPgPeopleStore } from '../../../src/people/pg-store.ts';
import { createPortraitReader, type PortraitReader } from '../../../src/people/portrait-reader.ts';
import { acceptPortraits } from '../../../src/people/portraits.write.ts';
import { newId } from '../../../src/platform/ids.ts';
import type { TestRuntime } from '../../support/test-runtime.ts';
import { type AccessWorld, CLINIC, createAccessWorld } from '../access/access-app.ts';

export interface SearchWorld extends AccessWorld {
  readonly deps: PeopleDeps;
  readonly keeper: GalleryKeeper;
  readonly card: ModelCard;
  /** Cards that do for more people are put here. */
  readonly use: { card: ModelCard };
  readonly reader: PortraitReader;
}

/** The built-in card, as if it had been calibrated on a whole province. */
export function cityCard(card: ModelCard): ModelCard {
  const { calibration } = card;
  if (calibration === null) throw new Error('the built-in card has a calibration');
  return {
    ...card,
    calibration: {
      ...calibration,
      people: 300_000,
      bins: calibration.bins.map((bin) => ({
        ...bin,
        impostorPairs: 40_000_000_000,
        thresholds: { ...bin.thresholds, '1e-6': 0.96, '1e-7': 0.965, '1e-8': 0.97 },
      })),
    },
  };
}

export async function createSearchWorld(moreRoutes?: (deps: PeopleDeps) => FastifyPluginAsync): Promise<SearchWorld> {
  const card = await loadModelCard();
  const use = { card };
  const engine = await createOnnxEngine({ models: await ensureModels() });
  const reader = createPortraitReader({ analyzer: createFaceAnalyzer({ engine }) });
  let deps: PeopleDeps | undefined;
  let keeper: GalleryKeeper | undefined;
  const routes = (runtime: TestRuntime, audit: Audit): readonly FastifyPluginAsync[] => {
    const { config, db, keyring, clock, log } = runtime;
    deps = { ...runtime, audit, timeZone: config.TIME_ZONE, faceRecognition: true };
    keeper = createGalleryKeeper({
      ...{ db, keyring, clock, log },
      model: { version: card.templateVersion, dimension: card.dimension },
    });
    const search = {
      ...{ db, keyring, clock, keeper, reader },
      get card() {
        return use.card;
      },
      minAgeYears: () => 3,
      appearance: (id: string) => appearanceFace(db, keyring, id),
      visitors: (clinicCode: string, since: number) => visitorsOf(db, clinicCode, since),
    };
    return [
      ...createPeopleRoutes(deps),
      faceSearchRoutes({ ...deps, search }) as FastifyPluginAsync,
      ...(moreRoutes === undefined ? [] : [moreRoutes(deps)]),
    ];
  };
  const world = await createAccessWorld({ routes });
  if (deps === undefined || keeper === undefined) throw new Error('the routes were not made');
  const kept = keeper;
  return {
    ...world,
    ...{ deps, card, use, reader, keeper: kept },
    async close() {
      await kept.close();
      await world.close();
      engine.close();
    },
  };
}

export const face = (seed: number): Float32Array => {
  const random = seededRandom(seed);
  return unit(Float32Array.from({ length: 128 }, () => random() - 0.5));
};

/** The same face, a little different. `share` 0.2 leaves a cosine of about 0.98. */
export const seenAgain = (vector: Float32Array, seed: number, share = 0.2): Float32Array => {
  const other = face(seed);
  return unit(vector.map((value, i) => value + share * (other[i] ?? 0)));
};

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** A person with a portrait in use. @returns its template's id */
export async function enrol(
  { deps, card, runtime }: Pick<SearchWorld, 'deps' | 'card' | 'runtime'>,
  psnNo: string,
  vector: Float32Array,
  more: { regionCode?: string; birth?: string; name?: string; quality?: number; modelVersion?: string } = {},
): Promise<string> {
  const { db, keyring, clock } = runtime;
  const now = clock.now();
  return db.transaction(async (tx) => {
    const store = createPgPeopleStore(tx, deps);
    await store.putPersons([
      {
        psn_no: psnNo,
        name_enc: keyring.sealText('identity', more.name ?? '王小明', `person:${psnNo}`),
        certno_enc: null,
        certno_blind: null,
        cert_type: '01',
        sex: null,
        birth: more.birth ?? null,
        household: null,
        region_code: more.regionCode ?? '411624001',
        retention_class: 'identity',
        created_at: now,
        updated_at: now,
      },
    ]);
    const id = newId();
    const row = {
      id,
      subject_kind: 'enrollee' as const,
      subject_ref: psnNo,
      state: 'pending' as const,
      reasons: [],
      taken_on: null,
      quality: null,
      blob_sha256: null,
      template_id: null,
      created_at: now,
      decided_at: null,
    };
    const reading = {
      template: vector,
      quality: more.quality ?? 0.9,
      modelVersion: more.modelVersion ?? card.templateVersion,
    };
    await acceptPortraits(store, deps, [{ row, reading }], () => false);
    const { rows } = await tx.query<{ template_id: string }>('select template_id from portraits where id = $1', [id]);
    return rows[0]?.template_id ?? '';
  });
}

/** Somebody before a camera of the clinic. */
export async function appear(
  { runtime, card }: Pick<SearchWorld, 'runtime' | 'card'>,
  vector: Float32Array | null,
  more: { clinicCode?: string; quality?: number; version?: string; suspected?: boolean } = {},
): Promise<string> {
  const { db, clock } = runtime;
  const clinicCode = more.clinicCode ?? CLINIC;
  const id = newId();
  await db.query(
    `insert into cameras (id, clinic_code, name, scene_point, source_kind, created_at, updated_at)
     values ($1, $2, '柜台', 'counter', 'push', now(), now()) on conflict do nothing`,
    [`cam-${clinicCode}`, clinicCode],
  );
  const now = clock.now();
  await db.transaction((tx) =>
    putAppearance(tx, runtime, {
      id,
      cameraId: `cam-${clinicCode}`,
      clinicCode,
      state: 'closed',
      from: now - 5_000,
      to: now,
      faces: 3,
      quality: more.quality ?? 0.8,
      template: vector === null ? null : { version: more.version ?? card.templateVersion, vector },
      shots: [],
    }),
  );
  if (more.suspected)
    await db.query(`update appearances set presentation = '{"suspected": true, "kind": "screen"}' where id = $1`, [id]);
  return id;
}

export const photo = (n: number): string =>
  path.join(
    path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
    `demo/sample${n}.jpg`,
  );

/** One real face alone, cut from a sample photograph twice, a little differently. */
export async function twoPicturesOfOne(): Promise<[Buffer, Buffer]> {
  const engine = await createOnnxEngine({ models: await ensureModels() });
  const image = await sharp(photo(1)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const faces = await createFaceAnalyzer({ engine }).analyze(
    { width: image.info.width, height: image.info.height, data: image.data },
    { mode: 'portrait' },
  );
  engine.close();
  const best = faces.toSorted((a, b) => b.quality.value - a.quality.value)[0];
  if (best === undefined) throw new Error('the sample photograph has no face');
  const cut = (margin: number) => {
    const { x, y, width, height } = best.box;
    const left = Math.max(0, Math.round(x - width * margin));
    const top = Math.max(0, Math.round(y - height * margin));
    return sharp(photo(1)).extract({
      left,
      top,
      width: Math.min(image.info.width - left, Math.round(width * (1 + 2 * margin))),
      height: Math.min(image.info.height - top, Math.round(height * (1 + 2 * margin))),
    });
  };
  return [
    await cut(0.35).resize({ width: 400 }).jpeg().toBuffer(),
    await cut(0.3).resize({ width: 420 }).png().toBuffer(),
  ];
}
