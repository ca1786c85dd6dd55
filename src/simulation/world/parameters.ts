import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { PROGRAM_DIR } from '../../platform/config.ts';
import { DomainError } from '../../platform/errors.ts';

/** What each figure means, its unit and its source stand beside its default in this file. */
export const CITY_FILE = 'config/simulation/city.yaml';

const object = <Properties extends Record<string, TSchema>>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Positive = Type.Number({ exclusiveMinimum: 0 });
const NotNegative = Type.Number({ minimum: 0 });
const Count = Type.Integer({ minimum: 1 });
const Fen = Type.Integer({ minimum: 0 });
const Hour = Type.Number({ minimum: 0, maximum: 24 });
const LongTailed = object({ median: Positive, sigma: NotNegative });
const Range = Type.Tuple([NotNegative, NotNegative]);

export const CityParametersSchema = object({
  startDate: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
  clinics: object({
    hookShare: Share,
    sizeCv: Type.Number({ minimum: 0, maximum: 2 }),
    twoDoctorsShare: Share,
    sundayOpenShare: Share,
    opensAtHour: Type.Array(Hour, { minItems: 1 }),
    closesAtHour: Type.Array(Hour, { minItems: 1 }),
  }),
  people: object({
    enrolleesMin: Type.Integer({ minimum: 100, maximum: 20_000 }),
    enrolleesMax: Type.Integer({ minimum: 100, maximum: 20_000 }),
    households: object({
      elderCouple: NotNegative,
      elderAlone: Positive,
      threeGenerations: NotNegative,
      grandparentsAndChildren: NotNegative,
      parentsAndChild: NotNegative,
      middleAgedCouple: NotNegative,
    }),
    chronicShare60: Share,
    chronicShare40: Share,
    noPortraitShare: Share,
    oldPortraitShare: Share,
    portraitYearsFresh: NotNegative,
    portraitYearsOld: Range,
    portraitQualityMean: Share,
    portraitQualitySd: Type.Number({ minimum: 0, maximum: 0.4 }),
    staffPortraitMissingShare: Share,
    deathsPerYear: Share,
    deathListLagDays: LongTailed,
    inpatientPerYear: NotNegative,
    inpatientDaysMean: Positive,
    inpatientListLagDays: LongTailed,
    suspendedShare: Share,
    awayShare: Share,
    awayVisitsShare: Share,
  }),
  visits: object({
    perDayMean: Type.Number({ exclusiveMinimum: 0, maximum: 200 }),
    dispersion: Positive,
    chronicShare: Share,
    weekdays: Type.Array(NotNegative, { minItems: 7, maxItems: 7 }),
    months: Type.Array(NotNegative, { minItems: 12, maxItems: 12 }),
    morningShare: Share,
    specialDaysPerMonth: Type.Number({ minimum: 0, maximum: 30 }),
    specialFactor: Positive,
    specialFiledShare: Share,
    totalMeanFen: Fen,
    fundMeanFen: Fen,
    consultationFen: Fen,
    fundRate: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    beforeMin: LongTailed,
    afterMin: LongTailed,
    authShare: Share,
    authFailsShare: Share,
    collectedShare: Share,
    collectedRegisteredShare: Share,
    homeVisitShare: Share,
    homeVisitFiledShare: Share,
    wrongPersonShare: Share,
    reversalShare: Share,
    technicalReversalShare: Share,
    goodsReturnedShare: Share,
    companionShare: object({ child: Share, old: Share, others: Share }),
    passersByPerDay: NotNegative,
  }),
  cameras: object({
    countShares: Type.Tuple([Share, Share, Share]),
    missMean: Share,
    missSd: Type.Number({ minimum: 0, maximum: 0.4 }),
    missFactorChild: NotNegative,
    missFactorVeryOld: NotNegative,
    missCountedShare: Share,
    poorClinicsShare: Share,
    poorMiss: Share,
    qualityMean: object({ counter: Share, consulting: Share, pharmacy: Share, entrance: Share }),
    qualitySd: Type.Number({ minimum: 0, maximum: 0.4 }),
    openShare: Share,
    revisedShare: Share,
    staffSeenShare: Share,
    staffIdlePerHour: NotNegative,
    watermarkBusyMin: Type.Number({ minimum: 1 }),
    watermarkIdleMin: Type.Number({ minimum: 1 }),
    watermarkNightMin: Type.Number({ minimum: 1 }),
    lagS: NotNegative,
    clockOff30Share: Share,
    clockOff8hShare: Share,
    clockOffMeanS: NotNegative,
    clockDriftSPerDay: NotNegative,
    clockNoiseS: NotNegative,
    clockUnknownShare: Share,
  }),
  outages: object({
    powerPerTownshipMonth: NotNegative,
    powerMin: LongTailed,
    powerFiledShare: Share,
    networkPerTownshipMonth: NotNegative,
    networkPerClinicMonth: NotNegative,
    networkMin: LongTailed,
    cameraPerMonth: NotNegative,
    movedFiledShare: Share,
    cameraMin: LongTailed,
    longestDays: Type.Integer({ minimum: 1, maximum: 30 }),
  }),
  faces: object({
    dimension: Type.Integer({ minimum: 32, maximum: 2048 }),
    identityDimensions: Type.Integer({ minimum: 8, maximum: 256 }),
    kinShare: Share,
    sexShare: Type.Number({ minimum: 0, maximum: 0.4 }),
    ageShare: Type.Number({ minimum: 0, maximum: 0.4 }),
    personShare: Share,
    liveShare: Share,
    oldPortraitLossPerYear: NotNegative,
    genuineTailShare: Share,
  }),
  messages: object({
    lateS: LongTailed,
    nextDayShare: Share,
    twiceShare: Share,
    hookAnswerS: Range,
    clinicClockSdS: NotNegative,
    clinicClockFarShare: Share,
    errors: object({
      keyTypo: Share,
      filledWithNone: Share,
      areaFourDigits: Share,
      areaSpelling: Share,
      compactTime: Share,
      doctorUnknown: Share,
      noDiagnosis: Share,
      mappingError: Share,
      refundRow: Type.Number({ minimum: 0, maximum: 0.1 }),
      pharmacistCertno: Share,
      wrongNode: Share,
      randomListCode: Share,
    }),
  }),
  stock: object({
    drugs: Type.Integer({ minimum: 12, maximum: 900 }),
    drugsPerClinic: Type.Integer({ minimum: 4, maximum: 900 }),
    procuredShare: Share,
    drugLinesMean: Type.Number({ minimum: 1, maximum: 6 }),
    secondBoxShare: Share,
    splitShare: Share,
    openingBoxes: Count,
    reorderBoxes: Count,
    receiptBoxes: Count,
    takeEveryDays: Count,
    changesPerMonth: NotNegative,
    deletedShare: Share,
  }),
  fraud: object({
    share: Type.Number({ minimum: 0, maximum: 0.3 }),
    concentratedShare: Share,
    concentratedClinicShare: Share,
    clinicVisitShare: Type.Tuple([Share, Share]),
    clinicVisitShareMean: Share,
    mainSchemeShare: Share,
    begunBeforeShare: Share,
    beginsWithin: Share,
    coverShare: Share,
    staggerShare: Share,
    schemes: object({
      ghost: Share,
      held_cards: Share,
      staff_swiping: Share,
      impostor_kin: Share,
      impostor_other: Share,
      phantom_drugs: Share,
      substitution: Share,
      trace_code_again: Share,
      dead_or_inpatient: Share,
      false_receipts: Share,
    }),
    blockCards: Type.Tuple([Count, Count]),
    scatteredBlockCards: Count,
    saleReportedShare: Share,
    cookedTakeShare: Share,
    otherClinicCodeShare: Share,
    falseReceiptBoxes: Type.Tuple([Count, Count]),
  }),
});
export type CityParameters = Static<typeof CityParametersSchema>;
export type LongTailed = Static<typeof LongTailed>;

