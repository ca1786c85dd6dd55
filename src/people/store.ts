import type { Tell } from '../platform/tell.ts';
import type { SubjectKind } from './people.store.ts';
import type {
  FilingRow,
  PersonRow,
  PersonStatusRow,
  PortraitRow,
  ProxyRow,
  StaffRow,
  StaffSignInRow,
} from './tables.ts';
import type { TemplateStore } from './template.store.ts';

/** What is asked of a person before he is changed. */
export type KnownPerson = Pick<PersonRow, 'psn_no' | 'cert_type' | 'sex' | 'birth' | 'household' | 'region_code'>;

/**
 * What this room's writers read and write, by the database (pg-store.ts) or in memory (memory-store.ts). Rows that are
 * read are locked until the transaction ends. What is put a second time keeps its id and when it was created.
 */
export interface PeopleStore extends TemplateStore {
  persons(psnNos: readonly string[]): Promise<readonly KnownPerson[]>;
  /** Where name, ID number, sex, birth or household is null, what is stored stays. */
  putPersons(rows: readonly PersonRow[]): Promise<void>;

  statuses(psnNos: readonly string[]): Promise<readonly PersonStatusRow[]>;
  /** One of each person, kind and beginning. */
  putStatuses(rows: readonly PersonStatusRow[]): Promise<void>;
  removeStatuses(rows: readonly PersonStatusRow[]): Promise<void>;

  /** By id; whose they are helps to find them. */
  proxies(wanted: readonly Pick<ProxyRow, 'id' | 'psn_no'>[]): Promise<readonly ProxyRow[]>;
  /** Of a known one relation and end change; what was revoked stays as it is. */
  putProxies(rows: readonly ProxyRow[]): Promise<void>;

  staff(ids: readonly string[]): Promise<readonly StaffRow[]>;
  /** A name that is null leaves the stored one. */
  putStaff(rows: readonly StaffRow[]): Promise<void>;
  /** Of a known one the end changes, where it is told. */
  putSignIns(rows: readonly StaffSignInRow[]): Promise<void>;
  /** Of a known one the end changes. @returns ids of those that are new or changed */
  putFilings(rows: readonly FilingRow[]): Promise<ReadonlySet<string>>;

  /** Those that have a template: accepted and replaced ones. Nobody else decides about these subjects meanwhile. */
  portraits(kind: SubjectKind, refs: readonly string[]): Promise<readonly PortraitRow[]>;
  putPortraits(rows: readonly PortraitRow[]): Promise<void>;

  readonly tell: Tell;
}
