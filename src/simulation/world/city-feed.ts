import type { FeedKind, FeedLine, TruthRow } from '../feed/feed-line.ts';
import { cameraLine } from './cameras.ts';
import { catalogueLine } from './catalogue.ts';
import type { City } from './city.ts';
import { DAY_MS } from './city-time.ts';
import { clinicDay } from './clinic-day.ts';
import { enrol, staffLines, Told } from './enrolment.ts';
import { clinicLine, regionLines } from './geography.ts';
import { ClinicStock } from './stock.ts';
import { Timeline } from './timeline.ts';
import { type ClinicCounts, clinicTruth, receiptTruth, settlementTruth } from './truth.ts';

export interface FeedWriter {
  line(kind: FeedKind, text: string): void;
  truth(row: TruthRow): void;
  /** True when what has been written should be waited for. */
  readonly full: boolean;
  drain(): Promise<void>;
}

/** How long after the last day what is late still arrives; what is later than that is lost. */
const AFTER_DAYS = 2;
/** An order of ties: clinics, then days, then what a clinic tells of a day. */
const PER_CLINIC = 2 ** 26;
const PER_DAY = 2 ** 15;

/**
 * Writes a city's feed and truth, day by day: in memory are what does not change, each clinic's shelf, and what of the
 * days so far is still to arrive. `onDay` is told how many days are done,
 * and how many lines are still to arrive.
 */
export async function writeCity(
  city: City,
  writer: FeedWriter,
  onDay: (done: number, waiting: number) => void = () => {},
): Promise<void> {
  const timeline = new Timeline();
  const stocks = city.clinics.map((clinic) => new ClinicStock(clinic, city.drugs, city.parameters, city.random));
  const told = city.clinics.map(({ enrollees }) => new Told(enrollees));
  const counts = city.clinics.map((): ClinicCounts => ({ settlements: 0, ghosts: 0 }));

  for (const line of openingLines(city)) {
    writer.line(line.kind, JSON.stringify(line));
    if (writer.full) await writer.drain();
  }
  for (let day = 0; day < city.days; day++) {
    for (const clinic of city.clinics) await planDay(clinic.index, day);
    await writeUntil(city.from + (day + 1) * DAY_MS);
    onDay(day + 1, timeline.waiting);
  }
  await writeUntil(city.from + (city.days + AFTER_DAYS) * DAY_MS);
  for (const clinic of city.clinics) {
    const [plan, of] = [city.plans[clinic.index], counts[clinic.index]];
    if (plan && of) writer.truth(clinicTruth(clinic, plan, of));
    if (writer.full) await writer.drain();
  }

  async function planDay(index: number, day: number): Promise<void> {
    const [clinic, plan, stock, known, of] = [
      city.clinics[index],
      city.plans[index],
      stocks[index],
      told[index],
      counts[index],
    ];
    if (!clinic || !plan || !stock || !known || !of) return;
    const happened = clinicDay(city, clinic, day, stock);
    let order = index * PER_CLINIC + day * PER_DAY;
    for (const telling of enrol(city, clinic, day, happened.people, known)) {
      telling.order = order++;
      timeline.push(telling);
    }
    for (const telling of happened.tellings) {
      telling.order = order++;
      timeline.push(telling);
    }
    for (const visit of happened.visits) {
      writer.truth(settlementTruth(visit));
      if (plan.from !== null && visit.settleAt < plan.from) continue;
      of.settlements++;
      if (visit.scheme === 'ghost') of.ghosts++;
    }
    for (const { at, lossFen } of happened.falseReceipts) {
      writer.truth(receiptTruth(clinic, at, plan.concentrated, lossFen));
    }
    if (writer.full) await writer.drain();
  }

  async function writeUntil(until: number): Promise<void> {
    for (const telling of timeline.until(until)) {
      writer.line(telling.kind, telling.text());
      if (writer.full) await writer.drain();
    }
  }
}

/** What is known when the feed begins. */
function* openingLines(city: City): Generator<FeedLine> {
  yield* regionLines(city.regions, city.clinics, city.from);
  for (const drug of city.drugs) yield catalogueLine(drug, city.from);
  for (const clinic of city.clinics) {
    yield clinicLine(clinic, city.from);
    for (const camera of city.cameras[clinic.index] ?? []) yield cameraLine(camera, clinic, city.from);
    yield* staffLines(city, clinic, city.from);
  }
}

/** The feed's last moment: what arrives later is not in it. */
export const endOfFeed = (city: City): number => city.from + (city.days + AFTER_DAYS) * DAY_MS;
