import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DomainError } from '../platform/errors.ts';
import { type ModelCard, parseModelCard } from './model-card.ts';

/** The card of the built-in model. */
export const defaultModelCardPath = fileURLToPath(new URL('../../models/cards/faceapi-dlib-128.json', import.meta.url));

/** Reads a model card. Throws `config_invalid` when it is missing, is not JSON or has the wrong form. */
export async function loadModelCard(path: string = defaultModelCardPath): Promise<ModelCard> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new DomainError(
      'config_invalid',
      `The model card ${path} ${missing ? 'does not exist' : 'cannot be read as JSON'}.`,
      { remedy: 'Give the path of a model card; the built-in one is models/cards/faceapi-dlib-128.json.' },
      { cause: error },
    );
  }
  return parseModelCard(value, path);
}
