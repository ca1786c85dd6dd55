import { DomainError } from '../platform/errors.ts';

/** Place in a list that is ordered by a moment and an id, both descending: new rows never shift what comes behind it. */
export interface Place {
  /** Epoch ms. */
  readonly at: number;
  readonly id: string;
}

export const encodeCursor = ({ at, id }: Place): string => Buffer.from(`${at}~${id}`).toString('base64url');

/** @throws DomainError `invalid_input` for anything that `encodeCursor` did not make */
export function decodeCursor(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null;
  const match = /^(\d{1,16})~([0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (!match?.[1] || !match[2]) {
    throw new DomainError('invalid_input', 'this cursor is not one of ours', {
      remedy: 'Pass nextCursor of the page before as it was, or leave it out to begin anew.',
    });
  }
  return { at: Number(match[1]), id: match[2] };
}

/** One row more than a page is read, to know whether another page follows. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => Place,
): { readonly rows: readonly Row[]; readonly nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(placeOf(last)) : null };
}
