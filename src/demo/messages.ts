import { DateTime } from 'luxon';
import type { Scenario, ScenarioPerson } from './scenario.ts';

/** What the demo's HIS sends: pairs of the national interface, built from what a visit is. */
export interface MessagePair {
  readonly request: Record<string, unknown>;
  readonly response: Record<string, unknown> | null;
}

export interface VisitKeys {
  readonly mdtrtId: string;
  readonly setlId: string;
  readonly batch: string;
}

export interface MessageBuilder {
  keysOf(visit: string): VisitKeys;
  register(at: number, visit: string, person: ScenarioPerson): MessagePair;
  diagnose(at: number, visit: string, person: ScenarioPerson): MessagePair;
  fees(at: number, visit: string, person: ScenarioPerson, total: string): MessagePair;
  trial(at: number, visit: string, person: ScenarioPerson, total: string): MessagePair;
  settle(at: number, visit: string, person: ScenarioPerson, total: string, fund: string): MessagePair;
  reverse(at: number, visit: string, person: ScenarioPerson): MessagePair;
  technicalReversal(at: number, person: ScenarioPerson, reversedMsgid: string): MessagePair;
}

const yuan = (fen: number): string => (fen / 100).toFixed(2);
const fenOf = (amount: string): number => Math.round(Number(amount) * 100);

