import type { Tell } from '../platform/tell.ts';
import type { WorkingSet } from '../platform/working-set/working-set.ts';
import type { AccessStore } from './store.ts';
import { clinicsTable, regionsTable } from './tables.ts';

export function createMemoryAccessStore(deps: { readonly workingSet: WorkingSet; readonly tell: Tell }): AccessStore {
  const regions = deps.workingSet.table(regionsTable);
  const clinics = deps.workingSet.table(clinicsTable);
  return {
    region: async (code) => regions.get(code) ?? null,
    async putRegion(row) {
      const old = regions.get(row.code);
      regions.put(old === undefined ? row : { ...old, name: row.name });
    },
    clinic: async (code) => clinics.get(code) ?? null,
    async putClinic(row) {
      const old = clinics.get(row.code);
      clinics.put(old === undefined ? row : { ...row, created_at: old.created_at });
    },
    tell: deps.tell,
  };
}
