import type { FiledLine, SignInLine } from '../feed/feed-line.ts';
import { bill } from './billing.ts';
import { appearanceTellings, cameraDay } from './camera-day.ts';
import type { Camera } from './cameras.ts';
import type { City } from './city.ts';
import { DAY_MS, isoMs, isoSecond, MINUTE_MS } from './city-time.ts';
import type { FraudPlan } from './fraud-plan.ts';
import type { Clinic } from './geography.ts';
import { Mail } from './mail.ts';
import { type Blind, blindByPower, type PowerCut, type Stretch } from './outages.ts';
import type { Person } from './people.ts';
import { psnNoOf } from './person-names.ts';
import { type Appearance, appearancesOf, aroundOpening } from './presence.ts';
import type { Draw } from './random.ts';
import { type ClinicStock, stockStream } from './stock.ts';
import { stockDay } from './stock-day.ts';
import { type Telling, TellingOf } from './telling.ts';
import { type PlannedVisit, staffCode, type Visit } from './visit.ts';
import { claimMail } from './visit-mail.ts';
import { blindByCover, burstOfFraud, fraudOfDay, unseenFrauds, walkInFraud } from './visits-fraud.ts';
import {
  createComers,
  type DayKind,
  dayKind,
  dayStream,
  honestVisit,
  othersPresent,
  settleTimes,
} from './visits-honest.ts';

export interface ClinicDay {
  readonly visits: readonly Visit[];
  /** False receipts: when, and what the fund loses by them. */
  readonly falseReceipts: readonly { readonly at: number; readonly lossFen: number }[];
  readonly tellings: readonly Telling[];
  /** Those who matter from this day on, with their households. */
  readonly people: readonly Person[];
}

/** Everything that happens at one clinic on one day. Changes the clinic's stock, and nothing else. */
export function clinicDay(city: City, clinic: Clinic, day: number, stock: ClinicStock): ClinicDay {
  const plan = city.plans[clinic.index];
  const cameras = city.cameras[clinic.index] ?? [];
  if (!plan) throw new RangeError('A clinic without a plan.');
  const kind = dayKind(city, clinic, day);
  const draw = dayStream(city.random, clinic, day);
  const { planned, covers, falseReceipts } = planVisits(city, clinic, plan, day, kind, draw);
  const tellings: Telling[] = [];
  const mail = new Mail(city, clinic, draw);
  const stocks = stockDay({
    city,
    clinic,
    plan,
    day,
    kind,
    stock,
    mail,
    falseReceipts,
    draw: stockStream(city.random, clinic, day),
  });
  const visits = planned.map((visit, i) => bill({ city, clinic, stock, day, serial: i + 1, draw }, visit));
  for (const visit of visits) claimMail(mail, visit, stock, draw.chance(city.parameters.messages.errors.noDiagnosis));
  stocks.evening();
  tellings.push(...mail.tellings);

  const power = city.outages.power(clinic, day);
  const network = city.outages.network(clinic, day);
  // Without power the node is silent too.
  const cuts: readonly Stretch[] = [...network, ...power];
  const blind = new Map(
    cameras.map((camera): [Camera, readonly Blind[]] => [
      camera,
      [
        ...power.map(blindByPower),
        ...city.outages.camera(camera, day),
        ...covers.filter(({ all }) => all || camera.slot === 0).map(blindByCover),
      ],
    ]),
  );
  const actors = [...planned.flatMap((visit) => visit.actors), ...othersPresent(city, clinic, kind, draw)];
  const appearances = appearancesOf(
    actors,
    cameras,
    (camera) => blind.get(camera) ?? [],
    cuts,
    city.parameters.cameras,
    draw,
  );
  const byCamera = new Map<Camera, Appearance[]>(cameras.map((camera) => [camera, []]));
  for (const appearance of appearances) {
    byCamera.get(appearance.camera)?.push(appearance);
    appearanceTellings(city, day, appearance, tellings);
  }
  for (const camera of cameras) {
    const told = cameraDay({
      city,
      camera,
      day,
      busy: aroundOpening(kind.opensAt, kind.closesAt),
      blind: blind.get(camera) ?? [],
      networkCuts: cuts,
      appearances: byCamera.get(camera) ?? [],
    });
    tellings.push(...told);
  }
  for (const visit of visits) if (visit.auth) tellings.push(authTelling(city, visit, visit.auth));
  tellings.push(...filings(city, clinic, kind, planned, power, draw));
  for (const dark of blind.values()) tellings.push(...layouts(city, clinic, kind, dark, draw));
  if (kind.open) tellings.push(...signIns(clinic, kind, draw));
  const people = [...new Map(planned.map(({ person }) => [person.index, person])).values()];
  return { visits, falseReceipts: stocks.falseReceipts, tellings, people };
}

