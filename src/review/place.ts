import { decodeCursor } from '../access/paging.ts';

/**
 * A place in a list that is ordered by a moment and an id, both descending: new rows never shift what comes behind it.
 */
export interface Place {
  /** Epoch ms. */
  readonly at: number;
  readonly id: string;
}

const FORM = /^\d{1,16}~[0-9a-f-]{36}$/;

/** What stands in a cursor. */
export const placeKey = ({ at, id }: Place): string => `${at}~${id}`;

/** The place that a cursor tells; null without one. @throws DomainError `invalid_input` for one that is none of ours */
export function placeOf(cursor: string | undefined): Place | null {
  const [at, id] = decodeCursor(cursor, FORM)?.split('~') ?? [];
  return at === undefined || id === undefined ? null : { at: Number(at), id };
}
