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

/**
 * The first value under a name in a message, however deep and in whatever spelling. The scorer reads messages by itself: a
 * field that the product misread must not be misread here in the same way.
 */
export function fieldOf(message: unknown, name: string, depth = 5): string | null {
  const node = opened(message);
  if (Array.isArray(node)) {
    for (const item of depth > 0 ? node.slice(0, 50) : []) {
      const found = fieldOf(item, name, depth - 1);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isFields(node)) return null;
  const direct = node[name];
  if (typeof direct === 'string' && direct !== '') return direct;
  if (typeof direct === 'number') return String(direct);
  const wanted = squash(name);
  for (const [key, value] of Object.entries(node))
    if ((typeof value === 'string' || typeof value === 'number') && value !== '' && squash(key) === wanted)
      return String(value);
  if (depth === 0) return null;
  for (const value of Object.values(node)) {
    if (typeof value !== 'object' && typeof value !== 'string') continue;
    const found = fieldOf(value, name, depth - 1);
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
