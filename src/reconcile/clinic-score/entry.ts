import type { Role } from '../../faces/verdict.ts';
import type { AppearanceFact } from '../appearance-facts.ts';
import type { SettlementFacts } from '../facts.ts';
import { seenOn, verdictOn } from '../rules/presence.ts';

/**
 * What the cameras say of one settlement's visit.
 * present: the insured person or a registered proxy was recognised · counter: somebody came to the counter, and it cannot be
 * told who · elsewhere: nobody at the counter, but somebody who may have been the visitor elsewhere · absent: neither ·
 * explained: one of the last two, for a reason that was filed · blind: the cameras did not see enough · void: the
 * settlement does not stand
 */
export const SIGHTS = ['present', 'counter', 'elsewhere', 'absent', 'explained', 'blind', 'void'] as const;
export type Sight = (typeof SIGHTS)[number];

/** A camera that covered the window. */
export interface LookingCamera {
  readonly cameraId: string;
  /** It looks at where one settles. */
  readonly counter: boolean;
  /** It saw somebody who may have been the visitor: at the counter, for one that looks there. */
  readonly saw: boolean;
  /** It saw the insured person or a registered proxy for certain. */
  readonly matched: boolean;
}

/** What one settlement tells about its clinic. */
export interface ScoreEntry {
  readonly sight: Sight;
  /** The national terminal saw his face: he was there, whatever the cameras say. */
  readonly confirmed: boolean;
  /**
   * Of everyone who may have come for it, the likeness with the insured person that speaks most for him (log10 likelihood
   * ratio); null: nobody came to the counter, or somebody there could not be compared.
   */
  readonly bestLlr: number | null;
  /** Of whoever came to the counter, the likeness with another member of his household that speaks most for that one; null: nobody was compared with one. */
  readonly kinLlr: number | null;
  readonly looking: readonly LookingCamera[];
}

/** Whoever stands at the counter and is neither staff nor settles for himself came for this settlement. */
const CAME: ReadonlySet<Role> = new Set([
  'claimed',
  'possible',
  'unknown',
  'proxy',
  'household',
  'stranger',
  'unjudged',
]);
/** Elsewhere a stranger is a passer-by. */
const MAY_BE_HE: ReadonlySet<Role> = new Set(['claimed', 'possible', 'unknown', 'proxy', 'unjudged']);

export function scoreEntryOf(facts: SettlementFacts): ScoreEntry {
  const { presence } = facts;
  const people = seenOn(presence).map(({ face, role }) => ({ face: face as AppearanceFact, role }));
  const looking = presence.cameras
    .filter(({ coverage }) => coverage >= presence.minCoverage)
    .map(({ cameraId, counter }): LookingCamera => {
      const here = people.filter(({ face }) => face.cameraId === cameraId);
      return {
        cameraId,
        counter,
        saw: here.some(({ face, role }) => (counter ? face.atCounter && CAME.has(role) : MAY_BE_HE.has(role))),
        matched: here.some(({ role }) => role === 'claimed' || role === 'proxy'),
      };
    });
  return {
    sight: sightOf(facts, people, looking),
    confirmed: facts.terminalAuth?.ok === true,
    bestLlr: bestLlrOf(people),
    kinLlr: kinLlrOf(people),
    looking,
  };
}

function bestLlrOf(people: readonly { readonly face: AppearanceFact; readonly role: Role }[]): number | null {
  const came = people.filter(({ role }) => CAME.has(role));
  const atCounter = came.filter(({ face }) => face.atCounter);
  if (atCounter.length === 0 || atCounter.some(({ face }) => face.claimed === null)) return null;
  return came.reduce((best, { face }) => Math.max(best, face.claimed?.llr ?? best), Number.NEGATIVE_INFINITY);
}

function kinLlrOf(people: readonly { readonly face: AppearanceFact; readonly role: Role }[]): number | null {
  const likenesses = people.flatMap(({ face, role }) =>
    face.atCounter && CAME.has(role) && face.household !== null ? [face.household.llr] : [],
  );
  return likenesses.length === 0 ? null : Math.max(...likenesses);
}

function sightOf(
  facts: SettlementFacts,
  people: readonly { readonly face: AppearanceFact; readonly role: Role }[],
  looking: readonly LookingCamera[],
): Sight {
  const { presence, filings, person } = facts;
  if (facts.reversed) return 'void';
  if (people.some(({ role }) => role === 'claimed' || role === 'proxy')) return 'present';
  const looked = looking.some(({ counter }) => counter);
  if (!looked || !presence.complete || presence.coverage < presence.minCoverage) return 'blind';
  if (people.some(({ face, role }) => face.atCounter && CAME.has(role))) return 'counter';
  const isExplained =
    verdictOn(presence).reason === 'matched_in_request' ||
    filings.homeVisit ||
    filings.outage ||
    filings.vaccinationDay ||
    person === null ||
    person.isStaffHere ||
    presence.candidates.some(({ role }) => role === 'proxy') ||
    verdictOn(presence).reason === 'face_recognition_off';
  if (isExplained) return 'explained';
  return people.some(({ role }) => MAY_BE_HE.has(role)) ? 'elsewhere' : 'absent';
}

/** `id|c,s,m` for each camera, joined by spaces: short, since there is one for each settlement. Ids hold no white space. */
export const lookingText = (looking: readonly LookingCamera[]): string =>
  looking
    .map(({ cameraId, counter, saw, matched }) => `${encodeURIComponent(cameraId)}|${+counter}${+saw}${+matched}`)
    .join(' ');

export const lookingOf = (text: string): LookingCamera[] =>
  text === ''
    ? []
    : text.split(' ').map((part) => {
        const [id = '', flags = ''] = part.split('|');
        return {
          cameraId: decodeURIComponent(id),
          counter: flags[0] === '1',
          saw: flags[1] === '1',
          matched: flags[2] === '1',
        };
      });
