import { Type } from 'typebox';
import { cardObservations, homeBound } from '../clinic-score/card.ts';
import type { EnrolleePlace } from '../clinic-score/enrollee-facts.ts';
import type { ScoredVisit } from '../clinic-score/facts.ts';
import { lookOf } from '../clinic-score/population.ts';
import { Count, missParameters, Share, scored, scoreObstacle, scoreParameters } from './clinic-score.ts';
import { clear, defineRule } from './rule.ts';
import { absenceIn, absenceParameters, lookLimitsOf, strangerParameters, strangersIn } from './sights.ts';

const { falseAlarm: _perClinic, ...common } = scoreParameters({ falseAlarm: 0.002 });

/**
 * 卡人长期分离: a card whose owner is again and again not the one who comes, at clinics where he is not at home. It may be kept
 * or lent by anybody: the alert names settlements and asks; it says nothing against the owner.
 */
export const cardWithoutOwner = defineRule({
  id: 'S4',
  version: 1,
  names: { zh: '卡人分离累积', en: 'A card without its owner, added up' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '近期累计',
  subjects: ['enrollee_score'],
  supervised: '机构',
  dataNeeded: ['2207', '摄像机人头与人脸', '参保人照片', '家庭成员', '终端核验记录', '出诊备案', '代办登记'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十五条', '第十七条', '第四十条'],
  causeNo: [20, 27, 31],
  severity: 'medium',
  class: 'fraud',
  basis: ['face', 'presence', 'claims'],
  parameters: Type.Object({
    ...common,
    ...missParameters,
    ...absenceParameters,
    ...strangerParameters,
    falseAlarms: Type.Number({
      exclusiveMinimum: 0,
      maximum: 100,
      default: 0.5,
      unit: 'enrollees',
      description:
        'How many enrollees’ cards without fault may be named in the whole city, for as long as it is watched',
    }),
    tested: Type.Integer({
      minimum: 1,
      maximum: 100_000_000,
      default: 20_000,
      unit: 'enrollees',
      description:
        'So many enrollees of the city settle so often, at several clinics, that they are tested: what one may be named with is falseAlarms ÷ tested',
    }),
    priorShare: Share(0.001, 'Share of such cards that are supposed to be kept or lent by others'),
    homeBoundShare: Share(
      0.02,
      'Share of enrollees who are treated at home, or collected for, as a rule, by the clinic where they belong, and nobody files it',
    ),
    minDays: Count(30, 3, 'days', 'On so many days'),
  }),
  evaluate: (facts, parameters) => {
    const obstacle = facts.places
      .map((place) => scoreObstacle({ clinic: { ...facts.clinic, ...place } }))
      .find(Boolean);
    if (obstacle) return obstacle;
    const limits = lookLimitsOf(parameters);
    const clinicOf = new Map<ScoredVisit, string>();
    const observations = facts.places
      .flatMap((place) => {
        const own = ownOf(place);
        for (const visit of own) clinicOf.set(visit, place.clinic);
        // Kin who came may have been sent: that is a matter of registering them.
        const isCounted = (visit: ScoredVisit): boolean => own.has(visit) && lookOf(visit, limits) !== 'kin';
        return cardObservations(
          absenceIn(place, parameters).observations,
          strangersIn(place, parameters).observations,
          isCounted,
        );
      })
      .toSorted((a, b) => a.day - b.day);
    const strangeAt = new Set(observations.flatMap(({ visit, strange }) => (strange ? clinicOf.get(visit) : []) ?? []));
    if (strangeAt.size < 2)
      return clear(
        'one_clinic',
        '仅涉及一家机构，由该机构的累积评分说明。',
        'One clinic alone: its own score speaks of it.',
      );
    // Where he belongs is not known: it is the clinic that explains most.
    const homes = facts.places.map(({ clinic }) => ({
      clinic,
      explains: homeBound(observations, (visit) => clinicOf.get(visit) === clinic, parameters.homeBoundShare),
    }));
    const home = homes.reduce((best, one) => (one.explains > best.explains ? one : best));
    return scored(
      facts,
      observations,
      { ...parameters, falseAlarm: parameters.falseAlarms / parameters.tested },
      { home: home.clinic, clinics: facts.places.map(({ clinic }) => clinic) },
      (month) => ({
        rule: 'S4',
        reason: 'owner_not_there_again',
        incidentKey: `person-month:${facts.psnNo}:${month}:S4`,
        words: (n) => ({
          zh: `该月有 ${n} 笔在其常去机构之外的结算，未见参保人到场或只见到他人；卡可能被他人留存或借用，请向参保人了解，此提示不针对参保人本人。`,
          en: `At ${n} settlements of the month, away from the clinic where the owner belongs, nobody or somebody else was seen: the card may be kept or used by others. Please ask the owner; nothing is said against him.`,
        }),
      }),
      {
        by: 'month',
        explained: home.explains,
        mayName: (visit) => clinicOf.get(visit) !== home.clinic,
        also: (visit) => ({ clinic: clinicOf.get(visit) ?? null }),
      },
    );
  },
});

const ownOf = ({ visits, own }: EnrolleePlace): ReadonlySet<ScoredVisit> =>
  new Set(own.flatMap((at) => visits[at] ?? []));
