import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hash,
  hkdfSync,
  randomBytes,
  randomFillSync,
} from 'node:crypto';
import { chmod, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from './clock.ts';
import { type Db, ts } from './db.ts';
import { DomainError } from './errors.ts';

/**
 * Envelope encryption: a master key (a file, or CLAIMSIGHT_MASTER_KEY) wraps data keys, one line of them per purpose;
 * data keys encrypt rows and files by AES-256-GCM. Losing the biometric key loses no name, and the other way round.
 */
export type KeyPurpose = 'identity' | 'biometric' | 'message' | 'blob' | 'secret' | 'blind-index' | 'audit';
const PURPOSES: readonly KeyPurpose[] = ['identity', 'biometric', 'message', 'blob', 'secret', 'blind-index', 'audit'];

export interface Keyring {
  /** Sealed bytes: format 1 byte, key id 4, nonce 12, ciphertext, tag 16. `context` is authenticated with them. */
  seal(purpose: KeyPurpose, plain: Uint8Array, context?: string): Buffer;
  /** @throws DomainError `integrity` when the bytes were changed, the context differs or the key is not here */
  open(purpose: KeyPurpose, sealed: Uint8Array, context?: string): Buffer;
  sealText(purpose: KeyPurpose, plain: string, context?: string): Buffer;
  openText(purpose: KeyPurpose, sealed: Uint8Array, context?: string): string;
  /** HMAC-SHA-256 under a key that never leaves the keyring: finds an encrypted value without telling it. */
  blindIndex(kind: string, value: string): Buffer;
}

const FORMAT = 1;
const HEADER_BYTES = 5;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

const NONCES_AT_ONCE = 1024;
const nonces = Buffer.alloc(NONCES_AT_ONCE * NONCE_BYTES);
let nonceAt = nonces.length;

/** Random, each used once. Drawn many at a time: asking the system for each is slower than the encryption. */
function freshNonce(): Buffer {
  if (nonceAt === nonces.length) {
    randomFillSync(nonces);
    nonceAt = 0;
  }
  const nonce = nonces.subarray(nonceAt, nonceAt + NONCE_BYTES);
  nonceAt += NONCE_BYTES;
  return nonce;
}

/** What is authenticated beside the text: the header of `sealed`, and the context. */
function authenticated(sealed: Uint8Array, context: string): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(context));
  bytes.set(sealed.subarray(0, HEADER_BYTES));
  bytes.write(context, HEADER_BYTES);
  return bytes;
}

export function sealWith(key: Uint8Array, keyId: number, plain: Uint8Array, context: string): Buffer {
  const sealed = Buffer.allocUnsafe(HEADER_BYTES + NONCE_BYTES + plain.length + TAG_BYTES);
  sealed.writeUInt8(FORMAT, 0);
  sealed.writeUInt32BE(keyId, 1);
  const nonce = freshNonce();
  sealed.set(nonce, HEADER_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(authenticated(sealed, context));
  sealed.set(cipher.update(plain), HEADER_BYTES + NONCE_BYTES);
  cipher.final(); // a stream mode: nothing is left, but only now the tag is known
  sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
  return sealed;
}

export function openWith(key: Uint8Array, sealed: Uint8Array, context: string): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const nonce = bytes.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(authenticated(bytes, context));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES + NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch (error) {
    throw new DomainError(
      'integrity',
      'encrypted data was changed, moved, or sealed under another key',
      {},
      { cause: error },
    );
  }
}

const keyIdOf = (sealed: Uint8Array): number => {
  if (sealed.byteLength < HEADER_BYTES + NONCE_BYTES + TAG_BYTES || sealed[0] !== FORMAT) {
    throw new DomainError('integrity', 'this is not data that ClaimSight has sealed');
  }
  return Buffer.from(sealed.buffer, sealed.byteOffset, HEADER_BYTES).readUInt32BE(1);
};

