import type { Note } from './claim.ts';

export interface Amounts {
  readonly totalFen: number | null;
  readonly fundFen: number | null;
  readonly personFen: number | null;
  readonly accountFen: number | null;
  readonly cashFen: number | null;
  readonly hospitalFen: number | null;
  /** acct_mulaid_pay: paid from a relative's account. */
  readonly sharedFen: number | null;
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1;

/**
 * medfee_sumamt ≈ fund_pay_sumamt + psn_part_amt (+ hosp_part_amt) and psn_part_amt ≈ acct_pay + psn_cash_pay, to a fen;
 * some regions count acct_pay inside fund_pay_sumamt (DOMAIN.md 1.5). What holds in neither way is noted, never refused.
 */
export function amountNotes(amounts: Amounts): Note[] {
  const { totalFen, fundFen, personFen, accountFen, cashFen } = amounts;
  const hospital = amounts.hospitalFen ?? 0;
  const shared = amounts.sharedFen ?? 0;
  const notes: Note[] = [];
  if (totalFen !== null && fundFen !== null) {
    const sums = [personFen === null ? null : fundFen + personFen, cashFen === null ? null : fundFen + cashFen].filter(
      (sum) => sum !== null,
    );
    if (sums.length > 0 && !sums.some((sum) => near(totalFen, sum) || near(totalFen, sum + hospital))) {
      notes.push({ code: 'amounts_differ', field: 'medfee_sumamt' });
    }
  }
  if (personFen !== null && cashFen !== null) {
    const account = accountFen ?? 0;
    const sums = [cashFen + account, cashFen + account + shared, cashFen];
    if (!sums.some((sum) => near(personFen, sum))) notes.push({ code: 'amounts_differ', field: 'psn_part_amt' });
  }
  return notes;
}
