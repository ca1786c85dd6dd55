import type { TemplateStore } from '../../people/template.store.ts';
import { asReal } from '../../platform/real.ts';
import type { Tell } from '../../platform/tell.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { PresenceStore } from './store.ts';
import { appearancesTable, deviceStatesTable, terminalAuthsTable, watermarksTable } from './tables.ts';

const DAY_MS = 86_400_000;

/** The ledger's writers in memory. @param deps.templates those of `MemoryPeople`: one for all */
export function createMemoryPresenceStore(deps: {
  readonly workingSet: WorkingSet;
  readonly templates: TemplateStore;
  readonly tell: Tell;
}): PresenceStore {
  const { workingSet, templates } = deps;
  const appearances = workingSet.table(appearancesTable);
  const watermarks = workingSet.table(watermarksTable);
  const states = workingSet.table(deviceStatesTable);
  const auths = workingSet.table(terminalAuthsTable);
  return {
    addTemplates: templates.addTemplates,
    deleteTemplates: templates.deleteTemplates,

    async appearance({ id, clinicCode, from }) {
      await workingSet.ensure(clinicCode, from, from);
      return appearances.get(id, from) ?? null;
    },

    async misplaced({ id, clinicCode, from }) {
      await workingSet.ensure(clinicCode, from - DAY_MS, from + DAY_MS);
      return appearances.by('id', id).filter((row) => row.from_at !== from && Math.abs(row.from_at - from) <= DAY_MS);
    },

    putAppearance: async (row) => appearances.put({ ...row, quality: asReal(row.quality) }),

    async removeAppearances(rows) {
      for (const row of rows) appearances.delete(row);
    },

    async raiseWatermarks(rows) {
      return new Map(
        rows.map((row) => {
          const old = watermarks.get(row.camera_id);
          const until = Math.max(old?.until_at ?? row.until_at, row.until_at);
          watermarks.put(
            old === undefined
              ? row
              : {
                  camera_id: row.camera_id,
                  until_at: until,
                  frames_read: old.frames_read + row.frames_read,
                  frames_dropped: old.frames_dropped + row.frames_dropped,
                  updated_at: row.until_at > old.until_at ? row.updated_at : old.updated_at,
                },
          );
          return [row.camera_id, until];
        }),
      );
    },

    async putDeviceState(row) {
      await workingSet.ensure(row.camera_id, row.from_at, row.from_at);
      const old = states.get(row.camera_id, row.from_at);
      if (old !== undefined && old.state === row.state && old.to_at === row.to_at) return null;
      const stands = old === undefined ? row : { ...row, id: old.id };
      states.put(stands);
      return stands.id;
    },

    async putTerminalAuth(row) {
      if (auths.get(row.id) === undefined) auths.put(row);
    },

    tell: deps.tell,
  };
}
