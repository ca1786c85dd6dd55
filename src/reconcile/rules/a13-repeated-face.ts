import { Type } from 'typebox';
import { dayIncident } from './day-book.ts';
import { clear, defineRule } from './rule.ts';

/** 翻拍/重放: one picture of a face, bit for bit, at moments apart. Liveness and photo-in-photo have no source (no-source.ts). */
export const repeatedFace = defineRule({
  id: 'A13',
  version: 1,
  names: { zh: '翻拍或重放攻击', en: 'A picture shown again' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['clinic_day'],
  supervised: '机构',
  dataNeeded: ['摄像机人脸特征'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [20],
  severity: 'high',
  class: 'evidence',
  basis: ['face', 'presence'],
  parameters: Type.Object({
    minTimes: Type.Integer({
      minimum: 2,
      maximum: 100,
      default: 2,
      unit: 'times',
      description: 'So often the same picture was taken for a visitor',
    }),
  }),
  leastOfDay: () => Number.POSITIVE_INFINITY,
  applies: (facts) => facts.closed && facts.repeatedFaces !== undefined,
  evaluate: (facts, { minTimes }) => {
    if (!facts.clinic.faceRecognition) {
      return clear('face_recognition_off', '本机构未启用人脸识别。', 'Face recognition is switched off here.');
    }
    const repeated = (facts.repeatedFaces ?? []).filter(({ appearances }) => appearances.length >= minTimes);
    if (repeated.length === 0) return clear('none', '没有重复出现的人脸图像。', 'No picture of a face came twice.');
    const shown = repeated.flatMap(({ appearances }) => appearances);
    return {
      outcome: 'hit',
      reason: 'same_picture_again',
      zh: `当日有 ${repeated.length} 张人脸图像在不同时间完全相同地重复出现，请核查摄像机画面来源。`,
      en: `${repeated.length} pictures of faces came again exactly the same at other times: please check where the camera's picture comes from.`,
      incidentKey: dayIncident(facts, 'A13'),
      cameraId: shown[0]?.cameraId ?? null,
      evidence: {
        pictures: repeated.length,
        times: shown.length,
        appearanceIds: shown.map(({ id }) => id),
        cameraIds: [...new Set(shown.map(({ cameraId }) => cameraId))],
      },
    };
  },
});
