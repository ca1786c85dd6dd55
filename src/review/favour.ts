import type { AppearanceFact } from '../reconcile/appearance-facts.ts';
import type { PresenceFacts, SettlementFacts } from '../reconcile/facts.ts';
import type { Bilingual } from './words/bilingual.ts';

export type Favour = { readonly code: string } & Bilingual;

/**
 * What speaks for the person, looked up on purpose: who decides shall not see one side alone. From the same facts that
 * the rules had; pure.
 */
export function favoursOf(facts: SettlementFacts): Favour[] {
  const { presence, person, filings } = facts;
  const favours: Favour[] = [];
  const add = (code: string, zh: string, en: string): void => {
    favours.push({ code, zh, en });
  };
  if (facts.reversed) add('reversed', '该笔结算已撤销。', 'The settlement has been reversed.');
  if (presence.candidates.some((candidate) => candidate.role === 'proxy')) {
    add('proxy_registered', '参保人登记了代办人。', 'A proxy is registered for the insured person.');
  }
  if (filings.homeVisit) add('home_visit_filed', '当日已报备出诊。', 'A home visit was filed for that day.');
  if (filings.vaccinationDay)
    add('vaccination_day', '当日为已报备的集中服务日。', 'A filed vaccination or service day.');
  if (filings.outage) add('outage_filed', '设备停用已报备。', 'The outage was filed beforehand.');
  if (person?.isStaffHere) {
    add(
      'own_visit_of_staff',
      '参保人是本机构医务人员，可能是本人就医。',
      'The insured person works here: it may be an own visit.',
    );
  }
  for (const status of person?.statuses ?? []) {
    if (status.knownAt > facts.at) {
      add(
        'listed_late',
        '名单是结算之后才登记的，请核对名单。',
        'The list reached us after the settlement: check the list.',
      );
      break;
    }
  }
  addPortrait(presence, add);
  addSeen(presence, add);
  return favours;
}

type Add = (code: string, zh: string, en: string) => void;

function addPortrait(presence: PresenceFacts, add: Add): void {
  const portrait = presence.claimedPortrait;
  if (portrait === null) {
    add('no_portrait', '没有可用照片，人脸不能作为依据。', 'There is no usable portrait: the face proves nothing.');
  } else if (portrait.disputed) {
    add('portrait_disputed', '参保人照片存在冲突，待核实。', 'Whose face the portrait shows is an open question.');
  } else if (portrait.quality < presence.limits.portraitQualityMin) {
    add('portrait_poor', '参保人照片质量较差。', 'The portrait is a poor one.');
  } else if ((portrait.ageYears ?? 0) > presence.limits.portraitMaxAgeYears) {
    add(
      'portrait_too_old',
      `参保人照片拍摄于就诊前 ${portrait.ageYears} 年，面容可能已经变化。`,
      `The portrait was taken ${portrait.ageYears} years before the visit: a face changes.`,
    );
  }
  if (!presence.card.siteCalibrated) {
    add(
      'not_site_calibrated',
      '人脸模型尚未用本地确认的就诊校准，比对结果只供参考。',
      'The face model has not been calibrated on confirmed visits of this site: its result is a hint.',
    );
  }
}

function addSeen(presence: PresenceFacts, add: Add): void {
  const some = (test: (appearance: AppearanceFact) => boolean): boolean => presence.appearances.some(test);
  if (some((appearance) => appearance.claimed?.zone === 'match')) {
    add('claimed_seen', '时段内见到了本人。', 'The insured person was seen in the window.');
  } else if (some((appearance) => appearance.claimed?.zone === 'uncertain')) {
    add(
      'likeness_between',
      '时段内有人与参保人有几分相似。',
      'Somebody in the window looks somewhat like the insured person.',
    );
  }
  if (some((appearance) => appearance.proxy?.zone === 'match')) {
    add('proxy_seen', '已登记的代办人到场。', 'A registered proxy was there.');
  }
  if (some((appearance) => appearance.household?.zone === 'match')) {
    add(
      'household_seen',
      '到场的人疑似同户家属，可能是代取药。',
      'Someone who looks like one of the household was there.',
    );
  }
  if (some((appearance) => appearance.presentation !== undefined)) {
    add(
      'presentation_suspected',
      '时段内镜头前疑似出示照片或屏幕，不能据此认定任何人到场或缺席。',
      'What was before the camera may be a photograph or a screen: it shows nobody to be there, and nobody to be away.',
    );
  }
  if (some((appearance) => !appearance.hasTemplate && appearance.presentation === undefined)) {
    add('unjudged_face', '时段内有人面部看不清。', 'Somebody was there whose face could not be judged.');
  }
  if (presence.gaps.length > 0) {
    add('coverage_gap', '时段内摄像机有中断。', 'The cameras missed some of that time.');
  }
}
