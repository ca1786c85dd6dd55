import type { City } from './city.ts';
import { HOUR_MS, MINUTE_MS } from './city-time.ts';
import type { FraudPlan } from './fraud-plan.ts';
import type { Clinic } from './geography.ts';
import type { Mail } from './mail.ts';
import type { Draw } from './random.ts';
import type { ClinicStock } from './stock.ts';
import * as messages from './stock-messages.ts';
import type { DayKind } from './visits-honest.ts';

interface StockDay {
  readonly falseReceipts: readonly { readonly at: number; readonly lossFen: number }[];
  /** After the last visit: the stock-take, where it is due. */
  evening(): void;
}

const DRUG_SCHEMES: ReadonlySet<string> = new Set([
  'phantom_drugs',
  'substitution',
  'trace_code_again',
  'false_receipts',
]);
/** Breakage, destroyed, moved in, moved out (`inv_chg_type`). */
const CHANGES = [
  ['104', -1],
  ['105', -1],
  ['101', 1],
  ['102', -1],
] as const;

/** What comes to a clinic's shelf and book on a day apart from its visits. Receipts come before the doors open. */
export function stockDay(of: {
  readonly city: City;
  readonly clinic: Clinic;
  readonly plan: FraudPlan;
  readonly day: number;
  readonly kind: DayKind;
  readonly stock: ClinicStock;
  readonly mail: Mail;
  readonly falseReceipts: number;
  readonly draw: Draw;
}): StockDay {
  const { city, clinic, plan, day, kind, stock, mail, draw } = of;
  const { stock: parameters, fraud, visits } = city.parameters;
  const keeper = clinic.staff - 1;
  if (day === 0) {
    const at = kind.dayFrom + 6 * HOUR_MS + draw.below(60) * MINUTE_MS;
    stock.drugs.forEach((drug, slot) => {
      const [batch, halves] = [stock.batch(slot), stock.shelf(slot)];
      mail.send('3501', at + slot * 2000, keeper, () => messages.stockTake(clinic, drug, batch, at, halves));
    });
  }
  const deliveredAt = kind.opensAt - 40 * MINUTE_MS + draw.below(20) * MINUTE_MS;
  const arrivals = kind.open ? stock.receive(day, draw) : [];
  for (const [i, { slot, boxes, receipt }] of arrivals.entries()) {
    const drug = stock.drugs[slot];
    if (!drug) continue;
    const at = deliveredAt + i * 40_000;
    const delivery = messages.deliveryOf(clinic, at, receipt);
    if (draw.chance(parameters.deletedShare)) {
      // Ten times too many, noticed, deleted, entered again under the next serial.
      const wrong = stock.batch(slot, receipt);
      mail.send('3503', at, keeper, () => messages.receipt(clinic, drug, wrong, at, boxes * 10, delivery));
      mail.send('3507', at + 5 * MINUTE_MS, keeper, () => messages.deletion(wrong));
      const right = stock.batch(slot, stock.nextReceipt(slot));
      mail.send('3503', at + 7 * MINUTE_MS, keeper, () => messages.receipt(clinic, drug, right, at, boxes, delivery));
    } else {
      const batch = stock.batch(slot, receipt);
      mail.send('3503', at, keeper, () => messages.receipt(clinic, drug, batch, at, boxes, delivery));
    }
    stock.enter(slot, 2 * boxes);
  }
  if (kind.open && draw.chance(parameters.changesPerMonth / 30.4)) {
    const slot = draw.below(stock.drugs.length);
    const [type, sign] = CHANGES[draw.below(CHANGES.length)] ?? CHANGES[0];
    const drug = stock.drugs[slot];
    if (drug && (sign > 0 || stock.shelf(slot) > 4)) {
      const batch = stock.batch(slot);
      const at = kind.opensAt + 30 * MINUTE_MS;
      stock.put(slot, 2 * sign);
      stock.enter(slot, 2 * sign);
      mail.send('3502', at, keeper, () => messages.stockChange(clinic, drug, batch, at, type, 1));
    }
  }
  const falseReceipts = Array.from({ length: of.falseReceipts }, (_, i) => {
    const slot = stock.slotOf(draw, draw.chance(visits.chronicShare));
    const [least, most] = fraud.falseReceiptBoxes;
    const boxes = least + draw.below(Math.max(1, most - least + 1));
    const at = deliveredAt + (arrivals.length + i + 1) * 45_000;
    const drug = stock.drugs[slot];
    if (!drug) return { at, lossFen: 0 };
    const number = stock.nextReceipt(slot);
    const batch = stock.batch(slot, number);
    stock.enter(slot, 2 * boxes);
    // A note that no distributor ever wrote.
    const delivery = { supplier: '周口市医药配送有限公司', note: `SH${9_000_000_000 + number * 7919 + day}` };
    mail.send('3503', at, keeper, () => messages.receipt(clinic, drug, batch, at, boxes, delivery));
    return { at, lossFen: Math.round(boxes * drug.priceFen * drug.scope * visits.fundRate) };
  });
  return {
    falseReceipts,
    evening() {
      if (day === 0 || day % parameters.takeEveryDays !== clinic.takePhase % parameters.takeEveryDays) return;
      const cooks = plan.concentrated && plan.mainScheme !== null && DRUG_SCHEMES.has(plan.mainScheme);
      const cooked = cooks && draw.chance(fraud.cookedTakeShare);
      const at = kind.closesAt + 5 * MINUTE_MS;
      stock.drugs.forEach((drug, slot) => {
        const halves = cooked ? Math.max(0, stock.book(slot)) : stock.shelf(slot);
        const batch = stock.batch(slot);
        if (!cooked) stock.settle(slot);
        mail.send('3501', at + slot * 2000, keeper, () => messages.stockTake(clinic, drug, batch, at, halves));
      });
    },
  };
}
