import { beforeAll, describe, expect, it } from 'vitest';
import type { Claim } from '../../../src/ledgers/claims/claim.ts';
import { loadInterfaceTable } from '../../../src/ledgers/claims/interface-table.load.ts';
import type { InterfaceTable } from '../../../src/ledgers/claims/interface-table.ts';
import { interpret } from '../../../src/ledgers/claims/interpret.ts';
import { parseJsonBytes } from '../../../src/ledgers/claims/json-body.ts';
import { pairOf, peek, readEnvelope, shapeOf } from '../../../src/ledgers/claims/message.ts';
import type { KeyMapping } from '../../../src/ledgers/claims/nodes.ts';
import { Refusal } from '../../../src/ledgers/claims/refusal.ts';
import * as messages from './messages.ts';

const ZONE = 'Asia/Shanghai';
const NOW = Date.parse('2026-03-17T09:00:00+08:00');
const AT = Date.parse('2026-03-17T08:50:00+08:00');

let table: InterfaceTable;
beforeAll(async () => {
  table = await loadInterfaceTable();
});

interface Options {
  mode?: 'mirror' | 'hook';
  mappings?: readonly KeyMapping[];
}

function understand(body: unknown, { mode = 'mirror', mappings = [] }: Options = {}): Claim {
  const pair = pairOf(parseJsonBytes(Buffer.from(JSON.stringify(body))));
  const envelope = readEnvelope(table, mappings, pair.request, ZONE);
  return interpret(pair, envelope, { table, mappings, zone: ZONE, receivedAt: NOW, mode });
}

