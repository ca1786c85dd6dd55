import type { Drug } from './catalogue.ts';
import type { City } from './city.ts';
import { MINUTE_MS, SECOND_MS, shortDay } from './city-time.ts';
import type { Clinic } from './geography.ts';
import { psnNoOf } from './person-names.ts';
import type { Draw } from './random.ts';
import { type ClinicStock, earlyBoxOf } from './stock.ts';
import type { DrugTrick, FeeLine, PlannedVisit, Sale, Visit, VisitIds } from './visit.ts';

/** Days after which a neighbour's first boxes have been sold. */
const NEIGHBOUR_SOLD_DAYS = 5;

/** Where and when something is handed out. */
interface Counter {
  readonly city: City;
  readonly clinic: Clinic;
  readonly stock: ClinicStock;
  readonly day: number;
  readonly serial: number;
  readonly draw: Draw;
}

interface Billed {
  readonly fee: FeeLine;
  /** Of the line's in-scope money, what the fund should not have paid. */
  readonly lostInScope: number;
}

/**
 * What is handed out and what is billed for it. Takes from the shelf and enters in the book; visits must come in the
 * order in which they were settled.
 */
export function bill(counter: Counter, visit: PlannedVisit): Visit {
  const { city, clinic, stock, serial, draw } = counter;
  const { parameters } = city;
  const consultation = parameters.visits.consultationFen;
  const lines: FeeLine[] = [{ drug: null, halves: 0, amountFen: consultation, inScopeFen: consultation, sale: null }];
  let lostInScope = 0;
  const slots = new Set<number>();
  const count = 1 + draw.poisson(parameters.stock.drugLinesMean - 1);
  for (let i = 0; i < count; i++) {
    let slot = stock.slotOf(draw, visit.chronic);
    for (let again = 0; slots.has(slot) && again < 5; again++) slot = stock.slotOf(draw, visit.chronic);
    const halves = draw.chance(parameters.stock.splitShare) ? 1 : draw.chance(parameters.stock.secondBoxShare) ? 4 : 2;
    if (slots.has(slot)) continue;
    slots.add(slot);
    const tricked = i === 0 && visit.trick !== null ? trickLine(counter, visit.trick, slot, Math.max(2, halves)) : null;
    const line = tricked ?? honestLine(counter, slot, halves, visit.reversal?.wrongPerson === true);
    if (!line) continue;
    lines.push(line.fee);
    lostInScope += line.lostInScope;
  }
  // A trick for which the shelf had no means is none: the visit is an honest one.
  const scheme = visit.trick !== null && lostInScope === 0 ? null : visit.scheme;
  const inScopeFen = lines.reduce((sum, line) => sum + line.inScopeFen, 0);
  const fundFen = Math.floor(inScopeFen * parameters.visits.fundRate);
  const lost = visit.trick === null ? fundFen : Math.min(fundFen, Math.round(lostInScope * parameters.visits.fundRate));
  const [soonest, latest] = parameters.messages.hookAnswerS;
  const askedAt = visit.settleAt - Math.round(draw.between(soonest, latest) * SECOND_MS);
  const feesAt = askedAt - Math.round(draw.between(10, 45) * SECOND_MS);
  return {
    ...visit,
    scheme,
    concentrated: visit.concentrated && scheme !== null,
    clinic,
    serial,
    ids: idsOf(clinic, visit.settleAt, serial),
    psnNo: psnNoOf(clinic, visit.person.index),
    trialAt: clinic.mode === 'hook' ? askedAt : null,
    feesAt,
    registerAt: feesAt - Math.round(draw.between(0.5, 4) * MINUTE_MS),
    lines,
    totalFen: lines.reduce((sum, line) => sum + line.amountFen, 0),
    inScopeFen,
    fundFen,
    lossFen: scheme === null ? 0 : lost,
  };
}

function idsOf(clinic: Clinic, settleAt: number, serial: number): VisitIds {
  const number = `${shortDay(settleAt)}${String(serial).padStart(5, '0')}`;
  return { mdtrtId: `M${clinic.code}${number}`, setlId: `S${clinic.code}${number}`, batch: `B${number}` };
}

function feeOf(drug: Drug, halves: number, sale: Sale | null): FeeLine {
  const amountFen = Math.round((drug.priceFen * halves) / 2);
  return { drug, halves, amountFen, inScopeFen: Math.round(amountFen * drug.scope), sale };
}

