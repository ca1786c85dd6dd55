import type { TSchema } from 'typebox';
import { Type } from 'typebox';
import { DomainError } from '../platform/errors.ts';

/** `?limit=&cursor=` of every list. */
export const PageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 50, description: 'How many at most' }),
  cursor: Type.Optional(Type.String({ maxLength: 500, description: 'nextCursor of the page before' })),
};

export const pageSchema = <Item extends TSchema>(item: Item) =>
  Type.Object({
    items: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()], { description: 'null: this is the last page' }),
  });

export const encodeCursor = (key: string): string => Buffer.from(key, 'utf8').toString('base64url');

/** The key behind a cursor, null without one. @throws DomainError `invalid_input` when it is none of ours */
export function decodeCursor(cursor: string | undefined, form: RegExp = /^[^\0]+$/): string | null {
  if (cursor === undefined) return null;
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!form.test(key)) {
    throw new DomainError('invalid_input', 'this cursor is not one of ours', {
      remedy: 'Send nextCursor of the page before, unchanged, or none.',
    });
  }
  return key;
}

export const UUID_FORM = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One page from `limit + 1` rows: the row too many tells that there are more. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => string,
): { items: Row[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null };
}