function reasonOf(body: unknown, options?: Options): string {
  try {
    understand(body, options);
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
  return 'understood';
}

const notesOf = (claim: Claim): string[] => claim.body.notes.map((note) => note.code);

describe('what a settlement says', () => {
  it('is read in fen and true time, with nothing that names the person', () => {
    const claim = understand(messages.settlement('S1', 'M1'));
    expect(claim).toMatchObject({
      kind: 'settlement',
      at: Date.parse('2026-03-17T08:50:01+08:00'),
      atOffsetMin: 480,
      psnNo: 'P0001',
      mdtrtId: 'M1',
      setlId: 'S1',
      devNo: 'T-411624-0123-1',
    });
    expect(claim.body).toMatchObject({ totalFen: 2904, fundFen: 1742, accountFen: 0, cashFen: 1162, medType: '11' });
    expect(claim.body.notes).toEqual([]);
    const told = JSON.stringify(claim);
    for (const secret of ['张三', '411624194912310028', 'TOKEN', '测试村医']) expect(told).not.toContain(secret);
  });

  it('stands without its response, at the clinic’s time', () => {
    const claim = understand({ ...messages.settlement(), response: null });
    expect(claim).toMatchObject({ kind: 'settlement', setlId: null, at: AT });
    expect(claim.body).toMatchObject({ totalFen: 2904, fundFen: null, responded: false });
  });

  it('did not happen when the platform refused it', () => {
    const pair = messages.settlement();
    pair.response = { infcode: '-1', err_msg: '余额不足', output: null };
    expect(understand(pair).body).toMatchObject({ refused: true, responded: true });
  });

  it('keeps a sum that does not add up, with a note', () => {
    const pair = messages.settlement();
    messages.outputOf(pair, 'setlinfo').fund_pay_sumamt = 12;
    expect(notesOf(understand(pair))).toContain('amounts_differ');
  });

  it('adds up where a region counts the account inside the fund', () => {
    const pair = messages.settlement();
    Object.assign(messages.outputOf(pair, 'setlinfo'), {
      fund_pay_sumamt: '20.04',
      psn_part_amt: '9.00',
      acct_pay: '2.62',
      psn_cash_pay: '9.00',
    });
    expect(understand(pair).body.notes).toEqual([]);
  });

  it('is a refund where the money is negative or the row says so', () => {
    const negative = messages.settlement('S2', 'M1');
    Object.assign(messages.outputOf(negative, 'setlinfo'), { medfee_sumamt: -29.04, fund_pay_sumamt: -17.42 });
    expect(understand(negative)).toMatchObject({
      kind: 'settlement_reversal',
      reversal: { kind: 'refund', mdtrtId: 'M1', amountFen: 2904 },
    });
    const flagged = messages.settlement('S2', 'M1');
    Object.assign(messages.outputOf(flagged, 'setlinfo'), { refd_setl_flag: '1', init_setl_id: 'S1' });
    expect(understand(flagged).reversal).toMatchObject({ kind: 'settlement', setlId: 'S1' });
  });

  it('takes back what a 2208 names, though the platform answers with a number of its own for the refund', () => {
    const pair = messages.reversal('S1', 'M1');
    pair.response = messages.response({ setlinfo: { setl_id: 'S1-REFUND', mdtrt_id: 'M1' } });
    expect(understand(pair).reversal).toMatchObject({ kind: 'settlement', setlId: 'S1' });
  });
});

describe('traps of working HIS code', () => {
  it('takes known typos of keys, other letter case and camelCase', () => {
    const pair = messages.settlement();
    const out = messages.outputOf(pair, 'setlinfo');
    out.pdn_cash_pay = out.psn_cash_pay;
    delete out.psn_cash_pay;
    pair.request.mdtrtarea_admdvs = pair.request.mdtrtarea_admvs;
    delete pair.request.mdtrtarea_admvs;
    pair.request.fixmedinsCode = pair.request.fixmedins_code;
    delete pair.request.fixmedins_code;
    const claim = understand(pair);
    expect(claim.body.cashFen).toBe(1162);
    expect(claim.clinicCode).toBe(messages.CLINIC_CODE);
    expect(claim.body.notes).toEqual([]);
  });

  it('takes bilg_dr_code for bilg_dr_codg', () => {
    const pair = messages.feeLines();
    const line = messages.inputOf(pair, 'feedetail');
    line.bilg_dr_code = line.bilg_dr_codg;
    delete line.bilg_dr_codg;
    expect(understand(pair).feeLines[0]?.doctorCode).toBe('D411624000001');
  });

  it.each([
    ['directly under input', (fields: unknown) => fields],
    ['as a list of one', (fields: unknown) => ({ data: [fields] })],
    ['as JSON text', (fields: unknown) => JSON.stringify({ data: fields })],
    ['under another letter case', (fields: unknown) => ({ Data: fields })],
  ])('finds the node %s', (_name, wrap) => {
    const pair = messages.trial('M7');
    pair.request.input = wrap(messages.inputOf(pair));
    expect(understand(pair)).toMatchObject({ kind: 'trial_settlement', mdtrtId: 'M7', psnNo: 'P0001' });
  });

  it('takes one object where a list is due, and the other variant of 2203', () => {
    const pair = messages.feeLines();
    (pair.request.input as messages.Fields).feedetail = messages.inputOf(pair, 'feedetail');
    expect(understand(pair).feeLines).toHaveLength(1);
    const visit = {
      request: messages.request('2203A', {
        mdtrtinfo: { mdtrt_id: 'M1', psn_no: 'P1', med_type: '11', begntime: '2026-03-17 08:40:00' },
        diseinfo: { diag_type: '1', diag_srt_no: '1', diag_code: 'J06.9', diag_name: '上呼吸道感染' },
      }),
      response: null,
    };
    expect(understand(visit)).toMatchObject({ kind: 'diagnosis', mdtrtId: 'M1' });
    expect(understand(visit).body.request.diseinfo?.[0]?.diag_code).toBe('J06.9');
  });

  it.each([
    ['2026-03-17 08:50:00', AT],
    ['20260317085000', AT],
    ['20260317085000123', AT + 123],
    ['2026-03-17T08:50:00', AT],
    ['2026-03-17T00:50:00Z', AT],
    ['2026-03-17T09:50:00+09:00', AT],
    ['2026/3/17 8:50:00', AT],
    [20260317085000, AT],
    [String(AT), AT],
  ])('reads the time %s', (inf_time, at) => {
    expect(understand(messages.trial('M1', { inf_time })).at).toBe(at);
  });

  it('keeps the source’s offset', () => {
    expect(understand(messages.trial('M1', { inf_time: '2026-03-17T09:50:00+09:00' })).atOffsetMin).toBe(540);
  });

  it.each(['无', '', null, '  '])('takes %j for missing', (nothing) => {
    const pair = messages.trial();
    messages.inputOf(pair).insutype = nothing;
    const claim = understand(pair);
    expect(claim.body.insutype).toBeNull();
    expect(claim.body.notes).toContainEqual({ code: 'missing', field: 'insutype' });
    messages.inputOf(pair).psn_no = nothing;
    expect(reasonOf(pair)).toBe('missing_field');
  });

  it('takes "1" for "01" and an insuplc of four digits', () => {
    const pair = messages.trial('M1', { insuplc_admdvs: '4116' });
    messages.inputOf(pair).mdtrt_cert_type = '1';
    const claim = understand(pair);
    expect(claim.body.certType).toBe('01');
    expect(notesOf(claim)).toEqual(['insuplc_form']);
  });

  it('reads numbers as strings and as JSON numbers alike, without a float’s dust', () => {
    for (const total of ['29.04', 29.04, '29.0400', 29.040000000000003, '+29.04', '2904e-2']) {
      const pair = messages.trial();
      messages.inputOf(pair).medfee_sumamt = total;
      expect(understand(pair).body.totalFen, String(total)).toBe(2904);
    }
  });

  it('loses no digit of an id or an amount that comes as a long JSON number', () => {
    const pair = messages.trial();
    messages.inputOf(pair).psn_no = '@psn';
    messages.inputOf(pair).medfee_sumamt = '@sum';
    const text = JSON.stringify(pair).replace('"@psn"', '41160000001234567891').replace('"@sum"', '12345678901234.56');
    const claim = understand(JSON.parse(JSON.stringify({ body: text })).body);
    expect(claim.psnNo).toBe('41160000001234567891');
    expect(claim.body.totalFen).toBe(1234567890123456);
  });

  it('takes infcode as number or text, and an identifier that only the response tells', () => {
    const pair = messages.settlement('S1', 'M9');
    if (pair.response) pair.response.infcode = '0';
    delete messages.inputOf(pair).mdtrt_id;
    expect(understand(pair)).toMatchObject({ mdtrtId: 'M9', setlId: 'S1' });
  });

  it('takes a request that comes without the pair around it', () => {
    expect(understand(messages.trial('M3').request)).toMatchObject({ mdtrtId: 'M3' });
  });

  it('tells a suspended insurance without telling whose', () => {
    const claim = understand(messages.identity('2'));
    expect(claim).toMatchObject({ kind: 'identity', psnNo: 'P0001' });
    expect(claim.body.insuranceStatus).toEqual([{ insutype: '390', status: '2', from: '2020-01-01', pausedOn: null }]);
    expect(JSON.stringify(claim)).not.toMatch(/张三|411624194912310028/);
  });

  it('reads the older character set of a HIS', () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xd5, 0xc5]), Buffer.from('"}')]);
    expect(parseJsonBytes(bytes)).toEqual({ a: '张' });
  });
});

