import { interfaceTime } from './city-time.ts';
import type { Clinic } from './geography.ts';
import { boxes4, msgidOf, yuan } from './message-writer.ts';
import { certnoOf, nameOf } from './person-names.ts';
import { type FeeLine, staffCode, staffName, type Visit } from './visit.ts';

/** Input and output of one transaction, as JSON text. */
export interface Body {
  readonly input: string;
  readonly output: string;
}

const CONSULTATION = '001102000010000';
const ACUTE = [
  ['J06.900', '急性上呼吸道感染'],
  ['J20.900', '急性支气管炎'],
  ['K29.700', '胃炎'],
  ['M54.500', '腰痛'],
  ['A09.901', '感染性腹泻'],
  ['L30.900', '皮炎'],
] as const;
const CHRONIC = [
  ['I10.x00', '高血压病'],
  ['E11.900', '2型糖尿病'],
  ['I25.100', '冠状动脉粥样硬化性心脏病'],
  ['I69.300', '脑梗死后遗症'],
] as const;

/** With the face check the credential is the electronic one. */
const certType = (visit: Visit): string => (visit.auth?.ok ? '01' : visit.person.index % 5 === 0 ? '02' : '03');
const medType = (visit: Visit): string => (visit.chronic ? '14' : '11');
const fundPart = (visit: Visit): string =>
  `"fulamt_ownpay_amt":"0.00","overlmt_selfpay":"0.00","preselfpay_amt":"${yuan(visit.totalFen - visit.inScopeFen)}","inscp_scp_amt":"${yuan(visit.inScopeFen)}"`;

/** 2201 门诊挂号 */
export function registration(visit: Visit): Body {
  const { mdtrtId, batch } = visit.ids;
  const { clinic, doctor } = visit;
  return {
    input:
      `{"data":{"psn_no":"${visit.psnNo}","insutype":"390","begntime":"${interfaceTime(visit.registerAt)}","mdtrt_cert_type":"${certType(visit)}",` +
      `"mdtrt_cert_no":"C${visit.person.index}","ipt_otp_no":"${batch}","atddr_no":"${staffCode(clinic, doctor)}","dr_name":"${staffName(clinic, doctor)}",` +
      `"dept_code":"01","dept_name":"全科","caty":"A02"}}`,
    output: `{"data":{"mdtrt_id":"${mdtrtId}","psn_no":"${visit.psnNo}","ipt_otp_no":"${batch}"}}`,
  };
}

/** 2203 门诊就诊信息上传 */
export function diagnosis(visit: Visit): Body {
  const { clinic, doctor } = visit;
  const list = visit.chronic ? CHRONIC : ACUTE;
  const [code, name] = list[(visit.person.index * 7 + (visit.chronic ? 0 : visit.serial)) % list.length] ?? ACUTE[0];
  return {
    input:
      `{"mdtrtinfo":{"mdtrt_id":"${visit.ids.mdtrtId}","psn_no":"${visit.psnNo}","med_type":"${medType(visit)}","begntime":"${interfaceTime(visit.registerAt)}","main_cond_dscr":""},` +
      `"diseinfo":[{"diag_type":"1","diag_srt_no":"1","diag_code":"${code}","diag_name":"${name}","diag_dept":"全科","dise_dor_no":"${staffCode(clinic, doctor)}",` +
      `"dise_dor_name":"${staffName(clinic, doctor)}","diag_time":"${interfaceTime(visit.registerAt)}","vali_flag":"1"}]}`,
    output: '{}',
  };
}

const lineNo = (visit: Visit, i: number): string => `${visit.ids.batch}-${i + 1}`;
const priceOf = (line: FeeLine): string => `${yuan(line.drug ? line.drug.priceFen : line.amountFen)}0000`;
const countOf = (line: FeeLine): string => (line.drug ? boxes4(line.halves) : '1.0000');

/** 2204 门诊费用明细上传 */
export function feeLines(visit: Visit): Body {
  const { mdtrtId, batch } = visit.ids;
  const { clinic, doctor } = visit;
  const items = visit.lines.map((line, i) => {
    const code = line.drug?.code ?? CONSULTATION;
    const supply = line.drug
      ? `"sin_dos_dscr":"1${line.drug.pack > 20 ? '片' : '粒'}","used_frqu_dscr":"每日${line.drug.dailyDose}次","prd_days":"${Math.floor(((line.halves / 2) * line.drug.pack) / line.drug.dailyDose)}","medc_way_dscr":"口服",`
      : '';
    return (
      `{"feedetl_sn":"${lineNo(visit, i)}","mdtrt_id":"${mdtrtId}","psn_no":"${visit.psnNo}","chrg_bchno":"${batch}","rxno":"R${batch}","rx_circ_flag":"0",` +
      `"fee_ocur_time":"${interfaceTime(visit.feesAt)}","med_list_codg":"${code}","medins_list_codg":"${code}","medins_list_name":"${line.drug?.name ?? '一般诊疗费'}",` +
      `"det_item_fee_sumamt":"${yuan(line.amountFen)}","cnt":"${countOf(line)}","pric":"${priceOf(line)}",${supply}"bilg_dept_codg":"01","bilg_dept_name":"全科",` +
      `"bilg_dr_codg":"${staffCode(clinic, doctor)}","bilg_dr_name":"${staffName(clinic, doctor)}","hosp_appr_flag":"0"}`
    );
  });
  const answers = visit.lines.map(
    (line, i) =>
      `{"feedetl_sn":"${lineNo(visit, i)}","det_item_fee_sumamt":"${yuan(line.amountFen)}","cnt":"${countOf(line)}","pric":"${priceOf(line)}",` +
      `"inscp_scp_amt":"${yuan(line.inScopeFen)}","chrgitm_lv":"${line.inScopeFen === line.amountFen ? '01' : '02'}"}`,
  );
  return { input: `{"feedetail":[${items.join(',')}]}`, output: `{"result":[${answers.join(',')}]}` };
}

