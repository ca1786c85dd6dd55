import { Type } from 'typebox';
import { defineTopic } from '../../platform/outbox.ts';

/** Roll up a clinic's local day: once it is over, and again when something of it changed. */
export const clinicRollDue = defineTopic({
  name: 'reconcile.clinic_roll',
  queue: 'reconcile',
  payload: Type.Object({ clinicCode: Type.String(), day: Type.String() }),
});

/** Compute how the clinics of each county stand, of a local day. */
export const peersDue = defineTopic({
  name: 'reconcile.peers',
  queue: 'reconcile',
  payload: Type.Object({ day: Type.String() }),
});
