import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DomainError } from '../../platform/errors.ts';
import { isTruthFile } from '../feed/feed-files.ts';
import type { FeedClock } from '../feed/feed-time.ts';
import {
  ClinicTruthSchema,
  type RawClinicTruth,
  type RawReceiptTruth,
  type RawSettlementTruth,
  ReceiptTruthSchema,
  SettlementTruthSchema,
} from '../feed/truth-schema.ts';
import { badLine } from '../feed/wrong-line.ts';
import { momentReader, readRows } from './rows.ts';
import { schemeOf } from './schemes.ts';

export const CAME = ['unknown', 'self', 'proxy', 'staff', 'other', 'nobody'] as const;
export type Came = (typeof CAME)[number];
export const cameCode = (came: Came): number => CAME.indexOf(came);

export interface ClinicTruth {
  readonly code: string;
  readonly ghostShare: number;
  readonly fraudFrom: number | null;
  readonly mainScheme: string | null;
}

export interface ReceiptTruth {
  readonly clinic: number;
  readonly at: number | null;
  readonly scheme: string;
  readonly concentrated: boolean;
  readonly lossFen: number;
}

/** The truth of a city in columns: a settlement is a number, a year of a large city fits into memory. */
export interface TruthTable {
  readonly count: number;
  readonly indexOf: ReadonlyMap<string, number>;
  readonly setlIds: readonly string[];
  /** Index into `clinics`. */
  readonly clinic: Int32Array;
  readonly at: Float64Array;
  /** 1: fraud */
  readonly fraud: Uint8Array;
  readonly concentrated: Uint8Array;
  readonly reversed: Uint8Array;
  /** Index into CAME. */
  readonly came: Uint8Array;
  /** Index into `schemes`; 0: none. */
  readonly scheme: Uint8Array;
  readonly lossFen: Float64Array;
  readonly schemes: readonly string[];
  /** Every clinic that any row names, in the order of their codes' first mention. */
  readonly clinics: readonly ClinicTruth[];
  readonly clinicIndex: ReadonlyMap<string, number>;
  /** Clinics that have a row of their own. */
  readonly clinicRows: number;
  readonly receipts: readonly ReceiptTruth[];
}

/** Grows by half; 12 numbers a settlement. */
class Columns {
  size = 0;
  private room = 1024;
  clinic = new Int32Array(this.room);
  at = new Float64Array(this.room);
  fraud = new Uint8Array(this.room);
  concentrated = new Uint8Array(this.room);
  reversed = new Uint8Array(this.room);
  came = new Uint8Array(this.room);
  scheme = new Uint8Array(this.room);
  lossFen = new Float64Array(this.room);

