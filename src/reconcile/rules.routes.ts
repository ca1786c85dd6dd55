import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Queryable } from '../platform/db.ts';
import type { RuleSet } from './parameters.ts';
import { DecisionParametersSchema, WindowSchema } from './parameters.ts';
import { DEFINITIONS } from './rules/definitions.ts';
import { rulesWithoutSource } from './rules/no-source.ts';

const Bilingual = Type.Object({ zh: Type.String(), en: Type.String() });
const Parameter = Type.Object({
  name: Type.String(),
  value: Type.Unknown(),
  default: Type.Unknown(),
  unit: Type.Union([Type.String(), Type.Null()]),
  minimum: Type.Union([Type.Number(), Type.Null()]),
  maximum: Type.Union([Type.Number(), Type.Null()]),
  description: Type.Union([Type.String(), Type.Null()]),
});
const RuleView = Type.Object({
  id: Type.String({ examples: ['A1'] }),
  version: Type.Integer(),
  names: Bilingual,
  definition: Type.Union([Bilingual, Type.Null()], { description: 'What it looks for' }),
  exclusions: Type.Union([Bilingual, Type.Null()], {
    description: 'What explains it first, or leaves it undetermined',
  }),
  phase: Type.Enum(['pre', 'in', 'post']),
  resultType: Type.String({ description: '规则运行结果类型: 可疑 or 明确违规' }),
  timeSpan: Type.String({ description: '时间区间' }),
  subjects: Type.Array(Type.String()),
  supervised: Type.String({ description: '监管对象' }),
  dataNeeded: Type.Array(Type.String()),
  legalBasis: Type.Array(Type.String()),
  causeNo: Type.Array(Type.Integer(), { description: '案由 item numbers' }),
  severity: Type.Enum(['high', 'medium', 'low']),
  class: Type.Enum(['fraud', 'evidence', 'device', 'data']),
  basis: Type.Array(Type.String()),
  parameters: Type.Array(Parameter),
  errors: Type.Integer({
    description: 'On so many subjects it failed when they were last assessed; nothing follows from these',
  }),
});
const WithoutSource = Type.Object({
  id: Type.String({ examples: ['B14'] }),
  names: Bilingual,
  part: Type.Union([Bilingual, Type.Null()], { description: 'null: the whole rule; else the part of one that runs' }),
  needs: Bilingual,
  causeNo: Type.Array(Type.Integer()),
});

/** The rules with their metadata and the parameters that stand. */
export const ruleRoutes =
  (deps: { readonly db: Queryable; readonly ruleSet: () => RuleSet }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/v1/rules',
      {
        config: { right: 'rules.read' },
        schema: {
          summary: 'The rules in force, with their parameters',
          tags: ['rules'],
          operationId: 'listRules',
          response: {
            200: Type.Object({
              version: Type.String({ description: 'SHA-256 of all rules and parameters; stored with each assessment' }),
              items: Type.Array(RuleView),
              noSource: Type.Array(WithoutSource, {
                description: 'Rules of the catalogue that no feed can answer, and what would be needed',
              }),
              window: Type.Array(Parameter),
              decision: Type.Array(Parameter),
              retired: Type.Array(
                Type.Object({ rule: Type.String(), why: Type.Enum(['take_back', 'leave', 'missing']) }),
                { description: 'Rules of the set that find nothing new: turned off, or not in this program' },
              ),
              missing: Type.Array(Type.Object({ rule: Type.String(), why: Type.String() }), {
                description: 'Rules of the set that this program cannot run',
              }),
            }),
          },
        },
      },
      async () => {
        const ruleSet = deps.ruleSet();
        const errors = await standingErrors(deps.db);
        return {
          version: ruleSet.version,
          items: ruleSet.rules.map(({ rule, parameters }) => ({
            id: rule.id,
            version: rule.version,
            names: rule.names,
            ...defined(rule.id),
            phase: rule.phase,
            resultType: rule.resultType,
            timeSpan: rule.timeSpan,
            subjects: [...rule.subjects],
            supervised: rule.supervised,
            dataNeeded: [...rule.dataNeeded],
            legalBasis: [...rule.legalBasis],
            causeNo: [...rule.causeNo],
            severity: rule.severity,
            class: rule.class,
            basis: [...rule.basis],
            parameters: parametersOf(rule.parameters.properties, parameters),
            errors: errors.get(rule.id) ?? 0,
          })),
          noSource: rulesWithoutSource.map(({ causeNo, ...rule }) => ({ ...rule, causeNo: [...causeNo] })),
          window: parametersOf(WindowSchema.properties, ruleSet.windowFile),
          decision: parametersOf(DecisionParametersSchema.properties, ruleSet.decision),
          retired: [...ruleSet.retired].map(([rule, why]) => ({ rule, why })),
          missing: [...ruleSet.missing],
        };
      },
    );
  };

const defined = (id: string) => {
  const definition = DEFINITIONS[id];
  return {
    definition: definition === undefined ? null : { zh: definition.zh, en: definition.en },
    exclusions: definition === undefined ? null : { ...definition.except },
  };
};

async function standingErrors(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ rule_id: string; n: number }>(
    `select rule_id, count(*)::int as n from findings where outcome = 'error' group by rule_id`,
  );
  return new Map(rows.map(({ rule_id, n }) => [rule_id, n]));
}

function parametersOf(properties: Readonly<Record<string, unknown>>, values: Readonly<Record<string, unknown>>) {
  return Object.entries(properties).map(([name, schema]) => {
    const known = schema as {
      default?: unknown;
      unit?: string;
      minimum?: number;
      maximum?: number;
      description?: string;
    };
    return {
      name,
      value: values[name],
      default: known.default ?? null,
      unit: known.unit ?? null,
      minimum: known.minimum ?? null,
      maximum: known.maximum ?? null,
      description: known.description ?? null,
    };
  });
}
