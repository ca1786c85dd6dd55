import type { Audit } from '../../access/audit.ts';
import type { PortraitRefusal } from '../../people/portrait-refusals.ts';
import { deleteTemplates, promoteBeside } from '../../people/template.store.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { type Db, type Queryable, type Tx, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { type ReEnrolment, runById, setState } from './re-enrol.store.ts';

export interface RetireDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly keyring: Keyring;
}

const BATCH = 500;

/**
 * Lets go of the older models' portraits: one that the model in use described keeps that template alone, one that it could not
 * describe is set aside with the reason, so that a clerk asks for another photograph. Can be repeated after an interruption.
 * @throws DomainError `conflict` while portraits still wait
 */
export async function retireOlder(deps: RetireDeps, runId: string, by: string): Promise<ReEnrolment> {
  const { db, clock, audit } = deps;
  const run = await runById(db, runId);
  if (run.state === 'retired') return run;
  if (run.state !== 'done')
    throw new DomainError('conflict', `this re-enrolment is ${run.state}: the older model still serves`, {
      remedy: 'Wait until it is done; GET /v1/faces/re-enrolments/{id} tells how far it is.',
      zh: '重新提取尚未完成，旧模型仍在使用，请稍后再试。',
    });
  while ((await db.transaction((tx) => promote(tx, deps.keyring, run.toVersion))) > 0);
  while ((await db.transaction((tx) => setAside(tx, run, clock.now()))) > 0);
  await db.transaction(async (tx) => {
    await runById(tx, runId, true);
    await setState(tx, runId, { state: 'retired', now: clock.now(), by });
    await audit.record(tx, {
      ...{ actor: by, action: 'faces.model_retired', subjectKind: 're_enrolment', subjectId: runId },
      outcome: 'done',
      detail: { toVersion: run.toVersion },
    });
  });
  return runById(db, runId);
}

/** Portraits that both models described: the newer template takes the first one's place. @returns how many */
async function promote(tx: Tx, keyring: Keyring, version: string): Promise<number> {
  const { rows } = await tx.query<{ older: string }>(
    `select p.template_id as older
     from portraits p join biometric.templates t on t.of_id = p.template_id and t.model_version = $1
     order by p.id limit $2 for update of p`,
    [version, BATCH],
  );
  const promoted = await promoteBeside(
    tx,
    keyring,
    rows.map((row) => row.older),
    version,
  );
  // Those of portraits that came meanwhile stand beside a first template by the model in use.
  const beside = await tx.query(
    `delete from biometric.templates where id in (
       select t.id from biometric.templates t join portraits p on p.template_id = t.of_id
       where t.model_version <> $1 limit $2)`,
    [version, BATCH],
  );
  return promoted + beside.rowCount;
}

/** Portraits with an older template only. @returns how many */
async function setAside(tx: Tx, run: ReEnrolment, now: number): Promise<number> {
  const { rows } = await tx.query<{
    id: string;
    template_id: string;
    state: string;
    reasons: PortraitRefusal[] | null;
  }>(
    `select p.id, p.template_id, p.state, f.reasons
     from portraits p join biometric.templates t on t.id = p.template_id and t.model_version <> $2
     left join re_enrolment_failures f on f.run_id = $1 and f.kind = 'portrait' and f.subject_id = p.id
     order by p.id limit $3 for update of p`,
    [run.id, run.toVersion, BATCH],
  );
  for (const row of rows) {
    if (row.state === 'accepted') {
      const reasons = row.reasons ?? [];
      const state = reasons.some(({ code }) => code === 'file_lost') ? 'failed' : 'quarantined';
      await tx.query(
        `update portraits set state = $2, reasons = $3, quality = null, template_id = null, decided_at = $4 where id = $1`,
        [row.id, state, JSON.stringify(reasons), ts(now)],
      );
    } else await tx.query('update portraits set template_id = null where id = $1', [row.id]);
  }
  await deleteTemplates(
    tx,
    rows.map((row) => row.template_id),
  );
  return rows.length;
}

/**
 * Forgets templates of appearances by models that serve no more, once nothing is decided about the appearances; those that an
 * alert keeps stay as long as the alert. Does nothing until the model in use has been re-enrolled for. @returns how many
 */
export async function sweepRetired(
  deps: { readonly db: Db; readonly keyring: Keyring },
  options: { readonly inUse: string; readonly served: readonly string[]; readonly before: number },
): Promise<number> {
  const { db, keyring } = deps;
  if (!(await isRetiredFor(db, options.inUse))) return 0;
  return db.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `select id from biometric.templates
       where model_version <> all($1::text[]) and retention_class = 'appearance' and created_at < $2 limit $3`,
      [options.served, ts(options.before), BATCH],
    );
    const ids = rows.map((row) => row.id);
    const promoted = await promoteBeside(tx, keyring, ids, options.inUse);
    const gone = await tx.query(
      'delete from biometric.templates where id = any($1::uuid[]) and model_version <> all($2::text[])',
      [ids, options.served],
    );
    return promoted + gone.rowCount;
  });
}

const isRetiredFor = async (db: Queryable, version: string): Promise<boolean> =>
  (await db.query(`select 1 from re_enrolments where to_version = $1 and state = 'retired' limit 1`, [version]))
    .rowCount > 0;
