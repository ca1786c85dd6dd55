import { parentPort, workerData } from 'node:worker_threads';
import { loadInterfaceTable } from '../../../ledgers/claims/interface-table.load.ts';
import { systemClock } from '../../../platform/clock.ts';
import { loadMasterKey, openKeyring } from '../../../platform/crypto.ts';
import { openDb } from '../../../platform/db.ts';
import { DomainError } from '../../../platform/errors.ts';
import { createLogger } from '../../../platform/log.ts';
import { FEED_CLINIC_FORM } from '../../feed/field-schemas.ts';
import type { NumberedLine } from '../../feed/normal-line.ts';
import { type Feed, openFeed, type RefusedLines } from '../../feed/read-feed.ts';
import { Packer, type Parcel } from './parcel.ts';
import { createPreparer, namesIn } from './prepare.ts';

/** What `read-in-thread.ts` starts a thread with. */
export interface ReadingTask {
  readonly dir: string;
  readonly connectionString: string;
  readonly masterKey: { readonly base64: string | undefined; readonly path: string };
  /** Parcels that may be on their way at once. */
  readonly ahead: number;
}

/** What was remarked so far; null: nothing new. */
export type Remarks = {
  readonly warnings: readonly (readonly [what: string, n: number])[];
  readonly refused: readonly (readonly [what: string, lines: RefusedLines])[];
} | null;

/** What it says. */
export type ReadingNews =
  | { readonly parcel: Parcel; readonly bytesRead: number; readonly linesRead: number; readonly remarks: Remarks }
  | { readonly done: true; readonly remarks: Remarks }
  | {
      readonly failed: {
        readonly code: DomainError['code'];
        readonly message: string;
        readonly details: DomainError['details'];
      };
    };

const port = parentPort;
if (!port) throw new Error('reading-thread.ts runs as a thread of claimsight run-feed only.');
const task = workerData as ReadingTask;

let room = task.ahead;
let wake: (() => void) | null = null;
port.on('message', () => {
  room++;
  wake?.();
});

async function send(news: ReadingNews, transfer: readonly ArrayBuffer[] = []): Promise<void> {
  while (room <= 0) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  room--;
  port?.postMessage(news, transfer);
}

async function openKeys() {
  const log = createLogger({ process: 'run-feed reading', level: 'error' });
  const db = openDb({ connectionString: task.connectionString, applicationName: 'claimsight run-feed reading', log });
  try {
    return await openKeyring({ db, masterKey: await loadMasterKey(task.masterKey), clock: systemClock });
  } finally {
    await db.close();
  }
}

async function readAll(): Promise<void> {
  const feed = await openFeed(task.dir);
  const preparer = createPreparer({
    keyring: await openKeys(),
    table: await loadInterfaceTable(),
    // A feed's city has no mappings of its own.
    mappings: [],
    timeZone: feed.meta.timeZone,
    clinicForm: FEED_CLINIC_FORM,
  });
  const packer = new Packer();
  const remarks = remarksOf(feed);
  for await (const batch of gathered(feed.batches())) {
    const parcel = packer.pack(batch, preparer, namesIn(batch));
    const { bytesRead, linesRead } = feed.progress;
    await send({ parcel, bytesRead, linesRead, remarks: remarks() }, [parcel.bytes]);
  }
  await send({ done: true, remarks: remarks() });
}

/** Enough lines at a time that what they need is asked for in few questions. */
const LINES_A_PARCEL = 1_000;

async function* gathered(batches: AsyncIterable<readonly NumberedLine[]>): AsyncGenerator<readonly NumberedLine[]> {
  let lines: NumberedLine[] = [];
  try {
    for await (const batch of batches) {
      for (const line of batch) lines.push(line);
      if (lines.length < LINES_A_PARCEL) continue;
      yield lines;
      lines = [];
    }
  } catch (error) {
    // What stands before a wrong line is played before the run ends by it.
    if (lines.length > 0) yield lines;
    throw error;
  }
  if (lines.length > 0) yield lines;
}

function remarksOf({ warnings, refused }: Feed): () => Remarks {
  let told = 0;
  return () => {
    let sum = 0;
    for (const n of warnings.values()) sum += n;
    for (const { n } of refused.values()) sum += n;
    if (sum === told) return null;
    told = sum;
    return { warnings: [...warnings], refused: [...refused] };
  };
}

try {
  await readAll();
} catch (error) {
  if (!(error instanceof DomainError)) throw error;
  await send({ failed: { code: error.code, message: error.message, details: error.details } });
}
port.close();
