import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DomainError } from '../platform/errors.ts';
import { type ModelCard, parseModelCard } from './model-card.ts';
import { withTemplateVersion } from './model-card-files.ts';

/** The card of the built-in model. */
export const defaultModelCardPath = fileURLToPath(new URL('../../models/cards/faceapi-dlib-128.json', import.meta.url));

/**
 * Reads a model card, and looks whether the files that it names are there and are those that it means. Throws `config_invalid`
 * when the card is missing, is no JSON, has the wrong form or no licence, and `integrity` when a file is missing or another.
 */
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
  const card = withTemplateVersion(parseModelCard(value, path));
  for (const name of Object.values(card.files ?? {})) await checkFile(await fileOfCard(path, name), card, name);
  return card;
}

/** Where a file that a card names lies. Throws `config_invalid` when it leads out of the card's folder. */
export async function fileOfCard(cardPath: string, name: string): Promise<string> {
  const folder = await realpath(dirname(cardPath));
  const file = await realpath(join(folder, name)).catch((error: unknown) => {
    throw new DomainError(
      'integrity',
      `The model file ${name} does not lie beside its card ${cardPath}.`,
      { remedy: "Copy the file into the card's folder." },
      { cause: error },
    );
  });
  if (!file.startsWith(`${folder}${sep}`))
    throw new DomainError('config_invalid', `The model file ${name} leads out of the folder of its card ${cardPath}.`, {
      remedy: "Copy the file itself into the card's folder instead of a link.",
    });
  return file;
}

async function checkFile(file: string, card: ModelCard, name: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece);
  checkSum(hash.digest('hex'), card, name);
}

/** Throws `integrity` unless a file's SHA-256 is the one that its card gives. */
export function checkSum(sha256: string, card: Pick<ModelCard, 'sha256' | 'id'>, name: string): void {
  if (card.sha256[name] !== sha256)
    throw new DomainError('integrity', `The model file ${name} is not the one that the card of ${card.id} means.`, {
      remedy: `Its SHA-256 is ${sha256}. Copy the file anew; if it is meant to be another, give it a card of its own.`,
    });
}