/** Opens the keyring of a database, making the data keys at the first start. Safe to call from many processes at once. */
export async function openKeyring(options: {
  readonly db: Db;
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
}): Promise<Keyring> {
  const { db, masterKey, clock } = options;
  const rows = await db.transaction(async (tx) => {
    await tx.query('lock table data_keys in share row exclusive mode');
    const present = await tx.query<{ purpose: string }>(
      'select distinct purpose from data_keys where retired_at is null',
    );
    const missing = PURPOSES.filter((purpose) => !present.rows.some((row) => row.purpose === purpose));
    for (const purpose of missing) {
      const wrapped = sealWith(masterKey, 0, randomBytes(KEY_BYTES), `data-key:${purpose}`);
      await tx.query('insert into data_keys (purpose, wrapped, created_at) values ($1, $2, $3)', [
        purpose,
        wrapped,
        ts(clock.now()),
      ]);
    }
    return (
      await tx.query<{ id: number; purpose: KeyPurpose; wrapped: Buffer; retired_at: number | null }>(
        'select id, purpose, wrapped, retired_at from data_keys order by id',
      )
    ).rows;
  });
  const byId = new Map<number, { purpose: KeyPurpose; key: Buffer }>();
  const current = new Map<KeyPurpose, { id: number; key: Buffer }>();
  for (const row of rows) {
    let key: Buffer;
    try {
      key = openWith(masterKey, row.wrapped, `data-key:${row.purpose}`);
    } catch (error) {
      throw new DomainError(
        'config_invalid',
        'the master key does not open this database',
        {
          remedy:
            'Put back the key file that belongs to it (CLAIMSIGHT_MASTER_KEY, or keys/master.key in the data folder).',
        },
        { cause: error },
      );
    }
    byId.set(row.id, { purpose: row.purpose, key });
    if (row.retired_at === null) current.set(row.purpose, { id: row.id, key });
  }
  const currentKey = (purpose: KeyPurpose): { id: number; key: Buffer } => {
    const found = current.get(purpose);
    if (!found) throw new DomainError('integrity', `no current data key for ${purpose}`);
    return found;
  };
  const blindKey = Buffer.from(hkdfSync('sha256', currentKey('blind-index').key, '', 'blind index', KEY_BYTES));

  const seal: Keyring['seal'] = (purpose, plain, context = '') => {
    const { id, key } = currentKey(purpose);
    return sealWith(key, id, plain, `${purpose}:${context}`);
  };
  const open: Keyring['open'] = (purpose, sealed, context = '') => {
    const entry = byId.get(keyIdOf(sealed));
    if (entry?.purpose !== purpose) throw new DomainError('integrity', `this was not sealed as ${purpose}`);
    return openWith(entry.key, sealed, `${purpose}:${context}`);
  };
  return {
    seal,
    open,
    sealText: (purpose, plain, context) => seal(purpose, Buffer.from(plain, 'utf8'), context),
    openText: (purpose, sealed, context) => open(purpose, sealed, context).toString('utf8'),
    blindIndex: (kind, value) => createHmac('sha256', blindKey).update(`${kind}\u0000${value}`).digest(),
  };
}

/** Reads the master key from `base64` or from the file at `path`, which the first start makes (mode 600). */
export async function loadMasterKey(options: {
  readonly base64: string | undefined;
  readonly path: string;
}): Promise<Buffer> {
  const check = (key: Buffer, from: string): Buffer => {
    if (key.length === KEY_BYTES) return key;
    throw new DomainError('config_invalid', `the master key from ${from} is not 32 bytes of base64`, {
      remedy: 'Make one with: node -e "console.log(crypto.randomBytes(32).toString(\'base64\'))"',
    });
  };
  if (options.base64 !== undefined) return check(Buffer.from(options.base64, 'base64'), 'CLAIMSIGHT_MASTER_KEY');
  await mkdir(dirname(options.path), { recursive: true, mode: 0o700 });
  try {
    // 'wx' lets exactly one of several starting processes make it.
    const file = await open(options.path, 'wx', 0o600);
    try {
      await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  await chmod(options.path, 0o600);
  for (let attempt = 0; attempt < 50; attempt++) {
    const text = (await readFile(options.path, 'utf8')).trim();
    if (text !== '') return check(Buffer.from(text, 'base64'), options.path);
    await new Promise((resolve) => setTimeout(resolve, 20)); // another process is writing it
  }
  throw new DomainError('config_invalid', `${options.path} is empty`, {
    remedy: 'Delete it if this installation holds no data yet; otherwise restore it.',
  });
}

export function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  const [only] = parts;
  // In one step, and in memory that is shared: many hashes are kept for long.
  if (parts.length === 1 && only !== undefined) return Buffer.from(hash('sha256', only, 'binary'), 'binary');
  const whole = createHash('sha256');
  for (const part of parts) whole.update(part);
  return whole.digest();
}
