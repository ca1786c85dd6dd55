import type { WorkingSet } from '../platform/working-set/working-set.ts';
import type { DeviceStore } from './store.ts';
import { type ClockOffsetRow, camerasTable, clockOffsetsTable } from './tables.ts';

export function createMemoryDeviceStore(deps: { readonly workingSet: WorkingSet }): DeviceStore {
  const cameras = deps.workingSet.table(camerasTable);
  const offsets = deps.workingSet.table(clockOffsetsTable);
  /** Of each camera, for when it has left memory. */
  const newest = new Map<string, ClockOffsetRow>();
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
      let found = newest.get(cameraId) ?? null;
      for (const row of offsets.by('camera', cameraId)) {
        if (found === null || row.measured_at >= found.measured_at) found = row;
      }
      return found;
    },

    async putOffset(row) {
      await deps.workingSet.ensure(row.camera_id, row.measured_at, row.measured_at);
      offsets.put(row);
      const before = newest.get(row.camera_id);
      if (before === undefined || row.measured_at >= before.measured_at) newest.set(row.camera_id, row);
    },
  };
}
