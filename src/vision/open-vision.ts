import type { FaceAnalyzer } from '../faces/analyzer.ts';
import type { FaceEngine } from '../faces/engine/engine.ts';
import { analyzerOptions, type FaceSettings } from '../faces/face-settings.ts';
import type { ModelCard } from '../faces/model-card.ts';
import { openAnalyzer } from '../faces/open-analyzer.ts';
import { createFfmpegRunner } from '../media/ffmpeg/fluent-adapter.ts';
import { locateFfmpeg } from '../media/ffmpeg/locate.ts';
import type { MediaTools } from '../media/probe.ts';
import { systemClock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import { createFaceReader, type FaceReader } from './face-reader.ts';
import { likenessOf } from './likeness.ts';

/** ffmpeg as configured. @throws DomainError `config_invalid` when there is none */
export function openMedia(config: Pick<Config, 'FFMPEG_PATH'>, onWarning: (text: string) => void): MediaTools {
  const binary = locateFfmpeg({ FFMPEG_PATH: config.FFMPEG_PATH, PATH: process.env.PATH });
  if (binary.warning !== undefined) onWarning(binary.warning);
  return { binary, run: createFfmpegRunner(binary), timer: systemClock };
}

export interface OpenFaces {
  readonly engine: FaceEngine;
  readonly analyzer: FaceAnalyzer;
  readonly reader: FaceReader;
  /** Of the model in use. */
  readonly card: ModelCard;
  /** Of the model whose place it takes. */
  readonly before: ModelCard | null;
  close(): Promise<void>;
}

/**
 * The face models as configured, and a reader of camera frames on them. Builds the built-in networks at the first start.
 * @throws DomainError `config_invalid` or `integrity` for a card or a file that cannot serve
 */
export async function openFaces(config: FaceSettings): Promise<OpenFaces> {
  const opened = await openAnalyzer({ ...analyzerOptions(config), batching: true });
  const { engine, analyzer, card, before } = opened;
  const reader = createFaceReader({ engine, analyzer, limits: likenessOf(card) });
  return { engine, analyzer, card, before, reader, close: () => opened.close() };
}
