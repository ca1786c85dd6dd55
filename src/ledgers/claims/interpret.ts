import { type Amounts, amountNotes } from './amounts.ts';
import { auditInput, isAudit } from './audit-form.ts';
import type { Claim, ClaimEventBody, ClaimFeeLine, InsuranceStatus, NodeValues, Note, Reversal } from './claim.ts';
import { resolveTime } from './event-time.ts';
import type { InterfaceTable, TransactionSpec } from './interface-table.ts';
import type { Envelope, MessagePair } from './message.ts';
import {
  type Fields,
  type KeyMap,
  type KeyMapping,
  keyMapFor,
  type Node,
  readNode,
  readSide,
  textOf,
  valuesOf,
} from './nodes.ts';
import { Refusal } from './refusal.ts';
import { statementOf } from './statement.ts';
import { fenOf } from './value.ts';

export interface InterpretContext {
  readonly table: InterfaceTable;
  readonly mappings: readonly KeyMapping[];
  /** Installation's time zone: of times without an offset. */
  readonly zone: string;
  readonly receivedAt: number;
  /** A hook asks about what happens right now, so its arrival is a time that its computer's clock cannot spoil. */
  readonly mode: 'mirror' | 'hook';
}

type Side = ReadonlyMap<string, readonly Node[]>;

/**
 * A message pair → what it means. Pure.
 * @throws Refusal when it cannot be understood
 */
export function interpret(pair: MessagePair, envelope: Envelope, context: InterpretContext): Claim {
  const { table, zone } = context;
  const notes: Note[] = [...envelope.notes];
  const read = { zone, keys: keyMapFor(context.mappings, envelope.infno), notes };
  const answer = pair.response === null ? null : readNode(table.response, pair.response, read);
  const refused = answer !== null && !/^\+?0+$/.test(textOf(answer, 'infcode') ?? '0');
  const spec = table.transactions.get(envelope.infno);
  const input = under(pair.request, 'input', read.keys);
  const flat = isAudit(envelope.infno) ? auditInput(input, read.keys) : input;
  const request: Side = spec ? readSide(spec.request, flat, read) : new Map();
  const response: Side =
    spec && pair.response !== null && !refused
      ? readSide(spec.response, under(pair.response, 'output', read.keys), read)
      : new Map();
  if (spec) {
    fillFromResponse(spec, request, response);
    assertComplete(spec, 'request', request);
    if (pair.response !== null && !refused) assertComplete(spec, 'response', response);
    assertSameSubject(main(spec, 'request', request), main(spec, 'response', response));
  }
  const asked = spec && main(spec, 'request', request);
  const told = spec && main(spec, 'response', response);
  const amounts = amountsOf(told, asked);
  const refund = spec?.event === 'settlement' && isRefund(told, asked, amounts);
  if (spec && !refund) assertNotNegative(spec, request, response);
  if (told && amounts.totalFen !== null && !refund) notes.push(...amountNotes(amounts));
  const time = resolveTime({ envelope, answer, told, kind: spec?.event ?? null, context, notes });
  const mdtrtId = textOf(asked, 'mdtrt_id') ?? textOf(told, 'mdtrt_id');
  const psnNo = textOf(asked, 'psn_no') ?? textOf(told, 'psn_no');
  // What a reversal speaks of stands in its request; a settlement's number only in its answer.
  const setlId = textOf(asked, 'setl_id') ?? textOf(told, 'setl_id');
  const reversal = spec ? reversalOf({ spec, asked, told, refund, amounts, mdtrtId, psnNo, setlId }) : null;
  const body: ClaimEventBody = {
    infno: envelope.infno,
    responded: answer !== null,
    refused,
    request: nodeValues(request),
    response: nodeValues(response),
    medType: textOf(asked, 'med_type') ?? textOf(told, 'med_type'),
    insutype: textOf(asked, 'insutype') ?? textOf(told, 'insutype'),
    certType: twoDigits(textOf(asked, 'mdtrt_cert_type') ?? textOf(told, 'mdtrt_cert_type')),
    totalFen: amounts.totalFen,
    fundFen: amounts.fundFen,
    accountFen: amounts.accountFen,
    cashFen: amounts.cashFen,
    insuranceStatus: statusesOf(response.get('insuinfo') ?? []),
    clockErrorMs: time.clockErrorMs,
    notes: refund ? [...notes, { code: 'refund_row', field: null }] : notes,
  };
  return {
    msgid: envelope.msgid,
    infno: envelope.infno,
    kind: spec === undefined ? null : refund ? 'settlement_reversal' : spec.event,
    clinicCode: envelope.clinicCode,
    at: time.at,
    atOffsetMin: time.offsetMin,
    infAt: time.infAt,
    infOffsetMin: time.infOffsetMin,
    psnNo,
    mdtrtId,
    setlId,
    devNo: textOf(envelope.node, 'dev_no'),
    opter: textOf(envelope.node, 'opter'),
    body,
    feeLines: spec?.event === 'fee_lines' ? feeLinesOf(request, response, time.at) : [],
    reversal,
    statement: refused
      ? null
      : statementOf(
          table,
          envelope.infno,
          { input, output: pair.response && under(pair.response, 'output', read.keys) },
          read,
        ),
  };
}

