import { Type } from 'typebox';
import { defineTopic } from '../../platform/outbox.ts';

/** The next pictures of a re-enrolment wait to be looked at. */
export const reEnrolSlice = defineTopic({
  name: 'vision.re_enrol',
  queue: 'people',
  payload: Type.Object({ runId: Type.String() }),
});