describe('a clock that lies', () => {
  it('is corrected by the platform’s time', () => {
    const pair = messages.registration('M1', { inf_time: '2000-01-01 00:03:00' });
    const claim = understand(pair);
    expect(claim.at).toBe(Date.parse('2026-03-17T08:50:01+08:00'));
    expect(notesOf(claim)).toContain('clock_off');
  });

  it('is measured, and overruled when it is minutes off', () => {
    const claim = understand(messages.registration('M1', { inf_time: '2026-03-17 08:30:00' }));
    expect(claim.at).toBe(Date.parse('2026-03-17T08:50:01+08:00'));
    expect(claim.body.clockErrorMs).toBe(-20 * 60_000 - 1_000);
  });

  it.each(['1970-01-01 08:00:00', '2126-03-17 08:50:00', '2026-13-45 99:99:99', 'gestern', '', 7])(
    'is replaced by the arrival when a hook asks (%s), and quarantined from a mirror',
    (inf_time) => {
      const pair = messages.trial('M1', { inf_time });
      expect(understand(pair, { mode: 'hook' }).at).toBe(NOW);
      expect(reasonOf(pair)).toBe('impossible_time');
    },
  );

  it('does not matter where nothing is interpreted', () => {
    const pair = {
      request: messages.request('9001', { signIn: { opter_no: '1' } }, { inf_time: null }),
      response: null,
    };
    expect(understand(pair)).toMatchObject({ kind: null, at: NOW });
  });

  it('does not stop history from being read', () => {
    expect(understand(messages.trial('M1', { inf_time: '2021-05-01 08:00:00' })).at).toBe(
      Date.parse('2021-05-01T08:00:00+08:00'),
    );
  });
});