  next(): number {
    if (this.size === this.room) {
      this.room = Math.ceil(this.room * 1.5);
      this.clinic = grown(this.clinic, new Int32Array(this.room));
      this.at = grown(this.at, new Float64Array(this.room));
      this.fraud = grown(this.fraud, new Uint8Array(this.room));
      this.concentrated = grown(this.concentrated, new Uint8Array(this.room));
      this.reversed = grown(this.reversed, new Uint8Array(this.room));
      this.came = grown(this.came, new Uint8Array(this.room));
      this.scheme = grown(this.scheme, new Uint8Array(this.room));
      this.lossFen = grown(this.lossFen, new Float64Array(this.room));
    }
    return this.size++;
  }
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

const isSet = (flag: boolean | number | null | undefined): number => (flag === true || flag === 1 ? 1 : 0);

/** Path of the truth in a feed's folder. @throws DomainError `not_found` */
export async function truthPath(dir: string): Promise<string> {
  const names = (await readdir(dir).catch(() => []))
    .filter((name) => isTruthFile(name) && /json/i.test(name))
    .toSorted();
  const name = names.find((each) => each === 'truth.ndjson') ?? names[0];
  if (name === undefined)
    throw new DomainError('not_found', `There is no truth.ndjson in ${dir}.`, {
      remedy: 'Only a simulated city can be scored: its folder holds the truth beside the feed.',
    });
  return join(dir, name);
}

/** Reads truth.ndjson. @throws DomainError `invalid_input` naming the line */
export async function readTruth(path: string, clock: FeedClock): Promise<TruthTable> {
  const columns = new Columns();
  const indexOf = new Map<string, number>();
  const setlIds: string[] = [];
  const schemes = ['none'];
  const clinics: ClinicTruth[] = [];
  const clinicIndex = new Map<string, number>();
  const receipts: ReceiptTruth[] = [];
  let clinicRows = 0;
  const clinicOf = (code: string | number): number => {
    const key = String(code);
    const known = clinicIndex.get(key);
    if (known !== undefined) return known;
    clinicIndex.set(key, clinics.length);
    return clinics.push({ code: key, ghostShare: 0, fraudFrom: null, mainScheme: null }) - 1;
  };
  const schemeCode = (word: string | null | undefined): number => {
    if (word === null || word === undefined || word === '') return 0;
    const name = schemeOf(word);
    const known = schemes.indexOf(name);
    return known >= 0 ? known : schemes.push(name) - 1;
  };
  const moment = momentReader(clock, basename(path));
  const maybeMoment = (line: number, field: string, value: string | number | null | undefined): number | null =>
    value === null || value === undefined ? null : moment(line, field, value);
  const hasId = (fields: Readonly<Record<string, unknown>>): boolean =>
    fields.setl_id !== undefined && fields.setl_id !== null;

  const takeSettlement = (row: RawSettlementTruth, line: number): void => {
    const id = String(row.setl_id);
    if (indexOf.has(id))
      throw badLine(basename(path), line, 'settlement', `"setl_id" ${id} stands there a second time`);
    const i = columns.next();
    indexOf.set(id, i);
    setlIds.push(id);
    columns.clinic[i] = clinicOf(row.clinic);
    columns.at[i] = moment(line, 'at', row.at);
    columns.fraud[i] = row.kind === 'fraud' ? 1 : 0;
    columns.concentrated[i] = isSet(row.concentrated);
    columns.reversed[i] = isSet(row.reversed);
    columns.came[i] = row.came ? cameCode(row.came) : 0;
    columns.scheme[i] = row.kind === 'fraud' ? schemeCode(row.scheme ?? 'unnamed') : 0;
    columns.lossFen[i] = row.kind === 'fraud' ? (row.loss_fen ?? 0) : 0;
  };
  const takeReceipt = (row: RawReceiptTruth, line: number): void => {
    if (row.kind !== 'fraud') return;
    const scheme = schemeOf(row.scheme ?? 'false_receipts');
    schemeCode(scheme);
    receipts.push({
      clinic: clinicOf(row.clinic),
      at: maybeMoment(line, 'at', row.at),
      scheme,
      concentrated: isSet(row.concentrated) === 1,
      lossFen: row.loss_fen ?? 0,
    });
  };
  const takeClinic = (row: RawClinicTruth, line: number): void => {
    clinicRows++;
    const i = clinicOf(row.clinic);
    clinics[i] = {
      code: String(row.clinic),
      ghostShare: row.ghostShare ?? 0,
      fraudFrom: maybeMoment(line, 'fraudFrom', row.fraudFrom),
      mainScheme: row.mainScheme ? schemeOf(row.mainScheme) : null,
    };
  };

  await readRows(path, [
    {
      name: 'settlement',
      is: hasId,
      schema: SettlementTruthSchema,
      take: (row, line) => takeSettlement(row as RawSettlementTruth, line),
    },
    {
      name: 'receipt',
      is: (fields) => typeof fields.kind === 'string' && fields.ghostShare === undefined,
      schema: ReceiptTruthSchema,
      take: (row, line) => takeReceipt(row as RawReceiptTruth, line),
    },
    {
      name: 'clinic',
      is: (fields) => fields.clinic !== undefined,
      schema: ClinicTruthSchema,
      take: (row, line) => takeClinic(row as RawClinicTruth, line),
    },
  ]);
  if (columns.size === 0)
    throw new DomainError('invalid_input', `${path} holds no settlement.`, {
      remedy: 'See docs/feed-format.md, "truth.ndjson".',
    });
  const n = columns.size;
  return {
    count: n,
    indexOf,
    setlIds,
    clinic: columns.clinic.subarray(0, n),
    at: columns.at.subarray(0, n),
    fraud: columns.fraud.subarray(0, n),
    concentrated: columns.concentrated.subarray(0, n),
    reversed: columns.reversed.subarray(0, n),
    came: columns.came.subarray(0, n),
    scheme: columns.scheme.subarray(0, n),
    lossFen: columns.lossFen.subarray(0, n),
    schemes,
    clinics,
    clinicIndex,
    clinicRows,
    receipts,
  };
}
