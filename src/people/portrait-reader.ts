import type { FaceAnalyzer } from '../faces/analyzer.ts';
import type { DetectionMode } from '../faces/detect.ts';
import { checkPortrait } from '../faces/portrait-gate.ts';
import type { PresentationKind } from '../faces/presentation/presentation.ts';
import { pictureOfPicture } from '../faces/presentation/single.ts';
import { type DecodeImageOptions, decodeImage } from '../media/decode-image.ts';
import type { RgbImage } from '../media/image.ts';
import { DomainError } from '../platform/errors.ts';
import { FILE_REFUSALS, type PortraitRefusal } from './portrait-refusals.ts';
import type { OtherTemplate } from './template.store.ts';

export type PortraitReading =
  | {
      readonly accepted: true;
      readonly template: Float32Array;
      readonly quality: number;
      readonly modelVersion: string;
      /** It may be a picture of a picture: of a portrait nobody minds. Left out: nothing says so. */
      readonly shown?: PresentationKind;
      /** By the models that still serve beside it. */
      readonly also?: readonly OtherTemplate[];
    }
  | { readonly accepted: false; readonly reasons: readonly PortraitRefusal[] };

/** All that this room needs of faces: a picture's template, or why it has none. */
export interface PortraitReader {
  read(image: Buffer): Promise<PortraitReading>;
}

export interface ReadingOptions extends DecodeImageOptions {
  /** Somebody waits: the quick search, as for camera frames; the thorough one only where that finds no face good enough. */
  readonly quickFirst?: boolean;
}

/** Reads portraits with the faces room: thorough detection, then the gate. A file that is no picture is a refusal too. */
export function createPortraitReader(
  options: { readonly analyzer: FaceAnalyzer },
  { quickFirst = false, ...decoding }: ReadingOptions = {},
): PortraitReader {
  const { analyzer } = options;
  return {
    async read(file) {
      let image: RgbImage;
      try {
        image = await decodeImage(file, decoding);
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        if (error.code === 'unsupported_media') return { accepted: false, reasons: [FILE_REFUSALS.not_a_picture] };
        if (error.code === 'payload_too_large') return { accepted: false, reasons: [FILE_REFUSALS.too_many_pixels] };
        throw error;
      }
      const lookedAt = async (mode: DetectionMode) => checkPortrait(await analyzer.analyze(image, { mode }), image);
      const quick = quickFirst ? await lookedAt('video') : null;
      const decision = quick?.accepted ? quick : await lookedAt('portrait');
      if (!decision.accepted) return { accepted: false, reasons: decision.reasons };
      const [template] = await analyzer.describe([decision.face]);
      if (template === undefined) throw new DomainError('internal', 'the face was not described');
      if (template === null) return { accepted: false, reasons: [FILE_REFUSALS.not_described] };
      const shown = pictureOfPicture(image, decision.face);
      return {
        accepted: true,
        ...(shown !== null && { shown }),
        template: template.vector,
        quality: decision.face.quality.value,
        modelVersion: template.version,
        ...(template.also && {
          also: template.also.map(({ version, vector }) => ({ modelVersion: version, template: vector })),
        }),
      };
    },
  };
}
