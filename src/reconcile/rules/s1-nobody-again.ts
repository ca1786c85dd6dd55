import { Type } from 'typebox';
import { type ClinicScoreFacts, looksOf, type ScoredVisit } from '../clinic-score/facts.ts';
import { scoreOf } from '../clinic-score/score.ts';
import {
  areCamerasKnown,
  missParameters,
  rounded,
  scored,
  scoreObstacle,
  scoreParameters,
  type Wording,
} from './clinic-score.ts';
import { defineRule } from './rule.ts';
import { absenceIn, absenceParameters, strangerParameters, strangersIn } from './sights.ts';

const NOBODY: Wording = {
  rule: 'S1',
  reason: 'nobody_again_and_again',
  words: (n) => ({
    zh: `该周有 ${n} 笔结算时柜台无人；数周累计已远超摄像机漏拍和未备案出诊所能解释的次数。`,
    en: `At ${n} settlements of the week nobody was at the counter; over weeks far more than missed faces and home visits explain.`,
  }),
};
const UNKNOWN_CAMERA: Wording = {
  rule: 'S1',
  reason: 'camera_check',
  class: 'evidence',
  severity: 'medium',
  words: (n) => ({
    zh: `该周有 ${n} 笔结算时柜台无人；仅有一台摄像机，其漏拍率尚未得到足够核验，请先检查摄像机。`,
    en: `At ${n} settlements of the week nobody was at the counter; how often the only camera misses people is not known well enough: check the camera first.`,
  }),
};
const FAULTY_CAMERA: Wording = {
  rule: 'S1',
  reason: 'camera_at_fault',
  class: 'evidence',
  severity: 'medium',
  words: (n) => ({
    zh: `该周有 ${n} 笔结算时柜台无人，但同期终端已核验的就诊也未被拍到，请检查柜台摄像机的朝向与时钟。`,
    en: `At ${n} settlements of the week nobody was at the counter, but the camera missed visits that the terminal confirmed as well: check where it looks, and its clock.`,
  }),
};

const DAY_MS = 86_400_000;

/**
 * Whether visits that the terminal confirmed around a week looked like those that are named, and many of them: a camera that
 * was turned away, or whose clock jumped, is no witness, however good it was before. Where nobody was seen by any camera
 * it takes all of them to have failed.
 */
export function missedLately(
  facts: ClinicScoreFacts,
  week: string,
  named: readonly { readonly visit: ScoredVisit }[],
  faultShare: number,
): boolean {
  const from = Date.parse(week) - 3 * DAY_MS;
  const looked = facts.visits.filter((visit) => {
    const at = Date.parse(visit.day);
    return visit.confirmed && at >= from && at < from + 13 * DAY_MS && looksOf(visit).some(({ counter }) => counter);
  });
  const like = new Set(named.map(({ visit }) => visit.sight)).add('absent');
  const missed = looked.filter(({ sight }) => like.has(sight)).length;
  return missed >= 2 && missed > faultShare * looked.length;
}

/** 机构无人结算累积: over weeks more settlements without anybody at the counter than cameras and home visits explain. */
export const nobodyAgain = defineRule({
  id: 'S1',
  version: 1,
  names: { zh: '机构无人结算累积', en: 'Settlements without visitors, added up' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '近期累计',
  subjects: ['clinic_score'],
  supervised: '机构',
  dataNeeded: ['2207', '摄像机人头与人脸', '终端核验记录', '出诊备案', '代办登记'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [20, 24],
  severity: 'high',
  class: 'fraud',
  basis: ['presence', 'claims'],
  parameters: Type.Object({
    ...scoreParameters({ falseAlarm: 0.002 }),
    ...missParameters,
    ...absenceParameters,
    ...strangerParameters,
  }),
  evaluate: (facts, parameters) => {
    const obstacle = scoreObstacle(facts);
    if (obstacle) return obstacle;
    const { observations, cameras, confirmed } = absenceIn(facts, parameters);
    const numbers = {
      confirmedVisits: confirmed,
      cameras: cameras.map(({ visits, missed, mean, high }, i) => ({
        id: facts.cameras[i],
        visits,
        missed,
        rate: rounded(mean, 3),
        upTo: rounded(high, 3),
      })),
    };
    const isMeasured = areCamerasKnown(facts, parameters);
    const beside = isMeasured ? scoreOf(strangersIn(facts, parameters).observations, parameters).logEvidence : 0;
    return scored(
      facts,
      observations,
      parameters,
      numbers,
      (week, named) =>
        !isMeasured ? UNKNOWN_CAMERA : missedLately(facts, week, named, parameters.faultShare) ? FAULTY_CAMERA : NOBODY,
      { beside },
    );
  },
});
