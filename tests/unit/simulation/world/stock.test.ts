import { beforeAll, describe, expect, it } from 'vitest';
import type { TruthRow } from '../../../../src/simulation/feed/feed-line.ts';
import { emitted, smallCity } from './small-city.ts';

interface Movement {
  readonly clinic: string;
  readonly at: string;
  readonly infno: string;
  readonly msgid: string;
  readonly node: Readonly<Record<string, unknown>>;
}

interface Stocked {
  readonly movements: readonly Movement[];
  readonly truth: readonly TruthRow[];
}

const NO_ERRORS = { wrongNode: 0, randomListCode: 0, keyTypo: 0 };

/** A city's stock messages in the order in which they happened, each once. */
async function stockOf(fraud: object): Promise<Stocked> {
  const stock = { takeEveryDays: 5, splitShare: 0.2, deletedShare: 0.1, changesPerMonth: 8, openingBoxes: 8 };
  const overrides = { fraud, messages: { errors: NO_ERRORS }, stock, visits: { reversalShare: 0.05 } };
  const feed = await emitted(await smallCity({ clinics: 10, days: 12, overrides }));
  const seen = new Map<string, Movement>();
  for (const line of feed.lines) {
    if (!line.includes('"infno":"350')) continue;
    const { request } = JSON.parse(line);
    const node = Object.values(request.input)[0] as Record<string, unknown>;
    const at = String(
      node.sel_retn_time ?? node.purc_retn_stoin_time ?? node.inv_chg_time ?? node.invdate ?? request.inf_time,
    );
    seen.set(request.msgid, { clinic: request.fixmedins_code, at, infno: request.infno, msgid: request.msgid, node });
  }
  return { movements: [...seen.values()], truth: feed.truth };
}

const key = ({ clinic, node }: Movement): string => `${clinic} ${node.med_list_codg}`;
const halves = (movement: Movement, field: string): number => Math.round(Number(movement.node[field]) * 2);
const codesOf = ({ node }: Movement): string[] =>
  (node.drugtracinfo as { drug_trac_codg: string }[]).map(({ drug_trac_codg }) => drug_trac_codg);

/** Book of each drug of each clinic: its lowest level, and what a later stock-take should find. */
function books(movements: readonly Movement[]): { lowest: number; differences: number } {
  const book = new Map<string, number>();
  const deleted = new Set(
    movements.filter(({ infno }) => infno === '3507').map(({ clinic, node }) => `${clinic} ${node.fixmedins_bchno}`),
  );
  const opened = new Set<string>();
  let [lowest, differences] = [0, 0];
  const change = (of: string, by: number): void => {
    book.set(of, (book.get(of) ?? 0) + by);
    lowest = Math.min(lowest, book.get(of) ?? 0);
  };
  const ordered = [...movements].sort((a, b) => (a.at.padEnd(19, '~') < b.at.padEnd(19, '~') ? -1 : 1));
  for (const movement of movements.filter(({ infno }) => infno === '3501')) {
    if (!opened.has(key(movement))) book.set(key(movement), halves(movement, 'inv_cnt'));
    opened.add(key(movement));
  }
  const first = new Set<string>();
  for (const movement of ordered) {
    const of = key(movement);
    if (movement.infno === '3503' && !deleted.has(`${movement.clinic} ${movement.node.fixmedins_bchno}`))
      change(of, halves(movement, 'purc_retn_cnt'));
    if (movement.infno === '3502')
      change(of, (Number(movement.node.inv_chg_type) === 101 ? 1 : -1) * halves(movement, 'cnt'));
    if (movement.infno === '3505') change(of, -halves(movement, 'sel_retn_cnt'));
    if (movement.infno === '3506') change(of, halves(movement, 'sel_retn_cnt'));
    if (movement.infno !== '3501') continue;
    if (first.has(of) && halves(movement, 'inv_cnt') !== book.get(of)) differences++;
    if (first.has(of)) book.set(of, halves(movement, 'inv_cnt'));
    first.add(of);
  }
  return { lowest, differences };
}

const repeated = (movements: readonly Movement[]): number => {
  const sold = new Map<string, number>();
  for (const movement of movements) {
    if (movement.infno !== '3505') continue;
    const share = movement.node.trdn_flag === '1' ? 0.5 : 1;
    for (const code of codesOf(movement)) sold.set(code, (sold.get(code) ?? 0) + share);
  }
  return [...sold.values()].filter((boxes) => boxes > 1).length;
};

describe('the shelf of honest clinics', () => {
  let honest: Stocked;
  beforeAll(async () => {
    honest = await stockOf({ share: 0 });
  });

  it('sells only what was counted or received', () => {
    expect(new Set(honest.movements.map(({ infno }) => infno))).toEqual(
      new Set(['3501', '3502', '3503', '3505', '3506', '3507']),
    );
    expect(books(honest.movements).lowest).toBeGreaterThanOrEqual(0);
  });

  it('holds at every stock-take what the book says', () => {
    const takes = honest.movements.filter(({ infno }) => infno === '3501').length;
    // A sale returned in the evening of a stock-take may be entered after it.
    expect(books(honest.movements).differences / takes).toBeLessThan(0.03);
  });

  it('sells each box once, halves of one box under one code', () => {
    expect(repeated(honest.movements)).toBe(0);
    expect(honest.movements.some(({ node }) => node.trdn_flag === '1')).toBe(true);
    for (const movement of honest.movements.filter(({ infno }) => infno === '3505')) {
      for (const code of codesOf(movement)) expect(code).toMatch(/^8\d{19}$/);
    }
  });
});

describe('the shelf of clinics at fraud', () => {
  it('settles boxes again, or lacks what its book says', async () => {
    const schemes = {
      ghost: 0,
      held_cards: 0,
      staff_swiping: 0,
      impostor_kin: 0,
      impostor_other: 0,
      phantom_drugs: 0.3,
      substitution: 0.2,
      trace_code_again: 0.3,
      dead_or_inpatient: 0,
      false_receipts: 0.2,
    };
    const { movements, truth } = await stockOf({ share: 0.2, schemes });
    expect(repeated(movements)).toBeGreaterThan(3);
    expect(books(movements).differences).toBeGreaterThan(3);
    const paper = truth.filter((row) => row.row === 'receipt');
    expect(paper.length).toBeGreaterThan(0);
    expect(paper.every(({ loss_fen }) => loss_fen > 0)).toBe(true);
  });
});
