import { type Tx, ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { defineHandler, type Handler } from '../platform/outbox.ts';
import type { PeopleDeps } from './deps.ts';
import { peopleConflicts, peoplePortrait } from './people.topics.ts';
import { createPgPeopleStore } from './pg-store.ts';
import type { PortraitReader, PortraitReading } from './portrait-reader.ts';
import { FILE_REFUSALS } from './portrait-refusals.ts';
import { getPortrait, lockPortrait, type Portrait, type PortraitState, rowOf } from './portraits.store.ts';
import { acceptPortraits } from './portraits.write.ts';
import type { PortraitRow } from './tables.ts';

/**
 * Looks at a portrait: accepted, with its template, or quarantined with all reasons. The one in use stays in use until
 * another is accepted in its place.
 */
export function portraitHandler(
  deps: PeopleDeps & {
    /** null: face recognition is off. */
    readonly reader: PortraitReader | null;
    /** Whether portraits in use are looked at for conflicts; default: no. */
    readonly findsConflicts?: boolean;
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
  deps: PeopleDeps & { readonly findsConflicts?: boolean },
  portrait: Portrait,
  reading: Extract<PortraitReading, { accepted: true }>,
): Promise<void> {
  const passed = [{ row: rowOf(portrait), reading }];
  const inUse = await acceptPortraits(createPgPeopleStore(tx, deps), deps, passed, sentLater);
  if (!inUse.has(portrait.id)) return;
  if (portrait.blobSha256 !== null) await deps.blobs.retain(tx, portrait.blobSha256, 'portrait');
  if (deps.findsConflicts === true)
    await deps.outbox.add(tx, peopleConflicts, { portraitId: portrait.id }, { dedupeKey: portrait.id });
}

/** Two pictures sent one after the other may be looked at in any order: the one sent last is used. */
const sentLater = (inUse: PortraitRow, fresh: PortraitRow): boolean =>
  inUse.created_at > fresh.created_at || (inUse.created_at === fresh.created_at && inUse.id > fresh.id);

async function decide(
  tx: Tx,
  deps: PeopleDeps,
  portrait: Portrait,
  decision: {
    readonly state: PortraitState;
    readonly reasons: Portrait['reasons'];
  },
): Promise<void> {
  await tx.query(`update portraits set state = $2, reasons = $3, quality = null, decided_at = $4 where id = $1`, [
    portrait.id,
    decision.state,
    JSON.stringify(decision.reasons),
    ts(deps.clock.now()),
  ]);
}
