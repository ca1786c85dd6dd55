import { loadModelCard } from '../../faces/load-model-card.ts';
import type { ModelCard } from '../../faces/model-card.ts';
import { siteCard } from '../../faces/site-calibration.ts';
import type { Config } from '../../platform/config.ts';
import type { Db } from '../../platform/db.ts';
import { keepUp } from '../../platform/keep-up.ts';
import type { Logger } from '../../platform/log.ts';
import { createFaceJudge, type FaceJudge } from '../face-judge.ts';
import { calibrationsInForce } from './calibrations.store.ts';
import { CALIBRATION_CHANNEL } from './calibrations.ts';

/** The judge as this process knows it: the configured models under the calibrations in force. */
export interface LiveJudge {
  current(): FaceJudge;
  /** Of the model in use, under the calibration in force. Null: nothing is ever compared. */
  card(): ModelCard | null;
  /** Keeps up with what is put into force from now on. */
  watch(): Promise<{ close(): Promise<void> }>;
}

/** One judge for good: of tests, of bulk work, and where face recognition is off. */
export const fixedJudge = (judge: FaceJudge): LiveJudge => ({
  current: () => judge,
  card: () => null,
  watch: async () => ({ close: async () => undefined }),
});

/** @throws DomainError `config_invalid` or `integrity` for a model card that cannot be used */
export async function openLiveJudge(deps: {
  readonly db: Db;
  readonly log: Logger;
  readonly config: Pick<Config, 'MODEL_CARD' | 'MODEL_CARD_BEFORE'>;
}): Promise<LiveJudge> {
  const { db, log, config } = deps;
  const cards = [
    await loadModelCard(config.MODEL_CARD),
    ...(config.MODEL_CARD_BEFORE === undefined ? [] : [await loadModelCard(config.MODEL_CARD_BEFORE)]),
  ];
  const read = async () => {
    const own = await calibrationsInForce(
      db,
      cards.map(({ templateVersion }) => templateVersion),
    );
    const [card, before = null] = cards.map((each) => {
      const calibration = own.find(({ templateVersion }) => templateVersion === each.templateVersion)?.calibration;
      return calibration ? siteCard(each, calibration) : each;
    });
    if (card === undefined) throw new Error('no model card');
    return { key: own.map(({ id }) => id).join(), card, judge: createFaceJudge(card, before) };
  };
  let now = await read();
  const refresh = async (): Promise<void> => {
    const next = await read();
    if (next.key === now.key) return;
    now = next;
    log.info({ model: next.judge.card.modelVersion }, 'another calibration of the face model is in force');
  };
  const tryRefresh = (): Promise<void> =>
    refresh().catch((error: Error) => log.warn({ err: error.message }, 'the calibration in force could not be read'));
  return {
    current: () => now.judge,
    card: () => now.card,
    watch: () => keepUp(db, CALIBRATION_CHANNEL, tryRefresh),
  };
}
