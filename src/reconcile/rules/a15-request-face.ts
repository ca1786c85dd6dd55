import { Type } from 'typebox';
import { requestFaceWords } from '../in-request/words.ts';
import { confirmedResult, isConfirmed, verdictOn } from './presence.ts';
import { clear, defineRule } from './rule.ts';

/**
 * 请求人脸不符: the face picture that the clinic itself sent with its request is certainly not that of the insured person. A
 * picture that says nothing (no face, blurred, no portrait to compare with) accuses nobody.
 */
export const requestFaceDiffers = defineRule({
  id: 'A15',
  version: 1,
  names: { zh: '请求人脸不符', en: 'Face of the request differs' },
  phase: 'in',
  resultType: '可疑',
  timeSpan: '当次门诊',
  subjects: ['visit', 'settlement'],
  supervised: '参保人',
  dataNeeded: ['2206', '3101', '3102', '请求人脸照片', '参保人照片', '代办登记', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十七条', '第四十一条'],
  causeNo: [31, 20],
  severity: 'medium',
  class: 'fraud',
  basis: ['face', 'claims'],
  parameters: Type.Object({}),
  applies: (facts) => facts.requestFace !== undefined,
  evaluate: (facts) => {
    const { requestFace } = facts;
    if (requestFace === undefined || facts.reversed)
      return clear('reversed', '该结算已撤销。', 'The settlement was reversed.');
    if (facts.kind === 'visit' && facts.movedTo !== null) {
      return clear('moved', '已取得就诊编号，按就诊继续。', 'It has a visit number now and goes on under it.');
    }
    const evidence = {
      zone: requestFace.zone,
      llr: requestFace.llr,
      quality: requestFace.quality,
      modelVersion: requestFace.modelVersion,
    };
    if (isConfirmed(facts)) return { ...confirmedResult(facts), evidence };
    const verdict = facts.presence === null ? null : verdictOn(facts.presence);
    if (verdict?.reason === 'matched' || verdict?.reason === 'proxy_registered') {
      return {
        ...clear(verdict.reason, '本人或已登记的代办人到场。', 'The insured person or a registered proxy was there.'),
        evidence,
      };
    }
    const { zh, en } = requestFaceWords(requestFace.reason);
    if (requestFace.reason === 'differs') return { outcome: 'hit', reason: 'request_face_differs', zh, en, evidence };
    return { outcome: 'undetermined', reason: `request_face_${requestFace.reason}`, zh, en, evidence };
  },
});