/** The body of one side; where there is no such node, the side itself, for those who leave it out. */
function under(side: Fields, name: string, keys: KeyMap): unknown {
  const found = valuesOf(side, [name], keys).find((value) => value !== null && value !== '');
  return found ?? side;
}

const main = (spec: TransactionSpec, side: 'request' | 'response', nodes: Side): Node | undefined => {
  const [first] = spec[side];
  return first === undefined ? undefined : nodes.get(first.name)?.[0];
};

/** An identifier that the request leaves out and the response tells is known all the same. */
function fillFromResponse(spec: TransactionSpec, request: Side, response: Side): void {
  const asked = main(spec, 'request', request);
  const told = main(spec, 'response', response);
  if (!asked || !told || asked.lacking.length === 0) return;
  const values = asked.values as Record<string, NodeValues[string]>;
  for (const field of asked.lacking) {
    const value = told.values[field];
    if (value !== undefined) values[field] = value;
  }
}

function assertComplete(spec: TransactionSpec, side: 'request' | 'response', nodes: Side): void {
  for (const [i, node] of spec[side].entries()) {
    const items = nodes.get(node.name) ?? [];
    const lacking = new Set(items.flatMap((item) => item.lacking.filter((field) => item.values[field] === undefined)));
    if (items.length === 0 && (node.must || i === 0)) {
      if (node.must) lacking.add(node.name);
      for (const field of node.fields) if (field.must) lacking.add(field.name);
    }
    if (lacking.size > 0) {
      throw new Refusal('missing_field', [...lacking].map((field) => `${side}.${node.name}.${field}`).join(', '));
    }
  }
}

function assertSameSubject(asked: Node | undefined, told: Node | undefined): void {
  // Not setl_id: a reversal's answer carries the number of the refund, not of what was reversed.
  for (const field of ['mdtrt_id', 'psn_no']) {
    const a = textOf(asked, field);
    const b = textOf(told, field);
    if (a !== null && b !== null && a !== b) throw new Refusal('response_mismatch', `${field} differs`);
  }
}

/** Of a number as `readNumber` writes it: zero has no sign. */
const isNegative = (value: unknown): boolean => typeof value === 'string' && value.startsWith('-');

/** Exports of history carry a refund as a settlement with the flag, or with negative money (DOMAIN.md 1.5). */
function isRefund(told: Node | undefined, asked: Node | undefined, amounts: Amounts): boolean {
  if (textOf(told, 'refd_setl_flag') === '1') return true;
  if (told === undefined) return isNegative(asked?.values.medfee_sumamt);
  return (amounts.totalFen ?? 0) < 0;
}

function assertNotNegative(spec: TransactionSpec, request: Side, response: Side): void {
  for (const [side, nodes] of [
    ['request', request],
    ['response', response],
  ] as const) {
    for (const node of spec[side]) {
      const money = node.fields.filter((field) => field.money);
      for (const item of nodes.get(node.name) ?? []) {
        const negative = money.find((field) => isNegative(item.values[field.name]));
        if (negative) throw new Refusal('negative_amount', `${side}.${node.name}.${negative.name}`);
      }
    }
  }
}

