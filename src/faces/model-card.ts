import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { DomainError } from '../platform/errors.ts';
import { checkOwnFiles, DetectorPart, InputPart, LicenceOfOwn, licenceMissing } from './model-card-files.ts';

/** The newest form of a card that this version reads. */
export const CARD_FORMAT = 2;

const Share = Type.Number({ minimum: 0, maximum: 1 });
const Cosine = Type.Number({ minimum: -1, maximum: 1 });
const Count = Type.Integer({ minimum: 0 });
const Text = Type.String({ minLength: 1 });

const QualityBin = Type.Object(
  {
    name: Type.Union([Type.Literal('low'), Type.Literal('medium'), Type.Literal('high')]),
    minQuality: Share,
    genuinePeople: Count,
    genuinePairs: Count,
    impostorPairs: Count,
    llr: Type.Array(Type.Object({ score: Cosine, llr: Type.Number() }), {
      minItems: 2,
      description:
        'Log-likelihood ratio (natural logarithm) at a score; rising; straight between points, level beyond the ends.',
    }),
    thresholds: Type.Object(
      {
        ...{ '1e-2': Cosine, '1e-3': Cosine, '1e-4': Cosine, '1e-5': Cosine },
        ...{ '1e-6': Type.Optional(Cosine), '1e-7': Type.Optional(Cosine), '1e-8': Type.Optional(Cosine) },
      },
      { description: 'Score at which impostors pass at this rate. For one-to-one comparison only.' },
    ),
    llrModel: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'How scores became likelihood ratios: the model that cost least on other people.',
      }),
    ),
    llrImpostors: Type.Optional(
      Type.Union([Type.Literal('random'), Type.Literal('look-alike')], {
        description:
          'The strangers that a likelihood ratio is against: any, or those of the same apparent sex and age.',
      }),
    ),
    cllr: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'Cost of the log-likelihood ratio in bits, on people who took no part in the fit.',
      }),
    ),
    minCllr: Type.Optional(Type.Number({ minimum: 0, description: 'The least cost that these scores allow.' })),
    lookAlikes: Type.Optional(
      Type.Object(
        { pairs: Count, fmr: Type.Object({ '1e-2': Share, '1e-3': Share, '1e-4': Share }) },
        {
          additionalProperties: false,
          description: 'How often strangers of the same apparent sex and age reach the thresholds of random ones.',
        },
      ),
    ),
    matchCut: Cosine,
    fnmrAtMatchCut: Share,
    mismatchCut: Cosine,
    impostorsBelowMismatchCut: Share,
  },
  { additionalProperties: false },
);
export type QualityBin = Static<typeof QualityBin>;

const Calibration = Type.Object(
  {
    id: Type.String({ minLength: 1, description: 'Stored with every comparison.' }),
    dataName: Text,
    limits: Type.String({
      minLength: 1,
      description: 'What the data is not; shown wherever a figure from here is shown.',
    }),
    people: Count,
    peopleWithSeveral: Count,
    photos: Count,
    photosWithoutFace: Count,
    genuinePairs: Count,
    impostorPairs: Count,
    llrCap: Type.Number({ exclusiveMinimum: 0 }),
    llrFloor: Type.Number({ exclusiveMaximum: 0 }),
    matchFmr: Share,
    mismatchFnmr: Share,
    mismatchRule: Text,
    maxPortraitAgeYears: Type.Number({ minimum: 0 }),
    bins: Type.Array(QualityBin, { minItems: 1 }),
  },
  { additionalProperties: false },
);
export type Calibration = Static<typeof Calibration>;

/** What is known about a face model as we use it: its preparation, its licence, its calibration. */
export const ModelCardSchema = Type.Object(
  {
    format: Type.Optional(Type.Integer({ minimum: 1, description: `Form of the card, ${CARD_FORMAT}; absent: 1.` })),
    id: Text,
    version: Text,
    templateVersion: Text,
    input: InputPart,
    alignment: Text,
    pipeline: Type.Optional(Type.Array(Text, { minItems: 1 })),
    metric: Type.Literal('cosine'),
    dimension: Count,
    files: Type.Optional(
      Type.Object(
        { embedder: Type.Optional(Text), detector: Type.Optional(Text) },
        {
          additionalProperties: false,
          description: "ONNX files of one's own, in the card's folder; absent: the built-in networks.",
        },
      ),
    ),
    mirror: Type.Optional(
      Type.Boolean({ description: 'Own embedder: its answer to the face and to the mirror image are averaged.' }),
    ),
    detector: Type.Optional(DetectorPart),
    likeness: Type.Optional(
      Type.Object(
        { sameFrom: Type.Number(), differentBelow: Type.Number() },
        {
          additionalProperties: false,
          description:
            'Cosine of two faces seen minutes apart by one camera: one person from here, two people below. Absent: from the calibration.',
        },
      ),
    ),
    licence: Type.Union([Type.Object({ package: Text, weights: Text }), LicenceOfOwn]),
    sha256: Type.Record(Type.String(), Type.String({ pattern: '^[0-9a-f]{64}$' })),
    siteCalibrated: Type.Boolean({
      description: "Whether the calibration comes from this site's own confirmed visits.",
    }),
    calibration: Type.Union([Calibration, Type.Null()]),
  },
  { additionalProperties: false, title: 'ClaimSight model card' },
);
export type ModelCard = Static<typeof ModelCardSchema>;

/**
 * Checks a model card. Throws `config_invalid` that names the first wrong field: a card of a newer form, of the wrong shape,
 * without a licence for its files, a table that does not rise, bins that are not in order.
 */
export function parseModelCard(value: unknown, source: string): ModelCard {
  if (typeof value === 'object' && value !== null) {
    const format = 'format' in value ? value.format : 1;
    if (typeof format === 'number' && format > CARD_FORMAT) throw tooNew(source, format);
    if (!('licence' in value)) throw licenceMissing(source);
  }
  if (!Value.Check(ModelCardSchema, value)) {
    const [first] = Value.Errors(ModelCardSchema, value);
    throw invalid(source, first ? `${first.instancePath || '/'} ${first.message}` : 'it has another form');
  }
  checkOwnFiles(value, source);
  for (const bin of value.calibration?.bins ?? []) checkBin(bin, source);
  const floors = value.calibration?.bins.map((bin) => bin.minQuality) ?? [];
  if (floors.some((floor, i) => i > 0 && floor <= (floors[i - 1] ?? 0)))
    throw invalid(source, 'the quality bins are not in rising order');
  return value;
}

function checkBin(bin: QualityBin, source: string): void {
  const rises = bin.llr.every((point, i) => {
    const before = bin.llr[i - 1];
    return !before || (point.score > before.score && point.llr >= before.llr);
  });
  if (!rises) throw invalid(source, `the likelihood ratios of bin ${bin.name} do not rise with the score`);
  if (bin.mismatchCut >= bin.matchCut) throw invalid(source, `the cuts of bin ${bin.name} overlap`);
}

const tooNew = (source: string, format: number) =>
  new DomainError(
    'config_invalid',
    `The model card ${source} is of form ${format}; this version reads form ${CARD_FORMAT} at most.`,
    { remedy: 'Update ClaimSight, or use a card of an older form.' },
  );

const invalid = (source: string, what: string) =>
  new DomainError('config_invalid', `The model card ${source} cannot be used: ${what}.`, {
    remedy:
      'Use the card that came with this version, or mend this one as docs/face-models.md says; its calibration is built with: claimsight face-calibrate --images DIR --out FILE --card CARD',
  });
