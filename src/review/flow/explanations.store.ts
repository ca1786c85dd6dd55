import type { Clock } from '../../platform/clock.ts';
import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { StoredAlert } from '../alert.store.ts';
import type { FlowPolicy } from './policy.ts';
import type { FlowView, StepBody } from './steps.schemas.ts';

/** Keeps what a clinic said. @throws DomainError `invalid_input` for an attachment that is not of this alert */
export async function addExplanation(
  tx: Tx,
  { clock, flow: policy }: { readonly clock: Clock; readonly flow: FlowPolicy },
  given: {
    readonly alert: Pick<StoredAlert, 'id' | 'state'>;
    readonly body: StepBody;
    readonly actor: string;
    readonly kind: 'explanation' | 'appeal';
  },
): Promise<void> {
  const ids = [...new Set(given.body.attachmentIds ?? [])];
  if (ids.length > policy.attachments.most) {
    throw new DomainError('invalid_input', `at most ${policy.attachments.most} attachments`, {
      remedy: 'Leave some out, or join pictures into one PDF.',
    });
  }
  const known = await tx.query('select 1 from alert_attachments where alert_id = $1 and id = any($2::uuid[])', [
    given.alert.id,
    ids,
  ]);
  if (known.rowCount !== ids.length) {
    throw new DomainError('invalid_input', 'an attachment is not of this alert', {
      remedy: 'Send the files first: POST /v1/alerts/{id}/attachments answers their ids.',
    });
  }
  await tx.query(
    `insert into alert_explanations (id, alert_id, kind, at, actor, body, late, attachment_ids)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      ...[newId(), given.alert.id, given.kind, ts(clock.now()), given.actor],
      ...[given.body.text?.trim() ?? '', given.alert.state === 'overdue', ids],
    ],
  );
}

/** Oldest first; what was taken back is left out. */
export async function explanationsOf(db: Queryable, alertId: string): Promise<FlowView['explanations']> {
  const { rows } = await db.query<{
    id: string;
    kind: 'explanation' | 'appeal';
    at: number;
    actor: string;
    body: string;
    late: boolean;
    attachments: FlowView['explanations'][number]['attachments'] | null;
  }>(
    `select e.id, e.kind, e.at, e.actor, e.body, e.late,
       (select jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'mediaType', t.media_type, 'sizeBytes', t.size_bytes)
                         order by t.uploaded_at, t.id)
        from alert_attachments t where t.id = any(e.attachment_ids)) as attachments
     from alert_explanations e where e.alert_id = $1 and e.undone_at is null order by e.at, e.id`,
    [alertId],
  );
  return rows.map(({ actor, body, at, attachments, ...row }) => ({
    ...row,
    at: ts(at),
    by: actor,
    text: body,
    attachments: attachments ?? [],
  }));
}
