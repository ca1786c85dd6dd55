import { type Tx, ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { defineHandler, type Handler } from '../platform/outbox.ts';
import { tellChanges } from './changes.ts';
import type { PeopleDeps } from './deps.ts';
import { peoplePortrait } from './people.topics.ts';
import type { PortraitReader, PortraitReading } from './portrait-reader.ts';
import { FILE_REFUSALS } from './portrait-refusals.ts';
import { getPortrait, lockPortrait, type Portrait, type PortraitState } from './portraits.store.ts';
import { deleteTemplates, putTemplate } from './template.store.ts';

/**
 * Looks at a portrait: accepted, with its template, or quarantined with all reasons. The one in use stays in use until
 * another is accepted in its place.
 */
export function portraitHandler(
  deps: PeopleDeps & {
    /** null: face recognition is off. */
    readonly reader: PortraitReader | null;
  },
): Handler {
  const { db, blobs, reader } = deps;
  return defineHandler(peoplePortrait, async ({ payload, once }) => {
    const portrait = await getPortrait(db, payload.portraitId);
    if (portrait === null || portrait.state !== 'pending') return;
    const file = reader === null ? null : await fileOf(portrait, blobs);
    const reading = reader === null || file === null ? null : await reader.read(file);
    await once(async (tx) => {
      const current = await lockPortrait(tx, portrait.id);
      if (current === null || current.state !== 'pending') return;
      if (reading === null) {
        const reason = reader === null ? FILE_REFUSALS.face_recognition_off : FILE_REFUSALS.file_lost;
        await decide(tx, deps, current, { state: 'failed', reasons: [reason] });
      } else if (!reading.accepted) {
        await decide(tx, deps, current, { state: 'quarantined', reasons: reading.reasons });
      } else await accept(tx, deps, current, reading);
    });
  });
}

async function fileOf(portrait: Portrait, blobs: PeopleDeps['blobs']): Promise<Buffer | null> {
  if (portrait.blobSha256 === null) return null;
  try {
    return await blobs.get(portrait.blobSha256);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return null;
    throw error;
  }
}

async function accept(
  tx: Tx,
  deps: PeopleDeps,
  portrait: Portrait,
  reading: Extract<PortraitReading, { accepted: true }>,
): Promise<void> {
  // Two pictures sent one after the other may be looked at in any order: the one sent last is used. The advisory lock
  // lets two workers decide about one subject only in turn.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `portrait:${portrait.subjectKind}:${portrait.subjectRef}`,
  ]);
  const { rows } = await tx.query<{ newer: boolean }>(
    `select bool_or((created_at, id) > ($3, $4::uuid)) as newer from portraits
     where subject_kind = $1 and subject_ref = $2 and state = 'accepted'`,
    [portrait.subjectKind, portrait.subjectRef, ts(portrait.createdAt), portrait.id],
  );
  if (rows[0]?.newer === true) {
    await decide(tx, deps, portrait, { state: 'superseded', reasons: [] });
    return;
  }
  await tx.query(
    `update portraits set state = 'superseded', decided_at = $4
     where subject_kind = $1 and subject_ref = $2 and state = 'accepted' and id <> $3`,
    [portrait.subjectKind, portrait.subjectRef, portrait.id, ts(deps.clock.now())],
  );
  if (portrait.templateId !== null) await deleteTemplates(tx, [portrait.templateId]);
  const createdAt = deps.clock.now();
  const templateId = await putTemplate(tx, deps.keyring, { ...reading, retentionClass: 'portrait', createdAt });
  if (portrait.blobSha256 !== null) await deps.blobs.retain(tx, portrait.blobSha256, 'portrait');
  await decide(tx, deps, portrait, { state: 'accepted', reasons: [], quality: reading.quality, templateId });
  const staff =
    portrait.subjectKind === 'staff'
      ? (
          await tx.query<{ clinic_code: string }>('select clinic_code from staff where id::text = $1', [
            portrait.subjectRef,
          ])
        ).rows[0]
      : undefined;
  await tellChanges(tx, deps.outbox, [
    portrait.subjectKind === 'staff'
      ? { what: 'portrait', staffId: portrait.subjectRef, clinicCode: staff?.clinic_code ?? null }
      : { what: 'portrait', psnNo: portrait.subjectRef },
  ]);
}

async function decide(
  tx: Tx,
  deps: PeopleDeps,
  portrait: Portrait,
  decision: {
    readonly state: PortraitState;
    readonly reasons: Portrait['reasons'];
    readonly quality?: number;
    readonly templateId?: string;
  },
): Promise<void> {
  await tx.query(
    `update portraits set state = $2, reasons = $3, quality = $4, template_id = $5, decided_at = $6 where id = $1`,
    [
      portrait.id,
      decision.state,
      JSON.stringify(decision.reasons),
      decision.quality ?? null,
      decision.templateId ?? portrait.templateId,
      ts(deps.clock.now()),
    ],
  );
}
