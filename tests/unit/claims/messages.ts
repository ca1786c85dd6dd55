/** Message pairs of the national interface with fictional people, for the tests of several files. */

export type Fields = Record<string, unknown>;
export interface Pair {
  request: Fields;
  response: Fields | null;
}

export const CLINIC_CODE = 'H41162400123';
const AT = '2026-03-17 08:50:00';

let serial = 0;
/** A fresh one in the specification's form. */
export const freshMsgid = (clinic = CLINIC_CODE): string => `${clinic}20260317${String(++serial).padStart(10, '0')}`;

export const request = (infno: string, input: unknown, more: Fields = {}): Fields => ({
  infno,
  msgid: freshMsgid(String(more.fixmedins_code ?? CLINIC_CODE)),
  mdtrtarea_admvs: '411624',
  insuplc_admdvs: '411624',
  recer_sys_code: 'YBXT',
  dev_no: 'T-411624-0123-1',
  infver: 'V1.0',
  opter_type: '1',
  opter: '0001',
  opter_name: '测试村医',
  inf_time: AT,
  fixmedins_code: CLINIC_CODE,
  fixmedins_name: '测试村卫生室',
  sign_no: 'S1',
  input,
  ...more,
});

export const response = (output: unknown, more: Fields = {}): Fields => ({
  infcode: 0,
  inf_refmsgid: '411624202603170850000000000001',
  refmsg_time: '20260317085001000',
  respond_time: '20260317085001250',
  err_msg: null,
  output,
  ...more,
});

export const registration = (mdtrtId = 'M1', more: Fields = {}): Pair => ({
  request: request(
    '2201',
    {
      data: {
        psn_no: 'P0001',
        insutype: '390',
        begntime: AT,
        mdtrt_cert_type: '01',
        mdtrt_cert_no: 'TOKEN',
        ipt_otp_no: 'O1',
        atddr_no: 'D411624000001',
        dr_name: '测试村医',
        dept_code: 'A01',
        dept_name: '全科',
        caty: 'A01',
      },
    },
    more,
  ),
  response: response({ data: { mdtrt_id: mdtrtId, psn_no: 'P0001', ipt_otp_no: 'O1' } }),
});

export const feeLines = (mdtrtId = 'M1', more: Fields = {}): Pair => ({
  request: request(
    '2204',
    {
      feedetail: [
        {
          feedetl_sn: 'F1',
          mdtrt_id: mdtrtId,
          psn_no: 'P0001',
          chrg_bchno: 'B1',
          rx_circ_flag: '0',
          fee_ocur_time: AT,
          med_list_codg: 'XR05CBA198A001010100863',
          medins_list_codg: 'L1',
          det_item_fee_sumamt: '29.04',
          cnt: '2',
          pric: '14.52',
          bilg_dept_codg: 'A01',
          bilg_dept_name: '全科',
          bilg_dr_codg: 'D411624000001',
          bilg_dr_name: '测试村医',
          hosp_appr_flag: '0',
        },
      ],
    },
    more,
  ),
  response: response({ result: [{ feedetl_sn: 'F1', det_item_fee_sumamt: 29.04, inscp_scp_amt: 29.04 }] }),
});

const settlementInput = (mdtrtId: string): Fields => ({
  psn_no: 'P0001',
  mdtrt_cert_type: '01',
  mdtrt_cert_no: 'TOKEN',
  med_type: '11',
  medfee_sumamt: '29.04',
  psn_setlway: '01',
  mdtrt_id: mdtrtId,
  chrg_bchno: 'B1',
  insutype: '390',
  acct_used_flag: '0',
});

export const trial = (mdtrtId = 'M1', more: Fields = {}): Pair => ({
  request: request('2206', { data: settlementInput(mdtrtId) }, more),
  response: null,
});

/** 明细审核: nested as the specification has it. */
export const audit = (infno: '3101' | '3102' = '3102', mdtrtId = 'M1', more: Fields = {}): Pair => ({
  request: request(
    infno,
    {
      data: {
        syscode: 'HIS',
        task_id: 'TASK-1',
        trig_scen: '2',
        patient_dtos: [
          {
            patn_id: 'P0001',
            patn_name: '张三',
            gend: '1',
            brdy: '1949-12-31',
            poolarea: '411624',
            curr_mdtrt_id: mdtrtId,
            fsi_encounter_dtos: [
              { mdtrt_id: 'OLD', med_type: '21', medfee_sumamt: '900.00' },
              { mdtrt_id: mdtrtId, med_type: '11', medfee_sumamt: '29.04', insutype: '390', fsi_order_dtos: [] },
            ],
          },
        ],
      },
    },
    more,
  ),
  response: null,
});

