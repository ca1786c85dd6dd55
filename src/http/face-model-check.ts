import { analyzerOptions, type FaceSettings } from '../faces/face-settings.ts';
import { loadModelCard } from '../faces/load-model-card.ts';
import type { ModelCard } from '../faces/model-card.ts';
import { openAnalyzer } from '../faces/open-analyzer.ts';

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

function wordsOf({ id, version, licence, calibration, siteCalibrated }: ModelCard): string {
  const terms = 'use' in licence ? `, licence ${licence.name}` : '';
  const worth =
    calibration === null
      ? 'not calibrated: every comparison is "cannot tell" (claimsight face-calibrate)'
      : `calibrated on ${calibration.dataName}${siteCalibrated ? '' : ", not on this site's own visits: no finding about a face holds anything"}`;
  return `${id} ${version}${terms}, ${worth}`;
}
