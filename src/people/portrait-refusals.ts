/** Why a picture cannot be a portrait: a stable code, and words for the person who sent it. */
export interface PortraitRefusal {
  readonly code: string;
  readonly zh: string;
  readonly en: string;
}

/** Reasons that lie in the file; those that lie in the face come from the portrait gate (src/faces/portrait-gate.ts). */
export const FILE_REFUSALS = {
  not_a_picture: {
    code: 'not_a_picture',
    zh: '文件不是完整的 JPEG 或 PNG 照片，请重新上传',
    en: 'The file is not a whole JPEG or PNG picture. Send it again.',
  },
  too_many_pixels: {
    code: 'too_many_pixels',
    zh: '照片像素过大，请缩小后重新上传',
    en: 'The picture has too many pixels. Make it smaller.',
  },
  file_lost: {
    code: 'file_lost',
    zh: '照片文件已过保存期，请重新上传',
    en: 'The picture is not kept any more. Send it again.',
  },
  not_described: {
    code: 'not_described',
    zh: '所用识别模型无法为这张照片生成特征，请换一张照片',
    en: 'The face model in use could not describe this picture. Use another photograph.',
  },
  face_recognition_off: {
    code: 'face_recognition_off',
    zh: '本系统已关闭人脸识别，照片未处理',
    en: 'Face recognition is switched off in this installation; the picture was not looked at.',
  },
} as const satisfies Record<string, PortraitRefusal>;
