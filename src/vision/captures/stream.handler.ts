import { devicesStream } from '../../devices/devices.topics.ts';
import { createPgDeviceStore } from '../../devices/pg-store.ts';
import { currentDeviceState, registerDeviceState } from '../../ledgers/presence/device-state.store.ts';
import { createPgPresenceStore } from '../../ledgers/presence/pg-store.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { derivedId } from '../../platform/ids.ts';
import { defineHandler, type Handler, type Outbox } from '../../platform/outbox.ts';

/** A camera whose pictures came so lately is not gone, whatever a gateway says. */
const FRAMES_COUNT_MS = 30_000;

/**
 * A gateway's word that a device went or came back. Frames count more than words: while a camera is being read the word is
 * not taken. One that came back is `unknown` until its reader has seen it.
 */
export const gatewayStreamHandler = (deps: {
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
}): Handler =>
  defineHandler(devicesStream, async ({ payload, once }) => {
    const { cameraId, online, at, reason } = payload;
    await once(async (tx) => {
      const { rows } = await tx.query<{ clinic_code: string; updated_at: number | null }>(
        `select c.clinic_code, w.updated_at from cameras c left join camera_watermarks w on w.camera_id = c.id where c.id = $1`,
        [cameraId],
      );
      const row = rows[0];
      if (row === undefined) return;
      const current = await currentDeviceState(tx, cameraId);
      const read = row.updated_at !== null && at - row.updated_at < FRAMES_COUNT_MS;
      const ours = current?.reason?.startsWith('gateway_') === true;
      const state = online ? 'unknown' : 'offline';
      if (online ? !(ours && current?.state === 'offline') : read || current?.state === 'offline') return;
      const offset = (await createPgDeviceStore(tx).newestOffset(cameraId))?.offset_ms ?? 0;
      const from = Math.max(at + offset, (current?.from ?? Number.NEGATIVE_INFINITY) + 1);
      await registerDeviceState(createPgPresenceStore(tx, deps), row.clinic_code, {
        id: derivedId('device-state', cameraId, String(from)),
        ...{ cameraId, state, from, to: null, reason },
      });
    });
  });
