import { Type } from 'typebox';
import { defineTopic } from '../platform/outbox.ts';

/** A clinic was registered, or its opening hours, mode or use of face recognition changed. */
export const clinicChanged = defineTopic({
  name: 'clinic.changed',
  queue: 'reconcile',
  payload: Type.Object({ clinicCode: Type.String() }),
});
