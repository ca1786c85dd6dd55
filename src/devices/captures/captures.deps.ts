import type { Audit } from '../../access/audit.ts';
import type { BlobStore } from '../../platform/blobs.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Db } from '../../platform/db.ts';
import type { Outbox } from '../../platform/outbox.ts';

export interface CaptureDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly wallClock: Clock;
  readonly keyring: Keyring;
  readonly blobs: BlobStore;
  readonly outbox: Outbox;
  readonly audit: Audit;
  /** False: the whole installation runs without; pictures are not stored. */
  readonly faceRecognition: boolean;
  /** Of devices that tell times without an offset. */
  readonly timeZone: string;
}
