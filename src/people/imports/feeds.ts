import type { Feed } from './feed.ts';
import { filingsFeed, openingHoursFeed, signInsFeed, staffFeed } from './feed-clinics.ts';
import { peopleFeed } from './feed-people.ts';
import { proxiesFeed } from './feed-proxies.ts';
import { deathsFeed, inpatientsFeed, suspensionsFeed } from './feed-statuses.ts';

export const IMPORT_KINDS = [
  'people',
  'staff',
  'proxies',
  'deaths',
  'inpatients',
  'suspensions',
  'opening_hours',
  'staff_sign_in',
  'filings',
] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

export const FEEDS: Readonly<Record<ImportKind, Feed>> = {
  people: peopleFeed,
  staff: staffFeed,
  proxies: proxiesFeed,
  deaths: deathsFeed,
  inpatients: inpatientsFeed,
  suspensions: suspensionsFeed,
  opening_hours: openingHoursFeed,
  staff_sign_in: signInsFeed,
  filings: filingsFeed,
};

/** Kinds whose zip may hold portraits. */
export const hasPortraits = (kind: ImportKind): kind is 'people' | 'staff' => kind === 'people' || kind === 'staff';