describe('what is known and not read yet', () => {
  it.each([
    ['3501', { invinfo: { med_list_codg: 'X', invdate: '2026-03-17', inv_cnt: '12.00', fixmedins_bchno: 'B1' } }],
    ['3501A', { invinfoDetail: [{ med_list_codg: 'X', inv_cnt: '12.00', drugtracinfo: [{ drug_trac_codg: 'T1' }] }] }],
    ['3502', { invinfo: { med_list_codg: 'X', inv_chg_type: '101', cnt: '4.0000' } }],
    ['3503', { purcinfo: { med_list_codg: 'X', dynt_no: 'SH1', purc_retn_cnt: '10' } }],
    ['3504', { purcinfo: { med_list_codg: 'X', purc_invo_no: 'I1', purc_retn_cnt: '-3' } }],
    [
      '3505',
      { selinfo: { med_list_codg: 'X', setl_id: 'S1', sel_retn_cnt: '1', drug_trac_codg: 'T1', psn_name: '张三' } },
    ],
    ['3505A', { selinfoDetail: [{ med_list_codg: 'X', setl_id: 'S1', sel_retn_cnt: '1' }] }],
    ['3506', { selinfo: { med_list_codg: 'X', medins_prod_sel_no: 'N1', sel_retn_cnt: '1' } }],
    ['3507', { data: { fixmedins_bchno: 'B1', inv_data_type: '4' } }],
    ['1301', { data: { ver: '1' } }],
    ['2304', { data: { psn_no: 'P0001' } }],
    ['4101A', { setlinfo: {} }],
    ['7101', {}],
  ])('%s is kept as a message, and tells no event', (infno, input) => {
    const pair = { request: messages.request(infno, input), response: messages.response({}) };
    const claim = understand(pair);
    expect(claim).toMatchObject({ infno, kind: null, at: AT, setlId: null, reversal: null, feeLines: [] });
    expect(claim.body).toMatchObject({ request: {}, response: {} });
    expect(reasonOf({ ...pair, response: null })).toBe('understood');
    expect(reasonOf({ ...pair, request: { ...pair.request, msgid: '' } })).toBe('missing_field');
    expect(reasonOf({ ...pair, request: { ...pair.request, fixmedins_code: '12' } })).toBe('malformed_clinic');
  });

  it('a number of no family is unknown', () => {
    for (const infno of ['1300', '1316', '3508A', '3514', '7200', '9999']) {
      expect(reasonOf({ request: messages.request(infno, {}), response: null })).toBe('unknown_transaction');
    }
  });
});

