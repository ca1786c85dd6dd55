import { v5, v7 } from 'uuid';

/** A fresh id; later ones sort behind earlier ones. */
export const newId = (): string => v7();

const NAMESPACE = '6f1f2b1e-4116-5c4e-9d52-000000004116';

/** The id of a thing that is known by its parts: the same parts give the same id, in any process, for ever. */
export const derivedId = (...parts: readonly string[]): string => v5(parts.join('\u0000'), NAMESPACE);
