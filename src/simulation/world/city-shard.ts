import type { FeedLine, TruthRow } from '../feed/feed-line.ts';
import { cameraLine } from './cameras.ts';
import { catalogueLine } from './catalogue.ts';
import type { City } from './city.ts';
import { DAY_MS } from './city-time.ts';
import { clinicDay } from './clinic-day.ts';
import { enrol, staffLines, Told } from './enrolment.ts';
import { type Clinic, clinicLine, regionLines } from './geography.ts';
import { ClinicStock } from './stock.ts';
import type { Telling } from './telling.ts';
import { Timeline } from './timeline.ts';
import { type ClinicCounts, clinicTruth, receiptTruth, settlementTruth } from './truth.ts';

/** How long after the last day what is late still arrives; what is later than that is lost. */
const AFTER_DAYS = 2;
/** An order of ties: clinics, then days, then what a clinic tells of a day. */
const PER_CLINIC = 2 ** 26;
const PER_DAY = 2 ** 15;

/** The feed's last moment: what arrives later is not in it. */
export const endOfFeed = (city: Pick<City, 'from' | 'days'>): number => city.from + (city.days + AFTER_DAYS) * DAY_MS;

/** What a clinic keeps from one day to the next. */
interface Living {
  readonly clinic: Clinic;
  readonly stock: ClinicStock;
  readonly told: Told;
  readonly counts: ClinicCounts;
}

/** Truth rows of one clinic. */
export interface ClinicRows {
  readonly clinic: number;
  readonly rows: readonly TruthRow[];
}

/**
 * Some of a city's clinics, lived day by day. In memory are what does not change, each clinic's shelf, and what of the
 * days so far is still to arrive.
 */
export class CityShard {
  readonly #city: City;
  readonly #living: readonly Living[];
  readonly #timeline = new Timeline();

  /** The clinics whose number leaves the remainder `shard` when divided by `of`. */
  constructor(city: City, shard: number, of: number) {
    this.#city = city;
    this.#living = city.clinics
      .filter(({ index }) => index % of === shard)
      .map((clinic) => ({
        clinic,
        stock: new ClinicStock(clinic, city.drugs, city.parameters, city.random),
        told: new Told(clinic.enrollees),
        counts: { settlements: 0, ghosts: 0 },
      }));
  }

  /** Lines that are still to arrive. */
  get waiting(): number {
    return this.#timeline.waiting;
  }

  /** Lets the clinics live a day; its lines wait for their moments. Days come one after the other. */
  *live(day: number): Generator<ClinicRows> {
    for (const living of this.#living) yield { clinic: living.clinic.index, rows: this.#liveOne(living, day) };
  }

  #liveOne({ clinic, stock, told, counts }: Living, day: number): TruthRow[] {
    const plan = this.#city.plans[clinic.index];
    if (!plan) return [];
    const happened = clinicDay(this.#city, clinic, day, stock);
    let order = clinic.index * PER_CLINIC + day * PER_DAY;
    for (const telling of enrol(this.#city, clinic, day, happened.people, told)) {
      telling.order = order++;
      this.#timeline.push(telling);
    }
    for (const telling of happened.tellings) {
      telling.order = order++;
      this.#timeline.push(telling);
    }
    const rows: TruthRow[] = [];
    for (const visit of happened.visits) {
      rows.push(settlementTruth(visit));
      if (plan.from !== null && visit.settleAt < plan.from) continue;
      counts.settlements++;
      if (visit.scheme !== null && visit.came === 'nobody') counts.ghosts++;
    }
    for (const { at, lossFen } of happened.falseReceipts) {
      rows.push(receiptTruth(clinic, at, plan.concentrated, lossFen));
    }
    return rows;
  }

  /** What arrives before `until` (a whole minute), in order. */
  until(until: number): Generator<Telling> {
    return this.#timeline.until(until);
  }

  /** A row for each clinic, when all days have been lived. */
  *clinics(): Generator<ClinicRows> {
    for (const { clinic, counts } of this.#living) {
      const plan = this.#city.plans[clinic.index];
      if (plan) yield { clinic: clinic.index, rows: [clinicTruth(clinic, plan, counts)] };
    }
  }
}

/** What is known when the feed begins. */
export function* openingLines(city: City): Generator<FeedLine> {
  yield* regionLines(city.regions, city.clinics, city.from);
  for (const drug of city.drugs) yield catalogueLine(drug, city.from);
  for (const clinic of city.clinics) {
    yield clinicLine(clinic, city.from);
    for (const camera of city.cameras[clinic.index] ?? []) yield cameraLine(camera, clinic, city.from);
    yield* staffLines(city, clinic, city.from);
  }
}
