import type { ProxyLine, StaffLine, StatusLine } from '../feed/feed-line.ts';
import type { City } from './city.ts';
import { DAY_MS, isoMs, isoSecond, MINUTE_MS, SECOND_MS } from './city-time.ts';
import type { Clinic } from './geography.ts';
import { type Person, personLine } from './people.ts';
import { psnNoOf } from './person-names.ts';
import { type Telling, TellingOf } from './telling.ts';
import { faceOf, staffCode, staffFace, staffName } from './visit.ts';

/** Which households of a clinic the feed has told of already: a bit for each enrollee who may be a household's first. */
export class Told {
  readonly #bits: Uint8Array;

  constructor(enrollees: number) {
    this.#bits = new Uint8Array(Math.ceil(enrollees / 8));
  }

  /** True the first time. */
  add(household: number): boolean {
    const mask = 1 << (household & 7);
    const byte = this.#bits[household >> 3] ?? 0;
    this.#bits[household >> 3] = byte | mask;
    return (byte & mask) === 0;
  }
}

/**
 * Those who matter from a day on, with their households: who is told of has nothing to do with who does what, since
 * everybody's household comes with him. Told in the night before; a list that knows only later tells later.
 */
export function* enrol(
  city: City,
  clinic: Clinic,
  day: number,
  people: readonly Person[],
  told: Told,
): Generator<Telling> {
  const end = city.from + city.days * DAY_MS;
  // Spread over the night, so that no minute holds everybody.
  let at = city.from + day * DAY_MS + 2 * MINUTE_MS + ((clinic.index * 7919) % 10_000) * 600;
  for (const matters of people) {
    if (!told.add(matters.household)) continue;
    const household = city.population.household(matters);
    for (const person of household) {
      at += 3;
      const lineAt = at;
      yield new TellingOf(lineAt, 'person', () => {
        const portrait = person.details.portrait ? city.faces.portrait(faceOf(person, city.parameters)) : null;
        return JSON.stringify(personLine(clinic, person, lineAt, portrait));
      });
    }
    for (const person of household) {
      const { collector, status } = person.details;
      if (collector?.registered) {
        at += 3;
        const lineAt = at;
        const line: ProxyLine = {
          at: isoMs(lineAt),
          kind: 'proxy',
          psn_no: psnNoOf(clinic, person.index),
          proxyPsnNo: psnNoOf(clinic, collector.by),
          relation: '家庭成员',
          from: isoSecond(collector.from),
          to: collector.to === null ? null : isoSecond(collector.to),
        };
        yield new TellingOf(lineAt, 'proxy', () => JSON.stringify(line));
      }
      if (status && status.listedAt < end) {
        at += 3;
        const lineAt = Math.round(Math.max(at, status.listedAt));
        const line: StatusLine = {
          at: isoMs(lineAt),
          kind: 'status',
          psn_no: psnNoOf(clinic, person.index),
          what: status.what,
          from: isoSecond(status.from),
          // Nobody knows while it lasts when a stay will end.
          to: status.to !== null && (status.what !== 'inpatient' || status.to <= lineAt) ? isoSecond(status.to) : null,
        };
        yield new TellingOf(lineAt, 'status', () => JSON.stringify(line));
        if (status.what === 'inpatient' && status.to !== null && status.to > lineAt && status.to < end) {
          const leftAt = Math.round(status.to + 20 * SECOND_MS);
          const left: StatusLine = { ...line, at: isoMs(leftAt), to: isoSecond(status.to) };
          yield new TellingOf(leftAt, 'status', () => JSON.stringify(left));
        }
      }
    }
  }
}

/** The clinic's staff; of a few there is no portrait. */
export function staffLines(city: City, clinic: Clinic, at: number): StaffLine[] {
  return Array.from({ length: clinic.staff }, (_, member) => {
    const missing =
      ((clinic.index * 31 + member * 17) % 1000) / 1000 < city.parameters.people.staffPortraitMissingShare;
    return {
      at: isoMs(at),
      kind: 'staff',
      id: staffCode(clinic, member),
      clinic: clinic.code,
      name: staffName(clinic, member),
      template: missing ? null : city.faces.portrait(staffFace(clinic, member)),
    };
  });
}
