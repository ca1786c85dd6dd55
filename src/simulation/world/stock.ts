import { assortmentOf, CHRONIC_LINES, type Drug } from './catalogue.ts';
import type { Clinic } from './geography.ts';
import type { CityParameters } from './parameters.ts';
import { type Draw, type Randomness, STREAM } from './random.ts';

/**
 * One clinic's shelf and book. Quantities are half boxes, because boxes are split; nothing here grows with the days.
 * `shelf` is what is there, `book` what the messages say. Boxes are numbered in the order in which they are sold.
 */
export class ClinicStock {
  readonly drugs: readonly Drug[];
  readonly #clinic: Clinic;
  readonly #parameters: CityParameters['stock'];
  readonly #shelf: Int32Array;
  readonly #book: Int32Array;
  readonly #next: Int32Array;
  /** Number of the box of which one half is left; 0: none. */
  readonly #opened: Int32Array;
  /** Day on which an ordered receipt arrives; -1: nothing is ordered. */
  readonly #arrives: Int32Array;
  readonly #receipts: Int32Array;
  readonly #weights: { readonly chronic: readonly number[]; readonly acute: readonly number[] };

  constructor(clinic: Clinic, drugs: readonly Drug[], parameters: CityParameters, random: Randomness) {
    this.#clinic = clinic;
    this.#parameters = parameters.stock;
    this.drugs = assortmentOf(drugs, parameters, random, clinic.index);
    const count = this.drugs.length;
    this.#shelf = new Int32Array(count);
    this.#book = new Int32Array(count);
    this.#next = new Int32Array(count).fill(1);
    this.#opened = new Int32Array(count);
    this.#arrives = new Int32Array(count).fill(-1);
    this.#receipts = new Int32Array(count);
    const weights = (chronic: boolean): number[] => {
      const matching = this.drugs.filter((drug) => drug.chronic === chronic);
      const [inside, outside] = [
        matching.reduce((sum, drug) => sum + drug.popularity, 0),
        this.drugs.reduce((sum, drug) => sum + (drug.chronic === chronic ? 0 : drug.popularity), 0),
      ];
      let total = 0;
      return this.drugs.map((drug) => {
        const share = drug.chronic === chronic ? CHRONIC_LINES / (inside || 1) : (1 - CHRONIC_LINES) / (outside || 1);
        total += share * drug.popularity;
        return total;
      });
    };
    this.#weights = { chronic: weights(true), acute: weights(false) };
    this.drugs.forEach((drug, slot) => {
      const halves = 2 * Math.max(4, Math.round(parameters.stock.openingBoxes * clinic.size * (0.4 + drug.popularity)));
      this.#shelf[slot] = halves;
      this.#book[slot] = halves;
    });
  }

  shelf(slot: number): number {
    return this.#shelf[slot] ?? 0;
  }

  book(slot: number): number {
    return this.#book[slot] ?? 0;
  }

  slotOf(draw: Draw, chronic: boolean): number {
    return draw.weighted(chronic ? this.#weights.chronic : this.#weights.acute);
  }

  /** Takes from the shelf; the trace codes of the boxes, or null where there is not enough. */
  take(slot: number, halves: number): readonly string[] | null {
    if (this.shelf(slot) < halves) return null;
    this.#shelf[slot] = this.shelf(slot) - halves;
    const opened = this.#opened[slot] ?? 0;
    if (halves === 1) {
      if (opened > 0) {
        this.#opened[slot] = 0;
        return [this.code(slot, opened)];
      }
      const box = this.#nextBox(slot);
      this.#opened[slot] = box;
      return [this.code(slot, box)];
    }
    return Array.from({ length: Math.floor(halves / 2) }, () => this.code(slot, this.#nextBox(slot)));
  }

  #nextBox(slot: number): number {
    const box = this.#next[slot] ?? 1;
    this.#next[slot] = box + 1;
    return box;
  }

  /** What a message says: more or less in the book. */
  enter(slot: number, halves: number): void {
    this.#book[slot] = this.book(slot) + halves;
  }

  /** What is put on the shelf or taken off it without a sale. */
  put(slot: number, halves: number): void {
    this.#shelf[slot] = Math.max(0, this.shelf(slot) + halves);
  }

  /** After an honest stock-take the book is the shelf. */
  settle(slot: number): void {
    this.#book[slot] = this.shelf(slot);
  }

  /** Trace code of a box that was sold before; null where none was. */
  soldCode(slot: number, draw: Draw): string | null {
    const sold = (this.#next[slot] ?? 1) - 1;
    return sold < 1 ? null : this.code(slot, 1 + draw.below(sold));
  }

  /** 20 digits that begin with 8; the box of a drug that this clinic received. */
  code(slot: number, box: number): string {
    return traceCode(this.drugs[slot]?.index ?? 0, this.#clinic.index, box);
  }

  /** Drugs that arrive on this day, and what is short and gets ordered for one of the next. */
  receive(
    day: number,
    draw: Draw,
  ): readonly { readonly slot: number; readonly boxes: number; readonly receipt: number }[] {
    const arrived: { slot: number; boxes: number; receipt: number }[] = [];
    for (let slot = 0; slot < this.drugs.length; slot++) {
      if (this.#arrives[slot] === day) {
        const popularity = this.drugs[slot]?.popularity ?? 1;
        const boxes = Math.max(5, Math.round(this.#parameters.receiptBoxes * this.#clinic.size * (0.4 + popularity)));
        this.#arrives[slot] = -1;
        this.put(slot, 2 * boxes);
        arrived.push({ slot, boxes, receipt: this.nextReceipt(slot) });
      }
      if ((this.#arrives[slot] ?? -1) < 0 && this.shelf(slot) < 2 * this.#parameters.reorderBoxes) {
        this.#arrives[slot] = day + 1 + draw.below(3);
      }
    }
    return arrived;
  }

  nextReceipt(slot: number): number {
    const receipt = (this.#receipts[slot] ?? 0) + 1;
    this.#receipts[slot] = receipt;
    return receipt;
  }

  /** The institution's own serial of the batch that is sold now, or of a receipt. */
  batch(slot: number, receipt?: number): string {
    const number = receipt ?? this.#receipts[slot] ?? 0;
    return `${this.#clinic.code.slice(1)}${String(this.drugs[slot]?.index ?? 0).padStart(3, '0')}${String(number).padStart(4, '0')}`;
  }
}

/** Maker and product, then clinic and box: unlike any other box's. */
export const traceCode = (drug: number, clinic: number, box: number): string =>
  `8${String(100 + drug)}${String(210 + ((drug * 37) % 700))}${String(clinic).padStart(5, '0')}${String(box).padStart(6, '0')}${String((drug * 31 + clinic * 7 + box * 13) % 100).padStart(2, '0')}`;

/** A box of a popular drug that a clinic sold in its first days: for those who settle it again elsewhere. */
export function earlyBoxOf(
  clinic: Clinic,
  drugs: readonly Drug[],
  parameters: CityParameters,
  random: Randomness,
  draw: Draw,
): { readonly drug: Drug; readonly code: string } | null {
  const drug = assortmentOf(drugs, parameters, random, clinic.index)[draw.below(2)];
  return drug ? { drug, code: traceCode(drug.index, clinic.index, 1 + draw.below(2)) } : null;
}

export const stockStream = (random: Randomness, clinic: Clinic, day: number): Draw =>
  random(STREAM.stock, clinic.index, day + 1);