function settlementInput(visit: Visit, sign: 1 | -1): string {
  const { mdtrtId, batch } = visit.ids;
  return (
    `{"data":{"psn_no":"${visit.psnNo}","mdtrt_cert_type":"${certType(visit)}","mdtrt_cert_no":"C${visit.person.index}","med_type":"${medType(visit)}",` +
    `"medfee_sumamt":"${yuan(sign * visit.totalFen)}","psn_setlway":"01","mdtrt_id":"${mdtrtId}","chrg_bchno":"${batch}","insutype":"390","acct_used_flag":"0",${fundPart(visit)}}}`
  );
}

/** 2206 门诊预结算: the question; whoever asks it has no answer yet. */
export const trialInput = (visit: Visit): string => settlementInput(visit, 1);

function settlementOutput(visit: Visit, at: number, setlId: string, sign: 1 | -1, extra: string): string {
  const { clinic, person } = visit;
  const own = yuan(sign * (visit.totalFen - visit.fundFen));
  const fund = yuan(sign * visit.fundFen);
  return (
    `{"setlinfo":{"mdtrt_id":"${visit.ids.mdtrtId}","setl_id":"${setlId}","psn_no":"${visit.psnNo}","psn_name":"${nameOf(person)}","psn_cert_type":"01",` +
    `"certno":"${certnoOf(clinic, person)}","gend":"${person.male ? 1 : 2}","brdy":"${person.details.birth}","insutype":"390","psn_type":"1501","cvlserv_flag":"0",` +
    `"setl_time":"${interfaceTime(at)}","mdtrt_cert_type":"${certType(visit)}","med_type":"${medType(visit)}","medfee_sumamt":"${yuan(sign * visit.totalFen)}",${fundPart(visit)},` +
    `"hifp_pay":"${fund}","fund_pay_sumamt":"${fund}","psn_part_amt":"${own}","acct_pay":"0.00","psn_cash_pay":"${own}","hosp_part_amt":"0.00","balc":"0.00",` +
    `"clr_type":"11"${extra}},"setldetail":[{"fund_pay_type":"390100","inscp_scp_amt":"${yuan(sign * visit.inScopeFen)}","fund_payamt":"${fund}"}]}`
  );
}

/** 2207 门诊结算 */
export const settlement = (visit: Visit): Body => ({
  input: settlementInput(visit, 1),
  output: settlementOutput(visit, visit.settleAt, visit.ids.setlId, 1, ''),
});

/** A reversal as exports of history tell it: 2207 with negative money (DOMAIN.md 1.5). */
export const refundRow = (visit: Visit, at: number): Body => ({
  input: settlementInput(visit, -1),
  output: settlementOutput(
    visit,
    at,
    `${visit.ids.setlId}R`,
    -1,
    `,"refd_setl_flag":"1","init_setl_id":"${visit.ids.setlId}"`,
  ),
});

/** 2208 门诊结算撤销 */
export const reversal = (visit: Visit, at: number): Body => {
  const { setlId, mdtrtId } = visit.ids;
  return {
    input: `{"data":{"setl_id":"${setlId}","mdtrt_id":"${mdtrtId}","psn_no":"${visit.psnNo}"}}`,
    output: `{"setlinfo":{"mdtrt_id":"${mdtrtId}","setl_id":"${setlId}R","clr_optins":"${visit.clinic.county}","setl_time":"${interfaceTime(at)}"}}`,
  };
};

/** 2601 冲正交易 of the settlement with this number among the day's messages. */
export const technicalReversal = (visit: Visit, settledSequence: number): Body => ({
  input: `{"data":{"psn_no":"${visit.psnNo}","omsgid":"${msgidOf(visit.clinic, visit.settleAt, settledSequence)}","oinfno":"2207"}}`,
  output: '{}',
});

/** Names of the clinic's people in stock messages. */
export const sellerOf = (clinic: Clinic): string => staffName(clinic, clinic.staff - 1);
