import type { Tx } from '../../platform/db.ts';
import { defineHandler, type Handler } from '../../platform/outbox.ts';
import { tellOutbox } from '../../platform/tell.ts';
import { tellChanges } from '../changes.ts';
import type { PeopleDeps } from '../deps.ts';
import { peopleConflicts } from '../people.topics.ts';
import { getPortrait, lockPortrait } from '../portraits.store.ts';
import { type ConflictSide, closeReplaced, openConflict } from './conflicts.store.ts';
import { type ConflictDeps, findConflicts } from './find-conflicts.ts';

/** Looks, once a portrait is in use, whether its face stands under somebody else, or is not its owner's. */
export function conflictsHandler(deps: PeopleDeps, faces: ConflictDeps): Handler {
  const { db, clock, audit } = deps;
  return defineHandler(peopleConflicts, async ({ payload, once }) => {
    const portrait = await getPortrait(db, payload.portraitId);
    const found = portrait?.state === 'accepted' ? await findConflicts(faces, portrait) : [];
    await once(async (tx) => {
      const current = portrait === null ? null : await lockPortrait(tx, portrait.id);
      if (current === null) return;
      const now = clock.now();
      // Two that find each other at once are one conflict.
      if (found.length > 0) await tx.query(`select pg_advisory_xact_lock(hashtext('portrait_conflicts'))`);
      const ended = await closeReplaced(tx, { kind: current.subjectKind, ref: current.subjectRef }, now);
      const touched: ConflictSide[] = ended.flatMap(({ side, other }) => [side, other]);
      for (const conflict of current.state === 'accepted' ? found : []) {
        if (!(await openConflict(tx, conflict, now))) continue;
        touched.push(conflict.side, conflict.other);
        await audit.record(tx, {
          actor: 'system:portraits',
          action: 'portrait.conflict.open',
          subjectKind: conflict.side.subjectKind,
          subjectId: conflict.side.subjectRef,
          outcome: 'done',
          detail: { kind: conflict.kind, portraitId: conflict.side.portraitId, other: conflict.other.portraitId },
        });
      }
      await tellTouched(tx, deps, touched);
    });
  });
}

/** What rested on these people's portraits is looked at again. */
export async function tellTouched(
  tx: Tx,
  { outbox }: Pick<PeopleDeps, 'outbox'>,
  sides: readonly Pick<ConflictSide, 'subjectKind' | 'subjectRef'>[],
): Promise<void> {
  const staffIds = sides.flatMap(({ subjectKind, subjectRef }) => (subjectKind === 'staff' ? [subjectRef] : []));
  const { rows } = await tx.query<{ id: string; clinic_code: string }>(
    'select id::text as id, clinic_code from staff where id::text = any($1::text[])',
    [staffIds],
  );
  const clinics = new Map(rows.map((row) => [row.id, row.clinic_code]));
  const once = new Map(sides.map((side) => [`${side.subjectKind}|${side.subjectRef}`, side]));
  await tellChanges(
    tellOutbox(tx, outbox),
    [...once.values()].map(({ subjectKind, subjectRef }) =>
      subjectKind === 'staff'
        ? { what: 'portrait', staffId: subjectRef, clinicCode: clinics.get(subjectRef) ?? null }
        : { what: 'portrait', psnNo: subjectRef },
    ),
  );
}
