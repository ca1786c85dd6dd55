import type { RgbImage } from '../media/image.ts';
import type { Face, FaceAnalyzer } from './analyzer.ts';
import { pooledQuality } from './best-shots.ts';
import { randomCameraEffect, seededRandom, seenByCamera } from './degrade.ts';
import type { Apparent, ApparentReader } from './engine/apparent.ts';
import { apparentOf } from './look-alikes.ts';
import { mainFace, type Photo, readMainFace } from './photo-folder.ts';
import { poolTemplates } from './template.ts';

/** One photograph of a calibration, as a portrait and as cameras would have seen it. */
export interface CalibrationSample {
  readonly person: string;
  /** What the face looks like, to find look-alikes; null where nobody looked. */
  readonly apparent: Apparent | null;
  /** As a portrait: the template of the photograph itself. */
  readonly portrait: ProbeTemplate;
  /** As appearances: the photograph itself, and a pooled template of degraded renditions of it. */
  readonly probes: readonly ProbeTemplate[];
}

export interface ProbeTemplate {
  readonly vector: Float32Array;
  /** FaceQuality.value, pooled for several shots. */
  readonly quality: number;
}

/**
 * Photographs of one person that are used: many more would add time, but no further person. People with one photograph
 * serve as impostors and as portraits only.
 */
const MAX_PHOTOS_PER_PERSON = 6;

export interface PlannedPhoto {
  readonly photo: Photo;
  readonly seed: number;
  readonly asCamera: boolean;
}

/** Which photographs a calibration uses, and how. */
export function planSamples(photos: readonly Photo[]): PlannedPhoto[] {
  const countOf = new Map<string, number>();
  for (const { person } of photos) countOf.set(person, (countOf.get(person) ?? 0) + 1);
  const taken = new Map<string, number>();
  return photos.flatMap((photo, i) => {
    const before = taken.get(photo.person) ?? 0;
    taken.set(photo.person, before + 1);
    if (before >= MAX_PHOTOS_PER_PERSON) return [];
    return [{ photo, seed: i + 1, asCamera: (countOf.get(photo.person) ?? 0) > 1 }];
  });
}

/** Renditions of one photograph that make one appearance: same camera and light, other noise, other place. */
const RENDITIONS = 2;
const PORTRAIT_MIN_FACE_PX = 40;
const CAMERA_MIN_FACE_PX = 32;

/**
 * Templates of a photograph: clean, and as a camera would have seen it at random distance, blur, noise and light (the same
 * for the same seed). Null when no face is found in the photograph itself.
 */
export async function sampleOf(
  analyzer: FaceAnalyzer,
  photo: Photo,
  { seed, asCamera, looks }: Omit<PlannedPhoto, 'photo'> & { readonly looks: ApparentReader },
): Promise<CalibrationSample | null> {
  const found = await readMainFace(analyzer, photo, PORTRAIT_MIN_FACE_PX);
  if (!found) return null;
  const [template] = await analyzer.describe([found.face]);
  if (!template) return null;
  const portrait = { vector: template.vector, quality: found.face.quality.value };
  const camera = asCamera ? await cameraTemplate(analyzer, found.image, found.face.quality.facePx, seed) : null;
  const apparent = await apparentOf(looks, found.image, found.face);
  return { person: photo.person, apparent, portrait, probes: camera ? [portrait, camera] : [portrait] };
}

async function cameraTemplate(
  analyzer: FaceAnalyzer,
  photo: RgbImage,
  facePx: number,
  seed: number,
): Promise<ProbeTemplate | null> {
  const random = seededRandom(seed);
  const effect = randomCameraEffect(random);
  const faces: Face[] = [];
  for (let i = 0; i < RENDITIONS; i++) {
    const frame = await seenByCamera(photo, facePx, effect, random);
    const face = mainFace(await analyzer.analyze(frame, { mode: 'video', minFacePx: CAMERA_MIN_FACE_PX }), frame);
    if (face) faces.push(face);
  }
  if (faces.length === 0) return null;
  const templates = await analyzer.describe(faces);
  const shots = templates.flatMap((template, i) =>
    template === null ? [] : [{ template, weight: faces[i]?.quality.value ?? 0 }],
  );
  if (shots.length === 0) return null;
  return { vector: poolTemplates(shots).vector, quality: pooledQuality(shots.map(({ weight }) => weight)) };
}
