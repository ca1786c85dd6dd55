import type { Clock } from '../../platform/clock.ts';
import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { FlowPolicy } from './policy.ts';
import type { FlowView, StepBody } from './steps.schemas.ts';

export async function addMeasures(
  tx: Tx,
  { clock }: { readonly clock: Clock },
  order: {
    readonly alertId: string;
    readonly measures: NonNullable<StepBody['measures']>;
    readonly actor: string;
  },
): Promise<void> {
  for (const { kind, amountFen, dueOn, note } of order.measures) {
    await tx.query(
      `insert into handling_measures (id, alert_id, kind, amount_fen, due_on, note, created_by, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [newId(), order.alertId, kind, amountFen, dueOn ?? null, note ?? null, order.actor, ts(clock.now())],
    );
  }
}

/** Writes down money that came back. @throws DomainError `not_found`, or `invalid_input` when it is more than was ordered */
export async function addRecovery(
  tx: Tx,
  { clock }: { readonly clock: Clock },
  given: { readonly alertId: string; readonly body: StepBody; readonly actor: string },
): Promise<void> {
  const { measureId, amountFen = 0, recoveredOn, receipt, note } = given.body;
  const { rows } = await tx.query<{ amount_fen: number; recovered_fen: number }>(
    `select amount_fen, recovered_fen from handling_measures where id = $1 and alert_id = $2 and undone_at is null for update`,
    [measureId, given.alertId],
  );
  const [measure] = rows;
  if (measure === undefined) throw new DomainError('not_found', 'there is no such measure with this alert');
  const left = measure.amount_fen - measure.recovered_fen;
  if (amountFen > left && (note ?? '').trim() === '') {
    throw new DomainError('invalid_input', `that is more than the ${left} fen that are left`, {
      remedy: 'Check the amount; if more came back, say in a note why.',
    });
  }
  await tx.query('update handling_measures set recovered_fen = recovered_fen + $2 where id = $1', [
    measureId,
    amountFen,
  ]);
  await tx.query(
    `insert into handling_recoveries (id, measure_id, amount_fen, recovered_on, receipt, actor, at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [newId(), measureId, amountFen, recoveredOn, receipt ?? null, given.actor, ts(clock.now())],
  );
}

export async function measuresOf(db: Queryable, policy: FlowPolicy, alertId: string): Promise<FlowView['measures']> {
  const { rows } = await db.query<{
    id: string;
    kind: string;
    amountFen: number;
    recoveredFen: number;
    dueOn: string | null;
    note: string | null;
  }>(
    `select id, kind, amount_fen as "amountFen", recovered_fen as "recoveredFen", due_on::text as "dueOn", note
     from handling_measures where alert_id = $1 and undone_at is null order by created_at, id`,
    [alertId],
  );
  return rows.map((row) => {
    const { zh, en } = policy.measures.find(({ kind }) => kind === row.kind) ?? { zh: row.kind, en: row.kind };
    return { ...row, words: { zh, en } };
  });
}

/** Takes back the newest of what one step wrote. */
export async function undoMeasures(tx: Tx, alertId: string, at: number): Promise<void> {
  await tx.query('update handling_measures set undone_at = $2 where alert_id = $1 and undone_at is null', [
    alertId,
    ts(at),
  ]);
}

export async function undoRecovery(tx: Tx, alertId: string, at: number): Promise<void> {
  await tx.query(
    `with newest as (
       select r.id, r.measure_id, r.amount_fen from handling_recoveries r join handling_measures m on m.id = r.measure_id
       where m.alert_id = $1 and r.undone_at is null order by r.at desc, r.id desc limit 1),
     undone as (update handling_recoveries r set undone_at = $2 from newest n where r.id = n.id returning n.measure_id, n.amount_fen)
     update handling_measures m set recovered_fen = m.recovered_fen - u.amount_fen from undone u where m.id = u.measure_id`,
    [alertId, ts(at)],
  );
}
