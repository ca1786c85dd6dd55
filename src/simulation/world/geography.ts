import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { PROGRAM_DIR } from '../../platform/config.ts';
import { DomainError } from '../../platform/errors.ts';
import type { ClinicLine, OpenHours, RegionLine } from '../feed/feed-line.ts';
import { hourText, isoMs } from './city-time.ts';
import type { CityParameters } from './parameters.ts';
import { type Randomness, STREAM } from './random.ts';

export interface Region {
  readonly code: string;
  readonly name: string;
}

/** City, counties by GB/T 2260, townships. */
export interface Regions {
  readonly city: Region;
  readonly counties: readonly Region[];
  readonly townships: readonly Region[];
}

/** A village clinic, as far as it does not change from day to day. */
export interface Clinic {
  readonly index: number;
  readonly code: string;
  readonly name: string;
  readonly county: string;
  readonly township: number;
  readonly village: Region;
  readonly mode: 'mirror' | 'hook';
  /** Hours after midnight. */
  readonly opens: number;
  readonly closes: number;
  readonly sunday: boolean;
  readonly enrollees: number;
  /** Mean visits relative to the city's mean. */
  readonly size: number;
  readonly staff: number;
  /** Its computer's clock minus true time, milliseconds. */
  readonly computerOffsetMs: number;
  /** Day of the stock-take cycle. */
  readonly takePhase: number;
}

/** The regions that come with the project. Throws `config_invalid`. */
export async function loadRegions(): Promise<Regions> {
  const text = await readFile(join(PROGRAM_DIR, 'config/regions/zhoukou.csv'), 'utf8');
  const rows = parse<Region>(text, { columns: true, skip_empty_lines: true, trim: true });
  const city = rows.find(({ code }) => code.length === 4);
  const counties = rows.filter(({ code }) => code.length === 6);
  const townships = rows.filter(({ code }) => code.length === 9);
  if (!city || counties.length === 0 || townships.length === 0) {
    throw new DomainError('config_invalid', 'config/regions/zhoukou.csv holds no city, counties and townships.', {
      remedy: 'Restore the file of this version: codes of 4, 6 and 9 digits with their names.',
    });
  }
  return { city, counties, townships };
}

const VILLAGES = [
  '李庄',
  '王庄',
  '张楼',
  '刘寨',
  '赵营',
  '陈集',
  '周口店',
  '孙桥',
  '马庄',
  '朱集',
  '胡岗',
  '郭楼',
] as const;

/** `count` clinics spread over all townships, the same for any number of days. */
export function makeClinics(
  regions: Regions,
  count: number,
  parameters: CityParameters,
  random: Randomness,
): readonly Clinic[] {
  const { clinics, people, messages, stock } = parameters;
  // 411671 is a statistical area, not a county of GB/T 2260: no clinic's code begins with it.
  const home = regions.townships.flatMap(({ code }, i) => (STATISTICAL.has(code.slice(0, 6)) ? [] : [i]));
  const step = stepThrough(home.length);
  const inTownship = new Map<number, number>();
  const inCounty = new Map<string, number>();
  return Array.from({ length: count }, (_, index) => {
    const draw = random(STREAM.clinic, index);
    const township = home[(index * step + 17) % home.length] ?? 0;
    const { code: townshipCode, name: townshipName } = regions.townships[township] ?? regions.city;
    const county = townshipCode.slice(0, 6);
    const village = (inTownship.get(township) ?? 0) + 1;
    inTownship.set(township, village);
    const serial = (inCounty.get(county) ?? 0) + 1;
    inCounty.set(county, serial);
    const shape = clinics.sizeCv > 0 ? 1 / clinics.sizeCv ** 2 : 0;
    const villageName = `${VILLAGES[(village - 1) % VILLAGES.length]}${village > VILLAGES.length ? Math.ceil(village / VILLAGES.length) : ''}`;
    return {
      index,
      code: `H${county}${String(serial).padStart(5, '0')}`,
      name: `${townshipName}${villageName}村卫生室`,
      county,
      township,
      village: { code: `${townshipCode}${String(199 + village).padStart(3, '0')}`, name: `${villageName}村` },
      mode: draw.chance(clinics.hookShare) ? 'hook' : 'mirror',
      opens: draw.pick(clinics.opensAtHour as [number, ...number[]]),
      closes: draw.pick(clinics.closesAtHour as [number, ...number[]]),
      sunday: draw.chance(clinics.sundayOpenShare),
      enrollees: people.enrolleesMin + draw.below(people.enrolleesMax - people.enrolleesMin + 1),
      size: shape > 0 ? draw.gamma(shape, 1 / shape) : 1,
      staff: draw.chance(clinics.twoDoctorsShare) ? 2 : 1,
      computerOffsetMs: Math.round(
        draw.chance(messages.clinicClockFarShare)
          ? draw.normal() * 1_800_000
          : draw.normal() * messages.clinicClockSdS * 1000,
      ),
      takePhase: draw.below(stock.takeEveryDays),
    };
  });
}

const STATISTICAL = new Set(['411671']);

/** A step that visits all of `count` places before it comes to one again, and not in order of their codes. */
function stepThrough(count: number): number {
  const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b));
  let step = 89;
  while (common(step, count) !== 1) step++;
  return step;
}

/** City, counties, townships, then the villages of these clinics. */
export function* regionLines(regions: Regions, clinics: readonly Clinic[], at: number): Generator<RegionLine> {
  const line = (region: Region, level: RegionLine['level'], parent: string | null): RegionLine => ({
    at: isoMs(at),
    kind: 'region',
    code: region.code,
    name: region.name,
    level,
    parent,
  });
  yield line(regions.city, 'city', null);
  for (const county of regions.counties) yield line(county, 'county', county.code.slice(0, 4));
  for (const township of regions.townships) yield line(township, 'township', township.code.slice(0, 6));
  for (const { village } of clinics) yield line(village, 'village', village.code.slice(0, 9));
}

export const openHoursOf = (clinic: Clinic): OpenHours[] => [
  {
    days: clinic.sunday ? [1, 2, 3, 4, 5, 6, 7] : [1, 2, 3, 4, 5, 6],
    from: hourText(clinic.opens),
    to: hourText(clinic.closes),
  },
];

export const clinicLine = (clinic: Clinic, at: number): ClinicLine => ({
  at: isoMs(at),
  kind: 'clinic',
  fixmedins_code: clinic.code,
  name: clinic.name,
  region: clinic.village.code,
  openHours: openHoursOf(clinic),
  mode: clinic.mode,
});
