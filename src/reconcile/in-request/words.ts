import { type PortraitReasonCode, portraitReason } from '../../faces/portrait-gate.ts';
import { VERDICT_WORDS } from '../words.ts';
import type { RequestAuthFact } from './facts.ts';

interface Words {
  readonly zh: string;
  readonly en: string;
}

const AUTH_WORDS: Readonly<Record<RequestAuthFact['standing'], Words>> = {
  confirmed: VERDICT_WORDS.terminal_confirmed,
  not_logged: {
    zh: '医保终端日志中还没有这个核验流水号，收到日志后自动复核，不影响本次办理。',
    en: "The terminal's log does not have this number yet; it is looked at again when the log comes, and nothing follows from it.",
  },
  not_passed: {
    zh: '医保终端记录该次人脸核验未通过；这不作为任何依据，可出示身份证办理。',
    en: 'The terminal says that this face check was not passed; nothing follows from that, and the ID card will do.',
  },
  other_person: {
    zh: '该核验流水号在终端日志中属于另一位参保人，请核对是否填错了流水号或选错了人。',
    en: "In the terminal's log this number belongs to another insured person: please check the number and the person picked.",
  },
  other_clinic: {
    zh: '该核验流水号在终端日志中属于另一家机构，请核对流水号或终端的机构设置。',
    en: "In the terminal's log this number belongs to another institution: please check the number and the terminal's settings.",
  },
  other_time: {
    zh: '该核验流水号的核验时间与本次办理相距过远，请核对流水号。',
    en: 'The check of this number lies too far from this visit in time: please check the number.',
  },
  other_visit: {
    zh: '该核验流水号已用于同一参保人的另一次就诊，请核对流水号。',
    en: 'This number was named for another visit of the same person already: please check the number.',
  },
};

export const requestAuthWords = (standing: RequestAuthFact['standing']): Words => AUTH_WORDS[standing];

const FACE_WORDS: Readonly<Record<string, Words>> = {
  matched: VERDICT_WORDS.matched_in_request,
  differs: {
    zh: '请求所附人脸照片与参保人照片明显不同；请核对所选人员，或出示身份证由见证人核对。',
    en: 'The face picture of the request clearly differs from the portrait: please check the person picked, or show the ID card to a witness.',
  },
  between: { zh: '照片相似度介于两者之间，未作判断。', en: 'The likeness lies between the cuts: nothing was judged.' },
  proxy_registered: {
    zh: '照片中是已登记的代办人，或已登记的代办人没有可用照片，不作不符判断。',
    en: 'It shows a registered proxy, or a registered proxy has no portrait: nothing speaks against it.',
  },
  household_member: {
    zh: '照片像是参保人的家庭成员，请补登记代办关系；不作不符判断。',
    en: 'It looks like a member of the household: please register the proxy. Nothing speaks against it.',
  },
  no_portrait: VERDICT_WORDS.no_portrait,
  portrait_poor: VERDICT_WORDS.portrait_poor,
  portrait_too_old: VERDICT_WORDS.portrait_too_old,
  portrait_disputed: VERDICT_WORDS.portrait_disputed,
  too_young: VERDICT_WORDS.too_young,
  face_recognition_off: VERDICT_WORDS.face_recognition_off,
  uncalibrated_model: VERDICT_WORDS.uncalibrated_model,
  not_a_picture: {
    zh: '照片不是完整的 JPEG 或 PNG 文件。',
    en: 'The picture is not a whole JPEG or PNG file.',
  },
  too_large: { zh: '照片文件过大，请缩小后再传。', en: 'The picture file is too large: send a smaller one.' },
  too_many_pixels: { zh: '照片像素过大，请缩小后再传。', en: 'The picture has too many pixels: send a smaller one.' },
  presentation_suspected: {
    zh: '照片疑似翻拍自照片或屏幕，不能说明本人到场；请对着本人现场拍摄。',
    en: 'It may be a picture of a photograph or a screen, and shows nobody’s presence: take one of the person himself.',
  },
  used_before: {
    zh: '这张照片此前用于另一次就诊，或就是登记的参保人照片，不能说明本人到场；请现场拍摄。',
    en: 'This very picture was sent for another visit, or is the portrait itself, and shows nobody’s presence: take one on the spot.',
  },
  busy: { zh: '同时到达的照片过多，本张未处理。', en: 'Too many pictures came at once; this one was not looked at.' },
  late: { zh: '照片未能及时处理完。', en: 'The picture could not be looked at in time.' },
  failed: { zh: '照片处理出错，已记录。', en: 'Looking at the picture failed; this was recorded.' },
};

const GATE: ReadonlySet<string> = new Set<PortraitReasonCode>([
  'no_face',
  'several_faces',
  'too_small',
  'blurred',
  'too_dark',
  'too_bright',
  'low_contrast',
  'turned_away',
  'low_detector_score',
]);

const SAYS_SOMETHING: ReadonlySet<string> = new Set(['matched', 'differs']);

/** What was made of a request's face picture, plainly. A picture that says nothing is called unused, and nothing follows. */
export function requestFaceWords(reason: string): Words {
  const words = GATE.has(reason)
    ? portraitReason(reason as PortraitReasonCode)
    : (FACE_WORDS[reason] ?? FACE_WORDS.failed);
  const { zh, en } = words ?? VERDICT_WORDS.no_face_quality;
  return SAYS_SOMETHING.has(reason)
    ? { zh, en }
    : {
        zh: `请求所附人脸照片未采用，不影响本次办理：${zh}`,
        en: `The face picture was not used, and nothing follows: ${en}`,
      };
}
