/**
 * The verdict on one claimed identity, from what the cameras saw around one moment. Pure: scalars in, a word with its
 * reason out. Two asymmetries are deliberate: a match needs one good appearance and nothing else; a mismatch needs
 * complete footage, a good portrait, and *every* face in the window beyond the genuine tail.
 */
export const VERDICT_REASONS = [
  'matched',
  'matched_in_request',
  'every_face_differs',
  'proxy_registered',
  'terminal_confirmed',
  'not_yet',
  'footage_lost',
  'blind_window',
  'nobody_seen',
  'staff_only',
  'nobody_at_counter',
  'no_portrait',
  'portrait_poor',
  'portrait_too_old',
  'portrait_disputed',
  'too_young',
  'no_face_quality',
  'presentation_suspected',
  'between',
  'staff_portrait_missing',
  'may_have_been_missed',
  'face_recognition_off',
  'uncalibrated_model',
] as const;
export type VerdictReason = (typeof VERDICT_REASONS)[number];

export interface Verdict {
  readonly verdict: 'match' | 'mismatch' | 'cannot_tell';
  readonly reason: VerdictReason;
  /** log10 likelihood ratio of the best appearance, capped; null when no face was compared. */
  readonly llr: number | null;
  /** Share of the window that was covered. */
  readonly coverage: number;
  /** The appearance that decided; null when none did. */
  readonly appearanceId: string | null;
}

interface Compared {
  readonly llr: number;
  readonly zone: 'match' | 'uncertain' | 'beyond_genuine_tail';
}

/** An appearance, as far as the verdict needs it. */
export interface SeenFace {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly hasTemplate: boolean;
  /** Before a counter camera at the counter moment. */
  readonly atCounter: boolean;
  readonly claimed: Compared | null;
  readonly staff: Compared | null;
  readonly proxy: Compared | null;
  readonly household: Compared | null;
  /** Someone else who settled here around the same time. */
  readonly other: Compared | null;
  /**
   * It may be a picture that was held or hung there: `hasTemplate` is false and nothing is compared. `claimed`: what the face in
   * the picture is worth, for the reason's sake alone.
   */
  readonly presentation?: { readonly claimed: Pick<Compared, 'zone'> | null };
}

export interface VerdictInput {
  readonly at: number;
  readonly coverage: number;
  readonly minCoverage: number;
  /** How likely it is that somebody who was there was seen by no camera; absent: not reckoned with. */
  readonly missed?: number;
  readonly complete: boolean;
  readonly footageLost: boolean;
  readonly faceRecognition: boolean;
  /** The claimed person passed the national terminal's face check around that moment. */
  readonly terminalConfirmed?: boolean;
  /** The face picture that the clinic sent with its request is the claimed person's: log10 likelihood ratio. */
  readonly requestFaceLlr?: number;
  readonly card: { readonly calibrated: boolean };
  readonly claimedPortrait: {
    readonly quality: number;
    readonly takenOn: string | null;
    /** At `at`; absent in facts of before it was told apart from a poor picture. */
    readonly ageYears?: number;
    readonly comparable: boolean;
    /** Whose face it shows is an open question (src/people/conflicts): nothing rests on it. */
    readonly disputed?: boolean;
  } | null;
  readonly claimedAgeYears: number | null;
  readonly candidates: readonly { readonly role: string; readonly hasPortrait: boolean }[];
  readonly appearances: readonly SeenFace[];
  readonly limits: {
    readonly portraitQualityMin: number;
    readonly portraitMaxAgeYears: number;
    readonly minAgeYears: number;
    readonly unjudgedMinStayMs: number;
    /** What `missed` may be for a mismatch. */
    readonly missedMax?: number;
    readonly explainedMarginLlr: number;
    readonly llrCap: number;
  };
}

