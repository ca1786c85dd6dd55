import { Type } from 'typebox';
import { defineTopic } from '../platform/outbox.ts';

/** A pushed picture waits to be looked at. */
export const devicesCapture = defineTopic({
  name: 'devices.capture',
  queue: 'people',
  payload: Type.Object({ captureId: Type.String() }),
});

/** A device that pushes gave a sign of life, or has given none for too long. One job per camera that waits. */
export const devicesContact = defineTopic({
  name: 'devices.contact',
  queue: 'reconcile',
  payload: Type.Object({
    cameraId: Type.String(),
    /** The device's own time and ours at its heartbeat, epoch ms; null: it told none. */
    clock: Type.Union([Type.Object({ deviceAt: Type.Number(), ourAt: Type.Number() }), Type.Null()]),
  }),
});

/** A gateway told that a camera's stream came or went. One job per camera that waits. */
export const devicesStream = defineTopic({
  name: 'devices.stream',
  queue: 'reconcile',
  payload: Type.Object({ cameraId: Type.String(), online: Type.Boolean(), at: Type.Number(), reason: Type.String() }),
});

/** What a live camera's clock shows has changed. One job per camera that waits. */
export const devicesClock = defineTopic({
  name: 'devices.clock',
  queue: 'reconcile',
  payload: Type.Object({ cameraId: Type.String() }),
});
