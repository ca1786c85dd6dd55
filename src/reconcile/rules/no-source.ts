/** A rule of the catalogue, or a part of one, that no feed can answer: it stands here so that nobody takes silence for "nothing found". */
export interface RuleWithoutSource {
  readonly id: string;
  readonly names: { readonly zh: string; readonly en: string };
  /** null: the whole rule; else the part of a rule that runs. */
  readonly part: { readonly zh: string; readonly en: string } | null;
  /** What would be needed. */
  readonly needs: { readonly zh: string; readonly en: string };
  readonly causeNo: readonly number[];
}

export const rulesWithoutSource: readonly RuleWithoutSource[] = [
  {
    id: 'A12',
    names: { zh: '凭证异常', en: 'Credential pattern' },
    part: {
      zh: '终端故障期间使用实体凭证的排除',
      en: 'cards used while the terminal was out of order, which would be explained',
    },
    needs: {
      zh: '医保终端的故障工单及起止时间（目前以停电断网报备代替）',
      en: 'failure tickets of the terminals with their times (filed outages stand in for them today)',
    },
    causeNo: [20],
  },
  {
    id: 'A13',
    names: { zh: '翻拍或重放攻击', en: 'Presentation attack' },
    part: { zh: '活体检测失败、照片中的照片', en: 'failed liveness, a photo in the photo' },
    needs: {
      zh: '医保终端或人脸算法的活体检测结果及原因（目前核验日志只有通过与否），抓拍原图的哈希',
      en: "the terminal's or the algorithm's liveness result with its cause (the log of checks says only passed or not), and hashes of the shots",
    },
    causeNo: [20],
  },
  {
    id: 'B6',
    names: { zh: '撤销重结', en: 'Reversal churn' },
    part: { zh: '检查通知后删除进销存数据（3507）', en: 'stock records deleted (3507) after a notice of inspection' },
    needs: { zh: '检查通知书的送达时间与机构', en: 'when a notice of inspection was served, and on whom' },
    causeNo: [23],
  },
  {
    id: 'B11',
    names: { zh: '月末年末突击', en: 'Rush at the end of the month' },
    part: { zh: '年末集中用完额度', en: 'annual quotas used up in December' },
    needs: {
      zh: '同 B12：参保人年度统筹额度及余额',
      en: 'as for B12: the annual pooled quota of each person, and what is left of it',
    },
    causeNo: [12, 24],
  },
  {
    id: 'B12',
    names: { zh: '清零式用额', en: 'Quota run down' },
    part: null,
    needs: {
      zh: '参保人年度门诊统筹支付限额、累计已用额及重置日期（2207 的 balc 是个人账户余额，不是统筹额度；可由 5203 历史或经办系统按参保人提供）',
      en: "each person's annual outpatient quota of the pooled fund, what is used of it, and when it begins anew (balc of 2207 is the personal account; the agency's system would have to tell it)",
    },
    causeNo: [20, 29],
  },
  {
    id: 'B14',
    names: { zh: '为非定点机构结算', en: 'Settled for another institution' },
    part: null,
    needs: {
      zh: '结算终端的定位或网络地址与登记地址，机构中止、解除协议的名单及起止时间',
      en: "the terminal's position or network address beside the registered one, and a list of suspended institutions with dates",
    },
    causeNo: [17],
  },
  {
    id: 'D1',
    names: { zh: '血透时长不足', en: 'Dialysis too short' },
    part: null,
    needs: {
      zh: '透析室出入口人脸、2301/2304 住院与透析费用',
      en: 'faces at the door of the dialysis room, charges of 2301/2304',
    },
    causeNo: [24],
  },
  {
    id: 'D2',
    names: { zh: '血透体重无变化', en: 'No change of weight at dialysis' },
    part: null,
    needs: { zh: '透析前后体重秤数据', en: 'the scale before and after dialysis' },
    causeNo: [24],
  },
  {
    id: 'D3',
    names: { zh: '血透人脸认证不过或时间过短', en: 'Dialysis with a failed face check' },
    part: null,
    needs: { zh: '透析室人脸认证记录', en: "the dialysis room's face checks" },
    causeNo: [20, 24],
  },
  {
    id: 'D4',
    names: { zh: '挂床住院', en: 'Phantom bed stay' },
    part: null,
    needs: { zh: '云查房记录、病区人脸', en: 'remote ward rounds, faces in the ward' },
    causeNo: [11],
  },
  {
    id: 'D5',
    names: { zh: '分解住院', en: 'Split admission' },
    part: null,
    needs: { zh: '2401–2405 出入院及诊断', en: 'admissions and discharges (2401–2405) with diagnoses' },
    causeNo: [11],
  },
  {
    id: 'D6',
    names: { zh: '理疗虚记', en: 'Therapy billed and not given' },
    part: null,
    needs: { zh: '理疗室人脸停留时间', en: 'how long faces stay in the therapy room' },
    causeNo: [24],
  },
  {
    id: 'E4',
    names: { zh: '阻挠安装维护、专网挪用', en: 'Refused maintenance, misuse of the line' },
    part: null,
    needs: {
      zh: '运维工单及拒绝记录，专网流量监测',
      en: 'work orders with refusals, and a watch on the traffic of the dedicated line',
    },
    causeNo: [9],
  },
  {
    id: 'E6',
    names: { zh: '录像缺失', en: 'Recording gaps' },
    part: { zh: '录像保存不足 30 天', en: 'kept for less than 30 days' },
    needs: { zh: '前端录像机的存储清单', en: "the recorders' own lists of what they keep" },
    causeNo: [5],
  },
];
