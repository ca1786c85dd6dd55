import type { VerdictReason } from '../faces/verdict.ts';

interface Words {
  readonly zh: string;
  readonly en: string;
}

/** Why a verdict is what it is, plainly. */
export const VERDICT_WORDS: Readonly<Record<VerdictReason, Words>> = {
  matched: { zh: '结算前后见到了参保人本人。', en: 'The insured person was seen around the settlement.' },
  matched_in_request: {
    zh: '结算请求所附的人脸照片与参保人照片相符。',
    en: 'The face picture sent with the request is that of the insured person.',
  },
  every_face_differs: {
    zh: '结算时在柜台的人与参保人照片明显不同，时段内也没有见到本人。',
    en: 'The person at the counter clearly differs from the portrait, and the insured person was not seen in the window.',
  },
  proxy_registered: {
    zh: '已登记的代办人到场，或已登记的代办人没有可用照片，不能认定为冒名。',
    en: 'A registered proxy was there, or has no portrait to be recognised by: nothing speaks of an impostor.',
  },
  terminal_confirmed: {
    zh: '参保人已通过医保终端的人脸核验，本人到场；摄像机画面不改变这一点。',
    en: "The insured person passed the national terminal's face check and was there; what the cameras saw does not change that.",
  },
  not_yet: {
    zh: '画面尚未处理完，稍后自动复核。',
    en: 'The footage has not been processed yet; this is assessed again by itself.',
  },
  footage_lost: {
    zh: '48 小时内没有收到该时段的画面，无法判定。',
    en: 'No footage of that time arrived within 48 hours: cannot tell.',
  },
  blind_window: {
    zh: '该时段摄像机覆盖不足，无法判定。',
    en: 'The cameras did not cover enough of that time: cannot tell.',
  },
  nobody_seen: {
    zh: '摄像机正常，时段内没有见到任何人。',
    en: 'The cameras worked, and nobody at all was seen in the window.',
  },
  staff_only: { zh: '时段内只见到医务人员。', en: 'Only staff were seen in the window.' },
  nobody_at_counter: {
    zh: '时段内见到的都不是参保人，结算时柜台没有其他就诊人。',
    en: 'Those seen in the window are other people, and no visitor was at the counter at that moment.',
  },
  no_portrait: { zh: '参保人没有可用照片，无法比对。', en: 'There is no usable portrait of the insured person.' },
  portrait_poor: {
    zh: '参保人照片质量差或过旧，不足以判定不符。',
    en: 'The portrait is too poor or too old to prove a mismatch.',
  },
  portrait_disputed: {
    zh: '参保人照片与他人或本人旧照存在冲突，待核实，不作比对结论。',
    en: 'Whose face the portrait shows is an open question: nothing rests on it until that is settled.',
  },
  portrait_too_old: {
    zh: '参保人照片过旧，面容可能已经变化，不能据此判定不符；请更新照片。',
    en: 'The portrait is too old: a face changes, so it cannot prove a mismatch. Please take a new one.',
  },
  too_young: { zh: '参保人年幼，面容变化快，不作比对。', en: 'The insured person is too young for a face comparison.' },
  no_face_quality: {
    zh: '柜台前有人，但面部看不清，无法判定。',
    en: 'Somebody was there whose face could not be judged.',
  },
  presentation_suspected: {
    zh: '镜头前疑似出示照片或屏幕，不是真人面部，不能据此认定到场或冒名。',
    en: 'What was before the camera may be a photograph or a screen, not a face: nothing follows from it.',
  },
  between: { zh: '相似度介于两者之间，无法判定。', en: 'The likeness lies between the cuts: cannot tell.' },
  may_have_been_missed: {
    zh: '未见到参保人，但现有摄像机有漏拍的可能，不能据此认定。',
    en: 'The insured person was not seen, but cameras like these miss people now and then: nothing follows.',
  },
  staff_portrait_missing: {
    zh: '本机构有医务人员没有照片，柜台前可能是该医务人员。',
    en: 'A member of staff has no portrait, and may be the person at the counter.',
  },
  face_recognition_off: { zh: '本机构未启用人脸识别。', en: 'Face recognition is switched off here.' },
  uncalibrated_model: {
    zh: '人脸模型尚未校准，不作判定。',
    en: 'The face model is not calibrated: no judgement is made.',
  },
};
