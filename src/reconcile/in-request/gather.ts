import type { ClaimEventBody } from '../../ledgers/claims/claim.ts';
import type { ClaimEventBrief } from '../store-rows.ts';
import { byMoment } from '../visit-key.ts';
import type { InRequestFacts, RequestAuthFact } from './facts.ts';
import type { AuthNamedRows, InRequestStore } from './store.ts';

const DAY_MS = 86_400_000;

/** `body.request.data[0].auth_no`; null: none was named. */
export function authNoOf(body: Pick<ClaimEventBody, 'request'> | Partial<ClaimEventBody>): string | null {
  const value = body.request?.data?.[0]?.auth_no;
  return typeof value === 'string' && value !== '' ? value : null;
}

/**
 * What the requests of a visit brought as evidence of one person around a moment: the newest number of the terminal, and the
 * newest face picture that could be compared, else the newest one.
 */
export async function inRequestOf(
  store: InRequestStore,
  events: readonly ClaimEventBrief[],
  claim: { readonly clinicCode: string; readonly psnNo: string | null; readonly at: number },
  around: { readonly beforeMs: number; readonly afterMs: number },
): Promise<InRequestFacts> {
  const { psnNo, at } = claim;
  if (psnNo === null) return {};
  const near = events
    .filter(
      (row) =>
        (row.kind === 'trial_settlement' || row.kind === 'settlement') &&
        row.psn_no === psnNo &&
        row.reversed_at === null &&
        !row.refused &&
        row.at >= at - around.beforeMs &&
        row.at <= at + around.afterMs,
    )
    .toSorted(byMoment);
  const named = near.findLast((row) => row.auth_no !== null);
  const seen = near.filter((row) => row.request_face !== null);
  const face = seen.findLast((row) => row.request_face?.zone != null) ?? seen.at(-1);
  const auth =
    named?.auth_no == null
      ? null
      : standingOf(
          await store.authNamed({
            authNo: named.auth_no,
            psnNo,
            mdtrtId: named.mdtrt_id,
            before: { from: named.at - DAY_MS, to: named.at },
          }),
          { ...claim, psnNo },
          around,
        );
  return {
    ...(auth === null ? {} : { requestAuth: { standing: auth } }),
    ...(face?.request_face == null ? {} : { requestFace: { ...face.request_face, at: face.at } }),
  };
}

function standingOf(
  { auths, otherVisit }: AuthNamedRows,
  claim: { readonly clinicCode: string; readonly psnNo: string; readonly at: number },
  { beforeMs, afterMs }: { readonly beforeMs: number; readonly afterMs: number },
): RequestAuthFact['standing'] {
  const [row] = auths;
  if (row !== undefined && row.psn_no !== claim.psnNo) return 'other_person';
  if (row !== undefined && row.clinic_code !== claim.clinicCode) return 'other_clinic';
  if (row !== undefined && (row.at < claim.at - beforeMs || row.at > claim.at + afterMs)) return 'other_time';
  if (otherVisit) return 'other_visit';
  if (row === undefined) return 'not_logged';
  return row.ok ? 'confirmed' : 'not_passed';
}
