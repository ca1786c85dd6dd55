import type { ClinicFacts } from '../facts.ts';
import type { Sight } from './entry.ts';
import type { Misses } from './miss-rate.ts';
import type { CountedSettlement } from './score.ts';

/** What the cameras say of a clinic's settlements over some weeks. */
export interface ClinicScoreFacts {
  readonly kind: 'clinic_score';
  readonly schema: number;
  readonly clinic: ClinicFacts;
  /** yyyy-mm-dd, local: the newest day that is counted. */
  readonly through: string;
  /** Ids of the cameras that ever looked. */
  readonly cameras: readonly string[];
  /** In order of time. */
  readonly visits: readonly ScoredVisit[];
}

export interface ScoredVisit {
  readonly setlId: string | null;
  /** yyyy-mm-dd, local */
  readonly day: string;
  readonly fundFen: number;
  readonly sight: Exclude<Sight, 'void' | 'blind'>;
  readonly confirmed: boolean;
  /** Cameras that covered the window: index of `cameras`, `c` when it looks at the counter, `s` saw somebody, `m` knew him: `0cs 1sm`. */
  readonly looking: string;
}

interface Look {
  readonly camera: number;
  readonly counter: boolean;
  readonly saw: boolean;
  readonly matched: boolean;
}

const looksOf = (looking: string): Look[] =>
  looking === ''
    ? []
    : looking.split(' ').map((text) => ({
        camera: Number.parseInt(text, 10),
        counter: text.includes('c'),
        saw: text.includes('s'),
        matched: text.includes('m'),
      }));

/** A settlement that the score counts, with what names it. */
export interface CountedVisit extends CountedSettlement {
  readonly visit: ScoredVisit;
}

/** What the score is reckoned from. */
export interface ScoreBasis {
  readonly settlements: readonly CountedVisit[];
  readonly misses: readonly Misses[];
  /** Visits that were confirmed otherwise, while a camera looked at the counter. */
  readonly confirmed: number;
}

/**
 * Sorts a clinic's visits: those that are confirmed otherwise tell how often each camera misses somebody; the others are
 * counted. The national terminal confirms for all cameras; a camera that knew the visitor, for the other cameras only.
 */
export function basisOf(facts: Pick<ClinicScoreFacts, 'cameras' | 'visits'>): ScoreBasis {
  const misses = facts.cameras.map(() => ({ visits: 0, missed: 0 }));
  const settlements: CountedVisit[] = [];
  let confirmed = 0;
  for (const visit of facts.visits) {
    const looks = looksOf(visit.looking);
    const atCounter = looks.filter(({ counter }) => counter);
    if (visit.confirmed || visit.sight === 'present') {
      const matched = looks.filter((look) => look.matched);
      for (const look of looks) {
        // Who is known by one camera alone says nothing about that one: had it missed him, he would not be counted here.
        if (!visit.confirmed && look.matched && matched.length === 1) continue;
        const count = misses[look.camera];
        if (count === undefined) continue;
        count.visits += 1;
        if (!look.saw) count.missed += 1;
      }
      if (visit.confirmed && atCounter.length > 0) confirmed += 1;
    }
    if (visit.confirmed || visit.sight === 'explained' || atCounter.length === 0) continue;
    settlements.push({
      visit,
      day: Date.parse(visit.day) / 86_400_000,
      sight: visit.sight === 'absent' || visit.sight === 'elsewhere' ? visit.sight : 'came',
      counter: atCounter.map(({ camera }) => camera),
      others: looks.filter(({ counter }) => !counter).map(({ camera }) => camera),
    });
  }
  return { settlements, misses, confirmed };
}
