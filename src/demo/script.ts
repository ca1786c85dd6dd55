import type { ClaimActionKind, Scenario } from './scenario.ts';

/** One thing that the clinic does at one moment. */
export interface ScriptStep {
  readonly at: number;
  readonly scene: string;
  readonly do: Exclude<ClaimActionKind, 'visit'>;
  readonly who: string;
  readonly visit: string;
  readonly proxy: string | undefined;
  readonly relation: string | undefined;
  readonly total: string;
  readonly fund: string;
}

/** How long before its settlement a whole visit's other messages are sent. */
const VISIT_LEADS_MS = [
  ['register', 24_000],
  ['diagnose', 14_000],
  ['fees', 7_000],
  ['settle', 0],
] as const;

/** Everything that the scenario's clinic sends, in order of time. */
export function scriptOf(scenario: Scenario): ScriptStep[] {
  const steps = scenario.scenes.flatMap((scene) =>
    scene.claims.flatMap((claim): ScriptStep[] => {
      const base = {
        scene: scene.id,
        who: claim.who,
        visit: claim.visit,
        proxy: claim.proxy,
        relation: claim.relation,
        total: claim.total,
        fund: claim.fund,
      };
      if (claim.do !== 'visit') return [{ ...base, do: claim.do, at: claim.at }];
      return VISIT_LEADS_MS.map(([kind, lead]) => ({ ...base, do: kind, at: claim.at - lead }));
    }),
  );
  return steps.sort((a, b) => a.at - b.at);
}
