import type { KnownPerson } from './store.ts';
import type { PersonStatusRow, PortraitRow, ProxyRow } from './tables.ts';

/** All that is stored about one enrollee, apart from name and ID number. Rows are values: a change makes a new dossier. */
export interface PersonDossier {
  readonly psnNo: string;
  /** null: not registered (lists and proxies may still name him). */
  readonly person: KnownPerson | null;
  /** By (from_at, what). */
  readonly statuses: readonly PersonStatusRow[];
  /** Whom he ever named his proxy, by (from_at, id); revoked ones too. */
  readonly proxies: readonly ProxyRow[];
  /** Who ever named him a proxy. */
  readonly proxyFor: readonly ProxyRow[];
  /** In use (state `accepted`) with a template, newest decision first. */
  readonly portraits: readonly PortraitRow[];
  /** Replaced ones that still have a template. */
  readonly replacedPortraits: readonly PortraitRow[];
}

export interface DossierRows {
  readonly person: KnownPerson | null;
  readonly statuses: readonly PersonStatusRow[];
  readonly proxies: readonly ProxyRow[];
  readonly proxyFor: readonly ProxyRow[];
  /** Whatever their state. */
  readonly portraits: readonly PortraitRow[];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function dossierOf(psnNo: string, rows: DossierRows): PersonDossier {
  return {
    psnNo,
    person: rows.person,
    statuses: sorted(rows.statuses, (a, b) => a.from_at - b.from_at || compare(a.what, b.what)),
    proxies: sorted(rows.proxies, (a, b) => a.from_at - b.from_at || compare(a.id, b.id)),
    proxyFor: rows.proxyFor,
    ...portraitsInOrder(rows.portraits),
  };
}

export function portraitsInOrder(rows: readonly PortraitRow[]): Pick<PersonDossier, 'portraits' | 'replacedPortraits'> {
  const withTemplate = rows.filter((row) => row.template_id !== null);
  return {
    portraits: sorted(
      withTemplate.filter((row) => row.state === 'accepted'),
      (a, b) => (b.decided_at ?? 0) - (a.decided_at ?? 0) || compare(b.id, a.id),
    ),
    replacedPortraits: withTemplate.filter((row) => row.state === 'superseded'),
  };
}

const sorted = <T>(rows: readonly T[], order: (a: T, b: T) => number): readonly T[] =>
  rows.length < 2 ? rows : rows.toSorted(order);

const NONE: readonly never[] = [];

export const emptyDossier = (psnNo: string): PersonDossier => ({
  psnNo,
  person: null,
  statuses: NONE,
  proxies: NONE,
  proxyFor: NONE,
  portraits: NONE,
  replacedPortraits: NONE,
});

/** `rows` with those of `newer` in the place of theirs with the same id. */
export function overlaid<T extends { readonly id: string }>(rows: readonly T[], newer: readonly T[]): readonly T[] {
  if (newer.length === 0) return rows;
  const ids = new Set(newer.map((row) => row.id));
  return [...rows.filter((row) => !ids.has(row.id)), ...newer];
}
