import { type Seen, seenIn, type Verdict, verdictOf } from '../../faces/verdict.ts';
import type { TerminalAuthFact } from '../book/facts.ts';
import type { PresenceFacts } from '../facts.ts';
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
export const isConfirmed = (claim: { readonly terminalAuth?: TerminalAuthFact | null }): boolean =>
  claim.terminalAuth?.ok === true;

export const terminalConfirmed = (): Result =>
  clear('terminal_confirmed', VERDICT_WORDS.terminal_confirmed.zh, VERDICT_WORDS.terminal_confirmed.en);

/** Everyone who counts as somebody in the window, reckoned once. */
export function seenOn(presence: PresenceFacts): readonly Seen[] {
  let people = seen.get(presence);
  if (people === undefined) {
    people = seenIn(presence);
    seen.set(presence, people);
  }
  return people;
}
