type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const opened = (value: unknown): unknown => {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
};

const squash = (key: string): string => key.toLowerCase().replaceAll('_', '');

const fieldText = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null;

/**
 * The first value under a name in a message, however deep and in whatever spelling. The scorer reads messages by itself: a
 * field that the product misread must not be misread here in the same way.
 */
export function fieldOf(message: unknown, name: string, depth = 5): string | null {
  return exactField(message, name, depth) ?? similarField(message, squash(name), depth);
}

/** As nearly every message has it. */
function exactField(node: unknown, name: string, depth: number): string | null {
  if (typeof node !== 'object' || node === null) return null;
  const direct = Array.isArray(node) ? null : fieldText((node as Fields)[name]);
  if (direct !== null || depth === 0) return direct;
  for (const value of Object.values(node)) {
    const found = typeof value === 'object' ? exactField(value, name, depth - 1) : null;
    if (found !== null) return found;
  }
  return null;
}

/** With other spellings of the name, and JSON in texts. */
function similarField(message: unknown, wanted: string, depth: number): string | null {
  const node = opened(message);
  if (typeof node !== 'object' || node === null) return null;
  if (isFields(node)) {
    for (const [key, value] of Object.entries(node)) {
      const found = squash(key) === wanted ? fieldText(value) : null;
      if (found !== null) return found;
    }
  }
  if (depth === 0) return null;
  for (const value of Object.values(node)) {
    const found =
      typeof value === 'object' || typeof value === 'string' ? similarField(value, wanted, depth - 1) : null;
    if (found !== null) return found;
  }
  return null;
}

/** An amount of money in fen; null when it is none. */
export function fenOf(amount: string | null): number | null {
  if (amount === null || amount.trim() === '') return null;
  const fen = Math.round(Number(amount) * 100);
  return Number.isFinite(fen) ? fen : null;
}

export const infnoOf = (request: unknown): string => (fieldOf(request, 'infno', 1) ?? '').toUpperCase();
