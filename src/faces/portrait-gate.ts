import type { RgbImage } from '../media/image.ts';
import type { FaceQuality } from './quality.ts';

/** Why a photograph cannot serve as a portrait. Chinese first, as the console shows it. */
const REASONS = {
  no_face: {
    zh: '照片中没有找到人脸，请重新拍摄正面照',
    en: 'No face was found. Take a new photograph from the front.',
  },
  several_faces: { zh: '照片中有多张人脸，请只拍摄本人', en: 'Several faces were found. Photograph the person alone.' },
  too_small: {
    zh: '人脸太小，请靠近拍摄或使用更清晰的照片',
    en: 'The face is too small. Come nearer or use a larger picture.',
  },
  blurred: { zh: '照片模糊，请保持稳定重新拍摄', en: 'The face is blurred. Hold still and take it again.' },
  too_dark: { zh: '人脸太暗，请在光线充足处拍摄', en: 'The face is too dark. Take it in better light.' },
  too_bright: { zh: '人脸过亮，请避免强光直射', en: 'The face is too bright. Avoid direct light.' },
  low_contrast: {
    zh: '人脸明暗对比不足，请换一张照片',
    en: 'The face has too little contrast. Use another photograph.',
  },
  turned_away: { zh: '未正对镜头，请正视前方拍摄', en: 'The face is turned away. Look straight into the camera.' },
  low_detector_score: {
    zh: '人脸不完整或被遮挡，请露出整张脸',
    en: 'The face is hidden in part. Show the whole face.',
  },
} as const;

export type PortraitReasonCode = keyof typeof REASONS;

export interface PortraitReason {
  readonly code: PortraitReasonCode;
  readonly zh: string;
  readonly en: string;
}

/** What a portrait must have at least. Angles in degrees, sizes in pixels, the rest 0..1. */
export interface PortraitLimits {
  readonly minFacePx: number;
  readonly minInterOcularPx: number;
  readonly minSharpness: number;
  readonly minBrightness: number;
  readonly maxBrightness: number;
  readonly minContrast: number;
  readonly maxYaw: number;
  /** Eyes nearer together than this share of the face's size: seen from the side. */
  readonly minInterOcularShare: number;
  readonly maxPitch: number;
  readonly minDetectorScore: number;
  /** Another face counts from this share of the main face's size: passers-by far behind do not matter. */
  readonly secondFaceShare: number;
}

export const defaultPortraitLimits: PortraitLimits = {
  minFacePx: 60,
  minInterOcularPx: 20,
  minSharpness: 0.25,
  minBrightness: 0.12,
  maxBrightness: 0.92,
  minContrast: 0.12,
  maxYaw: 35,
  minInterOcularShare: 0.25,
  maxPitch: 35,
  minDetectorScore: 0.4,
  secondFaceShare: 0.4,
};

/** What the gate looks at of a face. */
export interface PortraitFace {
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly quality: FaceQuality;
}

export type PortraitDecision<T extends PortraitFace> =
  | { readonly accepted: true; readonly face: T }
  | { readonly accepted: false; readonly reasons: readonly PortraitReason[] };

/**
 * Decides whether a photograph can be a portrait, from the faces found in it (`analyze` with mode `portrait`). All reasons
 * that apply are given, so that the next photograph can be right.
 */
export function checkPortrait<T extends PortraitFace>(
  faces: readonly T[],
  image: Pick<RgbImage, 'width' | 'height'>,
  limits: PortraitLimits = defaultPortraitLimits,
): PortraitDecision<T> {
  const visible = faces.filter((face) => isMostlyInside(face, image));
  const [main, second] = [...visible].sort((a, b) => b.quality.facePx - a.quality.facePx);
  if (!main) return { accepted: false, reasons: [portraitReason('no_face')] };
  const codes: PortraitReasonCode[] = [];
  const othersCount = second && second.quality.facePx >= limits.secondFaceShare * main.quality.facePx;
  if (othersCount && second.quality.detectorScore >= limits.minDetectorScore) codes.push('several_faces');
  codes.push(...faultsOf(main.quality, limits));
  return codes.length === 0 ? { accepted: true, face: main } : { accepted: false, reasons: codes.map(portraitReason) };
}

function faultsOf(quality: FaceQuality, limits: PortraitLimits): PortraitReasonCode[] {
  const turned =
    Math.abs(quality.yaw) > limits.maxYaw ||
    Math.abs(quality.pitch) > limits.maxPitch ||
    quality.interOcularPx < limits.minInterOcularShare * quality.facePx;
  const faults: [boolean, PortraitReasonCode][] = [
    [quality.facePx < limits.minFacePx || (!turned && quality.interOcularPx < limits.minInterOcularPx), 'too_small'],
    [quality.sharpness < limits.minSharpness, 'blurred'],
    [quality.brightness < limits.minBrightness, 'too_dark'],
    [quality.brightness > limits.maxBrightness, 'too_bright'],
    [quality.contrast < limits.minContrast, 'low_contrast'],
    [turned, 'turned_away'],
    [quality.detectorScore < limits.minDetectorScore, 'low_detector_score'],
  ];
  return faults.filter(([applies]) => applies).map(([, code]) => code);
}

/** A face cut off by the frame by more than a third is somebody else's, or of no use. */
function isMostlyInside({ box }: PortraitFace, { width, height }: Pick<RgbImage, 'width' | 'height'>): boolean {
  const shownWidth = Math.min(box.x + box.width, width) - Math.max(box.x, 0);
  const shownHeight = Math.min(box.y + box.height, height) - Math.max(box.y, 0);
  return shownWidth > 0 && shownHeight > 0 && shownWidth * shownHeight >= box.width * box.height * 0.65;
}

/** The text of a reason, for where only its code was stored. */
export const portraitReason = (code: PortraitReasonCode): PortraitReason => ({ code, ...REASONS[code] });
