import { DomainError } from '../platform/errors.ts';
import { birthOfResidentId, faultOfResidentId, normaliseCertno, RESIDENT_ID, sexOfResidentId } from './identity.ts';
import type { PersonInput } from './persons.write.ts';

const FAULTS = {
  form: 'it has not 18 characters, 17 of them digits',
  birth: 'its digits 7 to 14 are no day',
  check: 'its check character is wrong',
} as const;

/**
 * A person with his ID number checked, and with sex and day of birth from it where they were not told.
 * @throws DomainError `invalid_input` with `details.reason` `certno_invalid`; never with the number itself
 */
export function checkedPerson(input: PersonInput): PersonInput {
  if (input.certno === null) return input;
  const certno = normaliseCertno(input.certno);
  if ((input.certType ?? RESIDENT_ID) !== RESIDENT_ID) return { ...input, certno };
  const fault = faultOfResidentId(certno);
  if (fault !== null) {
    throw new DomainError('invalid_input', `the ID number is not valid: ${FAULTS[fault]}`, {
      reason: 'certno_invalid',
      remedy: 'Correct it, or give another psn_cert_type when it is no resident ID card.',
    });
  }
  return {
    ...input,
    certno,
    sex: input.sex ?? sexOfResidentId(certno),
    birth: input.birth ?? birthOfResidentId(certno),
  };
}
