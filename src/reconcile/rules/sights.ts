import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Absence, absenceOf } from '../clinic-score/absence.ts';
import type { ClinicScoreFacts } from '../clinic-score/facts.ts';
import { type LookLimits, learned, type Population, type Rate } from '../clinic-score/population.ts';
import { type OddLooks, type Strangers, strangersOf } from '../clinic-score/stranger.ts';
import { Count, missParameters, missPriorOf, Share, Visits } from './clinic-score.ts';

/** The two questions that are asked of settlements, with their parameters: whether somebody came, and who. */

/** How honest settlements without a visitor come about. */
export const absenceParameters = {
  faultShare: Share(
    0.2,
    'A camera that missed more of the confirmed visits around a week than this, and two at least, was at fault then',
  ),
  awayMean: Share(0.025, 'Share of honest settlements that nobody comes to and nobody files: home visits'),
  awayStrength: Visits(120, 'What that is worth: clinics differ'),
  passers: Share(0.4, 'Share of windows in which somebody else passes a camera that does not look at the counter'),
  bystanders: Share(0.06, 'Share of moments in which somebody else stands at the counter'),
};
const Absent = Type.Object({ ...missParameters, ...absenceParameters });

/** A clinic's settlements by whether somebody came, as these parameters have it. */
export const absenceIn = (
  facts: Pick<ClinicScoreFacts, 'cameras' | 'population' | 'visits'>,
  parameters: Static<typeof Absent>,
): Absence =>
  absenceOf(facts, {
    miss: missPriorOf(parameters, facts.population),
    away: {
      mean: learned(parameters.awayMean, facts.population?.away, parameters.assumedVisits),
      strength: parameters.awayStrength,
    },
    passers: parameters.passers,
    bystanders: parameters.bystanders,
  });

const Likeness = (fallback: number, description: string) =>
  Type.Number({ minimum: -6, maximum: 3, default: fallback, unit: 'log10 likelihood ratio', description });

/** How faces are told apart. */
const lookParameters = {
  ownMedTypes: Type.Array(Type.String({ minLength: 2, maxLength: 6 }), {
    minItems: 1,
    maxItems: 20,
    default: ['11'],
    unit: 'med_type',
    description: 'Claim types for which one comes oneself; medicine for chronic diseases may be collected by family',
  }),
  strangeBelow: Likeness(0, 'Nobody who was seen is more like the insured person than this: strange'),
  doubtfulBelow: Likeness(1, 'The same, less sharply: doubtful; not below the one above'),
  kinFrom: Likeness(2, 'Doubtful, and somebody at the counter is so like another member of the household: kin'),
  crowdFrom: Count(
    1000,
    3,
    'settlements',
    'With so many others within ten minutes of it others crowd the counter: who came for it cannot be told',
  ),
};
const Looks = Type.Object(lookParameters);

export const lookLimitsOf = ({
  ownMedTypes,
  strangeBelow,
  doubtfulBelow,
  kinFrom,
  crowdFrom,
}: Static<typeof Looks>): LookLimits => ({
  ownMedTypes,
  strangeBelow,
  doubtfulBelow,
  kinFrom,
  crowdFrom,
});

/** How this rule tells faces apart. @param parameters left out: the defaults */
export const lookLimitsIn = (parameters: Readonly<Record<string, unknown>> | undefined): LookLimits =>
  lookLimitsOf(Value.Parse(Looks, parameters ?? {}));

/** How honest visitors, and others, look. */
export const strangerParameters = {
  ...lookParameters,
  companions: Share(0.35, 'How often somebody else is at the counter beside a visitor whom the cameras miss'),
  companionsKin: Share(0.5, 'How many of them are recognised as his kin'),
  honestKin: Share(0.008, 'How often an honest visitor looks like his kin: a poor picture, an old portrait'),
  honestStrange: Share(
    0.02,
    'How often an honest visitor looks strange: a poor picture, an old portrait, a visit at home while somebody stands at the counter',
  ),
  honestDoubtful: Share(0.045, 'How often an honest visitor looks doubtful'),
  honestStrength: Visits(35, 'What these three are worth at one clinic'),
  kinKin: Share(0.6, 'How often kin with his card look like kin'),
  kinStrange: Share(0.2, 'How often they look strange'),
  kinDoubtful: Share(0.08, 'How often they look doubtful: kin are alike'),
  othersKin: Share(0.03, 'How often anybody else looks like kin'),
  othersStrange: Share(0.75, 'How often he looks strange'),
  othersDoubtful: Share(0.08, 'How often he looks doubtful'),
};
const Strange = Type.Object({ ...missParameters, ...strangerParameters });
type StrangeParameters = Static<typeof Strange>;

/** A clinic's settlements by who came, as these parameters have it. */
export const strangersIn = (
  facts: Pick<ClinicScoreFacts, 'cameras' | 'population' | 'visits'>,
  parameters: StrangeParameters,
): Strangers =>
  strangersOf(facts, {
    looks: lookLimitsOf(parameters),
    miss: missPriorOf(parameters, facts.population),
    companions: parameters.companions,
    companionsKin: parameters.companionsKin,
    honest: honestLooks(parameters, facts.population),
    others: [
      { kin: parameters.kinKin, strange: parameters.kinStrange, doubtful: parameters.kinDoubtful },
      { kin: parameters.othersKin, strange: parameters.othersStrange, doubtful: parameters.othersDoubtful },
    ],
    strength: parameters.honestStrength,
  });

/**
 * How often honest visitors look odd, though no camera missed them: as assumed, and as confirmed visits of all clinics
 * showed beyond what cameras miss.
 */
function honestLooks(parameters: StrangeParameters, population: Population | undefined): OddLooks {
  const { assumedVisits, companions, companionsKin } = parameters;
  const beside = (population?.unseen.share ?? 0) * companions;
  const beyond = (rate: Rate | undefined, missed: number): Rate | undefined =>
    rate && { visits: rate.visits, share: Math.max(0, rate.share - missed) };
  return {
    kin: learned(parameters.honestKin, beyond(population?.kin, beside * companionsKin), assumedVisits),
    strange: learned(
      parameters.honestStrange,
      beyond(population?.strange, beside * (1 - companionsKin)),
      assumedVisits,
    ),
    doubtful: learned(parameters.honestDoubtful, population?.doubtful, assumedVisits),
  };
}
