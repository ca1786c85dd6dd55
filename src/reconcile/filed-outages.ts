import { intersect, type Span, union } from './intervals.ts';
import type { FilingBrief } from './store-rows.ts';

/** Pure: which filings explain what which camera did not see. One that names no camera is of the whole clinic. */

/** Filings that concern a camera: its own, and the clinic's. */
export const filingsFor = (filings: readonly FilingBrief[], cameraId: string): FilingBrief[] =>
  filings.filter(({ camera_id: named }) => named === null || named === cameraId);

/** Filings of the whole clinic. */
export const filingsOfClinic = (filings: readonly FilingBrief[]): FilingBrief[] =>
  filings.filter(({ camera_id: named }) => named === null);

/** Whether a filed outage explains that nothing was seen at a moment: one of the clinic, or of each of these cameras. */
export function outageFiledAt(filings: readonly FilingBrief[], cameraIds: readonly string[], at: number): boolean {
  const holding = filings.filter(
    (row) => row.what === 'outage' && row.from_at <= at && (row.to_at === null || row.to_at > at),
  );
  if (filingsOfClinic(holding).length > 0) return true;
  return cameraIds.length > 0 && cameraIds.every((id) => holding.some(({ camera_id: named }) => named === id));
}

/** Spans for which an outage was filed of each of these cameras by itself: then nobody was left to see. @param until ends those that are open */
export function outagesOfEach(filings: readonly FilingBrief[], cameraIds: readonly string[], until: number): Span[] {
  const named = filings.filter(({ what, camera_id: camera }) => what === 'outage' && camera !== null);
  if (named.length === 0) return [];
  const spans = cameraIds.map((id) =>
    union(
      named
        .filter(({ camera_id: camera }) => camera === id)
        .map((row) => ({ from: row.from_at, to: row.to_at ?? until })),
    ),
  );
  const [first = [], ...rest] = spans;
  return rest.reduce(intersect, first);
}
