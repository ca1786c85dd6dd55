import type { Clock } from '../platform/clock.ts';
import { tellChanges } from './changes.ts';
import type { PeopleStore } from './store.ts';
import type { PortraitRow } from './tables.ts';
import type { StoredTemplate } from './template.store.ts';

/** A portrait that passed the gate: its row as it stands (or a new one), and what was read from it. */
export interface PassedPortrait {
  readonly row: PortraitRow;
  readonly reading: StoredTemplate;
}

/**
 * Puts portraits of one kind of subject into use, each in the place of the one before, with its template. One that
 * another outranks is stored as replaced at once; one that is in use already stays. Of several of one subject the last
 * stands.
 * @param outranks whether a portrait in use stays in use beside the new one
 * @returns the ids of those that came into use
 */
export async function acceptPortraits(
  store: PeopleStore,
  deps: { readonly clock: Clock },
  passed: readonly PassedPortrait[],
  outranks: (inUse: PortraitRow, fresh: PortraitRow) => boolean,
): Promise<ReadonlySet<string>> {
  const [first] = passed;
  if (!first) return new Set();
  const kind = first.row.subject_kind;
  const bySubject = new Map(passed.map((portrait) => [portrait.row.subject_ref, portrait]));
  const now = deps.clock.now();
  const stored = new Map<string, PortraitRow[]>();
  for (const row of await store.portraits(kind, [...bySubject.keys()])) {
    const rows = stored.get(row.subject_ref);
    if (rows) rows.push(row);
    else stored.set(row.subject_ref, [row]);
  }
  const written: PortraitRow[] = [];
  const outdated: string[] = [];
  const accepted: PassedPortrait[] = [];
  for (const { row, reading } of bySubject.values()) {
    const known = stored.get(row.subject_ref) ?? [];
    if (known.some(({ id, state }) => id === row.id && state === 'accepted')) continue;
    const inUse = known.filter(({ id, state }) => state === 'accepted' && id !== row.id);
    if (inUse.some((other) => outranks(other, row))) {
      written.push({ ...row, state: 'superseded', reasons: [], quality: null, decided_at: now });
      continue;
    }
    written.push(...inUse.map((other): PortraitRow => ({ ...other, state: 'superseded', decided_at: now })));
    const old = known.find(({ id }) => id === row.id)?.template_id ?? row.template_id;
    if (old !== null) outdated.push(old);
    accepted.push({ row, reading });
  }
  await store.deleteTemplates(outdated);
  const templateIds = await store.addTemplates(
    accepted.map(({ reading }) => ({ ...reading, retentionClass: 'portrait', createdAt: now })),
  );
  accepted.forEach(({ row, reading }, i) => {
    const template_id = templateIds[i] ?? null;
    written.push({ ...row, state: 'accepted', reasons: [], quality: reading.quality, template_id, decided_at: now });
  });
  await store.putPortraits(written);
  await tellAccepted(store, accepted);
  return new Set(accepted.map(({ row }) => row.id));
}

async function tellAccepted(store: PeopleStore, accepted: readonly PassedPortrait[]): Promise<void> {
  const staffIds = accepted.flatMap(({ row }) => (row.subject_kind === 'staff' ? [row.subject_ref] : []));
  const staff = staffIds.length === 0 ? [] : await store.staff(staffIds);
  const clinics = new Map(staff.map((row) => [row.id, row.clinic_code]));
  await tellChanges(
    store.tell,
    accepted.map(({ row: { subject_kind, subject_ref } }) =>
      subject_kind === 'staff'
        ? { what: 'portrait', staffId: subject_ref, clinicCode: clinics.get(subject_ref) ?? null }
        : { what: 'portrait', psnNo: subject_ref },
    ),
  );
}