/**
 * Who an appearance is, as far as it can be told.
 * claimed: matches the claimed portrait · possible: may be the claimed person · unknown: there is nothing to compare
 * with · unjudged: no usable face, there long enough to be somebody · passing: the same, but too short to count ·
 * stranger: certainly not the claimed person, and nobody we know.
 */
export type Role =
  | 'claimed'
  | 'possible'
  | 'unknown'
  | 'proxy'
  | 'staff'
  | 'household'
  | 'other'
  | 'stranger'
  | 'unjudged'
  | 'passing';

export function roleOf(face: SeenFace, limits: VerdictInput['limits']): Role {
  if (face.presentation) return 'unjudged';
  if (!face.hasTemplate) return face.to - face.from >= limits.unjudgedMinStayMs ? 'unjudged' : 'passing';
  const { claimed, staff, proxy, household, other } = face;
  if (claimed?.zone === 'match') return 'claimed';
  if (proxy?.zone === 'match') return 'proxy';
  // Kin are alike: a household member's better score does not say that it is not the claimed person.
  const explains = (who: Compared | null): boolean =>
    who?.zone === 'match' && (claimed === null || who.llr - claimed.llr > limits.explainedMarginLlr);
  if (claimed?.zone === 'uncertain') return explains(staff) ? 'staff' : explains(other) ? 'other' : 'possible';
  const known = (
    [
      ['staff', staff],
      ['household', household],
      ['other', other],
    ] as const
  ).filter(([, who]) => who?.zone === 'match');
  known.sort(([, a], [, b]) => (b?.llr ?? 0) - (a?.llr ?? 0));
  const best = known[0];
  if (best) return best[0];
  return claimed === null ? 'unknown' : 'stranger';
}

export interface Seen {
  readonly face: SeenFace;
  readonly role: Role;
}

/** Everyone who counts as somebody in the window. */
export const seenIn = (input: Pick<VerdictInput, 'appearances' | 'limits'>): Seen[] =>
  input.appearances
    .map((face) => ({ face, role: roleOf(face, input.limits) }))
    .filter(({ role }) => role !== 'passing');

