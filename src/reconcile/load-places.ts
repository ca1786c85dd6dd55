import { readFile } from 'node:fs/promises';
import { DomainError } from '../platform/errors.ts';
import type { Place, Places } from './places.ts';

/**
 * Reads `code,latitude,longitude,radius_km`, `#` begins a comment; no such file: no place is known.
 * @throws DomainError `config_invalid` that names the line
 */
export async function loadPlaces(path: string): Promise<Places> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const places = new Map<string, Place>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const content = line.replace(/#.*$/, '').trim();
    if (content === '' || content.startsWith('code,')) continue;
    const [code = '', ...numbers] = content.split(',').map((cell) => cell.trim());
    const [latitude = Number.NaN, longitude = Number.NaN, radiusKm = Number.NaN] = numbers.map(Number);
    const sound =
      /^\d{4}(\d{2}(\d{3}){0,2})?$/.test(code) &&
      Math.abs(latitude) <= 90 &&
      Math.abs(longitude) <= 180 &&
      radiusKm >= 0 &&
      numbers.length === 3;
    if (!sound) {
      throw new DomainError('config_invalid', `line ${i + 1} of ${path} is no place: ${content}`, {
        remedy:
          'Write code,latitude,longitude,radius_km: a division code of 4, 6, 9 or 12 digits, degrees, kilometres.',
      });
    }
    places.set(code, { latitude, longitude, radiusKm });
  }
  return places;
}
