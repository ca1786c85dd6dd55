import type { DecisionReason } from '../decide.ts';
import type { Facts } from '../facts.ts';
import { PAUSED } from '../holding/breaker.ts';
import type { InRequestFacts } from './facts.ts';
import { requestAuthWords, requestFaceWords } from './words.ts';

/** What a rule says of them already is not said twice. */
const AUTH_CODES = {
  confirmed: 'terminal_confirmed',
  not_logged: 'auth_not_logged',
  not_passed: 'auth_not_passed',
} as const;

/**
 * What a clinic hears of the evidence that it sent, whatever was decided: it is no ground of anything.
 * @returns null where these facts do not tell it: what was told before stands
 */
export function noticesOf(facts: Facts): readonly DecisionReason[] | null {
  if (facts.kind === 'settlement') return told(facts);
  if (facts.kind !== 'visit' || facts.events.some(({ kind }) => kind === 'settlement')) return null;
  return told(facts);
}

function told({ requestAuth, requestFace }: InRequestFacts): DecisionReason[] {
  const notices: DecisionReason[] = [];
  const auth = requestAuth?.standing;
  if (auth === 'confirmed' || auth === 'not_logged' || auth === 'not_passed') {
    notices.push({ code: AUTH_CODES[auth], rule: null, ...requestAuthWords(auth) });
  }
  if (requestFace !== undefined && requestFace.reason !== 'differs') {
    const { reason } = requestFace;
    const code = reason === 'matched' ? 'matched_in_request' : `request_face_${reason}`;
    notices.push({ code, rule: null, ...requestFaceWords(reason) });
  }
  return notices;
}

export const isNotice = ({ rule, code }: DecisionReason): boolean => rule === null && code !== PAUSED.code;
