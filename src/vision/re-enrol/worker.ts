import { createPortraitReader } from '../../people/portrait-reader.ts';
import type { OpenFaces } from '../open-vision.ts';
import type { ReEnrolWorker } from './re-enrol.ts';

/** What looks at portraits by the models that are open. */
export const reEnrolWorker = (
  deps: Omit<ReEnrolWorker, 'analyzer' | 'reader' | 'keepOlder'>,
  { analyzer, card, before }: Pick<OpenFaces, 'analyzer' | 'card' | 'before'>,
): ReEnrolWorker => ({
  ...deps,
  analyzer,
  reader: createPortraitReader({ analyzer }),
  keepOlder: card.calibration === null && before !== null && before.calibration !== null,
});
