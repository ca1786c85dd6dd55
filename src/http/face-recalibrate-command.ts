import { writeFile } from 'node:fs/promises';
import { DateTime } from 'luxon';
import { createAudit } from '../access/audit.ts';
import { siteCard } from '../faces/site-calibration.ts';
import { DomainError } from '../platform/errors.ts';
import type { FaceCalibration } from '../reconcile/face-calibration/calibrations.store.ts';
import { askForCalibration } from '../reconcile/face-calibration/calibrations.ts';
import { cardInUse, reckon } from '../reconcile/face-calibration/handler.ts';
import { createReconcile } from '../reconcile/reconcile.ts';
import { reviewedVisits } from '../review/reviewed-visits.ts';
import { withRuntime } from './operate.ts';

const DEFAULT_DAYS = 180;

/**
 * `claimsight face-recalibrate`: gathers confirmed visits and proposes a calibration on them; a person puts it into force over
 * the API. `ok`: it was proposed, not refused.
 * @throws DomainError `invalid_input` for a day that is none, `conflict` where face recognition is off
 */
export const runFaceRecalibrate = (options: {
  readonly from?: string;
  readonly to?: string;
  readonly out?: string;
}): Promise<{ ok: boolean } & Omit<FaceCalibration, 'calibration'> & { readonly calibrationId: string | null }> =>
  withRuntime(async (runtime) => {
    const { db, clock, config } = runtime;
    const zone = config.TIME_ZONE;
    const to = options.to === undefined ? clock.now() : momentOf(options.to, zone, 'end');
    const from =
      options.from === undefined
        ? DateTime.fromMillis(to, { zone }).minus({ days: DEFAULT_DAYS }).toMillis()
        : momentOf(options.from, zone, 'start');
    const audit = createAudit(runtime);
    const { recalibrate } = await createReconcile({
      ...runtime,
      audit,
      reviewedVisits: (span) => reviewedVisits(db, span),
    });
    const card = cardInUse(recalibrate);
    const asked = await askForCalibration(recalibrate, { card, by: 'command', from, to, note: null });
    const { calibration, ...found } = await reckon(recalibrate, asked.id);
    if (options.out !== undefined && calibration !== null)
      await writeFile(options.out, `${JSON.stringify(siteCard(card, calibration), null, 2)}\n`);
    return { ok: found.state === 'proposed', ...found, calibrationId: calibration?.id ?? null };
  });

/** A day is meant from its beginning, or to its end, local. */
function momentOf(text: string, zone: string, edge: 'start' | 'end'): number {
  const at = DateTime.fromISO(text, { zone });
  if (!at.isValid)
    throw new DomainError('invalid_input', `${text} is neither a day nor a moment`, {
      remedy: 'Write a day as yyyy-mm-dd, or a moment as 2026-03-17T09:00:00+08:00.',
    });
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return at.toMillis();
  return (edge === 'start' ? at.startOf('day') : at.startOf('day').plus({ days: 1 })).toMillis();
}