/** Part of the parameters: what a `--params` file holds. */
export type CityOverrides = { readonly [key: string]: unknown };

/**
 * The city's parameters: the documented defaults, `paramsFile` over them, `overrides` over both.
 * Throws `config_invalid` that names the first wrong field of either file.
 */
export async function loadCityParameters(
  options: { readonly paramsFile?: string; readonly overrides?: CityOverrides } = {},
): Promise<CityParameters> {
  let value = await readYaml(join(PROGRAM_DIR, CITY_FILE), CITY_FILE);
  if (options.paramsFile !== undefined)
    value = merged(value, await readYaml(options.paramsFile, options.paramsFile), options.paramsFile);
  if (options.overrides !== undefined) value = merged(value, options.overrides, 'the command line');
  return parseCityParameters(value, options.paramsFile ?? CITY_FILE);
}

/** Checks parameters of unknown form. Throws `config_invalid`. */
export function parseCityParameters(value: unknown, source: string): CityParameters {
  if (!Value.Check(CityParametersSchema, value)) {
    const [first] = Value.Errors(CityParametersSchema, value);
    const where = first?.instancePath.replaceAll('/', '.').slice(1) || 'the file';
    throw invalid(source, `${where} ${first?.message ?? 'has another form'}`);
  }
  const rules: readonly (readonly [boolean, string])[] = [
    [value.people.enrolleesMin <= value.people.enrolleesMax, 'people.enrolleesMin is larger than people.enrolleesMax'],
    [near(sum(Object.values(value.fraud.schemes)), 1), 'fraud.schemes does not add up to 1'],
    [near(sum(value.cameras.countShares), 1), 'cameras.countShares does not add up to 1'],
    [sum(value.visits.weekdays) > 0 && sum(value.visits.months) > 0, 'visits.weekdays or visits.months is all zero'],
    [
      value.visits.fundMeanFen <= value.visits.totalMeanFen * value.visits.fundRate,
      'visits.fundMeanFen is larger than visits.fundRate of visits.totalMeanFen',
    ],
    [
      value.visits.consultationFen < value.visits.totalMeanFen,
      'visits.consultationFen is not below visits.totalMeanFen',
    ],
    [value.stock.drugsPerClinic <= value.stock.drugs, 'stock.drugsPerClinic is larger than stock.drugs'],
    [value.fraud.clinicVisitShare[0] < value.fraud.clinicVisitShare[1], 'fraud.clinicVisitShare is not a range'],
    [
      value.fraud.clinicVisitShareMean > value.fraud.clinicVisitShare[0] &&
        value.fraud.clinicVisitShareMean < value.fraud.clinicVisitShare[1],
      'fraud.clinicVisitShareMean lies outside fraud.clinicVisitShare',
    ],
    [
      value.faces.identityDimensions + 10 <= value.faces.dimension,
      'faces.dimension is not at least faces.identityDimensions + 10',
    ],
    [
      Math.max(...value.clinics.opensAtHour) + 3 <= Math.min(...value.clinics.closesAtHour),
      'clinics open later than three hours before they close',
    ],
    [
      Math.min(...value.clinics.opensAtHour) >= 2 && Math.max(...value.clinics.closesAtHour) <= 22,
      'clinics.opensAtHour and closesAtHour lie outside 2 to 22',
    ],
    [!Number.isNaN(Date.parse(`${value.startDate}T00:00:00+08:00`)), 'startDate is no day'],
  ];
  const broken = rules.find(([holds]) => !holds);
  if (broken) throw invalid(source, broken[1]);
  return value;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merged(base: unknown, over: unknown, source: string): unknown {
  if (!isObject(over)) throw invalid(source, 'it does not hold parameters by name');
  if (!isObject(base)) return over;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (!Object.hasOwn(base, key)) throw invalid(source, `there is no parameter ${key}`);
    result[key] = isObject(base[key]) && isObject(value) ? merged(base[key], value, source) : value;
  }
  return result;
}

async function readYaml(path: string, name: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new DomainError(
      'config_invalid',
      `The parameters ${name} cannot be read.`,
      { remedy: 'Check the path.' },
      { cause },
    );
  });
  try {
    return parse(text);
  } catch (error) {
    throw invalid(name, error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'no YAML');
  }
}

const invalid = (source: string, what: string): DomainError =>
  new DomainError('config_invalid', `The city's parameters in ${source} cannot be used: ${what}.`, {
    remedy: `Each parameter, its unit and its default stand in ${CITY_FILE}; a --params file holds only those that differ.`,
  });
