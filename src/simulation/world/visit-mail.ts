import * as claims from './claim-messages.ts';
import type { Mail } from './mail.ts';
import type { ClinicStock } from './stock.ts';
import { sale, saleReturn } from './stock-messages.ts';
import type { Visit } from './visit.ts';

/** The messages of one visit, from registration to reversal, with its sales. */
export function claimMail(mail: Mail, visit: Visit, stock: ClinicStock, withoutDiagnosis: boolean): void {
  const { doctor, settleAt, trialAt, reversal } = visit;
  mail.send('2201', visit.registerAt, doctor, () => claims.registration(visit));
  if (!withoutDiagnosis) mail.send('2203', visit.registerAt + 20_000, doctor, () => claims.diagnosis(visit));
  mail.send('2204', visit.feesAt, doctor, () => claims.feeLines(visit));
  if (trialAt !== null) {
    mail.send('2206', trialAt, doctor, () => ({ input: claims.trialInput(visit), output: '{}' }), true);
  }
  const settled = mail.send('2207', settleAt, doctor, () => claims.settlement(visit));
  visit.lines.forEach((line, i) => {
    const sold = line.sale;
    if (sold) mail.send('3505', settleAt + 4000 + i * 1500, doctor, () => sale(visit, sold, i + 1));
  });
  if (!reversal) return;
  const { at } = reversal;
  if (reversal.form === 'technical') mail.send('2601', at, doctor, () => claims.technicalReversal(visit, settled));
  else if (reversal.form === 'refundRow') mail.send('2207', at, doctor, () => claims.refundRow(visit, at));
  else mail.send('2208', at, doctor, () => claims.reversal(visit, at));
  if (!reversal.goodsReturned) return;
  visit.lines.forEach((line, i) => {
    const sold = line.sale;
    if (!sold) return;
    // What comes back is put aside: it is in the book and on the shelf, and nobody sells it again.
    stock.enter(sold.slot, sold.halves);
    stock.put(sold.slot, sold.halves);
    mail.send('3506', at + 60_000 + i * 1500, doctor, () => saleReturn(visit, sold, i + 1, at + 60_000));
  });
}
