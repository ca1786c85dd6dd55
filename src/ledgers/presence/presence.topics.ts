import { Type } from 'typebox';
import { defineTopic } from '../../platform/outbox.ts';

/** All times in these payloads are device time, epoch ms, where nothing else is said. */

/** An appearance was told, revised, closed or voided. One job per appearance that waits. */
export const presenceAppearance = defineTopic({
  name: 'presence.appearance',
  queue: 'reconcile',
  payload: Type.Object({
    appearanceId: Type.String(),
    cameraId: Type.String(),
    clinicCode: Type.String(),
    from: Type.Number(),
    to: Type.Number(),
    state: Type.Union([Type.Literal('open'), Type.Literal('closed'), Type.Literal('void')]),
  }),
});

/** A state of a camera began or got its end. One job per state that waits. */
export const presenceDevice = defineTopic({
  name: 'presence.device',
  queue: 'reconcile',
  payload: Type.Object({
    stateId: Type.String(),
    cameraId: Type.String(),
    clinicCode: Type.String(),
    state: Type.String(),
    from: Type.Number(),
    to: Type.Union([Type.Number(), Type.Null()]),
    /** False: the clock is known to stand as it stood. Left out: nobody knows. */
    clock: Type.Optional(Type.Boolean()),
  }),
});

/** A camera's watermark advanced. One job per camera that waits, with the newest mark. */
export const presenceWatermark = defineTopic({
  name: 'presence.watermark',
  queue: 'reconcile',
  payload: Type.Object({ cameraId: Type.String(), clinicCode: Type.String(), until: Type.Number() }),
});

/** The national terminal checked a face. One job per check that waits. */
export const presenceAuth = defineTopic({
  name: 'presence.auth',
  queue: 'reconcile',
  payload: Type.Object({
    clinicCode: Type.String(),
    psnNo: Type.String(),
    /** True time. */
    at: Type.Number(),
  }),
});

/** NOTIFY channel: a still was ordered in `snapshots`; the payload is the camera's id. */
export const SNAPSHOT_CHANNEL = 'claimsight_snapshots';
