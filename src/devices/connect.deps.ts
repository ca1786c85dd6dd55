import type { Audit } from '../access/audit.ts';
import type { MediaTools } from '../media/probe.ts';
import type { BlobStore } from '../platform/blobs.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Db } from '../platform/db.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { CameraGuard } from './camera-guard.ts';
import type { CameraPreset } from './presets.ts';
import type { FindFaces } from './probe/look.ts';

/** What connecting cameras needs. */
export interface ConnectDeps {
  readonly db: Db;
  readonly clock: Clock;
  /** Real time: a camera's clock is held against it, also where `clock` is simulated. */
  readonly wallClock: Clock;
  readonly keyring: Keyring;
  readonly blobs: BlobStore;
  readonly outbox: Outbox;
  /** Of devices that tell times without an offset. */
  readonly timeZone: string;
  /** False: the whole installation runs without. */
  readonly faceRecognition: boolean;
  readonly audit: Audit;
  readonly guard: CameraGuard;
  readonly presets: readonly CameraPreset[];
  /** Opened when first needed. @throws DomainError `config_invalid` when there is no ffmpeg */
  readonly tools: () => MediaTools;
  /** Null where face recognition is off. */
  readonly findFaces: FindFaces | null;
}
