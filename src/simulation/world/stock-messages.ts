import type { Drug } from './catalogue.ts';
import { DAY_MS, dateOf, interfaceTime } from './city-time.ts';
import type { Body } from './claim-messages.ts';
import { sellerOf } from './claim-messages.ts';
import type { Clinic } from './geography.ts';
import { boxes4, yuan } from './message-writer.ts';
import { certnoOf, nameOf } from './person-names.ts';
import { type Sale, staffName, type Visit } from './visit.ts';

const OK = '{}';

/** The institution's identity of a drug, the same in all stock messages (DOMAIN.md 1.6). */
const drugPart = (drug: Drug, batch: string): string =>
  `"med_list_codg":"${drug.code}","fixmedins_hilist_id":"${drug.code}","fixmedins_hilist_name":"${drug.name}","fixmedins_bchno":"${batch}"`;

/** Lots are made some months before a clinic has them. */
const lotPart = (drug: Drug, at: number, clinic: Clinic): string => {
  const made = at - (90 + ((drug.index * 13 + clinic.index) % 120)) * DAY_MS;
  return `"manu_lotnum":"${dateOf(made).slice(2, 7).replace('-', '')}${String(drug.index).padStart(3, '0')}","manu_date":"${dateOf(made)}","expy_end":"${dateOf(made + 730 * DAY_MS)}"`;
};

const codesPart = (codes: readonly string[]): string =>
  `"drugtracinfo":[${codes.map((code) => `{"drug_trac_codg":"${code}"}`).join(',')}]`;

/** 3501 商品盘存上传: `halves` as counted, half boxes. */
export const stockTake = (clinic: Clinic, drug: Drug, batch: string, at: number, halves: number): Body => ({
  input: `{"invinfo":{${drugPart(drug, batch)},"rx_flag":"1","invdate":"${dateOf(at)}","inv_cnt":"${(halves / 2).toFixed(2)}",${lotPart(drug, at, clinic)},"memo":""}}`,
  output: OK,
});

/** 3502 商品库存变更 */
export const stockChange = (
  clinic: Clinic,
  drug: Drug,
  batch: string,
  at: number,
  type: string,
  boxes: number,
): Body => ({
  input: `{"invinfo":{${drugPart(drug, batch)},"inv_chg_type":"${type}","pric":"${yuan(drug.priceFen)}0000","cnt":"${boxes.toFixed(4)}","rx_flag":"1","inv_chg_time":"${interfaceTime(at)}","inv_chg_opter_name":"${sellerOf(clinic)}","memo":"","trdn_flag":"0"}}`,
  output: OK,
});

/** Who delivered, and on which note: a false receipt has a note too. */
export interface Delivery {
  readonly supplier: string;
  readonly note: string;
}

export const deliveryOf = (clinic: Clinic, at: number, receipt: number): Delivery => ({
  supplier: '周口市医药配送有限公司',
  note: `SH${dateOf(at).replaceAll('-', '')}${clinic.code.slice(1, 7)}${String(receipt).padStart(4, '0')}`,
});

/** 3503 商品采购 */
export const receipt = (
  clinic: Clinic,
  drug: Drug,
  batch: string,
  at: number,
  boxes: number,
  delivery: Delivery,
): Body => ({
  input:
    `{"purcinfo":{${drugPart(drug, batch)},"dynt_no":"${delivery.note}","spler_name":"${delivery.supplier}",${lotPart(drug, at, clinic)},"prodentp_name":"${drug.maker}",` +
    `"aprvno":"国药准字H${20_000_000 + drug.index}","finl_trns_pric":"${yuan(drug.priceFen)}0000","purc_retn_cnt":"${boxes.toFixed(4)}","purc_invo_no":"FP${delivery.note.slice(2)}",` +
    `"rx_flag":"1","purc_retn_stoin_time":"${interfaceTime(at)}","purc_retn_opter_name":"${sellerOf(clinic)}","prod_geay_flag":"0","memo":""}}`,
  output: OK,
});

/** 3507 商品信息删除 of a receipt (`inv_data_type` 3). */
export const deletion = (batch: string): Body => ({
  input: `{"data":{"fixmedins_bchno":"${batch}","inv_data_type":"3"}}`,
  output: OK,
});

/** 3505 商品销售 of one fee line. */
export const sale = (visit: Visit, sold: Sale, line: number): Body => saleBody(visit, sold, line, visit.settleAt, '');

/** 3506 商品销售退货: brought back after a reversal. */
export const saleReturn = (visit: Visit, sold: Sale, line: number, at: number): Body =>
  saleBody(visit, sold, line, at, `"medins_prod_sel_no":"${visit.ids.batch}-${line}",`);

function saleBody(visit: Visit, sold: Sale, line: number, at: number, extra: string): Body {
  const { clinic, doctor, person } = visit;
  const { setlId, mdtrtId, batch } = visit.ids;
  const split = sold.halves % 2 === 1;
  return {
    input:
      `{"selinfo":{${drugPart(sold.drug, sold.batch)},"prsc_dr_name":"${staffName(clinic, doctor)}","phar_name":"${sellerOf(clinic)}","phar_prac_cert_no":"Z${clinic.code.slice(1)}",` +
      `"hi_feesetl_type":"1","setl_id":"${setlId}","mdtrt_sn":"${mdtrtId}","psn_no":"${visit.psnNo}","psn_cert_type":"01","certno":"${certnoOf(clinic, person)}","psn_name":"${nameOf(person)}",` +
      `${lotPart(sold.drug, at, clinic)},"rx_flag":"1","trdn_flag":"${split ? 1 : 0}","finl_trns_pric":"${yuan(sold.drug.priceFen)}0000","rxno":"R${batch}","rx_circ_flag":"0",` +
      `"rtal_docno":"${batch}-${line}",${extra}"drug_trac_codg":"${sold.codes[0] ?? ''}",${codesPart(sold.codes)},"sel_retn_cnt":"${boxes4(sold.halves)}","sel_retn_time":"${interfaceTime(at)}","sel_retn_opter_name":"${sellerOf(clinic)}","memo":""}}`,
    output: OK,
  };
}
