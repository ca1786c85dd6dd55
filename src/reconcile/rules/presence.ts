import { type Seen, seenIn, type Verdict, verdictOf } from '../../faces/verdict.ts';
import type { TerminalAuthFact } from '../book/facts.ts';
import type { PresenceFacts } from '../facts.ts';
import type { InRequestFacts } from '../in-request/facts.ts';
import { VERDICT_WORDS } from '../words.ts';
import { clear, type Result } from './rule.ts';

const verdicts = new WeakMap<PresenceFacts, Verdict>();
const seen = new WeakMap<PresenceFacts, readonly Seen[]>();

/** The verdict on one claim's presence: several rules ask for it, and it is reckoned once. */
export function verdictOn(presence: PresenceFacts): Verdict {
  let verdict = verdicts.get(presence);
  if (verdict === undefined) {
    verdict = verdictOf(presence);
    verdicts.set(presence, verdict);
  }
  return verdict;
}

/** He was there: whatever the cameras saw, no rule about presence speaks against this claim. */
export const isConfirmed = (claim: Confirming): boolean => byTerminal(claim) || claim.requestFace?.reason === 'matched';

type Confirming = { readonly terminalAuth?: TerminalAuthFact | null } & InRequestFacts;

const byTerminal = ({ terminalAuth }: Confirming): boolean => terminalAuth?.ok === true;

/** Clear, because he was there: by the terminal, or by the face picture of the request. */
export const confirmedResult = (claim: Confirming): Result => {
  const reason = byTerminal(claim) ? 'terminal_confirmed' : 'matched_in_request';
  return clear(reason, VERDICT_WORDS[reason].zh, VERDICT_WORDS[reason].en);
};

/** Everyone who counts as somebody in the window, reckoned once. */
export function seenOn(presence: PresenceFacts): readonly Seen[] {
  let people = seen.get(presence);
  if (people === undefined) {
    people = seenIn(presence);
    seen.set(presence, people);
  }
  return people;
}
