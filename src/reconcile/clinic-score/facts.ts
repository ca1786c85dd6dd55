import type { ClinicFacts } from '../facts.ts';
import type { Sight } from './entry.ts';
import type { Population } from './population.ts';

/** What the cameras say of a clinic's settlements over some weeks. */
export interface ClinicScoreFacts {
  readonly kind: 'clinic_score';
  readonly schema: number;
  readonly clinic: ClinicFacts;
  /** yyyy-mm-dd, local: the newest day that is counted. */
  readonly through: string;
  /** Ids of the cameras that ever looked. */
  readonly cameras: readonly string[];
  /** Codes of the doctors who treat here; absent: fewer than two are known. */
  readonly doctors?: readonly string[];
  /** What all clinics of the installation showed; absent: nothing yet. */
  readonly population?: Population;
  /** In order of time. */
  readonly visits: readonly ScoredVisit[];
}

export interface ScoredVisit {
  readonly setlId: string | null;
  /** yyyy-mm-dd, local */
  readonly day: string;
  readonly medType: string | null;
  readonly fundFen: number;
  readonly sight: Exclude<Sight, 'void' | 'blind'>;
  readonly confirmed: boolean;
  /** As `ScoreEntry.bestLlr`, to a tenth. */
  readonly bestLlr: number | null;
  /** As `ScoreEntry.kinLlr`, to a tenth; absent: not known then. */
  readonly kinLlr?: number | null;
  /** So many other settlements within ten minutes before or after it; absent: not known then. */
  readonly near?: number;
  /** Cameras that covered the window: index of `cameras`, `c` when it looks at the counter, `s` saw somebody, `m` knew him: `0cs 1sm`. */
  readonly looking: string;
  /** Index of `doctors`; absent: not known, or there is one alone. */
  readonly doctor?: number;
}

export interface Look {
  readonly camera: number;
  readonly counter: boolean;
  readonly saw: boolean;
  readonly matched: boolean;
}

export const looksOf = ({ looking }: Pick<ScoredVisit, 'looking'>): Look[] =>
  looking === ''
    ? []
    : looking.split(' ').map((text) => ({
        camera: Number.parseInt(text, 10),
        counter: text.includes('c'),
        saw: text.includes('s'),
        matched: text.includes('m'),
      }));

/** A camera that looks at the counter covered the window. */
export const seesCounter = ({ looking }: Pick<ScoredVisit, 'looking'>): boolean => looking.includes('c');

/** Number of the visit's local day. */
export const dayNumberOf = ({ day }: Pick<ScoredVisit, 'day'>): number => Date.parse(day) / 86_400_000;
