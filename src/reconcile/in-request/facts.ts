import type { RequestFace } from '../../ledgers/claims/request-face.ts';

/**
 * What became of the terminal's number (authNo) that a request named. confirmed: the terminal's log has it, passed, for this
 * person at this clinic around that moment · not_logged: in no log yet, which is evidence of nothing · not_passed: the check
 * was not passed · other_person, other_clinic, other_time, other_visit: it stands in the log, or was sent before, for
 * something else; a question about data
 */
export interface RequestAuthFact {
  readonly standing:
    | 'confirmed'
    | 'not_logged'
    | 'not_passed'
    | 'other_person'
    | 'other_clinic'
    | 'other_time'
    | 'other_visit';
}

/** A face picture that came with the visit's request, when it came, and what was found at once. */
export interface RequestFaceFact extends RequestFace {
  readonly at: number;
}

/** What a claim's own requests brought as evidence. Absent where they brought none, and in older facts. */
export interface InRequestFacts {
  readonly requestAuth?: RequestAuthFact;
  readonly requestFace?: RequestFaceFact;
}