/** Tells the stock ledger of a sale. */
function sold({ stock }: Counter, slot: number, halves: number, codes: readonly string[]): Sale | null {
  const drug = stock.drugs[slot];
  if (!drug) return null;
  stock.enter(slot, -halves);
  return { drug, slot, halves, codes, batch: stock.batch(slot) };
}

/** A drug from the shelf: a ghost's boxes leave it too, and are sold for cash. */
function honestLine(counter: Counter, slot: number, halves: number, nothingHandedOut: boolean): Billed | null {
  const drug = counter.stock.drugs[slot];
  if (!drug) return null;
  if (nothingHandedOut) return { fee: feeOf(drug, halves, null), lostInScope: 0 };
  const codes = counter.stock.take(slot, halves);
  return codes && { fee: feeOf(drug, halves, sold(counter, slot, halves, codes)), lostInScope: 0 };
}

function trickLine(counter: Counter, trick: DrugTrick, slot: number, halves: number): Billed | null {
  if (trick === 'phantom_drugs') return phantom(counter, slot, halves + 2);
  return trick === 'substitution' ? substituted(counter, slot, halves) : codeAgain(counter, slot);
}

/** Never left the shelf; a sale that is told has codes of boxes that the clinic never had. */
function phantom(counter: Counter, slot: number, halves: number): Billed | null {
  const { city, stock, day, serial, draw } = counter;
  const drug = stock.drugs[slot];
  if (!drug) return null;
  const invented = 900_000 + ((day * 40 + serial) % 9000) * 10;
  const codes = Array.from({ length: Math.floor(halves / 2) }, (_, i) => stock.code(slot, invented + i));
  const told = draw.chance(city.parameters.fraud.saleReportedShare) ? sold(counter, slot, halves, codes) : null;
  const fee = feeOf(drug, halves, told);
  return { fee, lostInScope: fee.inScopeFen };
}

const worth = (drug: Drug | undefined): number => (drug ? drug.priceFen * drug.scope : 0);

/** Handed out: another drug. Billed: the dearest on the shelf. */
function substituted(counter: Counter, slot: number, halves: number): Billed | null {
  const { stock, draw } = counter;
  const dear = stock.drugs.reduce((best, drug, i) => (worth(drug) > worth(stock.drugs[best]) ? i : best), 0);
  const handed = slot === dear ? (slot + 1) % stock.drugs.length : slot;
  const [billed, given] = [stock.drugs[dear], stock.drugs[handed]];
  const codes = billed && given ? stock.take(handed, halves) : null;
  if (!billed || !given || !codes) return null;
  // Half of them tell the stock ledger the truth, the others enter the billed drug with the given box's code.
  const fee = feeOf(billed, halves, sold(counter, draw.chance(0.5) ? handed : dear, halves, codes));
  return { fee, lostInScope: Math.max(0, fee.inScopeFen - feeOf(given, halves, null).inScopeFen) };
}

/** One box settled again: the code of one that was sold before, here or at a neighbour. Nothing leaves the shelf. */
function codeAgain(counter: Counter, slot: number): Billed | null {
  const { city, clinic, stock, day, draw } = counter;
  const { clinics, drugs, parameters, random } = city;
  const neighbour = clinics[(clinic.index + clinics.length - 1) % clinics.length];
  const elsewhere =
    neighbour &&
    neighbour !== clinic &&
    day >= NEIGHBOUR_SOLD_DAYS &&
    draw.chance(parameters.fraud.otherClinicCodeShare)
      ? earlyBoxOf(neighbour, drugs, parameters, random, draw)
      : null;
  const there = elsewhere ? stock.drugs.findIndex(({ index }) => index === elsewhere.drug.index) : -1;
  if (elsewhere && there >= 0) {
    const fee = feeOf(elsewhere.drug, 2, sold(counter, there, 2, [elsewhere.code]));
    return { fee, lostInScope: fee.inScopeFen };
  }
  for (let i = 0; i < stock.drugs.length; i++) {
    const at = (slot + i) % stock.drugs.length;
    const [drug, code] = [stock.drugs[at], stock.soldCode(at, draw)];
    if (!drug || code === null) continue;
    const fee = feeOf(drug, 2, sold(counter, at, 2, [code]));
    return { fee, lostInScope: fee.inScopeFen };
  }
  return null;
}
