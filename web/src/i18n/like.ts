/** The same shape as the Chinese strings. English has a singular, so counted strings bring `_one` beside `_other`. */
type Translated<T> = { readonly [K in keyof T]: T[K] extends string ? string : Translated<T[K]> };
type Singulars = { readonly [key: `${string}_one`]: string };

/** A section of the dictionary in another language. */
export type Like<T> = Translated<T> & Partial<Singulars>;
