import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { ClinicScoreStore } from './store.ts';
import { scoreEntriesTable, sightCountsTable } from './tables.ts';

/** Entries on a table in memory: they stay for as long as a score looks back. */
export function clinicScoreIn(workingSet: WorkingSet): ClinicScoreStore {
  const entries = workingSet.table(scoreEntriesTable);
  const counts = workingSet.table(sightCountsTable);
  return {
    putScoreEntry(row) {
      const before = entries.get(row.settlement_id);
      if (before === undefined || !isSame(before, row)) entries.put(row);
    },
    scoreEntries: async ({ clinicCode, from }) => entries.by('clinic', clinicCode).filter(({ at }) => at >= from),
    entriesOfCards: async ({ psnNos, from }) =>
      psnNos.flatMap((psnNo) => entries.by('card', psnNo)).filter(({ at }) => at >= from),
    async putSightCounts(row) {
      const before = counts.get(row.clinic_code);
      if (before === undefined || !isSame(before, row)) counts.put(row);
    },
    sightCounts: async (from) => counts.all().filter(({ through }) => through >= from),
  };
}

const isSame = (a: object, b: object): boolean =>
  Object.entries(a).every(([name, value]) => (b as Record<string, unknown>)[name] === value);
