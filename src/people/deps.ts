import type { Audit } from '../access/audit.ts';
import type { BlobStore } from '../platform/blobs.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Db } from '../platform/db.ts';
import type { Outbox } from '../platform/outbox.ts';

/** What the room's writers need. */
export interface WriterDeps {
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
}

/** What its routes and handlers need. */
export interface PeopleDeps extends WriterDeps {
  readonly db: Db;
  readonly blobs: BlobStore;
  readonly audit: Audit;
  /** IANA name; dates without an offset are of this zone. */
  readonly timeZone: string;
  /** false: no portrait is taken in and none is analysed. */
  readonly faceRecognition: boolean;
}
