import type { Box } from '../faces/geometry.ts';
import { createPresentationWatch } from '../faces/presentation/judge.ts';
import type { Presentation } from '../faces/presentation/presentation.ts';
import { type FaceTemplate, poolTemplates } from '../faces/template.ts';
import type { RgbImage } from '../media/image.ts';
import type { ObservedFace } from './face-reader.ts';

/** One of the best pictures of a person. */
export interface Shot {
  readonly at: number;
  readonly quality: number;
  /** In pixels of the frame. */
  readonly box: Box;
  readonly frame: { readonly width: number; readonly height: number };
  /** The face with some of what is around it. Biometric: memory or encrypted only. */
  readonly image: RgbImage;
}

/** One person before one camera for one stretch of time, as it is known so far. */
export interface AppearanceState {
  readonly id: string;
  readonly state: 'open' | 'closed';
  readonly from: number;
  /** Last seen. */
  readonly to: number;
  /** Shots pooled into the template; without faces, 0. */
  readonly faces: number;
  /** 0..1, of the best shots. */
  readonly quality: number;
  readonly template: FaceTemplate | null;
  readonly shots: readonly Shot[];
  /** What speaks for a picture in the face's place; null: too little was seen. */
  readonly presentation?: Presentation | null;
}

const KEPT_TEMPLATES = 10;
const KEPT_SHOTS = 3;
/** Two of the best shots stand at least so far apart, else they are one picture thrice. */
const SHOT_SPACING_MS = 1_000;
const QUALITY_OVER = 3;

interface Sample {
  readonly at: number;
  readonly quality: number;
  readonly template: Float32Array;
  readonly also?: readonly FaceTemplate[];
}

/** Collects what is known of one person while he is there. */
export class AppearanceDraft {
  readonly from: number;
  to: number;
  #samples: Sample[] = [];
  #shots: Shot[] = [];
  #pooled: FaceTemplate | null = null;
  #knownFrom = Number.POSITIVE_INFINITY;
  readonly #shown = createPresentationWatch();

  constructor(
    from: number,
    readonly modelVersion: string,
  ) {
    this.from = from;
    this.to = from;
  }

  /** Quality-weighted mean of the best descriptions; null before the first. */
  get template(): Float32Array | null {
    return this.described?.vector ?? null;
  }

  /** The same, by all models that serve. */
  get described(): FaceTemplate | null {
    if (this.#pooled === null && this.#samples.length > 0) {
      this.#pooled = poolTemplates(
        this.#samples.map(({ template, also, quality }) => ({
          template: { version: this.modelVersion, vector: template, ...(also && { also }) },
          weight: quality ** 2,
        })),
      );
    }
    return this.#pooled;
  }

  /** When his face was first described; infinite before. Until then a draft is a place, not a person. */
  get knownFrom(): number {
    return this.#knownFrom;
  }

  get faces(): number {
    return this.#samples.length;
  }

  get quality(): number {
    const best = this.#samples.slice(0, QUALITY_OVER);
    return best.length === 0 ? 0 : best.reduce((sum, { quality }) => sum + quality, 0) / best.length;
  }

  /** Whether it may be a picture of somebody; null: too little was seen to say. */
  get presentation(): Presentation | null {
    return this.#shown.presentation;
  }

  get shots(): readonly Shot[] {
    return this.#shots;
  }

  /** The quality that a further description must have to change anything. */
  get worthFrom(): number {
    return this.#samples.length < KEPT_TEMPLATES ? 0 : (this.#samples.at(-1)?.quality ?? 0);
  }

  add(at: number, face: ObservedFace): void {
    if (face.template === null) return;
    const { quality, template, also } = face;
    this.#samples = [...this.#samples, { at, quality, template, ...(also && { also }) }]
      .sort((a, b) => b.quality - a.quality || a.at - b.at)
      .slice(0, KEPT_TEMPLATES);
    if (face.presentation) this.#shown.add(at, face.presentation);
    this.#knownFrom = Math.min(this.#knownFrom, at);
    this.#pooled = null;
  }

  /** Whether a shot of this quality would be kept. */
  wantsShot(at: number, quality: number): boolean {
    const near = this.#shots.find((shot) => Math.abs(shot.at - at) < SHOT_SPACING_MS);
    if (near) return quality > near.quality;
    return this.#shots.length < KEPT_SHOTS || quality > (this.#shots.at(-1)?.quality ?? 0);
  }

  addShot(shot: Shot): void {
    this.#shots = [...this.#shots.filter(({ at }) => Math.abs(at - shot.at) >= SHOT_SPACING_MS), shot]
      .sort((a, b) => b.quality - a.quality || a.at - b.at)
      .slice(0, KEPT_SHOTS);
  }

  /** Takes over what was learnt of the same person under another draft. */
  absorb(other: AppearanceDraft): void {
    for (const { at, ...sample } of other.#samples) this.add(at, { box: NO_BOX, detectorScore: 0, ...sample });
    for (const shot of other.#shots) if (this.wantsShot(shot.at, shot.quality)) this.addShot(shot);
    this.#shown.absorb(other.#shown);
    this.to = Math.max(this.to, other.to);
  }
}

const NO_BOX: Box = { x: 0, y: 0, width: 0, height: 0 };
