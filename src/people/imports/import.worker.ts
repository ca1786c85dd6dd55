import pg from 'pg';
import type { Tx } from '../../platform/db.ts';
import { DomainError, mayRetry } from '../../platform/errors.ts';
import { defineHandler, type Handler } from '../../platform/outbox.ts';
import type { PeopleDeps } from '../deps.ts';
import { peopleImport } from '../people.topics.ts';
import { peoplePrefix } from '../people-scope.ts';
import { Cells, placeColumns } from './columns.ts';
import { type CsvRecord, readCsv, toUtf8 } from './csv.ts';
import type { FeedContext } from './feed.ts';
import { FEEDS, hasPortraits } from './feeds.ts';
import { storePicture } from './import-pictures.ts';
import { finishImport, getImport, type ImportJob, lockProgress, recordProgress, startImport } from './imports.store.ts';
import { type LoadedPicture, openPictureZip, type ZippedPicture } from './picture-zip.ts';
import { RowRefusal } from './refusals.ts';

const ROWS_PER_BATCH = 500;
const PICTURES_PER_BATCH = 10;

/**
 * Works off an import in batches. A batch's rows, its refusals and the progress are one transaction: a process that is
 * killed has done a batch wholly or not at all, and the next one goes on behind it.
 */
export function importHandler(deps: PeopleDeps): Handler {
  const { db, clock } = deps;
  return defineHandler(peopleImport, async ({ payload, once }) => {
    const job = await getImport(db, payload.importId);
    if (job === null || job.state === 'done' || job.state === 'failed') return;
    let error: string | null = null;
    try {
      await workOff(deps, job);
    } catch (failure) {
      if (!(failure instanceof DomainError) || mayRetry(failure)) throw failure;
      const { remedy } = failure.details;
      error = remedy === undefined ? failure.message : `${failure.message}（${remedy}）`;
    }
    await once((tx) => finishImport(tx, job.id, error, clock.now()));
  });
}

async function workOff(deps: PeopleDeps, job: ImportJob): Promise<void> {
  const { db, blobs } = deps;
  const feed = FEEDS[job.kind];
  const csv = toUtf8(await blobs.get(job.csvSha256));
  let places: ReadonlyMap<string, number> | null = null;
  let width = 0;
  let rows = -1;
  // The whole file is read once before anything is stored: a file that is broken at its end leaves nothing half done.
  for await (const record of readCsv(csv)) {
    if (places === null) {
      places = placeColumns(feed.columns, record.values);
      width = record.values.length;
    }
    rows += 1;
  }
  if (places === null) throw new DomainError('invalid_input', '文件为空 / the file is empty');
  const header = places;
  const pictures =
    job.portraitsSha256 === null || !hasPortraits(job.kind)
      ? []
      : await openPictureZip(await blobs.get(job.portraitsSha256));
  await startImport(db, job.id, rows + pictures.length);

  const context: FeedContext = {
    timeZone: deps.timeZone,
    scope: job.scope,
    prefix: await peoplePrefix(db, job.scope),
    sender: job.requestedBy,
  };
  const storeRows: Store<CsvRecord> = async (tx, batch) => {
    const fitting = batch.filter((record) => fits(record, width));
    const cells = fitting.map((record) => new Cells(header, record.values));
    const outcomes = await feed.store(tx, deps, cells, context);
    const byRecord = new Map(fitting.map((record, i) => [record, outcomes[i] ?? null]));
    return batch.map(
      (record) => byRecord.get(record) ?? (fits(record, width) ? null : new RowRefusal('wrong_columns')),
    );
  };
  const storePictures: Store<LoadedPicture> = async (tx, batch) => {
    const outcomes: (RowRefusal | null)[] = [];
    for (const picture of batch) outcomes.push(await storePicture(tx, deps, job.kind, picture, context));
    return outcomes;
  };

  await inBatches(deps, job, { first: 0, size: ROWS_PER_BATCH, items: body(readCsv(csv)) }, storeRows, (record) => ({
    row: record.line,
    file: null,
  }));
  await inBatches(
    deps,
    job,
    { first: rows, size: PICTURES_PER_BATCH, items: load(pictures, (await getImport(db, job.id))?.done ?? 0, rows) },
    storePictures,
    (picture) => ({ row: picture.number, file: picture.name.slice(0, 200) }),
  );
}

const fits = (record: CsvRecord, width: number): boolean =>
  record.values.length <= width || record.values.slice(width).every((value) => value === '');

type Store<Item> = (tx: Tx, batch: readonly Item[]) => Promise<(RowRefusal | null)[]>;

async function* body(records: AsyncGenerator<CsvRecord>): AsyncGenerator<CsvRecord> {
  let first = true;
  for await (const record of records) {
    if (!first) yield record;
    first = false;
  }
}

/** Unpacks the pictures that are not done yet; those that are, are passed by without content. */
async function* load(pictures: readonly ZippedPicture[], done: number, first: number): AsyncGenerator<LoadedPicture> {
  for (const [i, picture] of pictures.entries()) {
    const content =
      first + i < done
        ? Buffer.alloc(0)
        : await picture.read().catch((error: unknown) => {
            if (error instanceof RowRefusal) return error;
            throw error;
          });
    yield { number: i + 1, name: picture.name, content };
  }
}

async function inBatches<Item>(
  deps: PeopleDeps,
  job: ImportJob,
  source: { readonly first: number; readonly size: number; readonly items: AsyncGenerator<Item> },
  store: Store<Item>,
  placeOf: (item: Item) => { row: number; file: string | null },
): Promise<void> {
  let at = source.first;
  let batch: Item[] = [];
  const flush = async (): Promise<void> => {
    await storeBatch(deps, job.id, at, batch, store, placeOf);
    at += batch.length;
    batch = [];
  };
  for await (const item of source.items) {
    batch.push(item);
    if (batch.length >= source.size) await flush();
  }
  if (batch.length > 0) await flush();
}

/** Rows that a batch brings from place `at` on; what another worker or an earlier run has done of them is left out. */
async function storeBatch<Item>(
  deps: PeopleDeps,
  importId: string,
  at: number,
  batch: readonly Item[],
  store: Store<Item>,
  placeOf: (item: Item) => { row: number; file: string | null },
): Promise<void> {
  try {
    await deps.db.transaction(async (tx) => {
      const done = await lockProgress(tx, importId);
      if (done === null) throw new DomainError('conflict', 'the import was ended by someone else');
      const rest = batch.slice(Math.max(0, done - at));
      if (rest.length === 0) return;
      const outcomes = await store(tx, rest);
      const refusals = rest.flatMap((item, i) => {
        const refusal = outcomes[i];
        return refusal == null ? [] : [{ ...placeOf(item), reason: refusal.reason, detail: refusal.detail }];
      });
      await recordProgress(tx, importId, rest.length, refusals);
    });
  } catch (error) {
    if (!isDataError(error)) throw error;
    // One row that the database does not take shall not take the others with it.
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      const code = (error as pg.DatabaseError).code ?? null;
      await storeBatch(deps, importId, at, batch, async () => [new RowRefusal('not_stored', code)], placeOf);
      return;
    }
    for (const [i, item] of batch.entries()) await storeBatch(deps, importId, at + i, [item], store, placeOf);
  }
}

/** Class 22 data exception, 23 integrity constraint violation. */
const isDataError = (error: unknown): boolean => error instanceof pg.DatabaseError && /^(22|23)/.test(error.code ?? '');
