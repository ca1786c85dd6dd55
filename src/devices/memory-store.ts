import type { WorkingSet } from '../platform/working-set/working-set.ts';
import type { DeviceStore } from './store.ts';
import { camerasTable, clockOffsetsTable } from './tables.ts';

export function createMemoryDeviceStore(deps: { readonly workingSet: WorkingSet }): DeviceStore {
  const cameras = deps.workingSet.table(camerasTable);
  const offsets = deps.workingSet.table(clockOffsetsTable);
  return {
    camera: async (id) => cameras.get(id) ?? null,

    async putCamera(row, { withSource }) {
      const old = cameras.get(row.id);
      const source = old === undefined || withSource ? row : old;
      cameras.put({
        ...row,
        created_at: old?.created_at ?? row.created_at,
        source_url_enc: source.source_url_enc,
        source_kind: source.source_kind,
      });
    },

    async newestOffset(cameraId) {
      let newest = null;
      for (const row of offsets.by('camera', cameraId)) {
        if (newest === null || row.measured_at > newest.measured_at) newest = row;
      }
      return newest;
    },

    putOffset: async (row) => offsets.put(row),
  };
}
