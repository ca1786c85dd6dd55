import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { DecisionParametersSchema, type RuleSet, WindowSchema } from '../parameters.ts';
import type { RuleCatalogue } from '../rules/catalogue.ts';

const Schemas = Type.Record(Type.String(), Type.Unknown(), {
  description: 'By name: type, unit, minimum, maximum, default, description (JSON Schema)',
});

/** What a draft may name: every rule in every version of this program, and the bounds of all parameters. */
export const catalogueRoutes =
  (deps: { readonly catalogue: RuleCatalogue; readonly ruleSet: () => RuleSet }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/v1/rules/catalogue',
      {
        config: { right: 'rules.read' },
        schema: {
          summary: 'Every rule in every version that a rule set may name, with the bounds of its parameters',
          tags: ['rules'],
          operationId: 'listRuleCatalogue',
          response: {
            200: Type.Object({
              items: Type.Array(
                Type.Object({
                  id: Type.String(),
                  version: Type.Integer(),
                  names: Type.Object({ zh: Type.String(), en: Type.String() }),
                  class: Type.String(),
                  newest: Type.Boolean(),
                  inForce: Type.Enum(['on', 'take_back', 'leave', 'other_version', 'not_in_set'], {
                    description: 'on: it runs; take_back, leave: the set names it, turned off',
                  }),
                  parameters: Schemas,
                }),
              ),
              window: Schemas,
              decision: Schemas,
            }),
          },
        },
      },
      async () => {
        const { rules } = deps.ruleSet().body;
        const named = new Map(rules.map((rule) => [rule.id, rule]));
        return {
          items: deps.catalogue.all.map((rule) => {
            const inSet = named.get(rule.id);
            return {
              id: rule.id,
              version: rule.version,
              names: { ...rule.names },
              class: rule.class,
              newest: deps.catalogue.newest(rule.id) === rule,
              inForce:
                inSet === undefined
                  ? ('not_in_set' as const)
                  : inSet.version === rule.version
                    ? (inSet.off ?? ('on' as const))
                    : ('other_version' as const),
              parameters: { ...rule.parameters.properties },
            };
          }),
          window: { ...WindowSchema.properties },
          decision: { ...DecisionParametersSchema.properties },
        };
      },
    );
  };
