import type { Static } from 'typebox';
import type { Tell } from '../platform/tell.ts';
import { peopleChanged } from './people.topics.ts';

export type PeopleChange = Static<typeof peopleChanged.payload>;

const NOTHING: PeopleChange = { psnNo: null, staffId: null, clinicCode: null, what: 'status', from: null, to: null };

/** Tells what changed, in the transaction of the change. The same change told twice while it waits is one. */
export async function tellChanges(
  tell: Tell,
  changes: readonly (Partial<PeopleChange> & Pick<PeopleChange, 'what'>)[],
): Promise<void> {
  if (changes.length === 0) return;
  await tell(
    peopleChanged,
    changes.map((change) => {
      const payload = { ...NOTHING, ...change };
      const { what, psnNo, staffId, clinicCode, from, to } = payload;
      return { payload, options: { dedupeKey: [what, psnNo, staffId, clinicCode, from, to].join('|') } };
    }),
  );
}
