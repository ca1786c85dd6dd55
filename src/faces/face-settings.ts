import type { Config } from '../platform/config.ts';
import type { OpenAnalyzerOptions } from './open-analyzer.ts';

/** What of the configuration opens the face networks; plain values, as a thread is given them. */
export type FaceSettings = Pick<
  Config,
  'FACE_ENGINE' | 'FACE_THREADS' | 'MODELS_DIR' | 'MODEL_CARD' | 'MODEL_CARD_BEFORE'
>;

export const faceSettingsOf = (config: FaceSettings): FaceSettings => ({
  FACE_ENGINE: config.FACE_ENGINE,
  FACE_THREADS: config.FACE_THREADS,
  MODELS_DIR: config.MODELS_DIR,
  MODEL_CARD: config.MODEL_CARD,
  ...(config.MODEL_CARD_BEFORE !== undefined && { MODEL_CARD_BEFORE: config.MODEL_CARD_BEFORE }),
});

/** How `openAnalyzer` opens the models of a configuration. */
export const analyzerOptions = (config: FaceSettings): OpenAnalyzerOptions => ({
  name: config.FACE_ENGINE === 'face-api' ? 'face-api' : 'onnx',
  threads: config.FACE_THREADS,
  modelDir: config.MODELS_DIR,
  card: config.MODEL_CARD,
  ...(config.MODEL_CARD_BEFORE !== undefined && { before: config.MODEL_CARD_BEFORE }),
});
