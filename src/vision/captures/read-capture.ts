import type { CaptureBox } from '../../devices/captures/capture.ts';
import type { Face, FaceAnalyzer } from '../../faces/analyzer.ts';
import type { FaceTemplate } from '../../faces/template.ts';
import type { RgbImage } from '../../media/image.ts';
import { cropRgb } from '../../media/image.ts';

/** What is known of a pushed face. */
export interface CaptureReading {
  /** Null: a face, but too poor a picture of it to compare. */
  readonly template: FaceTemplate | null;
  readonly quality: number;
  /** Of the face in the picture that is kept; null: none is. */
  readonly box: CaptureBox | null;
}

/** A template below this is worth nothing; the same as for camera frames. */
const LEAST_QUALITY = 0.02;
const LEAST_FACE_PX = 24;
/** Of a whole scene, so much around the face is kept. */
const MARGIN = 0.8;

/**
 * Finds the face that a capture is about: by the device's own box in a scene, else the largest near the middle.
 * @returns null when there is none
 */
export async function readCapture(
  analyzer: FaceAnalyzer,
  image: RgbImage,
  box: CaptureBox | null,
): Promise<{ readonly reading: CaptureReading; readonly crop: RgbImage } | null> {
  const faces = await analyzer.analyze(image, { mode: 'portrait', minFacePx: LEAST_FACE_PX });
  const aim = box ?? { x: image.width / 4, y: image.height / 4, width: image.width / 2, height: image.height / 2 };
  const centre = { x: aim.x + aim.width / 2, y: aim.y + aim.height / 2 };
  const worth = (face: Face): number => {
    const { x, y, width, height } = face.box;
    const away = Math.hypot(x + width / 2 - centre.x, y + height / 2 - centre.y);
    return face.quality.facePx - away / 2;
  };
  const near = box === null ? faces : faces.filter((face) => overlaps(face.box, box));
  const face = near.toSorted((a, b) => worth(b) - worth(a))[0];
  if (face === undefined) return null;
  const described = face.quality.value >= LEAST_QUALITY ? (await analyzer.describe([face]))[0] : undefined;
  const around = {
    x: Math.max(0, Math.floor(face.box.x - face.box.width * MARGIN)),
    y: Math.max(0, Math.floor(face.box.y - face.box.height * MARGIN)),
    right: Math.min(image.width, Math.ceil(face.box.x + face.box.width * (1 + MARGIN))),
    bottom: Math.min(image.height, Math.ceil(face.box.y + face.box.height * (1 + MARGIN))),
  };
  const crop = cropRgb(image, {
    x: around.x,
    y: around.y,
    width: around.right - around.x,
    height: around.bottom - around.y,
  });
  return {
    crop,
    reading: {
      template: described ?? null,
      quality: face.quality.value,
      box: {
        x: Math.round(face.box.x - around.x),
        y: Math.round(face.box.y - around.y),
        width: Math.round(face.box.width),
        height: Math.round(face.box.height),
      },
    },
  };
}

const overlaps = (a: CaptureBox, b: CaptureBox): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