/** 对总账: how many settlements the clinic reconciles for a period. */
export const reconciliation = (count: number, over: Fields = {}, more: Fields = {}): Pair => ({
  request: request(
    '3201',
    {
      data: {
        ...{
          insutype: '390',
          clr_type: '11',
          setl_optins: '411624',
          stmt_begndate: '2026-03-17',
          stmt_enddate: '2026-03-17',
        },
        ...{ medfee_sumamt: '100.00', fund_pay_sumamt: '60.00', acct_pay: '0', fixmedins_setl_cnt: String(count) },
        ...over,
      },
    },
    more,
  ),
  response: { infcode: 0, output: { stmtinfo: { stmt_rslt: '0' } } },
});

/** 结算信息查询: what the platform knows of a visit's settlements. */
export const pulled = (setlIds: readonly string[], more: Fields = {}): Pair => ({
  request: request('5203', { data: { psn_no: 'P0001', mdtrt_id: 'M1', setl_id: '' } }, more),
  response: {
    infcode: 0,
    output: {
      setlinfo: setlIds.map((setl_id) => ({
        setl_id,
        mdtrt_id: 'M1',
        setl_time: '2026-03-17 08:50:01',
        medfee_sumamt: '29.04',
      })),
    },
  },
});

export const setlinfo = (setlId: string, mdtrtId: string): Fields => ({
  mdtrt_id: mdtrtId,
  setl_id: setlId,
  psn_no: 'P0001',
  psn_name: '张三',
  psn_cert_type: '01',
  certno: '411624194912310028',
  insutype: '390',
  setl_time: '2026-03-17 08:50:01',
  med_type: '11',
  medfee_sumamt: 29.04,
  fund_pay_sumamt: 17.42,
  psn_part_amt: 11.62,
  acct_pay: 0,
  psn_cash_pay: 11.62,
  hosp_part_amt: 0,
});

export const settlement = (setlId = 'S1', mdtrtId = 'M1', more: Fields = {}): Pair => ({
  request: request(
    '2207',
    {
      data: {
        ...settlementInput(mdtrtId),
        invono: 'I1',
        fulamt_ownpay_amt: '0.00',
        overlmt_selfpay: '0.00',
        preselfpay_amt: '0.00',
        inscp_scp_amt: '29.04',
      },
    },
    more,
  ),
  response: response({ setlinfo: setlinfo(setlId, mdtrtId), setldetail: [] }),
});

export const reversal = (setlId = 'S1', mdtrtId = 'M1', more: Fields = {}): Pair => ({
  request: request('2208', { data: { setl_id: setlId, mdtrt_id: mdtrtId, psn_no: 'P0001' } }, more),
  response: response({ setlinfo: { setl_id: setlId, mdtrt_id: mdtrtId } }),
});

export const technicalReversal = (omsgid: string, oinfno: string, more: Fields = {}): Pair => ({
  request: request('2601', { data: { psn_no: 'P0001', omsgid, oinfno } }, more),
  response: response({}),
});

export const feeCancel = (mdtrtId = 'M1', chrgBchno = 'B1', more: Fields = {}): Pair => ({
  request: request('2205', { data: { mdtrt_id: mdtrtId, chrg_bchno: chrgBchno, psn_no: 'P0001' } }, more),
  response: response({}),
});

export const registrationCancel = (mdtrtId = 'M1', more: Fields = {}): Pair => ({
  request: request('2202', { data: { mdtrt_id: mdtrtId, ipt_otp_no: 'O1', psn_no: 'P0001' } }, more),
  response: response({}),
});

export const identity = (status: string, more: Fields = {}): Pair => ({
  request: request('1101', { data: { mdtrt_cert_type: '02', mdtrt_cert_no: '411624194912310028' } }, more),
  response: response({
    baseinfo: {
      psn_no: 'P0001',
      psn_name: '张三',
      certno: '411624194912310028',
      psn_cert_type: '1',
      gend: '1',
      age: 76,
    },
    insuinfo: [{ insutype: '390', psn_type: '1501', psn_insu_stas: status, psn_insu_date: '2020-01-01', balc: '0' }],
    idetinfo: [],
  }),
});

/** The fields of a pair's input node, to be changed. */
export function inputOf(pair: Pair, node = 'data'): Fields {
  const found = (pair.request.input as Fields)[node];
  return (Array.isArray(found) ? found[0] : found) as Fields;
}

export function outputOf(pair: Pair, node: string): Fields {
  return ((pair.response?.output ?? {}) as Fields)[node] as Fields;
}