/** The platform's figures; before it has answered, the request's total. */
function amountsOf(told: Node | undefined, asked: Node | undefined): Amounts {
  const fen = (node: Node | undefined, field: string): number | null => {
    const yuan = textOf(node, field);
    if (yuan === null) return null;
    const value = fenOf(yuan);
    if (value === null) throw new Refusal('out_of_range', field);
    return value;
  };
  return {
    totalFen: fen(told, 'medfee_sumamt') ?? fen(asked, 'medfee_sumamt'),
    fundFen: fen(told, 'fund_pay_sumamt'),
    personFen: fen(told, 'psn_part_amt'),
    accountFen: fen(told, 'acct_pay'),
    cashFen: fen(told, 'psn_cash_pay'),
    hospitalFen: fen(told, 'hosp_part_amt'),
    sharedFen: fen(told, 'acct_mulaid_pay'),
  };
}

/** "1" is "01" to those who keep their codes as numbers. */
const twoDigits = (code: string | null): string | null => (code !== null && /^\d$/.test(code) ? `0${code}` : code);

const nodeValues = (side: Side): Record<string, readonly NodeValues[]> =>
  Object.fromEntries(
    // Fee lines have a table of their own.
    [...side]
      .filter(([name]) => name !== 'feedetail' && name !== 'result')
      .map(([name, nodes]) => [name, nodes.map((node) => node.values)]),
  );

const statusesOf = (nodes: readonly Node[]): InsuranceStatus[] =>
  nodes.map((node) => ({
    insutype: textOf(node, 'insutype'),
    status: textOf(node, 'psn_insu_stas'),
    from: textOf(node, 'psn_insu_date'),
    pausedOn: textOf(node, 'paus_insu_date'),
  }));

function reversalOf(from: {
  readonly spec: TransactionSpec;
  readonly asked: Node | undefined;
  readonly told: Node | undefined;
  readonly refund: boolean;
  readonly amounts: Amounts;
  readonly mdtrtId: string | null;
  readonly psnNo: string | null;
  readonly setlId: string | null;
}): Reversal | null {
  const { spec, asked, told, mdtrtId, psnNo, setlId } = from;
  if (from.refund) {
    const original = textOf(told, 'init_setl_id');
    if (original !== null) return { kind: 'settlement', setlId: original, mdtrtId, psnNo };
    return { kind: 'refund', mdtrtId: mdtrtId ?? '', amountFen: Math.abs(from.amounts.totalFen ?? 0), psnNo, setlId };
  }
  if (spec.event === 'settlement_reversal' && setlId !== null) {
    return { kind: 'settlement', setlId, mdtrtId, psnNo };
  }
  if (spec.event === 'registration_cancel' && mdtrtId !== null) return { kind: 'registration', mdtrtId };
  if (spec.event === 'fee_cancel' && mdtrtId !== null) {
    const batch = textOf(asked, 'chrg_bchno');
    // 0000: every line of the visit.
    return { kind: 'fees', mdtrtId, chrgBchno: batch === null || /^0+$/.test(batch) ? null : batch };
  }
  if (spec.event === 'technical_reversal') {
    const msgid = textOf(asked, 'omsgid');
    return msgid === null ? null : { kind: 'technical', msgid };
  }
  return null;
}

function feeLinesOf(request: Side, response: Side, eventAt: number): ClaimFeeLine[] {
  const answers = new Map((response.get('result') ?? []).map((node) => [textOf(node, 'feedetl_sn'), node]));
  return (request.get('feedetail') ?? []).map((node) => {
    const feedetlSn = textOf(node, 'feedetl_sn') ?? '';
    const answer = answers.get(feedetlSn);
    const fen = (yuan: string | null): number | null => (yuan === null ? null : fenOf(yuan));
    return {
      feedetlSn,
      mdtrtId: textOf(node, 'mdtrt_id') ?? '',
      chrgBchno: textOf(node, 'chrg_bchno'),
      at: node.moments.get('fee_ocur_time')?.ms ?? eventAt,
      psnNo: textOf(node, 'psn_no'),
      medListCodg: textOf(node, 'med_list_codg'),
      medinsListCodg: textOf(node, 'medins_list_codg'),
      name: textOf(node, 'medins_list_name'),
      cnt: textOf(node, 'cnt'),
      price: textOf(node, 'pric'),
      amountFen: fen(textOf(node, 'det_item_fee_sumamt')),
      inScopeFen: fen(textOf(answer, 'inscp_scp_amt')),
      doctorCode: textOf(node, 'bilg_dr_codg'),
    };
  });
}