/** Decides. See VERDICT_REASONS; the order of the questions is the order of what can be relied on. */
export function verdictOf(input: VerdictInput): Verdict {
  const seen = seenIn(input);
  const { limits } = input;
  const compared = seen.filter(({ face, role }) => face.claimed !== null && role !== 'staff' && role !== 'other');
  const best = compared.toSorted((a, b) => (b.face.claimed?.llr ?? 0) - (a.face.claimed?.llr ?? 0))[0];
  const capped = (llr: number): number => Math.max(-limits.llrCap, Math.min(limits.llrCap, llr));
  const llr = best?.face.claimed ? capped(best.face.claimed.llr) : null;
  const disputed = input.claimedPortrait?.disputed === true;
  const answer = (verdict: Verdict['verdict'], reason: VerdictReason, appearanceId: string | null = null): Verdict => ({
    verdict,
    reason,
    llr: input.faceRecognition && input.card.calibrated && !disputed ? llr : null,
    coverage: input.coverage,
    appearanceId,
  });
  const cannotTell = (reason: VerdictReason, appearanceId: string | null = null): Verdict =>
    answer('cannot_tell', reason, appearanceId);

  if (!input.faceRecognition) return cannotTell('face_recognition_off');
  if (!input.card.calibrated) return cannotTell('uncalibrated_model');

  const matched = compared
    .filter(({ role }) => role === 'claimed')
    .toSorted((a, b) => (b.face.claimed?.llr ?? 0) - (a.face.claimed?.llr ?? 0))[0];
  if (matched?.face.claimed && !disputed) {
    return { ...answer('match', 'matched', matched.face.id), llr: capped(matched.face.claimed.llr) };
  }
  if (input.requestFaceLlr !== undefined && !disputed) {
    return { ...answer('match', 'matched_in_request'), llr: capped(input.requestFaceLlr) };
  }
  const proxy = seen.find(({ role }) => role === 'proxy');
  if (proxy) return cannotTell('proxy_registered', proxy.face.id);
  if (input.terminalConfirmed) return cannotTell('terminal_confirmed');
  if (!input.complete) return cannotTell(input.footageLost ? 'footage_lost' : 'not_yet');
  if (input.coverage < input.minCoverage) return cannotTell('blind_window');
  // A picture proves nobody's presence and nobody's absence; whose it is says only what somebody wanted to be believed.
  const pictures = seen.filter(({ face }) => face.presentation);
  const his = pictures.find(({ face }) => {
    const zone = face.presentation?.claimed?.zone;
    return zone === 'match' || zone === 'uncertain';
  });
  if (his) return cannotTell('presentation_suspected', his.face.id);
  const people = seen.filter(({ face }) => !face.presentation);
  if (people.every(({ role }) => role === 'staff') && pictures[0])
    return cannotTell('presentation_suspected', pictures[0].face.id);
  if (seen.length === 0) return cannotTell('nobody_seen');
  if (people.every(({ role }) => role === 'staff')) return cannotTell('staff_only');

  const portrait = input.claimedPortrait;
  if (!portrait?.comparable) return cannotTell('no_portrait');
  if (disputed) return cannotTell('portrait_disputed', matched?.face.id ?? null);
  if (portraitIsPoor(portrait, input)) return cannotTell('portrait_poor');
  if ((portrait.ageYears ?? 0) > limits.portraitMaxAgeYears) return cannotTell('portrait_too_old');
  if (input.claimedAgeYears !== null && input.claimedAgeYears < limits.minAgeYears) return cannotTell('too_young');

  const unjudged = people.find(({ face, role }) => role === 'unjudged' && face.atCounter);
  if (unjudged) return cannotTell('no_face_quality', unjudged.face.id);
  const possible = seen.find(({ role }) => role === 'possible' || role === 'unknown');
  if (possible) return cannotTell('between', possible.face.id);

  const somebodyElse = seen.filter(
    ({ face, role }) =>
      face.atCounter &&
      (role === 'stranger' || role === 'household' || role === 'other') &&
      face.claimed?.zone === 'beyond_genuine_tail',
  );
  const witness = somebodyElse.toSorted((a, b) => (b.face.claimed?.llr ?? 0) - (a.face.claimed?.llr ?? 0))[0];
  if (!witness) return cannotTell('nobody_at_counter');
  // Someone entitled to stand there whom we could not recognise: he may be this very face.
  if (input.candidates.some(({ role, hasPortrait }) => role === 'proxy' && !hasPortrait))
    return cannotTell('proxy_registered');
  if (
    witness.role === 'stranger' &&
    input.candidates.some(({ role, hasPortrait }) => role === 'staff' && !hasPortrait)
  ) {
    return cannotTell('staff_portrait_missing', witness.face.id);
  }
  if (mayHaveBeenMissed(input)) return cannotTell('may_have_been_missed', witness.face.id);
  return answer('mismatch', 'every_face_differs', witness.face.id);
}

/**
 * Whether cameras that miss people now and then leave it open that the insured person was there unseen: of a companion at
 * the counter nothing follows then.
 */
export const mayHaveBeenMissed = ({ missed, limits }: Pick<VerdictInput, 'missed' | 'limits'>): boolean =>
  missed !== undefined && limits.missedMax !== undefined && missed > limits.missedMax;

const YEAR_MS = 365.25 * 86_400_000;

function portraitIsPoor(portrait: NonNullable<VerdictInput['claimedPortrait']>, input: VerdictInput): boolean {
  if (portrait.quality < input.limits.portraitQualityMin) return true;
  if (portrait.takenOn === null || portrait.ageYears !== undefined) return false;
  return (input.at - Date.parse(`${portrait.takenOn}T00:00:00Z`)) / YEAR_MS > input.limits.portraitMaxAgeYears;
}
