import { type Static, Type } from 'typebox';

const open = { additionalProperties: true } as const;
const MaybeNumber = Type.Optional(Type.Union([Type.Number(), Type.Null()]));
const MaybeText = Type.Optional(Type.Union([Type.String(), Type.Null()]));
const Score = Type.Number({ minimum: -1, maximum: 1 });

const Gauss = Type.Object(
  { mean: Score, sd: Type.Number({ exclusiveMinimum: 0 }) },
  { ...open, description: 'Scores (cosines) as a normal distribution.' },
);
const Point = Type.Union([
  Type.Object({ score: Score, llr: Type.Number() }, open),
  Type.Array(Type.Number(), { minItems: 2, maxItems: 2 }),
]);

export const RawBinSchema = Type.Object(
  {
    name: MaybeText,
    minQuality: Type.Optional(
      Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], {
        description: 'The bin holds from this quality up to the next bin; default 0.',
      }),
    ),
    llr: Type.Optional(
      Type.Union([Type.Array(Point, { minItems: 2 }), Type.Null()], {
        description:
          'Log-likelihood ratio same : different person (natural logarithm) at a score (cosine), as {score, llr} or [score, llr]; straight between the points, level beyond them. Or else `genuine` and `impostor`.',
      }),
    ),
    genuine: Type.Optional(Type.Union([Gauss, Type.Null()])),
    impostor: Type.Optional(Type.Union([Gauss, Type.Null()])),
    matchCut: Type.Optional(
      Type.Union([Score, Type.Null()], { description: 'From this score on impostors pass at matchFmr only.' }),
    ),
    mismatchCut: Type.Optional(
      Type.Union([Score, Type.Null()], {
        description: "Below this score lie only mismatchFnmr of the right person's own scores.",
      }),
    ),
    thresholds: Type.Optional(
      Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()], {
        description: 'Scores at which impostors pass at the rate that names them: {"1e-2": 0.91, …}.',
      }),
    ),
    genuinePeople: MaybeNumber,
    genuinePairs: MaybeNumber,
    impostorPairs: MaybeNumber,
    fnmrAtMatchCut: MaybeNumber,
    impostorsBelowMismatchCut: MaybeNumber,
  },
  open,
);
export type RawBin = Static<typeof RawBinSchema>;

export const RawCalibrationSchema = Type.Object(
  {
    id: MaybeText,
    bins: Type.Array(RawBinSchema, { minItems: 1, description: 'By quality, lowest first.' }),
    llrCap: MaybeNumber,
    llrFloor: MaybeNumber,
    matchFmr: MaybeNumber,
    mismatchFnmr: MaybeNumber,
    maxPortraitAgeYears: MaybeNumber,
    dataName: MaybeText,
    limits: MaybeText,
    people: MaybeNumber,
    peopleWithSeveral: MaybeNumber,
    photos: MaybeNumber,
    photosWithoutFace: MaybeNumber,
    genuinePairs: MaybeNumber,
    impostorPairs: MaybeNumber,
    mismatchRule: MaybeText,
  },
  { ...open, description: "A face model's calibration, in the form of `calibration` of models/cards/*.json." },
);
export type RawCalibration = Static<typeof RawCalibrationSchema>;
