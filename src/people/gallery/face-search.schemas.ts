import { Type } from 'typebox';
import { NullableString, nullable } from '../people.schemas.ts';

export const SearchScope = Type.Union([Type.Literal('catchment'), Type.Literal('all')], {
  default: 'catchment',
  description:
    'catchment: people registered where the clinic is, others who settled there in the last two years, and its staff · all: everybody; needs a model card calibrated for a city',
});

export const SearchPurpose = Type.String({
  minLength: 2,
  maxLength: 200,
  description: 'Why; it is kept in the audit trail',
});

export const SearchLimit = Type.Integer({ minimum: 1, maximum: 50, default: 10 });

const Words = { zh: Type.String(), en: Type.String() };

export const CandidateAnswer = Type.Object({
  rank: Type.Integer(),
  subjectKind: Type.Union([Type.Literal('enrollee'), Type.Literal('staff')]),
  subjectRef: Type.String({ description: 'psn_no, or the id of the member of staff' }),
  psnNo: NullableString,
  name: nullable(Type.String({ description: 'Masked: 张*' })),
  birthYear: nullable(Type.Integer()),
  regionCode: NullableString,
  portraitId: Type.String(),
  portraitQuality: Type.Number(),
  score: Type.Number({ description: 'Cosine of the two faces, float32' }),
  llr: Type.Number({ description: 'log10 of the likelihood ratio of this one comparison, capped' }),
  llrInGallery: Type.Number({ description: 'The same less log10 of how many were compared' }),
  zone: Type.Object({
    code: Type.Union([
      Type.Literal('above_threshold'),
      Type.Literal('below_threshold'),
      Type.Literal('no_threshold'),
      Type.Literal('too_young'),
    ]),
    ...Words,
  }),
  threshold: nullable(Type.Number({ description: 'Score that it was held against' })),
});

export const SearchAnswerSchema = Type.Object({
  hint: Type.Object(Words),
  scope: SearchScope,
  clinicCode: NullableString,
  gallerySize: Type.Integer(),
  compared: Type.Integer(),
  leftOut: Type.Object({
    otherModel: Type.Integer({ description: 'Portraits of which there is only a template by another model' }),
    withoutPortrait: nullable(Type.Integer()),
    outsideYourRegion: Type.Integer({ description: 'Finds above the threshold whom this account may not see' }),
  }),
  complete: Type.Boolean({ description: 'Nobody at or above the threshold was passed over' }),
  fpir: Type.Number({
    description: 'Share of searches for somebody who is not in the gallery that show a stranger above the threshold',
  }),
  thresholds: Type.Array(
    Type.Object({
      quality: Type.Union([Type.Literal('low'), Type.Literal('medium'), Type.Literal('high')]),
      minQuality: Type.Number(),
      score: Type.Number(),
      falseMatchRate: Type.Number(),
    }),
  ),
  calibrationId: Type.String(),
  candidates: Type.Array(CandidateAnswer),
});