describe('what cannot be understood', () => {
  const changed = (change: (pair: messages.Pair) => void, pair = messages.settlement()): messages.Pair => {
    change(pair);
    return pair;
  };
  const input = (more: messages.Fields) => changed((pair) => Object.assign(messages.inputOf(pair), more));
  const output = (more: messages.Fields) => changed((pair) => Object.assign(messages.outputOf(pair, 'setlinfo'), more));
  const head = (more: messages.Fields) => changed((pair) => Object.assign(pair.request, more));

  it.each([
    ['a msgid with blanks', () => head({ msgid: 'a b' }), 'malformed_msgid'],
    ['a msgid that is too long', () => head({ msgid: 'x'.repeat(300) }), 'too_long'],
    ['no msgid', () => head({ msgid: null }), 'missing_field'],
    ['a msgid that is an object', () => head({ msgid: { a: 1 } }), 'wrong_type'],
    ['a clinic code of another form', () => head({ fixmedins_code: 'H1' }), 'malformed_clinic'],
    ['an unknown transaction', () => head({ infno: '9999' }), 'unknown_transaction'],
    ['a transaction named like a member of Object', () => head({ infno: 'toString' }), 'unknown_transaction'],
    ['no person', () => input({ psn_no: undefined }), 'understood'],
    [
      'no person on either side',
      () =>
        changed((p) => {
          delete messages.inputOf(p).psn_no;
          delete messages.outputOf(p, 'setlinfo').psn_no;
        }),
      'missing_field',
    ],
    ['no setl_id in the answer', () => output({ setl_id: '' }), 'missing_field'],
    ['NaN', () => input({ medfee_sumamt: 'NaN' }), 'bad_number'],
    ['a huge number', () => input({ medfee_sumamt: '1e30' }), 'out_of_range'],
    ['a number with a huge exponent', () => input({ medfee_sumamt: '1e999999999' }), 'bad_number'],
    ['an object for a number', () => input({ medfee_sumamt: {} }), 'wrong_type'],
    ['a negative amount', () => input({ medfee_sumamt: '-29.04' }), 'negative_amount'],
    ['a negative payment', () => output({ psn_cash_pay: '-1' }), 'negative_amount'],
    ['NUL in an identifier', () => input({ mdtrt_id: 'M\u0000' }), 'bad_characters'],
    ['half a character in an identifier', () => input({ mdtrt_id: 'M\ud800' }), 'bad_characters'],
    ['a response about another visit', () => output({ mdtrt_id: 'M2' }), 'response_mismatch'],
    ['a response about another person', () => output({ psn_no: 'P2' }), 'response_mismatch'],
    ['a response that is a list', () => ({ ...messages.trial(), response: [] }), 'wrong_type'],
    ['a list', () => [], 'not_a_pair'],
    ['null', () => null, 'not_a_pair'],
    ['a number', () => 7, 'not_a_pair'],
    ['something else', () => ({ hello: 'world' }), 'not_a_pair'],
    ['a request that is text', () => ({ request: 'hello', response: null }), 'not_a_pair'],
    ['an input that is missing', () => head({ input: undefined }), 'missing_field'],
    [
      'fee lines that are none',
      () => ({ request: messages.request('2204', { feedetail: [] }), response: null }),
      'missing_field',
    ],
    [
      'fee lines that are numbers',
      () => ({ request: messages.request('2204', { feedetail: [1] }), response: null }),
      'wrong_type',
    ],
  ])('%s', (_name, make, reason) => {
    expect(reasonOf(make())).toBe(reason);
  });

  it('keeps NUL and half characters out of what is stored, where they harm nothing', () => {
    const claim = understand(input({ invono: 'I\u0000\ud8001', dise_codg: 'x' }));
    expect(JSON.stringify(claim.body)).not.toMatch(/\\u0000|\\ud800/);
    expect(claim.body.request.data?.[0]?.invono).toBe('I1');
  });

  it('is no way to reach into objects', () => {
    const text = JSON.stringify(messages.trial()).replace(
      '"acct_used_flag"',
      '"__proto__":{"polluted":1},"constructor":{"prototype":1},"acct_used_flag"',
    );
    expect(understand(JSON.parse(text)).kind).toBe('trial_settlement');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('may be nested as deeply as it likes', () => {
    const deep = `{"request":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(() => parseJsonBytes(Buffer.from(deep))).toThrow(/too_deep/);
  });
});

describe('mappings', () => {
  it('teach a name that the tables do not know, for one transaction or for all', () => {
    const pair = messages.trial('M5');
    const fields = messages.inputOf(pair);
    fields.jiuzhen_id = fields.mdtrt_id;
    delete fields.mdtrt_id;
    expect(reasonOf(pair)).toBe('missing_field');
    const mapping = { fromKey: 'jiuzhen_id', toKey: 'mdtrt_id' };
    expect(understand(pair, { mappings: [{ ...mapping, infno: '2206' }] }).mdtrtId).toBe('M5');
    expect(understand(pair, { mappings: [{ ...mapping, infno: null }] }).mdtrtId).toBe('M5');
    expect(reasonOf(pair, { mappings: [{ ...mapping, infno: '2207' }] })).toBe('missing_field');
  });

  it('teach a node and an envelope field', () => {
    const pair = messages.trial('M5');
    pair.request.body = { rec: messages.inputOf(pair) };
    delete pair.request.input;
    pair.request.message_id = pair.request.msgid;
    delete pair.request.msgid;
    const mappings = [
      { infno: null, fromKey: 'message_id', toKey: 'msgid' },
      { infno: '2206', fromKey: 'body', toKey: 'input' },
      { infno: '2206', fromKey: 'rec', toKey: 'data' },
    ];
    expect(understand(pair, { mappings }).mdtrtId).toBe('M5');
  });
});

it('shows an operator the names in a message, and no value', () => {
  const shape = shapeOf(messages.settlement());
  expect(shape).toContain('request.input.data.psn_no: string');
  expect(shape.join()).not.toMatch(/P0001|张三/);
  expect(peek({ msgid: 5, infno: ['x'], FIXMEDINS_CODE: 'H1\u0000' })).toEqual({
    msgid: '5',
    infno: null,
    clinicCode: 'H1',
  });
});

describe('an audit that asks before or while something is settled', () => {
  it.each(['3101', '3102'] as const)('%s is a question about the current visit, like a trial settlement', (infno) => {
    const claim = understand(messages.audit(infno, 'M7'));
    expect(claim).toMatchObject({ kind: 'trial_settlement', psnNo: 'P0001', mdtrtId: 'M7' });
    expect(claim.body).toMatchObject({ medType: '11', totalFen: 2904, insutype: '390' });
    expect(JSON.stringify(claim)).not.toContain('张三');
  });

  it('is understood when a HIS sends the patients as JSON text, and under Hainan’s number', () => {
    const pair = messages.audit('3102');
    const { data } = pair.request.input as { data: { patient_dtos: unknown } };
    data.patient_dtos = JSON.stringify(data.patient_dtos);
    expect(understand({ ...pair, request: { ...pair.request, infno: '3661' } }).psnNo).toBe('P0001');
  });

  it.each([
    ['no patient', [], 'missing_field'],
    ['nobody by number', [{ curr_mdtrt_id: 'M1' }], 'missing_field'],
    [
      'two patients',
      [
        { patn_id: 'A', curr_mdtrt_id: 'M1' },
        { patn_id: 'B', curr_mdtrt_id: 'M2' },
      ],
      'out_of_range',
    ],
  ])('is quarantined when it names %s', (_what, patients, reason) => {
    const pair = messages.audit('3102');
    (pair.request.input as { data: { patient_dtos: unknown } }).data.patient_dtos = patients;
    expect(reasonOf(pair)).toBe(reason);
  });
});