/** The day's visits in order of settlement. */
function planVisits(city: City, clinic: Clinic, plan: FraudPlan, day: number, kind: DayKind, draw: Draw) {
  const { wrongPersonShare, dispersion } = city.parameters.visits;
  const fraud = fraudOfDay(city, clinic, plan, day, kind, draw);
  const comers = createComers(city, clinic, day, draw);
  const where = { city, clinic, plan, kind, comers, draw };
  const honest = kind.open
    ? draw.negativeBinomial((kind.mean * fraud.honestShare) / (1 + wrongPersonShare), dispersion)
    : 0;
  const times = settleTimes(city, kind, honest + fraud.walkIns.length, draw);
  // Which of the day's visits are fraud has nothing to do with their hour.
  const places = times.map((_, i) => i);
  for (let i = places.length - 1; i > 0; i--) {
    const j = draw.below(i + 1);
    [places[i], places[j]] = [places[j] ?? 0, places[i] ?? 0];
  }
  const planned: PlannedVisit[] = [];
  places.forEach((place, i) => {
    const at = times[place] ?? kind.opensAt;
    const scheme = fraud.walkIns[i];
    if (scheme === undefined) planned.push(...honestVisit(city, clinic, at, comers, draw));
    else planned.push(walkInFraud(where, scheme, at));
  });
  const burst = fraud.burst ? burstOfFraud(where, fraud.burst, times) : null;
  const busy = [...times, ...(burst?.visits.map(({ settleAt }) => settleAt) ?? [])];
  planned.push(...(burst?.visits ?? []), ...unseenFrauds(where, fraud.unseen, busy));
  planned.sort((a, b) => a.settleAt - b.settleAt || a.person.index - b.person.index);
  return { planned, covers: burst?.covers ?? [], falseReceipts: fraud.falseReceipts };
}

function authTelling(city: City, visit: Visit, auth: NonNullable<Visit['auth']>): Telling {
  const { clinic, psnNo, serial } = visit;
  const at = auth.at + 400;
  return new TellingOf(at, 'auth', () => {
    const authNo = `A${city.seed % 1000}${clinic.code.slice(1)}${Math.floor(auth.at / 1000)}${serial}`;
    return `{"at":"${isoMs(at)}","kind":"auth","clinic":"${clinic.code}","psn_no":"${psnNo}","authNo":"${authNo}","ok":${auth.ok}}`;
  });
}

function filings(
  city: City,
  clinic: Clinic,
  kind: DayKind,
  planned: readonly PlannedVisit[],
  power: readonly PowerCut[],
  draw: Draw,
): Telling[] {
  const lines: Telling[] = [];
  for (const { settleAt, homeVisitFiledAt, person } of planned) {
    if (homeVisitFiledAt === null) continue;
    const until = settleAt + 30 * MINUTE_MS;
    lines.push(filed(clinic, homeVisitFiledAt, 'homeVisit', homeVisitFiledAt, until, psnNoOf(clinic, person.index)));
  }
  if (kind.special?.filed) lines.push(filed(clinic, kind.dayFrom, 'vaccinationDay', kind.opensAt, kind.closesAt, null));
  for (const cut of power) {
    const files = draw.chance(city.parameters.outages.powerFiledShare);
    if (files && cut.from >= kind.dayFrom && cut.from < kind.dayFrom + DAY_MS) {
      lines.push(filed(clinic, cut.filedAt, 'outage', cut.from, cut.to, null));
    }
  }
  return lines;
}

/** A camera that was moved on purpose is filed as another layout. */
function layouts(city: City, clinic: Clinic, kind: DayKind, blind: readonly Blind[], draw: Draw): Telling[] {
  return blind
    .filter(({ state, from }) => state === 'moved' && from >= kind.dayFrom && from < kind.dayFrom + DAY_MS)
    .filter(() => draw.chance(city.parameters.outages.movedFiledShare))
    .map(({ from, to }) => filed(clinic, from, 'layout', from, to, null));
}

function filed(
  clinic: Clinic,
  at: number,
  what: FiledLine['what'],
  from: number,
  to: number,
  psnNo: string | null,
): Telling {
  const line: FiledLine = {
    at: isoMs(at),
    kind: 'filed',
    clinic: clinic.code,
    psn_no: psnNo,
    what,
    from: isoSecond(from),
    to: isoSecond(to),
  };
  return new TellingOf(at, 'filed', () => JSON.stringify(line));
}

function signIns(clinic: Clinic, kind: DayKind, draw: Draw): Telling[] {
  return Array.from({ length: clinic.staff }, (_, member) => {
    const from = Math.round(kind.opensAt - draw.between(1, 20) * MINUTE_MS);
    const to = Math.round(kind.closesAt + draw.between(1, 20) * MINUTE_MS);
    const line: SignInLine = {
      at: isoMs(from + 1000),
      kind: 'signIn',
      staff: staffCode(clinic, member),
      clinic: clinic.code,
      from: isoSecond(from),
      to: isoSecond(to),
    };
    return new TellingOf(from + 1000, 'signIn', () => JSON.stringify(line));
  });
}
