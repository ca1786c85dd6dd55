import { DomainError } from '../platform/errors.ts';
import { createFaceAnalyzer, type FaceAnalyzer } from './analyzer.ts';
import { builtinEmbedder, type Embedder } from './embedder.ts';
import { createBatchingEngine } from './engine/batching-engine.ts';
import { DESCRIPTOR_CHIP_SIZE, type FaceEngine } from './engine/engine.ts';
import { type OpenEngineOptions, openFaceEngine } from './engine/open-engine.ts';
import { openOwnDetector, withDetector } from './engine/own-detector.ts';
import { openOwnEmbedder } from './engine/own-embedder.ts';
import { defaultModelCardPath, loadModelCard } from './load-model-card.ts';
import type { ModelCard } from './model-card.ts';
import { TEMPLATE_VERSION } from './template.ts';

export interface OpenAnalyzer {
  readonly engine: FaceEngine;
  readonly analyzer: FaceAnalyzer;
  /** Of the model in use. */
  readonly card: ModelCard;
  /** Of the model whose place it takes, which still serves. */
  readonly before: ModelCard | null;
  close(): Promise<void>;
}

export interface OpenAnalyzerOptions extends OpenEngineOptions {
  /** Path of the card of the model in use; the built-in one unless given. */
  readonly card?: string;
  /** Path of the card of the model whose place it takes: its templates are made beside. */
  readonly before?: string;
  /** Joins what many ask at the same time into one inference. */
  readonly batching?: boolean;
}

/**
 * Opens the networks that a model card describes, and those of the card before it. Throws as `loadModelCard` does,
 * and `integrity` for a network that does not do what its card says.
 */
export async function openAnalyzer(options: OpenAnalyzerOptions = {}): Promise<OpenAnalyzer> {
  const cardPath = options.card ?? defaultModelCardPath;
  const card = await loadModelCard(cardPath);
  const before = options.before === undefined ? null : await loadModelCard(options.before);
  if (before !== null) checkBeside(card, before);
  const threads = options.threads ?? 1;
  const opened: { close(): Promise<void> }[] = [];
  try {
    const plain = await openFaceEngine(options);
    opened.push(plain);
    const engine = await engineOf(plain, card, cardPath, threads);
    opened.splice(0, 1, engine);
    const working = options.batching ? createBatchingEngine(engine) : engine;
    const embedders: [Embedder, ...Embedder[]] = [await embedderOf(working, card, cardPath, threads)];
    opened.push(embedders[0]);
    if (before !== null && options.before !== undefined && before.templateVersion !== card.templateVersion) {
      const older = await embedderOf(working, before, options.before, threads);
      embedders.push(older);
      opened.push(older);
    }
    const analyzer = createFaceAnalyzer({ engine: working, embedders });
    return { engine: working, analyzer, card, before, close: () => closeAll(opened) };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function engineOf(engine: FaceEngine, card: ModelCard, cardPath: string, threads: number): Promise<FaceEngine> {
  const [name, detector] = [card.files?.detector, card.detector];
  if (name === undefined || detector === undefined) return engine;
  return withDetector(engine, await openOwnDetector({ card, detector, cardPath, name, threads }));
}

async function embedderOf(engine: FaceEngine, card: ModelCard, cardPath: string, threads: number): Promise<Embedder> {
  const name = card.files?.embedder;
  if (name !== undefined) return openOwnEmbedder({ card, cardPath, name, threads });
  const embedder = builtinEmbedder(engine, card.templateVersion);
  const { width, height } = card.input;
  if (card.dimension !== embedder.dimension || width !== DESCRIPTOR_CHIP_SIZE || height !== DESCRIPTOR_CHIP_SIZE)
    throw new DomainError(
      'config_invalid',
      `The model card ${cardPath} names no embedder, and is not that of the built-in one: ${card.dimension} numbers from ${width}×${height} pixels.`,
      { remedy: 'Name the file of the embedder (files.embedder), or copy input and dimension from the built-in card.' },
    );
  if (card.files === undefined && card.templateVersion !== TEMPLATE_VERSION)
    throw new DomainError(
      'config_invalid',
      `The model card ${cardPath} is of templates ${card.templateVersion}; this program's built-in model makes ${TEMPLATE_VERSION}.`,
      {
        remedy:
          'Use the card that came with this program (MODEL_CARD, without MODEL_CARD_BEFORE) and run claimsight re-enrol: until it is done nobody is recognised, and nothing is held against anybody.',
      },
    );
  return embedder;
}

/**
 * While one model takes another's place both look at the same faces: a detector of its own frames them for both, so only that of
 * the card in use is opened.
 */
function checkBeside(card: ModelCard, before: ModelCard): void {
  const detectorOf = ({ files, sha256 }: ModelCard) => (files?.detector === undefined ? null : sha256[files.detector]);
  if (detectorOf(card) !== detectorOf(before))
    throw new DomainError(
      'config_invalid',
      'Two models serve at the same time only where they share a detector: the older one would describe faces that another detector framed.',
      {
        remedy:
          'Change the embedder first and re-enrol; then change the detector with MODEL_CARD alone and re-enrol again: meanwhile nobody is recognised, and nothing is held against anybody.',
      },
    );
}

async function closeAll(opened: readonly { close(): Promise<void> }[]): Promise<void> {
  for (const each of opened.toReversed()) await each.close();
}
