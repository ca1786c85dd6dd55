/** What a rule looks for and what speaks against it, for people who do not read code: docs/rules.md and GET /v1/rules. */
export interface Definition {
  readonly zh: string;
  readonly en: string;
  /** What explains it first, and what leaves it undetermined. */
  readonly except: { readonly zh: string; readonly en: string };
}

const define = (zh: string, en: string, exceptZh: string, exceptEn: string): Definition => ({
  zh,
  en,
  except: { zh: exceptZh, en: exceptEn },
});

/** Under the rule's id, of the newest version. */
export const DEFINITIONS: Readonly<Record<string, Definition>> = {
  A1: define(
    '结算时段画面完整，柜台前的人与参保人照片明显不同（落在本人分布的尾部之外），时段内也没有见到本人。',
    'The window was covered to its end, the person at the counter lies beyond the genuine tail of the portrait, and the insured person was not seen.',
    '医保终端核验通过、代办人、家庭成员（转 A6）、幼儿、照片质量差或过旧、画面不足、摄像机有漏拍可能。',
    'The terminal passed the person; a proxy; household (A6); small children; a poor or old portrait; a blind window; cameras that miss people.',
  ),
  A2: define(
    '结算时段画面完整，没有见到参保人，也没有见到代办人或家庭成员。',
    'The window was covered to its end, and neither the insured person nor a proxy or relative was seen.',
    '出诊备案、医保终端核验通过、画面不足、看不清面部、摄像机有漏拍可能。',
    'A filed home visit; the terminal passed the person; a blind window; faces that cannot be judged; cameras that miss people.',
  ),
  A3: define(
    '同一个人在短时间或一天内是多名参保人结算时柜台前唯一的就诊人。',
    "One face is the only visitor at the counter for several people's settlements, within a short span or a day.",
    '登记的代办人和家庭成员在限额内、医保终端核验通过的结算、出诊、画面不足的结算。',
    'Registered proxies and household within their limit; settlements that the terminal confirmed; home visits; blind windows.',
  ),
  A4: define(
    '一天内多笔结算的时段里只见到本机构医务人员。',
    "In the windows of several settlements of a day only the clinic's staff were seen.",
    '医务人员本人就诊、医保终端核验通过、出诊、看不清面部、画面不足。',
    "Staff's own visits; settlements that the terminal confirmed; home visits; faces that cannot be judged; blind windows.",
  ),
  A5: define(
    '全天结算人数明显多于到诊人数。',
    'Many more people settled on a day than came.',
    '代办、医务人员本人、医保终端核验通过者、出诊；当日画面覆盖不足则不判定。',
    'Proxies, staff themselves, people whom the terminal confirmed, home visits; a day that cameras covered too little.',
  ),
  A6: define(
    '柜台前的是参保人的家庭成员，且未登记代办：请补登记，不作指控。',
    'A member of the household stood at the counter and is no registered proxy: a request to register, no accusation.',
    '已登记的代办人、本人同时到场、医保终端核验通过。',
    'A registered proxy; the insured person was there too; the terminal passed the person.',
  ),
  A7: define(
    '同一代办人在一段时间内为多名非本户参保人或多个家庭办理。',
    'One proxy comes for many people who are no household of his, or for many households.',
    '本户成员、登记的村干部或养老机构关系。',
    'The own household; registered relations such as village cadres and care homes.',
  ),
  A8: define(
    '就诊时参保人在死亡名单上，或参保（待遇）处于暂停状态。',
    'At that time the person was listed as dead, or the insurance was suspended.',
    '本人到场或医保终端核验通过时转为名单核对；死亡登记过晚的先核对名单；已撤销。',
    'Seen alive or passed by the terminal: the list is asked about; a death registered late: the list comes first; reversed.',
  ),
  A9: define(
    '就诊时参保人在其他机构住院。',
    'At that time the person was an inpatient at another institution.',
    '当日入院或出院、允许的就诊类别、本机构住院、已登记代办；本人到场时转为名单核对；长期无出院时间的不判定。',
    'Admitted or discharged that day; permitted kinds of visit; a stay at this institution; a registered proxy; seen here: the list is asked about; a stay that never ended: undetermined.',
  ),
  A10: define(
    '同一参保人在两处机构结算，间隔短于两地最短距离所需的时间，或同日跨省。',
    'One person settled at two institutions in less time than the least distance takes, or in two provinces on a day.',
    '有登记的代办人；距离未知且时间很近的不判定；已撤销。',
    'A registered proxy; unknown distance within a short time: undetermined; reversed.',
  ),
  A11: define(
    '结算时参保人在服刑、出境或异地务工名单上。',
    'At that time the person was listed as in prison, abroad or away for work.',
    '本人到场或终端核验通过时转为名单核对；登记的代办人；名单过旧不判定，并注明名单日期。',
    'Seen here: the list is asked about; a registered proxy; an old list: undetermined. The age of the list is shown.',
  ),
  A12: define(
    '强制刷脸后，机构刷身份证、社保卡的占比远高于同县机构；或同一设备号出现在两家机构。',
    'After face settlement became mandatory a clinic settles with cards far more than its county; or one device number is used at two clinics.',
    '样本太少、同县机构太少、HIS 统一填写的设备号。',
    "Too few settlements or peers; device numbers that are a HIS vendor's placeholder.",
  ),
  A13: define(
    '当日有完全相同（逐位一致）的人脸图像特征在不同时间重复出现。',
    "A face's picture came again on the same day, the same to the last bit, at another moment.",
    '同一时刻的重复上报；未启用人脸识别。',
    'One look told twice; face recognition switched off.',
  ),
  A14: define(
    '同一批参保人在多天里总在同一短时段内、以几乎相同的顺序结算。',
    'The same people settle within the same short block, in nearly the same order, on several days.',
    '家庭成员按一人计；报备的接种日和慢病日。',
    'A household counts once; filed vaccination and chronic-disease days.',
  ),
  A15: define(
    '事前请求（2206、3101、3102）所附的人脸照片与参保人照片明显不同：超出本人比对分数的尾部，且照片、参保人照片均合格。',
    "The face picture sent with a request (2206, 3101, 3102) lies beyond the tail of the right people's own scores, and both pictures are good enough.",
    '照片不合格、无可用参保人照片、年幼、家庭成员、已登记代办人（或其无照片）、本人被摄像机见到、终端核验通过；一律不据此判定。',
    'A picture that cannot be used, no usable portrait, a small child, kin, a registered proxy (or one without a portrait), the person seen by a camera, a passed terminal check: nothing follows.',
  ),
  A16: define(
    '请求写明的医保终端核验流水号（authNo）在终端日志中属于另一人、另一机构或另一时间，或已用于同一人的另一次就诊。',
    "The terminal's number (authNo) that a request names stands in the terminal's log for another person, place or time, or was named for another visit.",
    '日志中尚无该流水号的不判定，收到日志后复核；只作数据核对，不作违规认定。',
    'A number that is in no log yet: undetermined, looked at again when the log comes. A question about data only.',
  ),
  B1: define(
    '在机构报备的开诊时间之外结算；夜间（22:00–06:00）单独分类。',
    'Settled outside the declared opening hours; the night (22:00–06:00) is a class of its own.',
    '夜间急诊报备、出诊、接种日、医务人员本人、本人或代办人到场、终端核验通过；未报开诊时间的不判定。',
    'An approved emergency, home visit, vaccination day; staff themselves; the person or a proxy came; no hours declared: undetermined.',
  ),
  B2: define(
    '几分钟内集中结算多笔，或连续多个间隔极短，且多数未见参保人到场；柜台除医务人员外无人而当日摄像机正常的，仅指明这些结算。',
    'Many settlements within minutes, or several very short gaps in a row, and for most of them nobody was seen to come; where cameras that saw others that day saw nobody but staff at the counter, these alone are named.',
    '接种日、出诊、已撤销；多数人到场的是排队。',
    'A vaccination day; home visits; reversed ones; when somebody came for most of them it was a queue.',
  ),
  B3: define(
    '连续结算按户号或人员编号只升或只降，且多数未见参保人到场。',
    'Settlements in a row whose household or person numbers only rise or only fall, and for most of them nobody was seen to come.',
    '家庭成员按一人计；接种日、出诊、已撤销；多数人到场。',
    'A family counts once; a vaccination day; home visits; reversed ones; people who came.',
  ),
  B4: define(
    '同一参保人同日同一诊断分多笔结算，每笔不超限额而合计超过。',
    'One person, one day, one diagnosis, several settlements: each within the limit, together above it.',
    '慢病与急性病同日、不同诊断、已撤销；缺少诊断的不判定。',
    'Chronic and acute on one day; different diagnoses; reversed ones; no diagnosis: undetermined.',
  ),
  B5: define(
    '当日半数以上结算金额完全相同，或四成以上略低于限额。',
    "Half of a day's settlements come to the same sum, or two in five lie just below the limit.",
    '只收一般诊疗费的就诊、接种日、结算笔数少；缺少费用明细的不判定。',
    'Consultations alone; a vaccination day; few settlements; no fee lines: undetermined.',
  ),
  B6: define(
    '撤销率过高且远高于同县机构，或撤销后短时间内改结他人。',
    'Far more reversals than the county, or a bill taken back and settled for somebody else soon after.',
    '同县机构也高、次数太少。',
    'As in the county; too few.',
  ),
  B7: define(
    '当日结算笔数超过在岗医师在开诊时间内可接诊的数量。',
    'More settlements on a day than the doctors can see in the opening hours.',
    '多名医师当班、接种日、出诊；未注明医师的不判定。',
    'Several doctors on shift; a vaccination day; home visits; no doctor named: undetermined.',
  ),
  B8: define(
    '一种诊断占机构就诊的一半以上，且远高于同县占比。',
    'One diagnosis makes half of the visits of a clinic, and far more than in its county.',
    '当季流行病、样本太少、全县均高。',
    'Diseases of the season; too few visits; common in the county.',
  ),
  B9: define(
    '诊断与参保人年龄或性别不符（诊断范围表可配置）；当日多人时为疑点，个别的按数据质量处理。',
    'A diagnosis that a person of that age or sex cannot have (a configurable table); many people on a day are a suspicion, a few a question about data.',
    '编码错误（数据质量）；年龄、性别未知的不判定；中医诊断编码不参与。',
    'Wrong codes (data quality); age or sex unknown: undetermined; codes of Chinese medicine are left out.',
  ),
  B10: define(
    '同一参保人一月或一日内门诊次数超常。',
    'One person has more outpatient settlements in a month or a day than illness explains.',
    '透析、注射疗程；住院、购药等类别不计。',
    'Dialysis and courses of injections; kinds that are no outpatient visit.',
  ),
  B11: define(
    '月末几天的基金支出占比远高于以往各月。',
    'The last days of a month take far more of its fund than in the months before.',
    '以往月份不足、金额太小、报备的集中服务日。',
    'Too few months known; little money; filed days of service.',
  ),
  B13: define(
    '费用明细的开单医师当半日未签到，或当时在其他机构签到。',
    'The doctor in whose name was billed had not signed in that half day, or was signed in elsewhere.',
    '同事在岗的调班、不在名册、医师“未知”均按数据质量处理；机构不上传签到的不判定。',
    'An exchange with a colleague who was there, a doctor not on the roster or "unknown": questions about data; no sign-ins kept: undetermined.',
  ),
  E1: define(
    '摄像机中断期间仍有结算：只针对设备。',
    'Settlements went on while a camera was out: about the camera alone.',
    '报备的停机、开诊时间外的短中断。',
    'Filed outages; short ones and those outside the opening hours.',
  ),
  E2: define(
    '开诊时间内摄像机被遮挡、移位、改角度、失焦、画面静止，或码率过低、码流断续。',
    'Within opening hours a camera was covered, moved, turned, out of focus or frozen, or its stream was too poor to vouch for anybody.',
    '报备的停机和布局变更、开诊时间外、时间很短。',
    'Filed outages and changes of the layout; outside opening hours; short ones.',
  ),
  E3: define(
    '画面长时间与基准画面不同，且未备案布局变更。',
    'The view differs from its reference for long, and no change of the layout was filed.',
    '已备案、很快复原。',
    'Filed; put back soon.',
  ),
  E5: define(
    '摄像机时钟偏差：超过 30 秒提醒、超过 60 秒需校时、约 8 小时为时区错误、1970/2000 年为断电复位。已测得的偏差在比对时已校正。',
    'A clock is off: above 30 s a warning, above 60 s to be set, about eight hours the time zone, 1970 or 2000 a reset. What was measured is corrected for.',
    '从未测量的不判定；停用的摄像机。',
    'Never measured: undetermined; cameras that are switched off.',
  ),
  E6: define(
    '当日开诊时间内录像覆盖不足。',
    'Too little of the opening hours was recorded.',
    '报备的停机时段。',
    'Filed outages.',
  ),
  E7: define(
    '一个月内，同一摄像机的多次中断里都有集中结算，而其他日子同一时段很少如此。只针对证据的完整性。',
    'In a month several outages of one camera had bursts of settlements in them, which the same hours of other days seldom have. About the evidence alone.',
    '报备的停机、开诊时间外的中断、中断次数少、同一时段平时也集中结算。',
    'Filed outages; those outside the opening hours; few of them; hours that are busy on other days too.',
  ),
  P1: define(
    '临近开诊时摄像机仍未就绪。',
    'A camera is not ready shortly before the clinic opens.',
    '报备的停机、很短的中断。',
    'Filed outages; very short ones.',
  ),
  S1: define(
    '数周内，柜台无人的结算多于摄像机漏拍和出诊所能解释的数量（按每台摄像机自身漏拍率，序贯检验）。',
    "Over weeks more settlements with nobody at the counter than misses and home visits explain, by each camera's own miss rate, in a sequential test.",
    '终端核验通过、医务人员、代办、出诊、接种日先行解释；画面不足的不计。',
    'The terminal, staff, proxies, home visits and vaccination days explain first; blind windows do not count.',
  ),
  S2: define(
    '数周内，只见到他人的普通门诊结算多于陪同和画质所能解释的数量。',
    'Over weeks more acute visits with only somebody else seen than companions and poor pictures explain.',
    '慢病代取、登记的代办人、终端核验通过、画面不足。',
    'Medicine collected for chronic diseases; registered proxies; the terminal; blind windows.',
  ),
  S3: define(
    '多名医师坐诊的机构，数周内某一医师名下无人（或只见到他人）的结算占比明显高于同机构、同摄像机下的其他医师。',
    'At a clinic of several doctors, over weeks nobody (or only somebody else) came for far more of one doctor’s settlements than of the others’, before the same cameras.',
    '仅一名医师的机构不运行；全机构都高的由 S1、S2 说明；S1、S2 的全部除外情形；其他医师结算太少的不判定；摄像机同期漏拍的转为检查摄像机。同周与 S1、S2 合为一条预警。',
    'Not run for one doctor alone; what is high at the whole clinic is a matter of S1 and S2; all that explains there explains here; too few settlements of the others: undetermined; a camera at fault: a check of it. One alert with S1 or S2 of the same week.',
  ),
  S4: define(
    '数周内，同一参保人的卡在其常去机构之外多次结算，柜台无人或只见到他人，多于漏拍、出诊和家人代办所能解释的数量；只提示了解，不针对参保人。',
    'Over weeks a card is settled again and again away from the clinic where its owner belongs, with nobody or only somebody else at the counter, more than misses, home visits and family explain. It asks, and says nothing against the owner.',
    '登记的代办人、家庭成员、终端核验通过、出诊及其他报备、画面不足、慢病代取；机构累积评分（S1、S2、S3）已指明的结算归该机构；只涉及一家机构的不提示。误报水平按全市被检验人数折算。',
    'Registered proxies, household, the terminal, home visits and other filings, blind windows, medicine collected; what a clinic’s own score (S1, S2, S3) names is the clinic’s; cards of one clinic alone. The level of false alarms is reckoned by how many enrollees of the city are tested.',
  ),
};
