/** Why a message lies in quarantine. Stable names: the console and the API show them, mappings and replays go by them. */
export const QUARANTINE_REASONS = {
  unparsable: { zh: '内容不是有效的 JSON', en: 'the body is not JSON' },
  too_large: { zh: '报文超过大小限制', en: 'the body is over the size limit' },
  too_deep: { zh: '报文嵌套过深', en: 'the body is nested too deeply' },
  not_a_pair: { zh: '不是 {request, response} 报文对', en: 'not a pair of request and response' },
  missing_field: { zh: '缺少必要字段', en: 'a necessary field is missing' },
  malformed_msgid: { zh: 'msgid 格式不正确', en: 'the msgid is malformed' },
  unknown_transaction: { zh: '未知交易编号', en: 'the transaction is not known' },
  malformed_clinic: { zh: '机构编码格式不正确', en: 'the clinic code is malformed' },
  unknown_clinic: { zh: '机构未登记', en: 'the clinic is not registered' },
  not_yours: { zh: '密钥无权提交该机构报文', en: 'the key may not speak for this clinic' },
  wrong_type: { zh: '字段类型不正确', en: 'a field has the wrong type' },
  bad_characters: { zh: '标识含非法字符', en: 'an identifier has characters that cannot be' },
  too_long: { zh: '标识过长', en: 'an identifier is too long' },
  bad_number: { zh: '数字无法识别', en: 'a number cannot be read' },
  out_of_range: { zh: '数值超出范围', en: 'a number is out of range' },
  negative_amount: { zh: '金额不应为负', en: 'an amount must not be negative' },
  impossible_time: { zh: '时间不可能', en: 'the time cannot be' },
  response_mismatch: { zh: '应答与请求不符', en: 'the response does not belong to the request' },
  msgid_conflict: { zh: '同一 msgid 内容不同', en: 'other content under a known msgid' },
  setl_id_conflict: { zh: '同一结算号出现在不同报文', en: 'the settlement id is known from another message' },
  reversal_mismatch: { zh: '撤销与原交易不符', en: 'the reversal does not fit what it takes back' },
  internal_error: { zh: '处理出错，已保留待重放', en: 'could not be processed here; kept for replay' },
} as const;

export type QuarantineReason = keyof typeof QUARANTINE_REASONS;

/** A message that cannot be understood or must not be taken. Not an error of ours: it ends in quarantine. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  /** `detail` names fields and forms, never a person's data. */
  constructor(
    readonly reason: QuarantineReason,
    readonly detail: string,
  ) {
    super(`${reason}: ${detail}`);
  }
}