/** Messages of one clinic. Message ids are the interface's: clinic, second, serial. */
export function createMessageBuilder(scenario: Scenario): MessageBuilder {
  const { clinic } = scenario;
  let serial = 0;
  const time = (at: number, format: string): string =>
    DateTime.fromMillis(at, { zone: scenario.zone }).toFormat(format);
  const local = (at: number): string => time(at, 'yyyy-MM-dd HH:mm:ss');
  const day = time(scenario.startsAt, 'yyMMdd');
  const codes = new Map<string, number>();
  const keysOf = (visit: string): VisitKeys => {
    if (!codes.has(visit)) codes.set(visit, codes.size + 1);
    const number = String(codes.get(visit)).padStart(5, '0');
    return {
      mdtrtId: `M${clinic.code}${day}${number}`,
      setlId: `S${clinic.code}${day}${number}`,
      batch: `B${day}${number}`,
    };
  };

  const pair = (
    infno: string,
    at: number,
    input: Record<string, unknown>,
    output: Record<string, unknown>,
  ): MessagePair => {
    const msgid = `${clinic.code}${time(at, 'yyyyMMddHHmmss')}${String(++serial).padStart(4, '0')}`.slice(0, 30);
    const area = clinic.code.slice(1, 7);
    return {
      request: {
        ...{
          infno,
          msgid,
          mdtrtarea_admvs: area,
          insuplc_admdvs: area,
          recer_sys_code: 'YBXT',
          dev_no: `T-${clinic.code}-1`,
          dev_safe_info: '',
        },
        ...{
          cainfo: '',
          signtype: '',
          infver: 'V1.0',
          opter_type: '1',
          opter: '0001',
          opter_name: '演示操作员',
          inf_time: local(at),
        },
        ...{ fixmedins_code: clinic.code, fixmedins_name: clinic.name, sign_no: 'S1', input },
      },
      response: {
        infcode: 0,
        inf_refmsgid: `${area}${time(at, 'yyyyMMddHHmmss')}${String(serial).padStart(10, '0')}`,
        refmsg_time: time(at, 'yyyyMMddHHmmssSSS'),
        respond_time: time(at + 200, 'yyyyMMddHHmmssSSS'),
        err_msg: '',
        output,
      },
    };
  };
  const identity = (person: ScenarioPerson) => ({
    psn_no: person.psnNo,
    psn_name: person.name,
    psn_cert_type: '01',
    certno: certnoOf(person, clinic.code.slice(1, 7)),
  });
  const settlementInput = (visit: string, person: ScenarioPerson, total: string) => ({
    ...{
      psn_no: person.psnNo,
      mdtrt_cert_type: '03',
      mdtrt_cert_no: '',
      med_type: '11',
      medfee_sumamt: total,
      psn_setlway: '01',
    },
    ...{ mdtrt_id: keysOf(visit).mdtrtId, chrg_bchno: keysOf(visit).batch, insutype: '390', acct_used_flag: '0' },
    ...{ fulamt_ownpay_amt: '0.00', overlmt_selfpay: '0.00', preselfpay_amt: '0.00', inscp_scp_amt: total },
  });
  const settlementOutput = (visit: string, person: ScenarioPerson, at: number, total: string, fund: string) => {
    const own = yuan(fenOf(total) - fenOf(fund));
    return {
      ...identity(person),
      ...{
        mdtrt_id: keysOf(visit).mdtrtId,
        gend: person.sex === 'male' ? '1' : '2',
        brdy: person.birth,
        insutype: '390',
        psn_type: '1501',
        cvlserv_flag: '0',
      },
      ...{
        setl_time: local(at),
        mdtrt_cert_type: '03',
        med_type: '11',
        medfee_sumamt: total,
        fund_pay_sumamt: fund,
        psn_part_amt: own,
        hosp_part_amt: '0.00',
      },
      ...{
        acct_pay: '0.00',
        psn_cash_pay: own,
        inscp_scp_amt: total,
        hifp_pay: fund,
        balc: '0.00',
        fulamt_ownpay_amt: '0.00',
      },
    };
  };

  return {
    keysOf,
    register: (at, visit, person) =>
      pair(
        '2201',
        at,
        {
          data: {
            ...{
              psn_no: person.psnNo,
              insutype: '390',
              begntime: local(at),
              mdtrt_cert_type: '03',
              mdtrt_cert_no: 'C000',
              ipt_otp_no: keysOf(visit).batch,
            },
            ...{
              atddr_no: scenario.staff[0]?.staffNo ?? 'D0',
              dr_name: '演示医师',
              dept_code: '01',
              dept_name: '全科',
              caty: 'A02',
            },
          },
        },
        { data: { mdtrt_id: keysOf(visit).mdtrtId, psn_no: person.psnNo, ipt_otp_no: keysOf(visit).batch } },
      ),
    diagnose: (at, visit, person) =>
      pair(
        '2203',
        at,
        {
          mdtrtinfo: {
            mdtrt_id: keysOf(visit).mdtrtId,
            psn_no: person.psnNo,
            med_type: '11',
            begntime: local(at),
            main_cond_dscr: '',
          },
          diseinfo: [
            {
              ...{
                diag_type: '1',
                diag_srt_no: '1',
                diag_code: 'J06.900',
                diag_name: '急性上呼吸道感染',
                diag_dept: '全科',
              },
              ...{
                dise_dor_no: scenario.staff[0]?.staffNo ?? 'D0',
                dise_dor_name: '演示医师',
                diag_time: local(at),
                vali_flag: '1',
              },
            },
          ],
        },
        {},
      ),
    fees: (at, visit, person, total) => {
      const drug = yuan(fenOf(total) - 1000);
      const line = (serialNo: number, code: string, name: string, amount: string) => ({
        ...{
          feedetl_sn: `${keysOf(visit).batch}-${serialNo}`,
          mdtrt_id: keysOf(visit).mdtrtId,
          psn_no: person.psnNo,
          chrg_bchno: keysOf(visit).batch,
        },
        ...{
          rx_circ_flag: '0',
          fee_ocur_time: local(at),
          med_list_codg: code,
          medins_list_codg: code,
          medins_list_name: name,
        },
        ...{
          det_item_fee_sumamt: amount,
          cnt: '1.0000',
          pric: `${amount}0000`,
          bilg_dept_codg: '01',
          bilg_dept_name: '全科',
        },
        ...{ bilg_dr_codg: scenario.staff[0]?.staffNo ?? 'D0', bilg_dr_name: '演示医师', hosp_appr_flag: '0' },
      });
      const lines = [
        line(1, '001102000010000', '一般诊疗费', '10.00'),
        line(2, 'XR05CBA198A001010100863', '复方氨酚烷胺片', drug),
      ];
      return pair(
        '2204',
        at,
        { feedetail: lines },
        {
          result: lines.map((l) => ({
            feedetl_sn: l.feedetl_sn,
            det_item_fee_sumamt: l.det_item_fee_sumamt,
            cnt: l.cnt,
            pric: l.pric,
            inscp_scp_amt: l.det_item_fee_sumamt,
            chrgitm_lv: '01',
          })),
        },
      );
    },
    trial: (at, visit, person, total) => ({
      ...pair('2206', at, { data: settlementInput(visit, person, total) }, {}),
      response: null,
    }),
    settle: (at, visit, person, total, fund) =>
      pair(
        '2207',
        at,
        { data: settlementInput(visit, person, total) },
        {
          setlinfo: { ...settlementOutput(visit, person, at, total, fund), setl_id: keysOf(visit).setlId },
          setldetail: [],
        },
      ),
    reverse: (at, visit, person) =>
      pair(
        '2208',
        at,
        { data: { setl_id: keysOf(visit).setlId, mdtrt_id: keysOf(visit).mdtrtId, psn_no: person.psnNo } },
        { setlinfo: { mdtrt_id: keysOf(visit).mdtrtId, setl_id: `${keysOf(visit).setlId}R`, setl_time: local(at) } },
      ),
    technicalReversal: (at, person, reversedMsgid) =>
      pair('2601', at, { data: { psn_no: person.psnNo, omsgid: reversedMsgid, oinfno: '2207' } }, {}),
  };
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** An invented ID number with a right check digit (GB 11643): area, birth date, a serial from the person's number. */
export function certnoOf(person: Pick<ScenarioPerson, 'psnNo' | 'birth' | 'sex'>, area: string): string {
  const serial =
    [...person.psnNo].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 499, 7) * 2 +
    (person.sex === 'male' ? 1 : 0);
  const body = `${area}${person.birth.replaceAll('-', '')}${String(serial).padStart(3, '0')}`;
  const sum = [...body].reduce((total, digit, i) => total + Number(digit) * (WEIGHTS[i] ?? 0), 0);
  return body + '10X98765432'.charAt(sum % 11);
}
