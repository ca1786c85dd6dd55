import checksums from '../../models/checksums.json' with { type: 'json' };
import { DESCRIPTOR_CHIP_SIZE, DESCRIPTOR_DIMENSION } from './engine/engine.ts';
import type { ModelCard } from './model-card.ts';
import { TEMPLATE_VERSION } from './template.ts';

/** The built-in model's card without its calibration. */
export const builtinModel: Omit<ModelCard, 'calibration' | 'siteCalibrated'> = {
  id: 'faceapi-dlib-128',
  version: '1',
  templateVersion: TEMPLATE_VERSION,
  input: {
    width: DESCRIPTOR_CHIP_SIZE,
    height: DESCRIPTOR_CHIP_SIZE,
    channels: 'RGB',
    mean: [122.782, 117.001, 104.298],
    divisor: 255,
  },
  alignment:
    "Similarity transform of 36 points (nose, eyes, mouth without the lower lip; from 68 landmarks, second look at the upright face) onto dlib's mean face with a border of 0.25",
  pipeline: [
    'detection: ssd_mobilenetv1 at several scales (portrait), tiny_face_detector with ssd_mobilenetv1 to confirm (video)',
    'landmarks: face_landmark_68, twice; of a portrait the second time also in the mirror',
    'resampling: bilinear, averaged first when made smaller by two or more',
    'descriptor: face_recognition of the chip and of its mirror image, of a portrait in two looks a little apart; mean, unit length',
    'appearance: mean of best shots weighted by quality, unit length',
  ],
  metric: 'cosine',
  dimension: DESCRIPTOR_DIMENSION,
  licence: {
    package: '@vladmandic/face-api, MIT',
    weights:
      'face_recognition: dlib_face_recognition_resnet_model_v1, public domain (CC0); detectors and landmarks: face-api.js, MIT. Training photographs were collected from the web: check with counsel before use on other grounds.',
  },
  // What only measures is no part of it.
  sha256: Object.assign(
    {},
    ...Object.values({ ...checksums, age_gender: { weights: {} } }).map(({ weights }) => weights),
  ),
};
