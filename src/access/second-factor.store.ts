import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { type Queryable, type Tx, ts } from '../platform/db.ts';
import { newRecoveryCodes, newSecret, plainRecoveryCode, stepOfCode } from './totp.ts';

export interface SecondFactorState {
  readonly on: boolean;
  readonly recoveryCodesLeft: number;
}

export interface SecondFactors {
  stateOf(db: Queryable, userId: string): Promise<SecondFactorState>;
  /** Stores a fresh secret that does not count before it is confirmed. @returns it, base 32; null: one is on already */
  begin(tx: Tx, userId: string): Promise<string | null>;
  /** @returns the recovery codes, told once; null when the code is wrong */
  confirm(tx: Tx, userId: string, code: string): Promise<string[] | null>;
  /** Takes a code of the phone, or a recovery code; each counts once. */
  take(db: Queryable, userId: string, code: string): Promise<boolean>;
  renewRecoveryCodes(tx: Tx, userId: string): Promise<string[]>;
  remove(tx: Tx, userId: string): Promise<boolean>;
}

const contextOf = (userId: string): string => `totp:${userId}`;

export function createSecondFactors(deps: { readonly keyring: Keyring; readonly wallClock: Clock }): SecondFactors {
  const { keyring, wallClock } = deps;
  const hashOf = (userId: string, code: string): Buffer =>
    keyring.blindIndex('recovery-code', `${userId}:${plainRecoveryCode(code)}`);

  const takeStep = async (db: Queryable, userId: string, code: string, confirmed: boolean): Promise<boolean> => {
    const { rows } = await db.query<{ secret_enc: Buffer }>(
      'select secret_enc from second_factors where user_id = $1 and (confirmed_at is not null) = $2',
      [userId, confirmed],
    );
    if (rows[0] === undefined) return false;
    const secret = keyring.openText('secret', rows[0].secret_enc, contextOf(userId));
    const step = stepOfCode(secret, code, wallClock.now());
    if (step === null) return false;
    const { rowCount } = await db.query(
      'update second_factors set last_step = $2 where user_id = $1 and (last_step is null or last_step < $2)',
      [userId, step],
    );
    return rowCount === 1;
  };

  const renewRecoveryCodes = async (tx: Tx, userId: string): Promise<string[]> => {
    const codes = newRecoveryCodes();
    await tx.query('delete from recovery_codes where user_id = $1', [userId]);
    await tx.query('insert into recovery_codes (user_id, code_hash) select $1, unnest($2::bytea[])', [
      userId,
      codes.map((code) => hashOf(userId, code)),
    ]);
    return codes;
  };

  return {
    renewRecoveryCodes,

    async stateOf(db, userId) {
      const { rows } = await db.query<{ on: boolean; left: number }>(
        `select exists (select 1 from second_factors where user_id = $1 and confirmed_at is not null) as on,
           (select count(*)::int from recovery_codes where user_id = $1 and used_at is null) as left`,
        [userId],
      );
      return { on: rows[0]?.on ?? false, recoveryCodesLeft: rows[0]?.left ?? 0 };
    },

    async begin(tx, userId) {
      const secret = newSecret();
      const { rowCount } = await tx.query(
        `insert into second_factors (user_id, secret_enc, made_at) values ($1, $2, $3)
         on conflict (user_id) do update set secret_enc = excluded.secret_enc, made_at = excluded.made_at, last_step = null
         where second_factors.confirmed_at is null`,
        [userId, keyring.sealText('secret', secret, contextOf(userId)), ts(wallClock.now())],
      );
      return rowCount === 1 ? secret : null;
    },

    async confirm(tx, userId, code) {
      if (!(await takeStep(tx, userId, code, false))) return null;
      await tx.query('update second_factors set confirmed_at = $2 where user_id = $1', [userId, ts(wallClock.now())]);
      return renewRecoveryCodes(tx, userId);
    },

    async take(db, userId, code) {
      if (await takeStep(db, userId, code, true)) return true;
      const { rowCount } = await db.query(
        'update recovery_codes set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null',
        [userId, hashOf(userId, code), ts(wallClock.now())],
      );
      return rowCount === 1;
    },

    async remove(tx, userId) {
      await tx.query('delete from recovery_codes where user_id = $1', [userId]);
      return (await tx.query('delete from second_factors where user_id = $1', [userId])).rowCount === 1;
    },
  };
}
