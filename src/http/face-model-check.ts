import { analyzerOptions, type FaceSettings } from '../faces/face-settings.ts';
import { loadModelCard } from '../faces/load-model-card.ts';
import type { ModelCard } from '../faces/model-card.ts';
import { openAnalyzer } from '../faces/open-analyzer.ts';
import type { Config } from '../platform/config.ts';
import type { Queryable } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { loadFaceCards } from './face-models.ts';

/**
 * Opens the configured face models and lets go of them again. @returns what they are, in a line
 * @throws DomainError `config_invalid` or `integrity` with what is wrong with a card or a file, and what to do
 */
export async function checkFaceModel(config: FaceSettings): Promise<string> {
  const { card, before, analyzer, close } = await openAnalyzer(analyzerOptions(config));
  await close();
  const beside = before === null ? '' : `; beside it ${before.id} ${before.version} until claimsight re-enrol is done`;
  return `${wordsOf(card)}, templates ${analyzer.templateVersion}${beside}`;
}

/** Only what can be wrong with files of one's own: the built-in networks are built and mended by themselves. */
export async function checkOwnFaceModel(config: FaceSettings): Promise<void> {
  const cards = [await loadModelCard(config.MODEL_CARD)];
  if (config.MODEL_CARD_BEFORE !== undefined) cards.push(await loadModelCard(config.MODEL_CARD_BEFORE));
  if (cards.some(({ files }) => files !== undefined)) await checkFaceModel(config);
}

/**
 * Whether the portraits in use were described by a model that serves. @throws DomainError `config_invalid` when some were not:
 * of these people nothing is told
 */
export async function checkPortraitTemplates(
  db: Queryable,
  config: Pick<Config, 'MODEL_CARD' | 'MODEL_CARD_BEFORE'>,
): Promise<string> {
  const known = await db.query<{ known: boolean }>(`select to_regclass('re_enrolments') is not null as known`);
  if (known.rows[0]?.known !== true) return 'seen when ClaimSight runs';
  const { inUse, served } = await loadFaceCards(config);
  const { rows } = await db.query<{ portraits: number; by_in_use: number; by_served: number }>(
    `select count(*)::int as portraits,
       (count(*) filter (where p.template_id in (select coalesce(of_id, id) from biometric.templates where model_version = $1)))::int as by_in_use,
       (count(*) filter (where p.template_id in (select coalesce(of_id, id) from biometric.templates where model_version = any($2::text[]))))::int as by_served
     from portraits p where p.state = 'accepted'`,
    [inUse, [...served]],
  );
  const { portraits = 0, by_in_use: byInUse = 0, by_served: byServed = 0 } = rows[0] ?? {};
  const found = `${portraits} portraits in use, ${byInUse} described by the model in use`;
  if (byServed < portraits)
    throw new DomainError('config_invalid', `${found}, ${portraits - byServed} by no model that serves`, {
      remedy:
        'Run claimsight re-enrol; until then set MODEL_CARD_BEFORE to the card of the model before: docs/face-models.md.',
    });
  return byInUse < portraits ? `${found}; claimsight re-enrol makes the others` : found;
}

function wordsOf({ id, version, licence, calibration, siteCalibrated }: ModelCard): string {
  const terms = 'use' in licence ? `, licence ${licence.name}` : '';
  const worth =
    calibration === null
      ? 'not calibrated: every comparison is "cannot tell" (claimsight face-calibrate)'
      : `calibrated on ${calibration.dataName}${siteCalibrated ? '' : ", not on this site's own visits: no finding about a face holds anything"}`;
  return `${id} ${version}${terms}, ${worth}`;
}
