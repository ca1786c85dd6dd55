import { type Static, Type } from 'typebox';
import { REGION_CODE } from '../../access/regions.store.ts';
import { Fen, Nullable, Time } from '../common.schemas.ts';
import { ALERT_STATES } from '../flow/states.ts';
import { CLASSES, PHASES } from './figures.ts';
import { SPANS } from './span.ts';

const Counts = <Name extends string>(names: readonly Name[]) =>
  Type.Object(
    Object.fromEntries(names.map((name) => [name, Type.Integer()])) as Record<Name, ReturnType<typeof Type.Integer>>,
  );

export const Day = Type.String({ format: 'date', description: 'Local day of the installation' });
export const MonthText = Type.String({ pattern: '^\\d{4}-(0[1-9]|1[0-2])$', examples: ['2026-03'] });
export const RegionText = Type.String({ pattern: REGION_CODE, description: 'Default: the highest region that I see' });

export const ToldShare = Type.Object({
  n: Type.Integer(),
  hits: Type.Integer(),
  share: Nullable(Type.Number({ description: 'null: there is nothing to go by' })),
  low: Type.Number({ description: 'Lower end of the 95 % interval' }),
  high: Type.Number(),
  enough: Type.Boolean({ description: 'false: too few to tell' }),
});

export const FiguresSchema = Type.Object({
  alerts: Type.Integer({ description: 'That came before reviewers within the span, whatever became of them' }),
  standing: Type.Integer({ description: 'Of them: neither excluded nor archived nor withdrawn by now' }),
  byPhase: Counts(PHASES),
  byClass: Counts(CLASSES),
  byState: Counts(ALERT_STATES),
  overdue: Type.Integer({ description: 'Standing alerts beyond their limit now, of whatever day' }),
  atRiskFen: Type.Integer({
    description: 'Fund money of settlements that alerts of the span name and nobody has decided on, each once; fen',
  }),
  foundFen: Type.Integer({ description: 'Determined within the span to be violation or fraud, fen' }),
  orderedFen: Type.Integer({ description: 'Ordered within the span by handling measures, fen' }),
  recoveredFen: Type.Integer({ description: 'Came back within the span, fen' }),
  settlements: Type.Integer({ description: 'Net of reversals' }),
  fundFen: Fen,
  coverage: Type.Object({
    seen: Type.Integer({ description: 'Settlements with enough of their window covered by cameras' }),
    blind: Type.Integer({ description: 'With too little' }),
    unknown: Type.Integer({ description: 'Not known, or not known yet' }),
    share: Nullable(Type.Number({ description: 'seen ÷ (seen + blind); null: nothing is known' })),
  }),
  precision: ToldShare,
});

export const PlaceRef = Type.Object({ code: Type.String(), name: Type.String() });

export const SpanTold = Type.Object({
  from: Day,
  to: Day,
  over: Type.Boolean({ description: 'false: its last day is not over yet' }),
});

export const ReckonedTold = {
  reckonedAt: Nullable(Time),
  pending: Type.Boolean({ description: 'Something has changed since `reckonedAt` and is being counted' }),
};

export const CockpitQuery = Type.Object({
  region: Type.Optional(RegionText),
  span: Type.Enum([...SPANS], { default: '30d' }),
  month: Type.Optional(MonthText),
});

export const Cockpit = Type.Object({
  region: Type.Object({
    ...PlaceRef.properties,
    level: Type.Enum(['city', 'county', 'township', 'village']),
    clinics: Type.Integer(),
  }),
  path: Type.Array(PlaceRef, { description: 'From the highest region that I see down to this one' }),
  span: SpanTold,
  ...ReckonedTold,
  total: FiguresSchema,
  items: Type.Array(
    Type.Object({
      ...PlaceRef.properties,
      kind: Type.Enum(['region', 'clinic']),
      clinics: Type.Integer(),
      figures: FiguresSchema,
    }),
    { description: 'One level below: regions, or clinics' },
  ),
  budget: Type.Object({
    day: Day,
    shownHere: Type.Integer({ description: 'Suspicions that came before reviewers here today' }),
    limits: Type.Array(
      Type.Object({
        region: Type.String({ description: 'empty: the whole installation' }),
        perDay: Nullable(Type.Integer({ description: 'null: no limit' })),
        used: Type.Integer(),
      }),
      { description: 'Budgets that hold here' },
    ),
  }),
});
export type Cockpit = Static<typeof Cockpit>;
