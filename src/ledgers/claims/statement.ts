import type { InterfaceTable } from './interface-table.ts';
import { type Node, type ReadContext, readSide, textOf } from './nodes.ts';
import { fenOf } from './value.ts';

/** What a reconciliation (3201, 3202) or a pull (5203, 5204) tells of how much there should be. */
export interface ClaimStatement {
  readonly infno: string;
  /** From the first moment of the period to behind its last, epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly insutype: string | null;
  /** Settlements that stand; null: not told. */
  readonly settlements: number | null;
  readonly totalFen: number | null;
  readonly fundFen: number | null;
  /** Numbers that were told one by one: of settlements, or of visits where fee lines were pulled. */
  readonly setlIds: readonly string[];
  readonly mdtrtIds: readonly string[];
}

const DAY_MS = 86_400_000;
const MOST_IDS = 2_000;
const LONGEST_MS = 400 * DAY_MS;

/** @returns null for other messages, and where nothing can be compared */
export function statementOf(
  table: InterfaceTable,
  infno: string,
  sides: { readonly input: unknown; readonly output: unknown },
  context: ReadContext,
): ClaimStatement | null {
  const spec = table.statements.get(infno);
  if (spec === undefined) return null;
  const request = readSide(spec.request, sides.input, context);
  const [asked] = [...request.values()].flat();
  if (asked !== undefined) return ofTotals(infno, asked);
  const items = sides.output === null ? [] : [...readSide(spec.response, sides.output, context).values()].flat();
  return ofItems(infno, items);
}

function ofTotals(infno: string, node: Node): ClaimStatement | null {
  const from = node.moments.get('stmt_begndate')?.ms;
  const last = node.moments.get('stmt_enddate')?.ms;
  const count = numberOf(textOf(node, 'fixmedins_setl_cnt'));
  if (from === undefined || last === undefined || last < from || last - from > LONGEST_MS || count === null)
    return null;
  return {
    ...{ infno, from, to: last + DAY_MS, insutype: textOf(node, 'insutype'), settlements: count },
    ...{ totalFen: fen(node, 'medfee_sumamt'), fundFen: fen(node, 'fund_pay_sumamt'), setlIds: [], mdtrtIds: [] },
  };
}

function ofItems(infno: string, items: readonly Node[]): ClaimStatement | null {
  const moments = items.flatMap(
    (node) => (node.moments.get('setl_time') ?? node.moments.get('fee_ocur_time'))?.ms ?? [],
  );
  const standing = items.filter((node) => !isGivenBack(node));
  const unique = (field: string): string[] => [...new Set(standing.flatMap((node) => textOf(node, field) ?? []))];
  const setlIds = unique('setl_id').slice(0, MOST_IDS);
  const mdtrtIds = setlIds.length > 0 ? [] : unique('mdtrt_id').slice(0, MOST_IDS);
  if (setlIds.length + mdtrtIds.length === 0 || moments.length === 0) return null;
  return {
    ...{ infno, from: Math.min(...moments), to: Math.max(...moments) + 1, insutype: null, settlements: null },
    ...{ totalFen: null, fundFen: null, setlIds, mdtrtIds },
  };
}

/** A row of money given back speaks of no settlement that stands. */
const isGivenBack = (node: Node): boolean =>
  textOf(node, 'refd_setl_flag') === '1' || (fen(node, 'medfee_sumamt') ?? 0) < 0;

function fen(node: Node, field: string): number | null {
  const yuan = textOf(node, field);
  return yuan === null ? null : fenOf(yuan);
}

function numberOf(text: string | null): number | null {
  const value = text === null ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
}
