/** Why a row or a picture of an import was refused, in words for the one who sent it. */
export const REFUSALS = {
  missing: { zh: '必填项为空', en: 'a required value is empty' },
  bad_value: { zh: '内容格式不正确', en: 'a value has the wrong form' },
  too_long: { zh: '内容过长', en: 'a value is too long' },
  wrong_columns: { zh: '列数与表头不一致', en: 'the row has more values than the header has columns' },
  certno_invalid: { zh: '身份证号码校验不通过', en: 'the ID number is not valid' },
  out_of_scope: { zh: '不在您的管辖区域内', en: 'it does not lie in your region' },
  unknown_person: {
    zh: '人员未登记，或不在您的管辖区域内',
    en: 'the person is not registered, or not in your region',
  },
  unknown_proxy: { zh: '代办人未登记', en: 'the proxy is not registered as a person' },
  unknown_clinic: {
    zh: '机构未登记，或不在您的管辖区域内',
    en: 'the clinic is not registered, or not in your region',
  },
  unknown_staff: { zh: '该机构没有此工作人员', en: 'the clinic has no such member of staff' },
  self_proxy: { zh: '代办人与参保人为同一人', en: 'nobody is his own proxy' },
  revoked: { zh: '该代办登记已撤销', en: 'this registration was revoked' },
  end_before_start: { zh: '结束时间不晚于开始时间', en: 'the end is not later than the start' },
  not_stored: { zh: '数据库拒绝了此行', en: 'the database refused this row' },
  unsafe_name: { zh: '压缩包内文件路径不安全', en: 'the path of the file in the zip is not safe' },
  bad_name: {
    zh: '文件名应为“人员编号.jpg”，工作人员为“机构编码-工号.jpg”',
    en: 'name the file <psn_no>.jpg, or <clinic code>-<staff no>.jpg for staff',
  },
  picture_too_large: { zh: '照片文件超过 20 MB', en: 'the picture has more than 20 MB' },
  not_a_picture: { zh: '文件不是 JPEG 或 PNG 照片', en: 'the file is neither JPEG nor PNG' },
  encrypted: { zh: '压缩包内文件已加密', en: 'the file in the zip is encrypted' },
  face_recognition_off: { zh: '该机构已关闭人脸识别', en: 'face recognition is switched off at this clinic' },
  unreadable: { zh: '压缩包内文件已损坏', en: 'the file in the zip is damaged' },
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** Thrown and caught row by row. `detail` names the column, never a person's data. */
export class RowRefusal extends Error {
  constructor(
    readonly reason: RefusalCode,
    readonly detail: string | null = null,
  ) {
    super(reason);
  }
}

export const isRefusalCode = (code: string): code is RefusalCode => Object.hasOwn(REFUSALS, code);
